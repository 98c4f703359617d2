#!/usr/bin/env python3
"""DeepStack's and CodeProject.AI's protocol as Frigate, Blue Iris and Home Assistant speak it, on the small models of tests/data/models."""
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from embed_support import multipart, png

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "models"
RED, BLUE = (255, 0, 0), (0, 0, 255)
SECRET = "correct-horse-battery-1"


def post(path, *parts, status=200, headers=None):
    body, types = multipart(*parts)
    answer = server.request("POST", path, body, {**types, **(headers or {})})
    support.equal(answer.status, status, answer.text)
    support.equal(answer.headers["content-type"], "application/json", "content type")
    support.equal(answer.json["success"], status == 200, answer.text)
    assert isinstance(answer.json["duration"], int), answer.text
    return answer.json


def test_shape():
    answer = post("/v1/vision/detection", ("image", RED_PICTURE))
    assert answer["predictions"], answer
    for p in answer["predictions"]:
        support.equal(sorted(p), ["confidence", "label", "x_max", "x_min", "y_max", "y_min"], "members")
        assert all(isinstance(p[k], int) for k in ("x_min", "y_min", "x_max", "y_max")), p
        assert 0 <= p["x_min"] < p["x_max"] <= 64 and 0 <= p["y_min"] < p["y_max"] <= 64, p
        assert isinstance(p["confidence"], float) and p["confidence"] >= 0.4, p
        support.equal(p["label"], "red thing", "names are in lower case")
    support.equal((answer["count"], answer["code"], answer["command"], answer["moduleName"]), (len(answer["predictions"]), 200, "detect", "loud"), "CodeProject.AI's")
    support.equal(answer["message"], f"Found {answer['count']} objects", "message")
    for name in ("inferenceMs", "processMs", "analysisRoundTripMs"):
        assert isinstance(answer[name], int) and answer[name] >= 0, answer


def test_same_as_our_own_route():
    own = server.request("POST", "/v1/detect?model=tiny_yolox&score_threshold=0.4", RED_PICTURE, {"Content-Type": "image/png"}).json["detections"]
    found = post("/v1/vision/custom/tiny_yolox", ("image", RED_PICTURE), ("max_detections", "3000"))["predictions"]
    support.equal([(p["label"], p["confidence"], p["x_min"], p["y_min"], p["x_max"], p["y_max"]) for p in found],
                  [(d["label"], d["score"], *(round(d["box"][k]) for k in ("x1", "y1", "x2", "y2"))) for d in own], "boxes")


def test_what_frigate_relies_on():
    """It walks the list, stops at the first below 0.4 and at the first label it does not know, and has room for twenty."""
    crop = png(RED, 320, 320)
    predictions = post("/v1/vision/detection", ("image", crop))["predictions"]
    support.equal(len(predictions), 16, "every cell is red")
    scores = [p["confidence"] for p in predictions]
    support.equal(scores, sorted(scores, reverse=True), "best first")
    anything = [("image", crop), ("min_confidence", "0")]
    many = post("/v1/vision/custom/tiny_scene", *anything)
    support.equal((len(many["predictions"]), many["count"]), (20, 20), "twenty at most")
    support.equal(len(post("/v1/vision/custom/tiny_scene?max_detections=30", *anything)["predictions"]), 30, "more when asked for")
    support.equal(post("/v1/vision/detection?classes=blue", ("image", crop))["predictions"], [], "only what is wanted, by the URL's query")


def test_min_confidence():
    one = post("/v1/vision/detection", ("image", RED_PICTURE), ("min_confidence", "1"))
    support.equal(one["predictions"], [], "above everything")
    for text in ("0.5", "0.50", " .5", ""):
        assert post("/v1/vision/detection", ("image", RED_PICTURE), ("min_confidence", text.strip()))["predictions"], text
    for text in ("2", "-1", "nan", "a", "0.5x", "1e999"):
        error = post("/v1/vision/detection", ("image", RED_PICTURE), ("min_confidence", text), status=400)
        assert "min_confidence" in error["error"] and "0..1" in error["error"], error
    error = post("/v1/vision/detection", ("image", RED_PICTURE), ("min_confidence", "0.5"), ("min_confidence", "0.6"), status=400)
    assert "given 2 times" in error["error"], error


def test_where_the_picture_may_be():
    expected = post("/v1/vision/detection", ("image", RED_PICTURE))["predictions"]
    for parts in ([("image1", RED_PICTURE)], [("file", RED_PICTURE)], [("upload", RED_PICTURE, "a.png")], [("userid", "x"), ("image", RED_PICTURE)],
                  [("image", RED_PICTURE), ("image2", png(BLUE, 64, 64))]):
        support.equal(post("/v1/vision/detection", *parts)["predictions"], expected, parts[0][0])
    raw = server.request("POST", "/v1/vision/detection", RED_PICTURE, {"Content-Type": "image/png"})
    support.equal(raw.json["predictions"], expected, "raw")


def test_custom_models():
    names = post("/v1/vision/custom/list", ("a", "b"))["models"]
    support.equal(sorted(names), ["loud", "tiny_scene", "tiny_yolov8", "tiny_yolox"], "those that find objects")
    support.equal(server.request("POST", "/v1/vision/custom/list").json["models"], names, "without a body, as Blue Iris asks")
    support.equal(server.request("GET", "/v1/vision/custom/list").json["models"], names, "GET")
    support.equal(post("/v1/vision/custom/combined", ("image", RED_PICTURE))["moduleName"], "tiny_yolox", "as --model-aliases says")
    support.equal(post("/v1/vision/custom/tiny_yolov8", ("image", RED_PICTURE))["command"], "custom", "command")


def test_errors():
    for parts, status, words in [([("image", b"this is no picture")], 400, ""), ([("image", RED_PICTURE[:60])], 400, ""), ([("min_confidence", "0.5")], 400, "No valid image"),
                                 ([("image", b"", "x")], 400, "empty"), ([("image", RED_PICTURE), ("classes", "no such")], 400, "no class 'no such'"),
                                 ([("image", RED_PICTURE), ("max_detections", "0")], 400, "max_detections")]:
        error = post("/v1/vision/detection", *parts, status=status)
        support.equal(sorted(error), ["code", "duration", "error", "success"], "members")
        support.equal(error["code"], status, "code")
        assert words in error["error"], error
    assert "no model 'nothing'" in post("/v1/vision/custom/nothing", ("image", RED_PICTURE), status=404)["error"]
    assert "is for face_detect" in post("/v1/vision/custom/tiny_yunet", ("image", RED_PICTURE), status=400)["error"]
    for path in ("/v1/vision/scene", "/v1/vision/enhance"):
        support.equal(post(path, ("image", RED_PICTURE), status=403)["error"],
                      path.rsplit("/", 1)[1] + " endpoint not activated: this server does not offer it", path)
    answer = server.request("GET", "/v1/vision/detection")
    support.equal((answer.status, answer.json["success"], answer.headers["allow"]), (405, False, "POST"), "method")
    late = post("/v1/vision/detection", ("image", png(RED, 4000, 3000)), headers={"x-timeout-ms": "1"}, status=500)
    assert "deadline" in late["error"], late


def test_ping():
    for path in ("/v1/status/ping", "/v1/server/status/ping"):
        support.equal(server.request("GET", path).json, {"success": True, "message": "ocelli", "version": None}, path)


def test_keys():
    def ask(status, *parts, headers=None, path="/v1/vision/detection"):
        body, types = multipart(*parts)
        answer = keyed.request("POST", path, body, {**types, **(headers or {})})
        support.equal(answer.status, status, answer.text)
        return answer.json

    with support.Server("--models", str(DATA), "--default-models", "detect=tiny_yolox", "--api-key", SECRET, binary=support.OCELLI) as keyed:
        ask(200, ("image", RED_PICTURE), ("api_key", SECRET))
        ask(200, ("api_key", SECRET), ("image", RED_PICTURE))
        ask(200, ("image", RED_PICTURE), headers={"x-api-key": SECRET})
        ask(200, ("api_key", SECRET), path="/v1/vision/custom/list")
        for parts in ([("image", RED_PICTURE)], [("image", RED_PICTURE), ("api_key", "wrong")], [("image", RED_PICTURE), ("api_key", "")],
                      [("image", RED_PICTURE), ("api_key", SECRET.encode())], [("image", RED_PICTURE), ("api_key", SECRET + "x" * 2000)]):
            support.equal(ask(401, *parts), {"success": False, "error": "Incorrect api key", "code": 401, "duration": 0}, "401")
        form = keyed.request("POST", "/v1/vision/custom/list", "a=1&api_key=" + SECRET, {"Content-Type": "application/x-www-form-urlencoded"})
        support.equal(form.status, 200, form.text)
        support.equal(keyed.request("POST", "/v1/vision/detection", b"x", {"Content-Type": "multipart/form-data; boundary=b"}).json["success"], False, "no form")
        support.equal(keyed.request("GET", "/v1/status/ping").status, 200, "open")


def test_switched_off():
    with support.Server("--models", str(DATA), "--dialects", "openai", binary=support.OCELLI) as other:
        support.equal(other.request("POST", "/v1/vision/detection", RED_PICTURE).status, 404, "off")
        support.equal(other.request("GET", "/v1/status/ping").status, 404, "off")
    with tempfile.TemporaryDirectory() as empty, support.Server("--models", empty, binary=support.OCELLI) as bare:
        body, types = multipart(("image", RED_PICTURE))
        answer = bare.request("POST", "/v1/vision/detection", body, types)
        support.equal(answer.status, 403, answer.text)
        assert answer.json["error"].startswith("Detection endpoint not activated"), answer.text


def install(folder):
    for f in DATA.iterdir():
        shutil.copy(f, folder)
    package = pathlib.Path(folder) / "loud"
    package.mkdir()
    shutil.copy(DATA / "tiny_yolox.onnx", package / "model.onnx")
    (package / "model.json").write_text(json.dumps({"format": 1, "task": "detect", "labels": ["Red Thing", "blue"]}))


if __name__ == "__main__":
    RED_PICTURE = png(RED, 64, 64)
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        with support.Server("--models", folder, "--default-models", "detect=loud", "--model-aliases", "combined=tiny_yolox", binary=support.OCELLI) as server:
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
