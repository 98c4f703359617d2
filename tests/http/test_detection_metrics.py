#!/usr/bin/env python3
"""/v1/metrics/detection against an implementation written apart, against recorded values of pycocotools, and against itself where it is installed."""
import json
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import detection_reference as reference
import support
from embed_support import multipart

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
FIXTURES = json.loads((DATA / "detection_metrics.json").read_text())
ROUTE, JSON = "/v1/metrics/detection", {"Content-Type": "application/json"}
EXACT = 1e-9


def ask(truth, prediction, query="", status=200, **members):
    answer = server.request("POST", ROUTE + query, json.dumps({"truth": truth, "prediction": prediction, **members}), JSON)
    support.equal(answer.status, status, answer.text)
    return answer.json


def same(found, expected, what):
    assert (found is None) == (expected is None) and (found is None or abs(found - expected) <= EXACT), f"{what}: {found}, expected {expected}"


def same_scores(answer, scores, classes, what):
    for name, value in scores.items():
        same(answer[name], value, f"{what}, {name}")
    found = {c["class_id"]: c["ap"] for c in answer["classes"]}
    for k, value in classes.items():
        same(found[int(k)], value, f"{what}, class {k}")


def test_recorded():
    assert FIXTURES["made_by"].keys() == {"pycocotools", "numpy"}, FIXTURES["made_by"]
    for i, case in enumerate(FIXTURES["cases"]):
        answer = ask(case["truth"], case["prediction"], iou_type=case["iou_type"], agnostic=case["agnostic"])
        same_scores(answer, case["scores"], case["classes"], f"case {i}")


def test_an_implementation_written_apart():
    for seed in range(100, 112):
        truth, results = reference.random_case(seed, classes=3, images=4)
        same_scores(ask(truth, results), *reference.coco(truth, results), f"seed {seed}")


def test_voc():
    for seed in range(200, 260):
        truth, results = reference.random_case(seed)
        for g in truth["annotations"]:
            g["iscrowd"] = 0
        expected = reference.voc(truth, results)
        answer = ask(truth, results, "?style=voc")
        for c in answer["classes"]:
            both = expected[c["class_id"]] or (None, None)
            same(c["ap"], both[0], f"seed {seed}")
            same(c["ap_11_point"], both[1], f"seed {seed}, 11 points")
        same(answer["map"], reference.mean(e and e[0] for e in expected.values()), f"seed {seed}, map")
        same(answer["map_11_point"], reference.mean(e and e[1] for e in expected.values()), f"seed {seed}, map of 11 points")
        support.equal(answer["true_positives"], sum(c["true_positives"] for c in answer["classes"]), "sum")


def test_pycocotools_where_it_is():
    try:
        import pycocotools.cocoeval  # noqa: F401
    except ImportError:
        print("no pycocotools: recorded values only")
        return
    sys.path.insert(0, str(DATA))
    import make_detection_fixtures as maker
    for seed in range(300, 600):
        case = maker.mask_case(seed) if seed % 6 == 0 else reference.random_case(seed, objects=[1, 5, 30][seed % 3], found=[1, 9, 40][seed // 3 % 3])
        if not case[0]["annotations"]:
            continue
        kind = "segm" if seed % 6 == 0 else "bbox"
        same_scores(ask(*case, iou_type=kind), *maker.evaluate(*case, kind), f"seed {seed}")


def box(x, y, w, h, image=1, k=1, **more):
    return {"image_id": image, "category_id": k, "bbox": [x, y, w, h], **more}


def test_by_hand():
    truth = {"annotations": [box(0, 0, 10, 10), box(100, 0, 10, 10), box(0, 0, 10, 10, image=2)]}
    results = [box(0, 0, 10, 10, score=0.9), box(50, 50, 9, 9, score=0.8), box(100, 0, 10, 10, score=0.7)]
    answer = ask(truth, results)
    # Precisions 1, 1/2, 2/3 at recalls 1/3, 1/3, 2/3: 34 points of 1 and 33 of 2/3 of 101.
    same(answer["ap"], (34 + 33 * 2 / 3) / 101, "ap")
    support.equal((answer["ap"], answer["ap_medium"]), (answer["ap_small"], None), "all are small")
    same(answer["ar_1"], 1 / 3, "one a picture")
    same(answer["ar_100"], 2 / 3, "ar")
    support.equal((answer["images"], answer["truths"], answer["predictions"]), (2, 3, 3), "counts")
    voc = ask(truth, results, "?style=voc")
    same(voc["map"], (1 + 2 / 3) / 3, "area")
    same(voc["map_11_point"], (4 * 1 + 3 * 2 / 3) / 11, "points at 0 to .3 and .4 to .6")
    support.equal((voc["true_positives"], voc["false_positives"], voc["precision"], voc["recall"]), (2, 1, 2 / 3, 2 / 3), "counts")


def test_crowds_ignored_and_others():
    truth = {"images": [{"id": 1}, {"id": 7}], "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
             "annotations": [box(0, 0, 10, 10), box(50, 0, 100, 100, iscrowd=1), box(200, 0, 10, 10, ignore=1)]}
    results = [box(0, 0, 10, 10, score=0.5), box(60, 10, 10, 10, score=0.9), box(80, 10, 10, 10, score=0.9), box(200, 0, 10, 10, score=0.9), box(0, 0, 5, 5, k=9, score=1)]
    answer = ask(truth, results)
    same(answer["ap"], 1, "two in the crowd do not count; ignore is not looked at, as in pycocotools")
    support.equal((answer["truths"], answer["predictions_of_other_classes"]), (2, 1), "counts")
    answer = ask(truth, results, use_ignore=True)
    support.equal((answer["ap"], answer["truths"]), (1, 1), "ignored")
    support.equal([(c["class_id"], c["label"], c["ap"]) for c in answer["classes"]], [(1, "a", 1), (2, "b", None)], "a class without truth")
    answer = ask(truth, results, "?style=voc")
    support.equal((answer["map"], answer["difficult"], answer["truths"]), (1 / 3, 2, 1), "VOC has no crowds: what covers a tenth of one is wrong")


def test_thresholds_and_numbers():
    truth, results = {"annotations": [box(0, 0, 10, 10)]}, [box(0, 0, 10, 6, score=1), box(0, 0, 10, 10, score=0.5)]
    answer = ask(truth, results, "?iou_thresholds=0.5&max_detections=1,2,3")
    support.equal((answer["iou_thresholds"], answer["max_detections"], answer["ap"], answer["ap75"], answer["ar_3"]), ([0.5], [1, 2, 3], 1, None, 1), "one threshold")
    same(ask(truth, results, iou_thresholds=[0.75])["ap"], 0.5, "the second is the one")
    same(ask(truth, results, "?style=voc&iou_thresholds=0.7")["map"], 0.5, "VOC at .7")
    same(ask(truth, results, "?style=voc&iou_thresholds=0.6")["map"], 1, "exactly at it")


def test_own_form():
    """What `ocelli run --json` prints."""
    def found(label, x, score, **more):
        return {"label": label, "class_id": 0, "score": score, "box": {"x1": x, "y1": 0, "x2": x + 10, "y2": 10}, **more}

    truth = [{"file": "a.jpg", "detections": [found("dog", 0, 0), found("cat", 50, 0), found("cat", 80, 0, difficult=True)]}, {"file": "b.jpg", "objects": []}]
    results = [{"file": "b.jpg", "model": "m", "detections": [found("dog", 0, 0.3)]}, {"file": "a.jpg", "detections": [found("dog", 0, 0.9), found("cat", 50, 0.8), found("cow", 0, 0.1)]}]
    answer = ask(truth, results)
    support.equal([(c["label"], c["truths"], c["predictions"]) for c in answer["classes"]], [("cat", 2, 1), ("cow", 0, 1), ("dog", 1, 2)], "classes")
    for c, ap in zip(answer["classes"], [51 / 101, None, 1], strict=True):
        same(c["ap"], ap, c["label"])
    answer = ask(truth, results, "?style=voc")
    support.equal((answer["map"], answer["difficult"], answer["images"]), (1, 1, 2), "VOC")
    assert "class_id" not in answer["classes"][0], answer
    by_number = [{"file": "a", "detections": [{"label": None, "class_id": 5, "score": 1, "box": {"x1": 0, "y1": 0, "x2": 1, "y2": 1}}]}]
    support.equal(ask(by_number, by_number)["classes"][0]["label"], "#5", "a class without a name")


def test_files():
    case = FIXTURES["cases"][3]
    body, types = multipart(("truth", json.dumps(case["truth"]).encode()), ("prediction", json.dumps(case["prediction"]).encode()), ("iou_type", "bbox"))
    answer = server.request("POST", ROUTE, body, types)
    support.equal(answer.json, ask(case["truth"], case["prediction"]), "as files")


def test_many():
    """Time grows with the number of objects, not with its square."""
    n = 20000
    truth = {"annotations": [box(i % 100 * 20, i // 100 % 10 * 20, 15, 15, image=i // 1000, k=i % 7) for i in range(n)]}
    results = [{**g, "score": i % 997 / 997} for i, g in enumerate(truth["annotations"])]
    answer = ask(truth, results, max_detections=[1, 10, 1000])
    support.equal((answer["ap"], answer["predictions"]), (1, n), "all found")


def test_ids_and_numbers_as_languages_write_them():
    """pandas writes whole numbers as 1.0, spreadsheets as text; names are ids, too."""
    def files(image, category, one, yes):
        truth = {"images": [{"id": image}], "categories": [{"id": category, "name": "x"}],
                 "annotations": [{"id": one, "image_id": image, "category_id": category, "bbox": [0, 0, 9, 9], "iscrowd": yes, "area": 81}]}
        return truth, [{"image_id": image, "category_id": category, "bbox": [0, 0, 9, 9.0], "score": 0.9}]

    for image, category, one, yes in ((1, 1, 1, 0), (1.0, 1.0, 1.0, 0.0), ("1", "1", "1", "0"), ("1.0", "1", 1, False), ("street.jpg", "car", "a1", "False")):
        truth, prediction = files(image, category, one, yes)
        same(ask(truth, prediction)["ap"], 1, f"{image!r}")
    truth, prediction = files(1, 1, 1, 0)[0], files("1", 1.0, 1, 0)[1]
    same(ask(truth, prediction, agnostic="True", max_detections="1, 10, 100")["ap"], 1, "mixed")


def test_mistakes():
    good, results = {"annotations": [box(0, 0, 1, 1)]}, [box(0, 0, 1, 1, score=1)]
    long_list = [{"file": "a", "detections": []}]
    runs = {"segmentation": {"size": [2, 2], "counts": "112"}}
    for truth, prediction, members, words in [
            (None, results, {}, "/truth: is missing"), (good, None, {}, "/prediction"), ({}, results, {}, "/truth/annotations: must be a list, is missing"),
            (good, {}, {}, "/prediction: must be a list, is object"), (5, results, {}, "/truth: must be a list of"), ([], {}, {}, "/prediction: must be a list of"),
            (good, [box(0, 0, 1, 1)], {}, "/prediction/0/score: must be a number of -1e+30..1e+30, is missing"), (good, [box(0, 0, 1, 1, score="high")], {}, "/prediction/0/score: must be a number of -1e+30..1e+30, is 'high'"),
            (good, [box(0, 0, -1, 1, score=1)], {}, "/prediction/0/bbox: is [x, y, width, height]"), (good, [box(0, 0, 1e300, 1, score=1)], {}, "/prediction/0/bbox/2"),
            (good, [{**results[0], "bbox": [1, 2, 3]}], {}, "list of 4 numbers, is array of another length"), (good, [{**results[0], "bbox": None}], {}, "bbox"),
            (good, [{**results[0], "image_id": 2}], {}, "/prediction/0/image_id: the truth has no picture 2"), (good, [{**results[0], "image_id": "one"}], {}, "the truth has no picture 'one'"), (good, [{**results[0], "image_id": []}], {}, "/prediction/0/image_id: must be a whole number, or a name of 1..256 bytes, is array"),
            (good, [5], {}, "/prediction/0/image_id"), ({"images": [{"id": 1}, {"id": 1}], **good}, results, {}, "the id 1 is there twice"),
            ({"categories": [{"id": 1, "name": 5}], **good}, results, {}, "/truth/categories/0/name"), ({"images": 1, **good}, results, {}, "/truth/images: must be a list"),
            ({"annotations": [box(0, 0, 1, 1, iscrowd=2)]}, results, {}, "iscrowd"), ({"annotations": [box(0, 0, 1, 1, area=-1)]}, results, {}, "area"),
            (good, results, {"style": "yolo"}, "must be one of coco, voc"), (good, results, {"iou_thresholds": [0]}, "0.001..1"), (good, results, {"iou_thresholds": [0.5] * 33}, "at most 32"),
            (good, results, {"max_detections": [1, 10]}, "three rising"), (good, results, {"max_detections": [3, 2, 9]}, "three rising"), (good, results, {"max_detections": [1, 2, 5000]}, "1..1000"),
            (good, results, {"style": "voc", "agnostic": True}, "style=voc"), (good, results, {"style": "voc", "iou_thresholds": [0.5, 0.6]}, "one for style=voc"),
            (good, results, {"iou_type": "segm"}, "/truth/annotations/0/segmentation: must be run lengths"), ({"annotations": [box(0, 0, 1, 1, segmentation=[[1, 1, 2, 2]])]}, results, {"iou_type": "segm"}, "polygons"),
            ({"annotations": [{**box(0, 0, 1, 1), **runs}]}, [{**results[0], "segmentation": {"size": [1, 4], "counts": "112"}}], {"iou_type": "segm"}, "masks of one picture differ in size: 4 x 1 and 2 x 2"),
            ({"annotations": [{**box(0, 0, 1, 1), **runs}]}, [{**results[0], "segmentation": {"size": [2, 2], "counts": "11"}}], {"iou_type": "segm"}, "/prediction/0/segmentation/counts: the runs add up"),
            (long_list, [{"file": "b", "detections": [{"label": "x", "score": 1, "box": {"x1": 0, "y1": 0, "x2": 1, "y2": 1}}]}], {}, "the truth has no picture 'b'"),
            (long_list * 2, [], {}, "'a' is there twice"), ([{"detections": []}], [], {}, "/truth/0/file"), ([{"file": "a"}], [], {}, "/truth/0/detections"), ([5], [], {}, "/truth/0: must be an object"),
            ([{"file": "a", "detections": [{"label": "x", "box": {"x1": 0, "y1": 0, "x2": -1, "y2": 1}}]}], [], {}, "/truth/0/detections/0/box: x2 and y2"),
            ([{"file": "a", "detections": [{"box": {"x1": 0, "y1": 0, "x2": 1, "y2": 1}}]}], [], {}, "class_id"), ([{"file": "a", "detections": [{"label": "x", "box": [1]}]}], [], {}, "x1")]:
        answer = server.request("POST", ROUTE, json.dumps({"truth": truth, "prediction": prediction, **members}), JSON)
        assert words in support.check_problem(answer, 400, "bad_request")["detail"], (words, answer.text)
    body, types = multipart(("truth", b"{"), ("prediction", b"[]"))
    assert support.check_problem(server.request("POST", ROUTE, body, types), 400, "invalid_json")["detail"].startswith("truth: JSON: line 1")
    support.check_problem(server.request("POST", ROUTE, b"[]", JSON), 400, "bad_request")


def test_empty():
    answer = ask({"annotations": []}, [])
    support.equal((answer["ap"], answer["classes"], answer["images"]), (None, [], 0), "nothing")
    support.equal(ask([], [], "?style=voc")["map"], None, "nothing")


if __name__ == "__main__":
    with support.Server("--models", str(DATA / "models"), binary=support.OCELLI) as server:
        failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
