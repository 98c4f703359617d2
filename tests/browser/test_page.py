#!/usr/bin/env python3
"""The page in a real browser: every panel with the starter models, at a desktop's and a phone's width, light and dark. Fails on console
messages, on requests to elsewhere, on panels wider than the screen, on controls without names, and, where axe-core can be had from npm, on what
it finds (labels, contrast, structure). Skipped (77) where there is no Chromium.

usage: test_page.py OCELLI SLOW_SERVER BUILD_DIR [--pictures DIR]     --pictures: keeps screenshots, as docs/pictures has them
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "http")]
import chromium
import support

AXE = "axe-core@4.10.3"
STARTER = str(TOP / "models" / "starter")
PICTURES = pathlib.Path(sys.argv[sys.argv.index("--pictures") + 1]) if "--pictures" in sys.argv else None
PANELS = ("detect", "search", "labels", "faces", "scores", "models", "live")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def find_axe(folder):
    """axe-core's text, or None where npm cannot install it; kept in the build folder."""
    file, npm = folder / "node_modules" / "axe-core" / "axe.min.js", shutil.which("npm")
    if not file.exists() and npm:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private":true}\n')
        try:
            subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", AXE], cwd=folder, capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            pass
    if not file.exists():
        print("npm cannot install axe-core: labels, contrast and structure are not checked by it")
        return None
    return file.read_text()


class Page:
    def __init__(self, browser, origin, axe):
        self.b, self.origin, self.axe, self.name = browser, origin, axe, ""

    def button(self, text):
        """Presses the button that says so."""
        found = f"[...document.querySelectorAll('button')].find((b) => !b.closest('[hidden]') && (b.textContent.trim() === {text!r} || b.ariaLabel === {text!r}))"
        self.b.wait(found, f"a button '{text}'")
        self.b.js(found + ".click()")

    def go(self, panel):
        self.name = panel
        self.b.js(f"location.hash = '{panel}'")
        self.b.wait(f"document.title === 'Ocelli: {panel}' && document.querySelector('main h1') && document.querySelector('.top nav [aria-current]').hash === '#{panel}'")

    def text(self, selector):
        return self.b.js(f"document.querySelector({selector!r})?.textContent ?? ''")

    def count(self, selector):
        return self.b.js(f"document.querySelectorAll({selector!r}).length")

    def check(self):
        """What holds for every panel in every state."""
        assert not self.b.console, (self.name, self.b.console)
        outside = [u for u in self.b.requests if not u.startswith((self.origin, "blob:" + self.origin, "about:blank"))]
        assert not outside, (self.name, outside)
        wide = self.b.js("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], f"{self.name}: {wide[0]} pixels wide on a screen of {wide[1]}"
        nameless = self.b.js("""[...document.querySelectorAll('a, button, input:not([aria-hidden]), select, textarea, summary, canvas:not([hidden])')].filter((e) => e.checkVisibility()
          && !(e.ariaLabel || e.labels?.length || e.textContent.trim() || e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML)""")
        assert not nameless, (self.name, nameless)
        if self.axe:
            self.check_axe()

    def check_axe(self):
        """All rules but one, which takes links of the head that are scrolled out of sight for skip links; test_keyboard tries the real one."""
        self.b.js("document.getAnimations().forEach((a) => a.finish?.call && a.effect?.getTiming().iterations !== Infinity && a.finish())")
        if not self.b.js("typeof axe !== 'undefined'"):
            self.b.js(self.axe + ";0")
        found = self.b.js("""axe.run(document, {rules: {'skip-link': {enabled: false}}}).then((r) => (r.passes.length < 10 ? ['axe-core: too few checks: ' + r.passes.length] : r.violations).map((v) => v.id === undefined ? v :
          v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))""")
        assert not found, f"{self.name}: axe-core: " + "; ".join(found)

    def keep(self, name):
        if PICTURES:
            time.sleep(0.3)
            self.b.picture(PICTURES / name)


def give(page, selector, *names):
    page.b.give_files(selector, *(TOP / "docs" / "examples" / n for n in names))


def test_detect(page):
    page.go("detect")
    page.check()
    page.b.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=150000)
    page.b.js("window.seen = new Set(); new MutationObserver(() => document.querySelectorAll('progress').forEach((p) => seen.add(p.value))).observe(document.querySelector('main'), {subtree: true, childList: true, attributes: true})")
    give(page, ".stage input[type=file]", "street.jpg")
    page.b.wait("document.querySelectorAll('.results li').length > 5", "boxes")
    page.b.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    assert page.b.js("seen.size") >= 1, "no progress was shown while the picture went up"
    label = page.b.js("document.querySelector('canvas').ariaLabel")
    assert "bus" in label and "person" in label, label
    before, sent = page.count(".results li"), len(page.b.requests)
    page.b.js("(() => { const r = document.querySelectorAll('input[type=range]')[0]; r.value = '0.6'; r.dispatchEvent(new Event('input')); })()")
    assert 0 < page.count(".results li") < before and len(page.b.requests) == sent, "the slider filters here and asks for nothing"
    page.b.js("document.querySelectorAll('.check input')[1].click()")
    page.b.wait("document.querySelectorAll('.curl').length === 2", "two curl lines")
    assert "regions" in page.text(".card h2"), page.text(".card h2")
    assert page.text(".curl code").startswith("curl --data-binary @street.jpg "), page.text(".curl code")
    page.b.js("document.querySelector('.results button').focus()")
    page.b.js("(() => { const r = document.querySelectorAll('input[type=range]')[0]; r.value = '0.3'; r.dispatchEvent(new Event('input')); })()")
    page.b.js("document.activeElement.blur()")
    page.check()


def test_what_is_computed_here(page):
    """Run lengths as the server counts them; aligned crops as the server cuts them; quantiles of a histogram."""
    areas = page.b.js("""(async () => {
      const {runLengths} = await import('/static/draw.js');
      const body = await (await fetch('/examples/street.jpg')).blob(), map = await (await fetch('/v1/segment', {method: 'POST', body})).json();
      return map.mask.segments.map((g) => [runLengths(g.counts).reduce((sum, n, i) => sum + (i % 2 ? n : 0), 0), map.classes.find((c) => c.class_id === g.class_id).pixels]);
    })()""")
    assert len(areas) > 5 and all(own == told for own, told in areas), areas
    levels = page.b.js("""(async () => {
      const {alignedCrop, readPicture} = await import('/static/draw.js');
      const file = new File([await (await fetch('/examples/face-a1.jpg')).blob()], 'a'), face = (await (await fetch('/v1/faces/embed?crops=true&max_faces=1', {method: 'POST', body: file})).json()).faces[0];
      const own = document.createElement('canvas'), theirs = document.createElement('canvas'), side = 112;
      alignedCrop(own, await readPicture(file), face.landmarks, side);
      const bytes = Uint8Array.from(atob(face.crop), (c) => c.charCodeAt(0)), crop = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
      theirs.width = theirs.height = side;
      theirs.getContext('2d').drawImage(crop, 0, 0, side, side);
      const [a, b] = [own, theirs].map((c) => c.getContext('2d').getImageData(0, 0, side, side).data);
      return [crop.width, a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length];
    })()""")
    assert levels[0] == 112 and levels[1] < 6, f"the crop is {levels} levels from the server's"
    page.b.console.clear()
    found = page.b.js(r"""(async () => {
      const {parseMetrics, quantile} = await import('/static/live.js'), none = new Map([[0.1, 5], [0.2, 5], [Infinity, 5]]), some = new Map([[0.1, 5], [0.2, 15], [Infinity, 15]]);
      return [quantile(none, some, 0.5), Number.isNaN(quantile(none, none, 0.5)), parseMetrics(String.raw`a{b="c\\d",e="f,g"} 3` + '\n# x\nh 1e3')];
    })()""")
    assert abs(found[0] - 0.15) < 1e-9 and found[1] is True, found
    support.equal(found[2], [{"name": "a", "labels": {"b": "c\\d", "e": "f,g"}, "value": 3}, {"name": "h", "labels": {}, "value": 1000}], "parsed")


def test_masks_points_and_turned_boxes(page):
    """Drawn where an answer has them; the starter models' have none, so it is made up: a mask of columns 100..139, a point, a turned box."""
    page.go("detect")
    at = {"label": "a", "class_id": 0, "score": 0.9, "box": {"x1": 100, "y1": 100, "x2": 140, "y2": 140}}
    corners = [[300, 50], [350, 100], [300, 150], [250, 100]]
    page.b.answer("*/v1/detect*", {"model": "made-up", "image": {"width": 960, "height": 640, "orientation": 1}, "timing_ms": {}, "keypoint_names": ["nose"], "detections": [
        {**at, "mask": {"encoding": "coco_rle", "size": [640, 960], "counts": [64000, 40 * 640, 614400 - 104 * 640 - 64000 + 64 * 640], "pixels": 25600}},
        {**at, "class_id": 2, "score": 0.8, "box": {"x1": 500, "y1": 400, "x2": 560, "y2": 460}, "keypoints": [[530, 430, 0.9], [510, 410, 0.1]]},
        {**at, "class_id": 4, "score": 0.7, "box": {"x1": 250, "y1": 50, "x2": 350, "y2": 150}, "rotated": {"cx": 300, "cy": 100, "width": 70, "height": 70, "angle": 0.785, "corners": corners}}]})
    page.b.js("document.querySelectorAll('.check input')[1].checked && document.querySelectorAll('.check input')[1].click()")
    give(page, ".stage input[type=file]", "meadow.jpg")
    page.b.wait("document.querySelectorAll('.results li').length === 3", "three made-up things")
    changed = page.b.js("""(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/examples/meadow.jpg')).blob()), plain = new OffscreenCanvas(960, 640), c = document.querySelector('.stage canvas');
      plain.getContext('2d').drawImage(bitmap, 0, 0);
      const far = (x, y) => { const [a, b] = [plain, c].map((k) => k.getContext('2d').getImageData(x, y, 1, 1).data); return Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]); };
      return {mask: far(120, 600), beside: far(160, 600), point: far(530, 430), unsure: far(510, 412), corner: far(325, 75), inside: far(300, 100)};
    })()""")
    page.b.answer("*/v1/detect*", None)
    page.b.console[:] = [line for line in page.b.console if "getImageData" not in line]  # this test's own reading
    drawn = {name: value > 40 for name, value in changed.items()}
    support.equal(drawn, {"mask": True, "beside": False, "point": True, "unsure": False, "corner": True, "inside": False}, str(changed))


def test_paste_and_drop(page):
    page.go("detect")
    made = "fetch('/examples/table.jpg').then((r) => r.blob()).then((b) => { const d = new DataTransfer(); d.items.add(new File([b], 'pasted.jpg', {type: 'image/jpeg'})); "
    page.b.js(made + "document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})); })")
    page.b.wait("document.querySelector('canvas').ariaLabel.startsWith('pasted.jpg') && document.querySelector('.curl code')?.textContent.includes('@pasted.jpg')", "a pasted picture")
    page.b.js(made.replace("pasted.jpg", "dropped.jpg") + "document.querySelector('.stage').dispatchEvent(new DragEvent('drop', {dataTransfer: d, bubbles: true, cancelable: true})); })")
    page.b.wait("document.querySelector('canvas').ariaLabel.startsWith('dropped.jpg') && document.querySelector('.curl code')?.textContent.includes('@dropped.jpg')", "a dropped picture")


def test_search(page):
    page.go("search")
    page.check()
    give(page, ".dropzone input[type=file]", "dog.jpg", "strawberry.jpg", "bicycle.jpg")
    page.b.wait("!document.querySelector('input[type=search]').disabled", "three vectors")
    page.button("Use the samples")
    page.b.wait("document.querySelectorAll('.grid li').length >= 6 && !document.querySelector('.grid .spinner')", "the samples")
    page.b.js("(() => { const i = document.querySelector('input[type=search]'); i.value = 'fraise'; i.form.requestSubmit(); })()")
    page.b.wait("document.querySelector('.grid .best')", "a best match")
    assert "strawberry" in page.text(".grid .best"), page.text(".grid")
    assert "/v1/embed" in page.text(".curl code")
    page.check()


def test_labels(page):
    page.go("labels")
    page.check()
    give(page, ".stage input[type=file]", "strawberry.jpg")
    page.b.wait("document.querySelectorAll('.bars li').length === 6", "bars")
    assert page.text(".bars li").startswith("strawberry"), page.text(".bars")
    page.b.js("document.querySelector('textarea').value = 'dog, fraise'")
    page.button("Compare")
    page.b.wait("document.querySelectorAll('.bars li').length === 2", "two bars")
    assert page.text(".bars li").startswith("fraise") and "labels=dog,fraise" in page.text(".curl code"), page.text(".curl code")
    page.check()


def test_faces(page):
    page.go("faces")
    page.check()
    page.button("Two people")
    page.b.wait("document.querySelector('.verdict .no')", "two people")
    page.button("One person")
    page.b.wait("document.querySelector('.verdict .yes')", "one person")
    assert page.count(".crops canvas") == 2
    inked = page.b.js("[...document.querySelectorAll('.crops canvas')].map((c) => new Set(c.getContext('2d').getImageData(20, 20, 72, 72).data).size)")
    assert all(n > 40 for n in inked), f"the crops are not pictures: {inked}"
    page.b.js("(() => { const r = document.querySelector('input[type=range]'); r.value = '0.99'; r.dispatchEvent(new Event('input')); })()")
    assert "Two people" in page.text(".verdict h2"), "the slider judges again"
    page.b.js("(() => { const r = document.querySelector('input[type=range]'); r.value = '0.34'; r.dispatchEvent(new Event('input')); })()")
    page.check()


def test_scores(page):
    page.go("scores")
    page.check()
    page.button("Use the samples")
    page.b.wait("document.querySelector('.matrix')", "a matrix")
    assert page.count(".tile") == 6 and "%" in page.text(".tile .value") and "background" in page.text(".matrix thead")
    page.check()


def test_models(page):
    page.go("models")
    page.b.wait("document.querySelectorAll('.model').length === 3", "three packages")
    state = "[...document.querySelectorAll('.model')].find((m) => m.textContent.startsWith('starter-scene')).querySelector('.badge').textContent"
    if page.b.js(state) == "loaded":
        page.button("Unload starter-scene")
        page.b.wait(state + " === 'not loaded'")
    page.button("Load starter-scene")
    page.b.wait(state + " === 'loaded'")
    page.b.wait("document.querySelector('.status').textContent.includes('loaded in')", "how long it took")
    page.b.js("document.querySelector('.model summary').click()")
    page.b.wait("document.querySelector('.recipe')?.textContent.includes('thresholds')", "a recipe")
    assert "/v1/models/" in page.text(".curl code")
    page.check()


def test_live(page):
    page.go("live")
    page.b.wait("document.querySelectorAll('.chart').length === 4", "charts")
    page.button("Send eight pictures")
    page.b.wait("document.querySelector('.status').textContent.includes('8 requests')", "eight answers")
    page.b.wait("document.querySelectorAll('.chart path').length >= 6", "lines on the charts")
    page.b.wait("[...document.querySelectorAll('.tile')].some((t) => /median/.test(t.textContent) && /ms/.test(t.textContent)) || document.querySelector('.chart circle, .chart path[d*=L]')", "a point on a chart")
    page.check()


def test_docs(page, suffix=""):
    page.b.open(page.origin + "/docs#detect")
    page.name = "docs"
    page.b.wait("document.querySelector('#detect .curl')", "an open operation")
    assert page.count(".op") == page.count("#index li") > 30
    page.b.js("[...document.querySelectorAll('#detect .curl button')].find((b) => b.textContent === 'Run').click()")
    page.b.wait("document.querySelector('#detect .answer pre')", "an answer")
    assert '"detections"' in page.text("#detect .answer pre")
    page.check()
    page.keep(f"api{suffix}.jpg")
    page.b.js("document.querySelectorAll('.op > details').forEach((d) => (d.open = true))")
    page.b.wait("document.querySelectorAll('.op .body:empty').length === 0", "every operation")
    assert not page.b.console, page.b.console
    page.b.js("(() => { const f = document.getElementById('filter'); f.value = '/faces/'; f.dispatchEvent(new Event('input')); })()")
    shown = page.b.js("[...document.querySelectorAll('.op')].filter((o) => o.checkVisibility()).map((o) => o.querySelector('h3').textContent)")
    assert 0 < len(shown) < page.count(".op") and all("face" in path for path in shown), shown


def test_keyboard(page):
    """Tab goes through head, panel and controls in the order in which they are seen, and shows where it is."""
    page.b.open(page.origin + "/#detect")
    page.b.wait("document.querySelector('.samples button')")
    seen, visible = [], []
    for _ in range(24):
        page.b.key("Tab")
        seen.append(page.b.js("(() => { const e = document.activeElement; return e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim(); })()"))
        visible.append(page.b.js("getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
    order = ["Skip to the panel", "Detect", "Live", "API key", "Choose a picture", "Sample street", "Another picture", "Boxes", "Regions", "Small things too: look in tiles", "Threshold"]
    places = [seen.index(name) for name in order if name in seen]
    assert len(places) == len(order) and places == sorted(places), seen
    assert all(visible[:places[-1]]), list(zip(seen, visible))
    page.go("faces")
    page.b.js("document.querySelector('.skip').click()")
    assert page.b.js("document.activeElement.id === 'main' && location.hash === '#faces'"), "the skip link"


def test_a_mistake_is_told(page):
    page.go("detect")
    page.b.js("fetch('/examples/dog.jpg').then((r) => r.blob()).then((b) => { const d = new DataTransfer(); d.items.add(new File([b.slice(0, 900)], 'cut.jpg', {type: 'image/jpeg'})); document.querySelector('.stage').dispatchEvent(new DragEvent('drop', {dataTransfer: d, bubbles: true, cancelable: true})); })")
    page.b.wait("document.querySelector('.status.error')", "a message")


def test_key(browser, axe):
    """With keys on, the page asks for one, and its curl lines do not show it."""
    with support.Server("--models", STARTER, "--api-key", "sesame-4711", binary=support.OCELLI) as server:
        origin = f"http://127.0.0.1:{server.port}"
        page = Page(browser, origin, axe)
        browser.console.clear()
        browser.requests.clear()
        browser.open(origin + "/#models")
        browser.wait("document.getElementById('key-dialog').open", "the question for the key")
        browser.js("document.getElementById('key-input').focus()")
        browser.call("Input.insertText", text="sesame-4711")
        page.button("Use it")
        browser.wait("document.querySelectorAll('.model').length === 3", "the models")
        assert "sesame" not in page.text(".curl code") and "$OCELLI_KEY" in page.text(".curl code"), page.text(".curl code")
        assert browser.js("sessionStorage.getItem('ocelli-key') === 'sesame-4711' && !Object.values(localStorage).some((v) => v.includes('sesame'))")
        page.name = "key"
        browser.console[:] = [line for line in browser.console if "401" not in line]  # the refusals before there was a key
        page.check()
        browser.js("sessionStorage.clear()")


def run_panels(page, width, height, mobile, scheme, suffix):
    page.b.size(width, height, mobile)
    page.b.scheme(scheme)
    page.b.open(page.origin + "/#detect")
    page.b.wait("document.querySelector('.samples button')", "the page")
    for test in (test_detect, test_search, test_labels, test_faces, test_scores, test_models, test_live):
        start = time.monotonic()
        test(page)
        page.keep(f"{page.name}{suffix}.jpg")
        print(f"ok    {page.name}, {width} wide, {scheme} ({time.monotonic() - start:.1f} s)", flush=True)


def main():
    path = chromium.find()
    if not path:
        skip("no Chromium: install Debian's package chromium to drive the page")
    try:
        browser = chromium.Browser(path)
    except (AssertionError, OSError) as error:
        skip(f"Chromium does not start: {error}")
    try:
        axe = find_axe(pathlib.Path(sys.argv[3]) / "axe" if len(sys.argv) > 3 else TOP / "build" / "clients" / "axe")
        with support.Server("--models", STARTER, binary=support.OCELLI) as server:
            page = Page(browser, f"http://127.0.0.1:{server.port}", axe)
            run_panels(page, 1280, 900, False, "light", "")
            test_what_is_computed_here(page)
            test_masks_points_and_turned_boxes(page)
            test_paste_and_drop(page)
            test_keyboard(page)
            test_docs(page)
            run_panels(page, 390, 844, True, "dark", "-phone")
            test_a_mistake_is_told(page)
            test_docs(page, "-phone")
        test_key(browser, axe)
        print("ok")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
