#!/usr/bin/env python3
"""Pictures looked at in parts and at several sizes: parameters, a model's own way, the command line, and the starter model on a montage."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from embed_support import chunk, multipart

TESTS = pathlib.Path(__file__).resolve().parent.parent
PLACES = [(16, 32), (80, 0), (240, 112), (432, 176), (400, 64)]


def png(width, height, squares):
    rows = [bytearray(3 * width) for _ in range(height)]
    for x, y, side in squares:
        for row in rows[y:y + side]:
            row[3 * x:3 * (x + side)] = b"\xff\0\0" * side
    raw = b"".join(b"\0" + bytes(r) for r in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


WIDE = png(448, 192, [(x, y, 16) for x, y in PLACES])


def ask(query, picture=WIDE, status=200):
    answer = server.request("POST", "/v1/detect?" + query, picture, {"Content-Type": "image/png"})
    support.equal(answer.status, status, answer.text)
    return answer.json


def places(answer):
    return sorted((round(d["box"]["x1"]), round(d["box"]["y1"])) for d in answer["detections"])


def test_parameters():
    plain = ask("model=tiny_batch")
    support.equal((plain["detections"], "tiles" in plain), ([], False), "too small")
    for model in ("tiny_batch", "tiny_yolox", "tiny_yolov8", "tiny_scene"):
        answer = ask(f"model={model}&tile=64x64&overlap=0")
        support.equal((answer["tiles"], places(answer)), (22, sorted(PLACES)), model)
    answer = ask("model=tiny_batch&tile=64&overlap=0&whole=0&max_detections=2&merge=wbf")
    support.equal((answer["tiles"], len(answer["detections"])), (21, 2), "a square, the best two")
    answer = ask("model=tiny_batch&tile=auto&overlap=0")
    support.equal((answer["tiles"], set(PLACES) <= set(places(answer))), (22 + 4 * 2 + 2, True), "64, 128 and 256 pixels, and the whole")
    support.equal(ask("model=tiny_batch&tile=auto&classes=1")["detections"], [], "only what is wanted")
    support.equal(ask("model=tiny_batch&scales=0.5,1")["tiles"], 2, "two sizes of the whole")
    support.equal(ask("model=tiny_batch&scales=1,2&overlap=0")["tiles"], 5, "four quarters")
    support.equal("tiles" in ask("model=tiny_batch&tile=none"), False, "none")
    body, types = multipart(("image", WIDE), ("tile", "64x64"), ("overlap", "0"), ("model", "tiny_batch"))
    support.equal(places(server.request("POST", "/v1/detect", body, types).json), sorted(PLACES), "as form fields")
    drawn = server.request("POST", "/v1/detect?model=tiny_batch&tile=64&format=image", WIDE, {"Content-Type": "image/png"})
    support.equal((drawn.status, drawn.headers["content-type"]), (200, "image/jpeg"), "drawn")


def test_mistakes():
    for query, words in [("tile=31x64", "tile: auto, none, or WIDTHxHEIGHT with sides of 32..32768"), ("tile=big", "is 'big'"), ("tile=64x", "tile"), ("overlap=0.9", "overlap: must be a number of 0..0.8"),
                         ("scales=0", "scales: numbers of 0.05..16"), ("scales=1,x", "is 'x'"), ("scales=1,2,3,4,5,6,7,8,9", "at most 8"), ("merge=best", "nms, soft_nms, wbf"), ("whole=maybe", "whole"),
                         ("tile=64&tile=32", "given 2 times")]:
        answer = server.request("POST", "/v1/detect?model=tiny_batch&" + query, WIDE, {"Content-Type": "image/png"})
        assert words in support.check_problem(answer, 400, "bad_request")["detail"], answer.text
    large = png(2000, 2000, [])
    answer = server.request("POST", "/v1/detect?model=tiny_batch&tile=64&scales=4", large, {"Content-Type": "image/png"})
    assert "tile: 27890 tiles of a picture of 2000 x 2000, at most 512" in support.check_problem(answer, 400, "bad_request")["detail"], answer.text


def test_deadline():
    answer = server.request("POST", "/v1/detect?model=tiny_batch&tile=auto", png(1600, 1600, []), {"Content-Type": "image/png", "x-timeout-ms": "60"})
    assert answer.status in (200, 504), answer.text  # a fast machine may be done
    answer = server.request("POST", "/v1/detect?model=tiny_batch&tile=auto", png(1600, 1600, []), {"Content-Type": "image/png", "x-timeout-ms": "1"})
    support.check_problem(answer, 504, "deadline_exceeded")


def test_a_models_own_way():
    answer = ask("model=careful")
    support.equal((answer["tiles"], places(answer)), (21, sorted(PLACES)), "model.json says so")
    support.equal("tiles" in ask("model=careful&tile=none"), False, "the request says otherwise")
    body, types = multipart(("image", WIDE))
    support.equal(len(server.request("POST", "/v1/vision/custom/careful", body, types).json["predictions"]), 5, "other routes do as the model says")
    broken = {m["id"]: m["error"] for m in server.request("GET", "/v1/models").json["data"] if m["state"] == "failed"}
    for name, words in {"bad_tile": "/tiling/tile: auto, none", "bad_scales": "/tiling/scales/1: must be a number", "bad_member": "/tiling"}.items():
        assert words in broken[name], broken
    recipe = server.request("GET", "/v1/models/careful").json["recipe"]
    support.equal(recipe["tiling"], {"tile": "64x64", "overlap": 0, "whole": False, "scales": [], "merge": "nms"}, "shown")


def test_command_line():
    def run(*options, status=0):
        with tempfile.NamedTemporaryFile(suffix=".png") as f:
            f.write(WIDE)
            f.flush()
            done = subprocess.run([support.OCELLI, "run", str(TESTS / "data/tile_models/tiny_batch.onnx"), f.name, "--json", *options], capture_output=True, text=True,
                                  env=support.clean_environment())
        support.equal(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if not status else done.stderr

    answer = run("--tile", "64x64", "--overlap", "0", "--merge", "soft_nms")
    support.equal((places(answer), answer["tiles"]), (sorted(PLACES), 22), "tiled")
    support.equal(run("--scales", "1,0.5")["tiles"], 2, "scales")
    for options in (["--tile", "x"], ["--tile"], ["--scales", "1,"], ["--scales", "0"], ["--overlap", "1"], ["--merge", "x"]):
        assert "ocelli: " + options[0] in run(*options, status=2), options


def install(folder):
    for f in list((TESTS / "data/models").iterdir()) + list((TESTS / "data/tile_models").iterdir()):
        shutil.copy(f, folder)
    for name, tiling in {"careful": {"tile": "64x64", "overlap": 0, "whole": False}, "bad_tile": {"tile": "7"}, "bad_scales": {"scales": [1, "2"]}, "bad_member": {"tiles": 1}}.items():
        package = pathlib.Path(folder) / name
        package.mkdir()
        shutil.copy(TESTS / "data/tile_models/tiny_batch.onnx", package / "model.onnx")
        (package / "model.json").write_text(json.dumps({"format": 1, "task": "detect", "labels": ["red", "blue"], "tiling": tiling}))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        install(folder)
        with support.Server("--models", folder, binary=support.OCELLI) as server:
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
