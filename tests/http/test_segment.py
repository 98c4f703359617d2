#!/usr/bin/python3
"""/v1/segment on the small models of tests/data/models and on models made here: maps, masks, overlays, mistakes."""
import base64
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

try:
    import numpy as np
    from PIL import Image
    import segment_reference as reference
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))
import make_models

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "models"
LABELS = ["background", "red", "blue"]


def picture(width, height, squares, mode="RGB"):
    im = Image.new(mode, (width, height))
    for x, y, side, colour in squares:
        im.paste(colour, (x, y, x + side, y + side))
    return im


def png(im, **options):
    out = io.BytesIO()
    im.save(out, "PNG", **options)
    return out.getvalue()


RED, BLUE = (255, 0, 0), (0, 0, 255)
SCENE = picture(200, 120, [(20, 30, 60, RED), (120, 40, 70, BLUE)])


def expected(im, file="tiny_scene.onnx"):
    tensor, place = reference.fit_centre(im, 64, 64)
    planes = reference.run_network(DATA / file, "images", (tensor / 255).transpose(2, 0, 1), "segmentation")
    return reference.scores_of(planes, im, (64, 64), place)


def ask(query="", im=SCENE, accept=None, status=200):
    answer = server.request("POST", "/v1/segment" + query, png(im), {"Content-Type": "image/png", **({"Accept": accept} if accept else {})})
    support.equal(answer.status, status, answer.text[:300])
    return answer


def check_map(ids, scores):
    best = scores.max(axis=0)
    chosen = np.take_along_axis(scores, ids[None].astype(int), 0)[0]
    assert (chosen >= best - 1e-4).all(), f"{(chosen < best - 1e-4).sum()} of {ids.size} pixels have another class"


def test_json_with_runs():
    for im in (SCENE, picture(64, 64, [(16, 16, 16, RED)]), picture(31, 210, [(0, 100, 31, BLUE)]), picture(1, 1, [])):
        answer = ask("?model=tiny_scene", im).json
        support.equal(sorted(answer), ["classes", "image", "mask", "model", "timing_ms"], "members")
        support.equal((answer["model"], answer["image"]), ("tiny_scene", {"width": im.width, "height": im.height, "orientation": 1}), "what of")
        support.equal((answer["mask"]["encoding"], answer["mask"]["size"]), ("coco_rle", [im.height, im.width]), "mask")
        ids = reference.decode_mask(answer["mask"])
        check_map(ids, expected(im))
        found, counts = np.unique(ids, return_counts=True)
        support.equal({c["class_id"]: c["pixels"] for c in answer["classes"]}, dict(zip(found.tolist(), counts.tolist())), "pixels")
        sizes = [c["pixels"] for c in answer["classes"]]
        support.equal(sizes, sorted(sizes, reverse=True), "largest first")
        for c in answer["classes"]:
            support.equal(c["label"], LABELS[c["class_id"]], "label")
            assert abs(c["fraction"] - c["pixels"] / ids.size) < 1e-8, c


def test_all_forms_say_the_same():
    ids = reference.decode_mask(ask().json["mask"])
    support.equal(sorted(np.unique(ids)), [0, 1, 2], "classes of the scene")
    inside = ask("?encoding=png").json["mask"]
    support.equal((inside["encoding"], inside["size"]), ("png", [120, 200]), "mask")
    mask = ask("?format=mask")
    support.equal(mask.headers["content-type"], "image/png", "content type")
    for data in (base64.b64decode(inside["data"], validate=True), mask.body):
        im = Image.open(io.BytesIO(data))
        support.equal(im.mode, "P", "indexed")
        assert (np.asarray(im) == ids).all()
        support.equal(im.getpalette()[:9], [0, 0, 0, 128, 0, 0, 0, 128, 0], "PASCAL VOC's palette")


def test_overlay():
    for query in ("?format=overlay", "?format=image"):
        answer = ask(query, accept="image/png")
        support.equal(answer.headers["content-type"], "image/png", "content type")
        drawn = np.asarray(Image.open(io.BytesIO(answer.body)).convert("RGB")).astype(int)
        ids, plain = reference.decode_mask(ask().json["mask"]), np.asarray(SCENE).astype(int)
        legend = np.zeros(ids.shape, bool)
        legend[:30, :120] = True
        untouched = (ids == 0) & ~legend
        assert (drawn[untouched] == plain[untouched]).all(), "the background shows through"
        for k in (1, 2):
            inner = (ids == k) & ~legend
            inner &= np.roll(inner, 1, 0) & np.roll(inner, -1, 0) & np.roll(inner, 1, 1) & np.roll(inner, -1, 1)
            colours = np.unique(drawn[inner & (plain.sum(axis=2) > 0)], axis=0)
            assert len(colours) == 1 and (colours[0] != plain[inner][0]).any(), (k, colours)
        assert (drawn[:30, :120] != plain[:30, :120]).any(), "a legend"
    answer = ask("?format=overlay")
    support.equal((answer.headers["content-type"], answer.body[:3]), ("image/jpeg", b"\xff\xd8\xff"), "JPEG unless asked otherwise")
    assert Image.open(io.BytesIO(answer.body)).size == SCENE.size


def test_exif_turns_the_picture_before_anything_else():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = server.request("POST", "/v1/segment", png(SCENE.transpose(Image.ROTATE_90), exif=exif), {"Content-Type": "image/png"}).json
    support.equal(turned["image"], {"width": 200, "height": 120, "orientation": 6}, "upright")
    support.equal(turned["mask"], ask().json["mask"], "the same map")


def test_grey_and_alpha_and_json_pictures():
    for mode in ("L", "RGBA", "P"):
        answer = server.request("POST", "/v1/segment", png(SCENE.convert(mode)), {"Content-Type": "image/png"})
        support.equal(answer.status, 200, mode + answer.text[:200])
    body = json.dumps({"image": base64.b64encode(png(SCENE)).decode(), "encoding": "png", "model": "tiny_scene"})
    answer = server.request("POST", "/v1/segment", body, {"Content-Type": "application/json"})
    support.equal(answer.json["mask"]["encoding"], "png", answer.text[:200])


def test_mistakes():
    body = png(SCENE)
    for query, data, status, code, words in [
            ("?model=nope", body, 404, "unknown_model", "tiny_scene"),
            ("?model=tiny_yolox", body, 400, "bad_request", "detect, not segment"),
            ("?format=xml", body, 400, "bad_request", "format: must be one of json, mask, overlay, image, is 'xml'"),
            ("?encoding=gif", body, 400, "bad_request", "encoding: must be one of coco_rle, png, is 'gif'"),
            ("?format=mask&format=json", body, 400, "bad_request", "given 2 times"),
            ("", b"", 400, "bad_request", "an image is expected"),
            ("", body[:80], 400, "invalid_image", ""),
            ("", b"%PDF-1.7", 415, "unsupported_media_type", "PDF")]:
        problem = support.check_problem(server.request("POST", "/v1/segment" + query, data, {"Content-Type": "image/png"}), status, code)
        assert words in problem["detail"], (query, problem["detail"])
    support.equal(server.request("GET", "/v1/segment").status, 405, "method")


def test_forms_of_maps():
    """The same scene through one channel of foreground, classes as numbers, channels last."""
    red = np.zeros((120, 200), bool)
    red[30:90, 20:80] = True
    for model in ("foreground", "logit", "numbers", "last"):
        answer = ask(f"?model={model}").json
        ids = reference.decode_mask(answer["mask"])
        wrong = ((ids == 1) != red).mean()
        assert wrong < 0.03, (model, wrong)
        names = {c["class_id"]: c["label"] for c in answer["classes"]}
        support.equal(names[1], {"foreground": "foreground", "logit": "Rot", "numbers": "red", "last": "1"}[model], model)
    one = server.request("GET", "/v1/models/logit").json
    support.equal((one["task"], one["recipe"]["map"]["kind"], one["recipe"]["map"]["classes"]), ("segment", "logit", 2), "recipe")
    support.equal(server.request("GET", "/v1/models/numbers").json["recipe"]["map"]["kind"], "ids", "recipe")
    problem = support.check_problem(ask("?model=twisted", status=422), 422, "invalid_model")
    assert "/decode/map: for segmenters of one channel" in problem["detail"], problem["detail"]


def test_command_line():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "scene.png")
        squares = picture(64, 64, [(16, 32, 16, RED), (48, 0, 16, BLUE)])
        squares.save(path)
        done = subprocess.run([support.OCELLI, "run", str(DATA / "tiny_scene.onnx"), path, "--json"], capture_output=True, text=True,
                              env=support.clean_environment())
        support.equal(done.returncode, 0, done.stderr)
        result, served = json.loads(done.stdout), ask("?model=tiny_scene", squares).json
        support.equal((result["mask"], result["classes"]), (served["mask"], served["classes"]), "the same objects")
        support.equal({d["label"] for d in result["detections"]}, {"red", "blue"}, "and boxes")
        done = subprocess.run([support.OCELLI, "run", "foreground", path, "--models", models], capture_output=True, text=True,
                              env=support.clean_environment())
        support.equal(done.returncode, 0, done.stderr)
        assert "foreground" in done.stdout and "background" in done.stdout and "%" in done.stdout, done.stdout


def made(folder):
    """Segmenters of other forms, from the tiny scene's parts: red against everything else."""
    folder = pathlib.Path(folder)

    def graph():
        g = make_models.Graph()
        mean = g.add("AveragePool", ["images"], "mean4", kernel_shape=[4, 4], strides=[4, 4])
        return g, g.conv1x1(mean, "red", [[25.5 * 0.9, -25.5 * 0.9, 0]], [-10.2])

    for name in ("foreground", "logit"):
        g, red = graph()
        last = g.add("Sigmoid", [red], "mask") if name == "foreground" else red
        g.output(last, [1, 1, 16, 16])
        target = folder / name
        target.mkdir()
        (target / "model.onnx").write_bytes(g.model({}))
        extra = {} if name == "foreground" else {"labels": ["Rot"], "decode": {"map": "logit"}}
        (target / "model.json").write_text(json.dumps({"format": 1, "task": "segment", "input": {"mean": 0, "scale": 1 / 255}, **extra}))
    g, red = graph()
    zero = g.conv1x1("mean4", "zero", [[0, 0, 0]], [0])
    both = g.add("Concat", [zero, red], "both", axis=1)
    g.add("ArgMax", [both], "classes", axis=1, keepdims=0)
    g.outputs += make_models.block(12, make_models.value("classes", [1, 16, 16], 7))
    (folder / "numbers").mkdir()
    (folder / "numbers" / "model.onnx").write_bytes(g.model({}))
    (folder / "numbers" / "labels.txt").write_text("other\nred\nblue\n")
    (folder / "numbers" / "model.json").write_text(json.dumps({"format": 1, "task": "segment", "input": {"mean": 0, "scale": 1 / 255}, "labels": "labels.txt"}))
    g, red = graph()
    zero = g.conv1x1("mean4", "zero", [[0, 0, 0]], [0])
    g.add("Transpose", [g.add("Concat", [zero, red], "both", axis=1)], "scores", perm=[0, 2, 3, 1])
    g.output("scores", [1, 16, 16, 2])
    for name in ("last", "twisted"):
        (folder / name).mkdir()
        (folder / name / "model.onnx").write_bytes(g.model({}))
        extra = {"labels": ["0", "1"]} if name == "last" else {"decode": {"map": "logit"}}
        (folder / name / "model.json").write_text(json.dumps({"format": 1, "task": "segment", "input": {"mean": 0, "scale": 1 / 255}, **extra}))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as models:
        made(models)
        with support.Server("--models", str(DATA), "--models", models, "--precision", "f32", binary=support.OCELLI) as server:
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
