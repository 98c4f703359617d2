#!/usr/bin/env python3
"""Masks, key points and turned boxes through the server, on small models whose few weights find coloured discs."""
import json
import math
import pathlib
import shutil
import subprocess
import tempfile

from support import OCELLI, Server, check_problem, equal, run_tests

MODELS = pathlib.Path(__file__).resolve().parent.parent / "data" / "detail_models"


def picture():
    """A PPM would do, but servers read BMP: 640x640, a red disc of 140 around (240, 240) on grey stripes, in a network of 64x64."""
    rows = []
    for y in range(640):
        row = bytearray()
        for x in range(640):
            grey = 70 if y % 40 < 20 else 40
            row += bytes((0, 0, 255)) if (x - 240) ** 2 + (y - 240) ** 2 < 140**2 else bytes((grey,) * 3)
        rows.append(bytes(row))
    data = b"".join(reversed(rows))
    head = b"BM" + (54 + len(data)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    head += (40).to_bytes(4, "little") + (640).to_bytes(4, "little") * 2 + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return head + data


PICTURE = picture()
HEADERS = {"Content-Type": "image/bmp"}


def pixels_of(mask):
    """COCO's compressed runs as columns of bits (pycocotools' maskApi.c)."""
    height, width = mask["size"]
    counts, text, at = [], mask["counts"], 0
    while at < len(text):
        value, shift, more = 0, 0, True
        while more:
            c = ord(text[at]) - 48
            value |= (c & 31) << shift
            more, at, shift = c & 32, at + 1, shift + 5
            if not more and c & 16:
                value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    bits = []
    for i, n in enumerate(counts):
        bits += [i % 2] * n
    equal(len(bits), height * width, "pixels of the mask")
    return bits, height


def ask(server, model, query="", status=200):
    answer = server.request("POST", f"/v1/detect?model={model}{query}", PICTURE, HEADERS)
    equal(answer.status, status, answer.text[:300])
    return answer


def test_everything_in_one_server():
    with Server("--models", str(MODELS), binary=OCELLI) as server:
        found = ask(server, "tiny_seg").json["detections"]
        equal(len(found), 1)
        bits, height = pixels_of(found[0]["mask"])
        equal(sum(bits), found[0]["mask"]["pixels"])
        wrong = sum(bits[x * height + y] != ((x - 240) ** 2 + (y - 240) ** 2 < 140**2) for x in range(640) for y in range(640))
        assert wrong < 0.06 * sum(bits), f"{wrong} of {sum(bits)} pixels are not the disc's"
        assert "mask" not in ask(server, "tiny_seg", "&masks=0").json["detections"][0]
        check_problem(ask(server, "tiny_seg", "&masks=some", 400), 400, "bad_request")

        pose = ask(server, "tiny_pose").json
        equal(len(pose["keypoint_names"]), 17)
        equal(pose["keypoint_names"][9], "left_wrist")
        points = pose["detections"][0]["keypoints"]
        equal(len(points), 17)
        assert abs(points[0][0] - 240) < 1 and abs(points[0][1] - 60) < 1 and abs(points[0][2] - 0.9) < 1e-6, points[0]

        turned = ask(server, "tiny_obb").json["detections"][0]
        r = turned["rotated"]
        assert abs(r["width"] - 400) < 1 and abs(r["height"] - 120) < 1 and abs(r["angle"] - 0.5) < 1e-6, r
        for x, y in r["corners"]:
            assert abs(math.hypot(x - r["cx"], y - r["cy"]) - math.hypot(200, 60)) < 0.1
        assert abs(min(y for _, y in r["corners"]) - turned["box"]["y1"]) < 0.1

        for model in ("tiny_seg", "tiny_pose", "tiny_obb"):
            plain = ask(server, model, "&format=image&score_threshold=1").body
            drawn = ask(server, model, "&format=image").body
            assert drawn[:2] == b"\xff\xd8" and drawn != plain, model
        chosen = ask(server, "tiny_nms").json["detections"]  # suppression in the graph: as many rows as there are
        equal([d["label"] for d in chosen], ["red"])
        for side, at in (("x1", 160), ("y1", 160), ("x2", 320), ("y2", 320)):
            assert abs(chosen[0]["box"][side] - at) < 0.1, chosen[0]["box"]

        answer = server.request("POST", "/v1/segment?model=tiny_seg", PICTURE, HEADERS)
        check_problem(answer, 400, "bad_request")
        assert "is for detect" in answer.json["detail"], answer.json["detail"]


def test_what_models_shows_can_be_a_model_json():
    with Server("--models", str(MODELS), binary=OCELLI) as server, tempfile.TemporaryDirectory() as folder:
        shown = {m: server.request("GET", f"/v1/models/{m}").json for m in ("tiny_seg", "tiny_pose", "tiny_obb", "tiny_nms")}
        picture = pathlib.Path(folder) / "picture.bmp"
        picture.write_bytes(PICTURE)
        for name, said in shown.items():
            recipe = said["recipe"]
            package = pathlib.Path(folder) / name
            package.mkdir()
            shutil.copy(MODELS / f"{name}.onnx", package / "model.onnx")
            written = {"format": 1, "task": "detect", "family": said["family"], "input": recipe["input"], "decode": recipe["decode"]}
            (package / "model.json").write_text(json.dumps(written))
            run = subprocess.run([OCELLI, "run", str(package), str(picture), "--json"], capture_output=True, text=True)
            equal(run.returncode, 0, run.stderr)
            equal(json.loads(run.stdout)["detections"], ask(server, name).json["detections"], name)


def test_inspect_says_why():
    def inspect(path):
        return subprocess.run([OCELLI, "inspect", str(path)], capture_output=True, text=True, check=True).stdout

    said = inspect(MODELS / "tiny_obb.onnx")
    assert "recognised: yolov8" in said and "because     its metadata says obb" in said, said
    said = inspect(MODELS.parent / "models" / "tiny_unknown.onnx")
    assert "recognised: as no family" in said and "missing     yolox: " in said and "missing     detr: " in said, said


if __name__ == "__main__":
    run_tests(globals())
