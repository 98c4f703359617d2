#!/usr/bin/env python3
"""Writes segmentation_metrics.json: random maps with the scores that scikit-learn gives and the run lengths that pycocotools gives.

Needs scikit-learn, pycocotools and numpy; their versions go into the file. The tests read the file alone.

usage: make_metric_fixtures.py OUT.json
"""
import importlib.metadata
import json
import sys

import numpy as np
from pycocotools import mask
from sklearn import metrics


def maps(rng, classes, height, width):
    blocks = rng.integers(0, classes, ((height + 3) // 4, (width + 3) // 4))
    truth = np.kron(blocks, np.ones((4, 4), int))[:height, :width]
    prediction = np.where(rng.random(truth.shape) < 0.7, truth, rng.integers(0, max(1, classes - 1), truth.shape))
    return truth, prediction


def where(defined, values):
    return [float(v) if d else None for d, v in zip(defined, values)]


def scores(truth, prediction, classes):
    t, p = truth.ravel(), prediction.ravel()
    labels = list(range(classes))
    matrix = metrics.confusion_matrix(t, p, labels=labels)
    true, predicted = [(t == k).any() for k in labels], [(p == k).any() for k in labels]
    either = [a or b for a, b in zip(true, predicted)]
    seen = [k for k in labels if either[k]]
    return {
        "confusion_matrix": matrix.tolist(),
        "pixel_accuracy": metrics.accuracy_score(t, p),
        "kappa": where([len(seen) > 1], [metrics.cohen_kappa_score(t, p)])[0],
        "mean_iou": metrics.jaccard_score(t, p, labels=seen, average="macro"),
        "mean_dice": metrics.f1_score(t, p, labels=seen, average="macro"),
        "mean_pixel_accuracy": metrics.balanced_accuracy_score(t, p),
        "frequency_weighted_iou": metrics.jaccard_score(t, p, labels=seen, average="weighted"),
        "iou": where(either, metrics.jaccard_score(t, p, labels=labels, average=None, zero_division=0)),
        "precision": where(predicted, metrics.precision_score(t, p, labels=labels, average=None, zero_division=0)),
        "recall": where(true, metrics.recall_score(t, p, labels=labels, average=None, zero_division=0)),
    }


def runs(ids, classes):
    out = []
    for k in range(classes):
        encoded = mask.encode(np.asfortranarray((ids == k).astype(np.uint8)))
        out.append({"class_id": k, "size": encoded["size"], "counts": encoded["counts"].decode("ascii")})
    return out


def main():
    rng = np.random.default_rng(20260101)
    cases = []
    for classes, height, width in ((2, 3, 5), (3, 17, 9), (5, 24, 40), (7, 33, 21), (12, 12, 50)):
        truth, prediction = maps(rng, classes - 1, height, width)  # one class is absent
        cases.append({"classes": classes, "truth": runs(truth, classes), "prediction": runs(prediction, classes), **scores(truth, prediction, classes)})
    made_by = {name: importlib.metadata.version(name) for name in ("scikit-learn", "pycocotools")}
    with open(sys.argv[1], "w") as out:
        json.dump({"made_by": made_by, "cases": cases}, out, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
