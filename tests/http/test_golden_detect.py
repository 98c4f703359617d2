#!/usr/bin/env python3
"""Real models on real pictures against recorded results of another engine (OpenCV's, pictures resized by Pillow).

Needs OCELLI_TEST_DATA: a folder with models/, images/ and expected/. Skipped without it, and where one picture takes so long that
the whole would not end in time (sanitizer builds).
"""
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

ROOT = pathlib.Path(os.environ.get("OCELLI_TEST_DATA", ""))
PATIENCE = 120
SLOW = 6  # seconds for one picture
OLD_NAMES = {"tvmonitor": "tv", "sofa": "couch", "aeroplane": "airplane", "motorbike": "motorcycle", "diningtable": "dining table",
             "pottedplant": "potted plant"}


def picture(name):
    return (ROOT / "images" / name.replace("coco_val2017/", "coco/")).read_bytes()


def post(path, name):
    answer = server.request("POST", path, picture(name), {"Content-Type": "application/octet-stream"}, PATIENCE)
    support.equal(answer.status, 200, f"{path} {name}: {answer.text[:300]}")
    return answer.json


def corners(box):
    return [box[k] for k in ("x1", "y1", "x2", "y2")]


def clipped(box, image):
    w, h = image["width"], image["height"]
    return [min(max(v, 0), side) for v, side in zip(box, (w, h, w, h))]


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inner = max(w, 0) * max(h, 0)
    return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)


def best(found, label, box):
    """The detection of that label that overlaps most, with the overlap."""
    same = [(iou(corners(d["box"]), box), d) for d in found if d.get("label", "face") == label]
    return max(same, key=lambda p: p[0], default=(0, None))


def expect_objects(model, name, expected, least_score, least_iou, score_off=0.02):
    answer = post(f"/v1/detect?model={model}", name)
    for label, score, box in expected:
        if score < least_score:
            continue
        overlap, d = best(answer["detections"], OLD_NAMES.get(label, label), clipped(box, answer["image"]))
        assert overlap >= least_iou and abs(d["score"] - score) <= score_off, f"{model} {name}: {label} {score} {box}: overlap {overlap:.3f} {d}"
    return answer


def recorded(model):
    return [(r["image"].removeprefix("images/"), r["decoded"]) for r in json.loads((ROOT / "expected" / "expected.json").read_text())["models"][model]]


def test_yolox():
    for name, expected in recorded("models/detect/yolox_nano_kazuhito.onnx"):
        answer = expect_objects("yolox_nano_kazuhito", name, expected, 0.3, 0.97, 0.005)
        for label, score, box in expected:
            _, d = best(answer["detections"], label, box)
            assert all(abs(a - b) <= 2 for a, b in zip(corners(d["box"]), clipped(box, answer["image"]))), (label, box, d)
        support.equal(len(answer["detections"]), len(expected), f"objects in {name}")


def test_yolox_photos():
    for name, expected in json.loads((ROOT / "expected" / "detections_yolox_nano.json").read_text()).items():
        answer = expect_objects("yolox_nano_kazuhito", name, expected, 0.4, 0.95)
        ours = [d for d in answer["detections"] if d["score"] >= 0.42]
        for d in ours:
            assert any(iou(corners(d["box"]), clipped(b, answer["image"])) >= 0.9 for _, _, b in expected), f"{name}: not expected: {d}"


def test_fastestdet():
    for name, expected in recorded("models/detect/fastestdet.onnx"):
        answer = expect_objects("fastestdet", name, expected, 0.5, 0.97, 0.01)
        support.equal(len(answer["detections"]), len(expected), f"objects in {name}")


def test_nanodet():
    answer = post("/v1/detect?model=nanodet_m_hpc203", "photos/dog.jpg")
    for label, box in (("dog", [131, 207, 325, 542]), ("bicycle", [130, 137, 570, 425]), ("car", [464, 76, 692, 171])):
        assert best(answer["detections"], label, box)[0] > 0.8, (label, answer["detections"])


def test_yolov8():
    answer = post("/v1/detect?model=yolov8n_dequantized_AGPL", "photos/bus.jpg")
    assert best(answer["detections"], "bus", [20, 230, 802, 750])[0] > 0.85, answer["detections"]
    people = [d for d in answer["detections"] if d["label"] == "person"]
    support.equal(len(people), 4, "people at the bus")
    for box in ([50, 398, 244, 903], [220, 406, 345, 860], [670, 376, 810, 880], [0, 550, 62, 872]):
        assert best(people, "person", box)[0] > 0.85, (box, people)


def expect_faces(model, name, expected, least_iou=0.9, score_off=0.02, point_off=2):
    answer = post(f"/v1/faces/detect?model={model}", name)
    support.equal(len(answer["faces"]), len(expected), f"{model}: faces in {name}")
    for _, score, box, *points in expected:
        overlap, face = best(answer["faces"], "face", clipped(box, answer["image"]))
        assert overlap >= least_iou and abs(face["score"] - score) <= score_off, f"{model} {name}: {score} {box}: {overlap:.3f} {face}"
        if points:
            ours = [v for point in face["landmarks"].values() for v in point]
            assert all(abs(a - b) <= point_off for a, b in zip(ours, points[0])), f"{model} {name}: {points[0]}, found {ours}"


def test_faces():
    for name, by_model in json.loads((ROOT / "expected" / "faces.json").read_text()).items():
        expect_faces("yunet_n_640_640", name, by_model["yunet_n_640"])
        expect_faces("scrfd_500m", name, by_model["scrfd_500m"])


def test_faces_that_fill_the_picture():
    """SCRFD finds none of them at the size of its input; it looks again with the picture smaller."""
    crops = sorted((ROOT / "images" / "faces" / "aligned112").glob("*.png"))
    assert len(crops) >= 5, crops
    for crop in crops:
        faces = post("/v1/faces/detect?model=scrfd_500m", f"faces/aligned112/{crop.name}")["faces"]
        support.equal(len(faces), 1, crop.name)
        assert faces[0]["box"]["y2"] - faces[0]["box"]["y1"] > 56 and abs(faces[0]["landmarks"]["nose"][0] - 56) < 10, faces


def test_six_faces_by_every_detector():
    for model in ("yunet_n_320_320", "yunet_n_640_640", "scrfd_500m_bnkps"):
        for name, expected in recorded(f"models/face_det/{model}.onnx"):
            support.equal(len(expected), 6, "faces recorded")
            expect_faces(model, name, [e[:3] for e in expected])
    for model in ("ultraface_version-RFB-320", "ultraface_version-RFB-320_simplified"):
        for name, expected in recorded("models/face_det/ultraface_version-RFB-320.onnx"):
            expect_faces(model, name, expected)
    expect_faces("yunet_n_dynamic", "faces/if_t1.jpg", [e[:3] for e in recorded("models/face_det/yunet_n_640_640.onnx")[0][1]])


if __name__ == "__main__":
    if not (ROOT / "expected" / "expected.json").is_file():
        print("skipped: OCELLI_TEST_DATA names no folder with expected/expected.json")
        sys.exit(77)
    with support.Server("--models", str(ROOT / "models" / "detect"), "--models", str(ROOT / "models" / "face_det"), "--deadline-ms", "110000",
                        "--precision", "f32", binary=support.OCELLI) as server:
        start = time.monotonic()
        post("/v1/detect?model=yolox_nano_kazuhito", "photos/dog.jpg")
        slow = time.monotonic() - start > SLOW
        failed = 0 if slow else support.run_tests(globals())
    if slow:
        print("skipped: this build is too slow for real models")
    sys.exit(77 if slow else 1 if failed else 0)
