#!/usr/bin/env python3
"""Writes detection_metrics.json: random truths and results (detection_reference.py) with the scores that pycocotools gives, of boxes and of masks.

Needs pycocotools and numpy; their versions go into the file. The tests read the file alone, and ask pycocotools again where it is installed.

usage: make_detection_fixtures.py OUT.json
"""
import contextlib
import copy
import importlib.metadata
import io
import json
import pathlib
import random
import sys

import numpy as np
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))
import detection_reference as reference

NAMES = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large"]


def none(v):
    return None if v == -1 else float(v)


def evaluate(truth, results, kind="bbox", one_class=False):
    """({name: score}, {category: ap}) of pycocotools; -1 becomes None."""
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = copy.deepcopy(truth)
        gt.createIndex()
        dt = gt.loadRes(copy.deepcopy(results)) if results else COCO()
        if not results:
            dt.dataset = {"images": truth["images"], "annotations": [], "categories": truth["categories"]}
            dt.createIndex()
        e = COCOeval(gt, dt, kind)
        e.params.useCats = int(not one_class)
        e.evaluate()
        e.accumulate()
        e.summarize()
    classes = {}
    for i, k in enumerate(e.params.catIds if not one_class else []):
        p = e.eval["precision"][:, :, i, 0, 2]
        classes[int(k)] = float(p[p > -1].mean()) if (p > -1).any() else None
    return {n: none(v) for n, v in zip(NAMES, e.stats)}, classes


def mask_case(seed, height=48, width=40):
    """The boxes of a random case, shrunk and drawn as ellipses."""
    truth, results = reference.random_case(seed, classes=3, images=3)
    rng = random.Random(seed)

    def segment(b):
        y, x = np.mgrid[:height, :width]
        cx, cy, rx, ry = [v / 10 for v in (b[0] + b[2] / 2, b[1] + b[3] / 2, b[2] / 2, b[3] / 2)]
        inside = (((x - cx) / max(rx, 1)) ** 2 + ((y - cy) / max(ry, 1)) ** 2 <= 1).astype(np.uint8)
        runs = mask.encode(np.asfortranarray(inside))
        return {"size": runs["size"], "counts": runs["counts"].decode("ascii")}

    for i in truth["images"]:
        i.update(height=height, width=width)
    for g in truth["annotations"]:
        g["segmentation"] = segment(g.pop("bbox"))
        g["area"] = float(mask.area({"size": g["segmentation"]["size"], "counts": g["segmentation"]["counts"].encode()})) * rng.choice([1, 20])
    for d in results:
        d["segmentation"] = segment(d.pop("bbox"))
    return truth, results


def main():
    cases = []
    for seed in range(12):
        truth, results = reference.random_case(seed, classes=3, images=4, objects=4, found=5)
        cases.append(("bbox", False, truth, results))
    cases.append(("bbox", True, *reference.random_case(20)))
    cases += [("segm", False, *mask_case(seed)) for seed in (30, 31, 32)]
    out = []
    for kind, one_class, truth, results in cases:
        for o in truth["annotations"] + results:
            if "bbox" in o:
                o["bbox"] = [round(v, 3) for v in o["bbox"]]
        scores, classes = evaluate(truth, results, kind, one_class)
        out.append({"iou_type": kind, "agnostic": one_class, "truth": truth, "prediction": results, "scores": scores, "classes": classes})
    made_by = {name: importlib.metadata.version(name) for name in ("pycocotools", "numpy")}
    with open(sys.argv[1], "w") as f:
        json.dump({"made_by": made_by, "cases": out}, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
