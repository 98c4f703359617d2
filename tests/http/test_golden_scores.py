#!/usr/bin/python3
"""Real detectors on real photographs: what tiles find in a large montage, and mean average precision against annotations.

Needs OCELLI_TEST_DATA: a folder with models/detect/ and images/{photos,coco,det_gt}/. Skipped without it.
"""
import io
import json
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

try:
    from PIL import Image
    import detection_reference as reference
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ROOT = pathlib.Path(os.environ.get("OCELLI_TEST_DATA", ""))
MODEL = "yolox_nano_kazuhito"
SIZE, CELL = (4000, 3000), (500, 375)
COCO_NAMES = {"pottedplant": "potted plant", "sofa": "couch", "tvmonitor": "tv", "diningtable": "dining table", "motorbike": "motorcycle", "aeroplane": "airplane"}


def png(im):
    out = io.BytesIO()
    im.save(out, "PNG", compress_level=1)
    return out.getvalue()


def detect(im, query=""):
    answer = server.request("POST", f"/v1/detect?model={MODEL}{query}", im if isinstance(im, bytes) else png(im), {"x-timeout-ms": "280000"}, 290)
    support.equal(answer.status, 200, answer.text[:300])
    return answer.json


def box(d):
    return [d["box"][k] for k in ("x1", "y1", "x2", "y2")]


def iou(a, b):
    return reference.iou([a[0], a[1], a[2] - a[0], a[3] - a[1]], [b[0], b[1], b[2] - b[0], b[3] - b[1]], False)


def montage():
    """Small photographs side by side, each also turned over when there are not enough; and what is found in each by itself, surely."""
    files = sorted(f for folder in ("photos", "coco", "det_gt") for f in (ROOT / "images" / folder).glob("*.jpg"))
    whole, found, k = Image.new("RGB", SIZE, (114, 114, 114)), [], 0
    for y in range(0, SIZE[1] - CELL[1] + 1, CELL[1]):
        for x in range(0, SIZE[0] - CELL[0] + 1, CELL[0]):
            im = Image.open(files[k % len(files)]).convert("RGB")
            im = im.transpose(Image.FLIP_LEFT_RIGHT) if k // len(files) % 2 else im
            im.thumbnail(CELL)
            whole.paste(im, (x, y))
            k += 1
            for d in detect(im, "&score_threshold=0.5")["detections"]:
                b = box(d)
                found.append((d["label"], [b[0] + x, b[1] + y, b[2] + x, b[3] + y]))
    return whole, found, k


def share(objects, detections):
    return sum(any(d["label"] == label and iou(box(d), b) >= 0.5 for d in detections) for label, b in objects) / len(objects)


def test_small_photographs_in_a_large_picture():
    whole, objects, photos = montage()
    assert photos == 64 and len(objects) > 200, (photos, len(objects))
    data = png(whole)
    plain = detect(data, "&max_detections=3000")
    support.equal("tiles" in plain, False, "one look")
    tiled = detect(data, "&max_detections=3000&tile=auto")
    few = detect(data, "&max_detections=3000&tile=640")
    shares = [share(objects, a["detections"]) for a in (plain, few, tiled)]
    print(f"{len(objects)} objects of {photos} photographs: found {shares[0]:.3f} without, {shares[1]:.3f} with {few['tiles']} and {shares[2]:.3f} with {tiled['tiles']} tiles")
    assert shares[2] >= 0.95 and shares[0] < 0.5, shares
    costs = [a["timing_ms"]["inference"] / a["tiles"] for a in (few, tiled)]
    print(f"ms of inference a tile: {costs[0]:.1f} and {costs[1]:.1f}; without tiles {plain['timing_ms']['inference']:.1f}")


def annotations():
    """The photographs' boxes of classes that the model has, as VOC's tools would have them."""
    truth, found = [], []
    classes = {m["id"]: m for m in server.request("GET", "/v1/models").json["data"]}
    assert MODEL in classes, classes.keys()
    names = set(server.request("GET", f"/v1/models/{MODEL}").json["labels"])
    for f in sorted((ROOT / "images" / "det_gt").glob("*.txt")):
        rows = [line.split() for line in f.read_text().splitlines() if line.strip()]
        objects = [{"label": COCO_NAMES.get(r[0], r[0]), "box": dict(zip(("x1", "y1", "x2", "y2"), map(float, r[1:5])))} for r in rows]
        truth.append({"file": f.stem, "objects": [o for o in objects if o["label"] in names]})
        answer = detect(f.with_suffix(".jpg").read_bytes(), "&score_threshold=0.01&max_detections=300")
        found.append({"file": f.stem, "detections": answer["detections"]})
    return truth, found


def as_coco(truth, found):
    """The same in COCO's form, for others."""
    labels = sorted({o["label"] for t in truth for o in t["objects"]})
    files = [t["file"] for t in truth]

    def row(i, o, **more):
        b = box(o)
        return {"image_id": i + 1, "category_id": labels.index(o["label"]) + 1, "bbox": [b[0], b[1], b[2] - b[0], b[3] - b[1]], **more}

    gt = [row(i, o) for i, t in enumerate(truth) for o in t["objects"]]
    for i, g in enumerate(gt):
        g.update(id=i + 1, area=g["bbox"][2] * g["bbox"][3], iscrowd=0)
    results = [row(files.index(p["file"]), d, score=d["score"]) for p in found for d in p["detections"] if d["label"] in labels]
    return {"images": [{"id": i + 1} for i in range(len(files))], "categories": [{"id": i + 1, "name": n} for i, n in enumerate(labels)], "annotations": gt}, results


def test_mean_average_precision():
    truth, found = annotations()
    coco, results = as_coco(truth, found)
    scores, classes = reference.coco(coco, results)
    voc = reference.voc(coco, results)
    for body in ({"truth": truth, "prediction": found}, {"truth": coco, "prediction": results}):
        answer = server.request("POST", "/v1/metrics/detection", json.dumps(body), {"Content-Type": "application/json"}).json
        for name, value in scores.items():
            assert (answer[name] is None) == (value is None) and (value is None or abs(answer[name] - value) < 1e-9), (name, answer[name], value)
        assert abs(answer["ap50"] - scores["ap50"]) < 0.00005
        voc_answer = server.request("POST", "/v1/metrics/detection?style=voc", json.dumps(body), {"Content-Type": "application/json"}).json
        for i, name in enumerate(("map", "map_11_point")):
            expected = reference.mean(v and v[i] for v in voc.values())
            assert abs(voc_answer[name] - expected) < 1e-9, (name, voc_answer[name], expected)
    print(f"{len(coco['annotations'])} objects of {len(classes)} classes in {len(truth)} photographs: AP {scores['ap']:.4f}, AP50 {scores['ap50']:.4f}, VOC {voc_answer['map']:.4f}")
    try:
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))
        import make_detection_fixtures as maker
    except ImportError:
        return
    for name, value in maker.evaluate(coco, results)[0].items():
        assert (scores[name] is None) == (value is None) and (value is None or abs(scores[name] - value) < 1e-9), ("pycocotools", name, scores[name], value)


if __name__ == "__main__":
    if not (ROOT / "models" / "detect").is_dir() or "OCELLI_TEST_DATA" not in os.environ:
        print("skipped: OCELLI_TEST_DATA is not set")
        sys.exit(77)
    with support.Server("--models", str(ROOT / "models" / "detect"), "--deadline-ms", "300000", binary=support.OCELLI) as server:
        failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
