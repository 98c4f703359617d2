#!/usr/bin/env python3
"""Detection, faces and the model routes on the small models of tests/data/models: no outside files are needed."""
import base64
import json
import os
import pathlib
import shutil
import struct
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "models"


def png(width, height, squares):
    """A black picture with squares (x, y, side, colour)."""
    rows = [bytearray(width * 3) for _ in range(height)]
    for x, y, side, colour in squares:
        for row in rows[y:y + side]:
            row[3 * x:3 * (x + side)] = bytes(colour) * side
    raw = b"".join(b"\0" + bytes(r) for r in rows)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) +
            chunk(b"IEND", b""))


RED, BLUE, GREY = (255, 0, 0), (0, 0, 255), (200, 200, 200)
# A 64x64 picture: a red square at cell (1, 2), a blue one at (3, 0); grey is nothing.
PICTURE = png(64, 64, [(16, 32, 16, RED), (48, 0, 16, BLUE), (0, 0, 16, GREY)])
EXPECTED = {"red": [16, 32, 32, 48], "blue": [48, 0, 64, 16]}


def multipart(parts):
    """parts: (name, file name or None, bytes)."""
    out = b""
    for name, file, data in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
        out += b"--bOuNd\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + data + b"\r\n"
    return out + b"--bOuNd--\r\n", {"Content-Type": "multipart/form-data; boundary=bOuNd"}


def boxes(answer):
    support.equal(answer.status, 200, answer.text)
    return {d["label"]: [round(d["box"][k], 2) for k in ("x1", "y1", "x2", "y2")] for d in answer.json["detections"]}


def post(path, body, kind="image/png"):
    return server.request("POST", path, body, {"Content-Type": kind})


def test_each_way_a_picture_can_come():
    for model in ("tiny_yolox", "tiny_yolov8", "tiny_scene"):
        for body, headers, query in ways(model):
            answer = server.request("POST", "/v1/detect" + query, body, headers)
            support.equal(boxes(answer), EXPECTED, f"{model} {headers}")
            support.equal(answer.json["model"], model, "model")
            support.equal(answer.json["image"], {"width": 64, "height": 64, "orientation": 1}, "image")
            scores = [d["score"] for d in answer.json["detections"]]
            assert all(0.9 < s <= 1 for s in scores) and scores == sorted(scores, reverse=True), scores
            support.equal(sorted(answer.json["timing_ms"]), ["decode", "inference", "postprocess", "preprocess", "queue"], "timing")


def ways(model):
    text = base64.b64encode(PICTURE).decode()
    yield PICTURE, {"Content-Type": "image/png"}, f"?model={model}"
    yield PICTURE, {"Content-Type": "application/octet-stream"}, f"?model={model}"
    yield PICTURE, {"Content-Type": "application/x-www-form-urlencoded"}, f"?model={model}"
    for name in ("image", "file", "image1"):
        yield *multipart([("model", None, model.encode()), (name, "x.png", PICTURE)]), ""
    yield json.dumps({"model": model, "image": text}), {"Content-Type": "application/json"}, ""
    yield json.dumps({"model": model, "image": text}), {"Content-Type": "application/x-www-form-urlencoded"}, ""  # curl -d
    broken_lines = base64.encodebytes(PICTURE).decode()  # as the base64 command and MIME libraries make it
    yield json.dumps({"model": model, "image": broken_lines}), {"Content-Type": "application/json"}, ""
    url_alphabet = base64.urlsafe_b64encode(PICTURE).decode().rstrip("=")
    yield json.dumps({"model": model, "image": url_alphabet}), {"Content-Type": "application/json"}, ""
    yield json.dumps({"model": model, "image": "data:image/png;base64," + text}), {"Content-Type": "application/json"}, ""


def test_picture_larger_than_the_network():
    answer = post("/v1/detect?model=tiny_yolox", png(256, 128, [(64, 64, 64, RED)]))
    support.equal(boxes(answer), {"red": [64, 64, 128, 128]}, "top-left: padded below")
    answer = post("/v1/detect?model=tiny_yolov8", png(256, 128, [(64, 64, 64, BLUE)]))
    support.equal(boxes(answer), {"blue": [64, 64, 128, 128]}, "centred: 16 rows above and below")


def test_parameters():
    q = "/v1/detect?model=tiny_yolox&"
    support.equal(list(boxes(post(q + "classes=blue", PICTURE))), ["blue"], "by name")
    support.equal(list(boxes(post(q + "classes=0", PICTURE))), ["red"], "by number")
    support.equal(len(boxes(post(q + "classes=red,blue", PICTURE))), 2, "both")
    support.equal(len(boxes(post(q + "max_detections=1", PICTURE))), 1, "max_detections")
    support.equal(len(boxes(post(q + "score_threshold=1", PICTURE))), 0, "score_threshold")
    support.equal(len(boxes(post(q + "agnostic=true&iou_threshold=0&format=json", PICTURE))), 2, "they do not touch")


def test_faces():
    answer = post("/v1/faces/detect", PICTURE)
    support.equal(answer.status, 200, answer.text)
    support.equal(answer.json["model"], "tiny_yunet", "the only one for faces")
    support.equal(len(answer.json["faces"]), 1, "red is a face, blue is none")
    face = answer.json["faces"][0]
    support.equal(face["box"], {"x1": 16, "y1": 32, "x2": 32, "y2": 48}, "box")
    support.equal(face["landmarks"], {"left_eye": [20, 36], "right_eye": [28, 36], "nose": [24, 40], "mouth_left": [20, 44], "mouth_right": [28, 44]},
                  "landmarks")
    support.equal(len(post("/v1/faces/detect?detector=tiny_yunet&max_faces=1", PICTURE).json["faces"]), 1, "detector")
    support.equal(post("/v1/faces/detect", png(64, 64, [])).json["faces"], [], "no face is an empty list")


def test_mistakes():
    for path, body, kind, status, code, words in [
            ("/v1/detect?model=nope", PICTURE, "image/png", 404, "unknown_model", "tiny_yolox"),
            ("/v1/detect?model=tiny_yunet", PICTURE, "image/png", 400, "bad_request", "face_detect"),
            ("/v1/detect?score_threshold=2", PICTURE, "image/png", 400, "bad_request", "score_threshold: must be a number of 0..1, is '2'"),
            ("/v1/detect?max_detections=0", PICTURE, "image/png", 400, "bad_request", "max_detections"),
            ("/v1/detect?model=tiny_yolox&classes=cat", PICTURE, "image/png", 400, "bad_request", "no class 'cat'"),
            ("/v1/detect?format=mask", PICTURE, "image/png", 400, "bad_request", "format: must be one of json, image, is 'mask'"),
            ("/v1/detect?tile=1", PICTURE, "image/png", 400, "bad_request", "tile"),
            ("/v1/detect?exif=maybe", PICTURE, "image/png", 400, "bad_request", "exif"),
            ("/v1/detect", b"%PDF-1.4", "image/png", 415, "unsupported_media_type", "PDF"),
            ("/v1/detect", b"hello", "text/plain", 415, "unsupported_media_type", "text/plain"),
            ("/v1/detect", PICTURE[:60], "image/png", 400, "invalid_image", ""),
            ("/v1/detect", b"", "image/png", 400, "bad_request", "an image is expected"),
            ("/v1/detect", b"{", "application/json", 400, "invalid_json", "line 1"),
            ("/v1/detect", b"{}", "application/json", 400, "bad_request", "an image is expected"),
            ("/v1/detect", b'{"image":"?"}', "application/json", 400, "bad_request", "base64"),
            ("/v1/detect", b'{"image":"http://127.0.0.1/x"}', "application/json", 403, "forbidden", "URL"),
            ("/v1/detect", b"--x\r\n", "multipart/form-data; boundary=x", 400, "bad_request", "multipart"),
            ("/v1/faces/detect?model=tiny_yolox", PICTURE, "image/png", 400, "bad_request", "detect")]:
        problem = support.check_problem(post(path, body, kind), status, code)
        assert words in problem["detail"], (path, problem["detail"])
    body, headers = multipart([("image", "a", PICTURE), ("image2", "b", PICTURE)])
    problem = support.check_problem(server.request("POST", "/v1/detect", body, headers), 400, "bad_request")
    assert "one image is expected" in problem["detail"], problem


def test_models():
    listing = server.request("GET", "/v1/models").json
    support.equal(listing["object"], "list", "OpenAI's shape")
    models = {m["id"]: m for m in listing["data"]}
    support.equal(sorted(models), ["broken", "package", "tiny_scene", "tiny_unknown", "tiny_yolov8", "tiny_yolox", "tiny_yunet"], "names")
    support.equal({n: (m["task"], m["family"]) for n, m in models.items() if n != "broken"},
                  {"package": ("detect", "yolox"), "tiny_scene": ("detect", "scene"), "tiny_unknown": ("tensor", None), "tiny_yolov8": ("detect", "yolov8"),
                   "tiny_yolox": ("detect", "yolox"), "tiny_yunet": ("face_detect", "yunet")}, "families")
    support.equal(models["tiny_yolov8"]["licence"], "MIT", "from the metadata")
    assert "recognised as YuNet" in models["tiny_yunet"]["because"], models["tiny_yunet"]["because"]
    assert models["tiny_yunet"]["default"] and models["package"]["default"], "the first of each task"
    support.equal(models["broken"]["state"], "failed", "broken")
    support.equal((models["tiny_scene"]["tasks"], models["tiny_yolox"]["tasks"]), (["detect", "segment"], ["detect"]), "tasks")
    support.equal(models["tiny_scene"]["recipe"]["map"], {"kind": "scores", "layout": "nchw", "background": True, "classes": 3}, "map")
    one = server.request("GET", "/v1/models/package").json
    support.equal((one["licence"], one["recipe"]["thresholds"]["score"], one["labels"]), ("0BSD", 0.5, ["rot", "blau"]), "from model.json")
    support.check_problem(server.request("GET", "/v1/models/nope"), 404, "unknown_model")


def test_load_and_unload():
    state = lambda: server.request("GET", "/v1/models/tiny_yolov8").json
    loaded = server.request("POST", "/v1/models/tiny_yolov8/load")
    support.equal((loaded.status, loaded.json["state"]), (200, "ready"), loaded.text)
    assert loaded.json["memory_bytes"] > 0 and loaded.json["backend"] and loaded.json["precision"], loaded.text
    unloaded = server.request("POST", "/v1/models/tiny_yolov8/unload")
    support.equal((unloaded.status, unloaded.json["state"], unloaded.json["memory_bytes"]), (200, "installed", 0), unloaded.text)
    support.equal(boxes(post("/v1/detect?model=tiny_yolov8", PICTURE)), EXPECTED, "loaded again on use")
    support.equal(state()["state"], "ready", "after use")
    problem = support.check_problem(server.request("POST", "/v1/models/broken/load"), 422, "invalid_model")
    assert "broken" in problem["detail"], problem
    support.check_problem(post("/v1/detect?model=broken", PICTURE), 422, "invalid_model")
    support.check_problem(server.request("POST", "/v1/models/nope/load"), 404, "unknown_model")
    support.check_problem(server.request("POST", "/v1/models/nope/unload"), 404, "unknown_model")


def test_a_package_overrides_what_was_recognised():
    support.equal(sorted(boxes(post("/v1/detect?model=package", PICTURE))), ["blau", "rot"], "labels of model.json")


def test_schema_agrees_with_what_is_offered():
    schema = server.request("GET", "/schemas/model.json")
    support.equal(schema.status, 200, "schema")
    families = schema.json["properties"]["family"]["enum"]
    for m in server.request("GET", "/v1/models").json["data"]:
        assert m["family"] is None or m["family"] in families, m["family"]


def test_many_at_once_while_models_come_and_go():
    def detect():
        for _ in range(10):
            support.equal(boxes(post("/v1/detect?model=tiny_yolox", PICTURE)), EXPECTED, "under load")

    def churn():
        for _ in range(10):
            support.equal(server.request("POST", "/v1/models/tiny_yolox/unload").status, 200, "unload")

    threads = [support.in_background(f) for f in (detect, detect, detect, churn)]
    for t in threads:
        t.result(120)


def install(folder):
    for f in DATA.iterdir():
        shutil.copy(f, folder)
    package = pathlib.Path(folder) / "package"
    package.mkdir()
    shutil.copy(DATA / "tiny_yolox.onnx", package / "model.onnx")
    (package / "model.json").write_text(json.dumps({"format": 1, "task": "detect", "licence": "0BSD", "labels": ["rot", "blau"],
                                                    "thresholds": {"score": 0.5}}))
    (pathlib.Path(folder) / "broken.onnx").write_bytes(b"\x08\x08this is no model")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        with support.Server("--models", folder, "--default-models", "detect=package", binary=support.OCELLI) as server:
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
