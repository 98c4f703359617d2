#!/usr/bin/env python3
"""Every page opened as people arrive at it: plainly, by each link that leads there, again, with a fragment that names nothing; no visible error, no
console message, no jump, no page wider than a phone. What goes wrong stands where one looks. And a page of another site, which can change nothing.

usage: test_pages_plainly.py OCELLI SLOW_SERVER BUILD_DIR
"""
import http.server
import os
import pathlib
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "http")]
import chromium
import support

STARTER = str(TOP / "models" / "starter")
PATHS = ["/", "/#detect", "/#search", "/#labels", "/#faces", "/#scores", "/#models", "/#live", "/#nothing", "/docs", "/docs#", "/docs#detect", "/docs#nothing", "/docs#%22%27"]
SHIFT = """new Promise((done) => { let sum = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) sum += e.value; })).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300); })"""


def ready(b):
    b.wait("document.querySelector('main h1')?.checkVisibility() && document.readyState === 'complete'", "a heading")


def settled(b, expression):
    """Waits across a navigation, in which nothing can be evaluated for a moment."""
    end = time.monotonic() + 20
    while True:
        try:
            if b.js(expression):
                return ready(b)
        except AssertionError:
            pass
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def check(b, what, phone):
    ready(b)
    bad = b.js("[...document.querySelectorAll('.notice.bad, .status.error')].filter((e) => e.checkVisibility()).map((e) => e.textContent)")
    assert not bad, (what, bad)
    assert not b.console, (what, b.console)
    if phone:  # against the screen, not innerWidth, which grows with what is too wide
        wide = b.js("[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 391 && e.checkVisibility() && !e.closest('.scroll, pre, .schema, nav, table')).map((e) => e.tagName + '.' + e.className + ' ' + e.getBoundingClientRect().right).slice(0, 3)")
        width = b.js("document.documentElement.scrollWidth")
        assert width <= 390 and not wide, (what, width, wide)
        shift = b.js(SHIFT)
        assert shift < 0.25, (what, "layout shift", shift)


def test_every_page_plainly(b, origin):
    for width, height, mobile in ((1280, 900, False), (390, 844, True)):
        b.size(width, height, mobile)
        for path in PATHS:
            b.open("about:blank")
            b.console.clear()
            b.open(origin + path)
            check(b, path, mobile)
            b.js("window.old = true")
            b.call("Page.reload")
            settled(b, "!window.old")
            check(b, f"{path} again", mobile)
        for start in ("/", "/docs"):
            b.open(origin + start)
            ready(b)
            links = b.js("[...new Set([...document.querySelectorAll('header a, main a')].map((a) => a.getAttribute('href')).filter((h) => h && !h.endsWith('.json') && !h.startsWith('http')))]")
            assert len(links) >= 2, links
            for link in links:
                b.open(origin + start)
                ready(b)
                b.js(f"[...document.querySelectorAll('header a, main a')].find((a) => a.getAttribute('href') === {link!r}).click()")
                time.sleep(0.1)
                settled(b, "document.readyState === 'complete'")
                check(b, f"{start} -> {link}", mobile)


def test_what_goes_wrong_is_said_where_one_looks(b, origin):
    b.size(1280, 900)
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        (folder / "letter.txt").write_text("not a picture")
        (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
        large = folder / "large.jpg"
        large.write_bytes((TOP / "docs" / "examples" / "dog.jpg").read_bytes() + bytes(34 << 20))
        visible = "(() => { const e = [...document.querySelectorAll('.refusal:not([hidden])')].find((e) => e.checkVisibility()); if (!e) return ''; const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight ? e.textContent : 'out of sight: ' + r.top; })()"
        b.open(origin + "/#detect")
        ready(b)
        for name, words in (("letter.txt", "letter.txt: no picture"), ("broken.png", "broken.png cannot be shown"), ("large.jpg", "large.jpg: ")):
            b.give_files("input[type=file]", str(folder / name))
            b.wait(f"{visible}.includes({words!r})", f"{name} to be refused in sight")
        assert b.text("main h2") != "Nothing yet" or "Nothing yet" not in b.js("document.body.innerText")
        b.open(origin + "/#scores")
        ready(b)
        b.give_files("input[type=file]", str(folder / "broken.png"))
        b.wait(f"{visible}.includes('broken.png cannot be read')", "a broken mask to be told")
        b.open(origin + "/#search")
        ready(b)
        b.give_files("input[type=file]", str(folder / "broken.png"), str(TOP / "docs" / "examples" / "dog.jpg"))
        b.wait("document.querySelector('.status').textContent.includes('broken.png')", "the file to be named")
        b.js("document.querySelector('[aria-label=\"Remove broken.png\"]').click()")
        b.wait("document.querySelectorAll('.grid li').length === 1", "the tile to go")
        b.open(origin + "/#live")
        ready(b)
        b.wait("document.querySelectorAll('.tile').length >= 6", "tiles")
        assert "NaN" not in b.js("document.body.innerText")
    b.console.clear()  # the browser itself reports refused requests and broken pictures


def test_a_wrong_key_is_told(b):
    with support.Server("--models", STARTER, "--api-key", "right", binary=support.OCELLI) as server:
        b.open(f"http://127.0.0.1:{server.port}/#models")
        b.wait("document.getElementById('key-dialog').open && document.getElementById('key-error').textContent.includes('asks for a key')", "the question for the key")
        b.js("document.getElementById('key-input').focus()")
        b.call("Input.insertText", text="wrong")
        b.js("[...document.querySelectorAll('#key-dialog button')].find((x) => x.value === 'use').click()")
        b.wait("document.getElementById('key-dialog').open && document.getElementById('key-error').textContent.includes('does not know this key')", "that it was wrong")
        b.js("sessionStorage.clear()")
    b.console.clear()


ATTACK = """<!doctype html><title>evil</title><iframe name="sink"></iframe><script>
const target = '%s', routes = %s;
window.results = (async () => {
  const seen = [];
  for (const [method, path] of routes) {
    try { await fetch(target + path, {method, mode: method === 'POST' ? 'no-cors' : 'cors', body: method === 'DELETE' ? undefined : '{"embedding":[1]}', headers: {'Content-Type': 'text/plain'}}); } catch (e) { seen.push(String(e)); }
    if (method === 'POST') {
      const form = document.createElement('form');
      Object.assign(form, {method: 'POST', action: target + path, target: 'sink', enctype: 'text/plain'});
      form.innerHTML = '<input name="userid" value="x">';
      document.body.append(form);
      const done = new Promise((r) => document.querySelector('iframe').addEventListener('load', r, {once: true}));
      form.submit();
      await Promise.race([done, new Promise((r) => setTimeout(r, 2000))]);
    }
  }
  return seen.length;
})();
</script>"""
WRITES = [["POST", "/v1/subjects/x/faces"], ["PATCH", "/v1/subjects/x"], ["DELETE", "/v1/subjects/x"], ["DELETE", "/v1/subjects/x/faces/1"], ["POST", "/v1/models/starter-scene/unload"],
          ["POST", "/v1/models/starter-scene/load"], ["POST", "/v1/metrics/segmentation/sessions"], ["POST", "/v1/metrics/segmentation/sessions/a/pairs"], ["POST", "/v1/metrics/segmentation/sessions/a/merge"],
          ["DELETE", "/v1/metrics/segmentation/sessions/a"], ["POST", "/v1/vision/face/register"], ["POST", "/v1/vision/face/delete"], ["POST", "/api/v1/recognition/subjects"],
          ["DELETE", "/api/v1/recognition/subjects"], ["PUT", "/api/v1/recognition/subjects/x"], ["POST", "/api/v1/recognition/faces"], ["DELETE", "/api/v1/recognition/faces"], ["POST", "/api/v1/recognition/faces/delete"]]


def test_a_page_of_another_site_changes_nothing(b):
    with tempfile.TemporaryDirectory() as made, support.Server("--models", STARTER, "--gallery", made + "/g.sqlite", binary=support.OCELLI) as server:
        page = ATTACK % (f"http://127.0.0.1:{server.port}", str(WRITES))

        class Evil(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *args):
                pass

        evil = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
        threading.Thread(target=evil.serve_forever, daemon=True).start()
        for origin in (f"http://127.0.0.1:{evil.server_port}", f"http://evil.example:{evil.server_port}"):
            b.open(origin + "/")
            b.wait("window.results && window.results.then((n) => (window.finished = true)) && window.finished", "all that it tries", 60)
        evil.shutdown()
        seen = [line for line in server.log if " request " in line and ("method=POST" in line or "method=DELETE" in line or "method=PUT" in line or "method=PATCH" in line)]
        assert len(seen) >= 20 and all("status=403" in line for line in seen), [line for line in seen if "status=403" not in line][:3] or len(seen)
        support.equal(server.request("GET", "/v1/subjects").json["total"], 0, "nobody was enrolled")
        b.open(f"http://127.0.0.1:{server.port}/#models")
        b.wait("document.querySelectorAll('.model').length === 3", "our own page")
        b.js("[...document.querySelectorAll('button')].find((x) => x.ariaLabel === 'Load starter-scene').click()")
        b.wait("document.querySelector('.status').textContent.includes('loaded in')", "our own page loads a model")
    b.console.clear()


def main():
    path = chromium.find()
    if not path:
        print("skipped: no Chromium")
        sys.exit(77)
    try:
        b = chromium.Browser(path)
    except (AssertionError, OSError) as error:
        print(f"skipped: Chromium does not start: {error}")
        sys.exit(77)
    b.text = lambda selector: b.js(f"document.querySelector({selector!r})?.textContent ?? ''")
    try:
        with support.Server("--models", STARTER, binary=support.OCELLI) as server:
            origin = f"http://127.0.0.1:{server.port}"
            test_every_page_plainly(b, origin)
            print("ok    every page plainly", flush=True)
            test_what_goes_wrong_is_said_where_one_looks(b, origin)
            print("ok    what goes wrong", flush=True)
        test_a_wrong_key_is_told(b)
        test_a_page_of_another_site_changes_nothing(b)
        print("ok")
    finally:
        b.close()


if __name__ == "__main__":
    main()
