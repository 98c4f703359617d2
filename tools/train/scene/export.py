"""Writes the package from the checkpoint: `python3 -m scene.export --work DIR [--out models/starter/starter-scene]`, from tools/train.

Folds BatchNorm, rounds the weights to half precision and refuses when `ocelli tensor` gives anything further than
1e-4 (boxes: 1e-4 of the picture's side) from PyTorch with the same weights.
"""

import argparse
import json
import os
import sys

import numpy as np
import torch

from common import half, ocelli
from scene import classes, net, train

SIDE = 320
DESCRIPTION = "Boxes and a class map of 30 everyday things, drawn as emoji on made-up backgrounds; for trying the server, not for photographs"


def load(work):
    """The averaged network of the checkpoint, folded and rounded, with the decoding."""
    state = torch.load(os.path.join(work, "scene.pt"), map_location="cpu")
    network = net.Scene(len(classes.LABELS))
    network.load_state_dict(state["average"])
    print(f"checkpoint of step {state['step']}, {sum(p.numel() for p in network.parameters())} parameters")
    return half.rounded(half.fold(network.eval()))


def compare(export, path):
    """Ocelli against PyTorch on pictures of noise and of ramps."""
    make = torch.Generator().manual_seed(3)
    pictures = torch.rand(3, 3, SIDE, SIDE, generator=make)
    pictures[1] = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 9, generator=make), size=(SIDE, SIDE), mode="bilinear")[0]
    with torch.no_grad():
        want = dict(zip(("detections", "segmentation"), (value.numpy() for value in export(pictures))))
    got = ocelli.tensor(path, {"images": pictures.numpy()})
    boxes = np.abs(got["detections"][:, :4] - want["detections"][:, :4]) / np.maximum(SIDE, want["detections"][:, :4])
    differences = {
        "boxes": boxes.max(),
        "scores": np.abs(got["detections"][:, 4:] - want["detections"][:, 4:]).max(),
        "segmentation": np.abs(got["segmentation"] - want["segmentation"]).max(),
    }
    print("largest differences from PyTorch:", ", ".join(f"{name} {value:.1e}" for name, value in differences.items()))
    if max(differences.values()) > 1e-4:
        sys.exit("Ocelli and PyTorch differ by more than 1e-4: nothing is promised of this file")


def describe(out, score, iou):
    """model.json and labels.txt."""
    text = {
        "format": 1,
        "task": "detect",
        "family": "scene",
        "starter": True,
        "description": DESCRIPTION,
        "licence": "Apache-2.0",
        "source": "Ocelli project, tools/train/scene",
        "input": {
            "width": SIDE,
            "height": SIDE,
            "fit": "centre",
            "pad": 114,
            "channels": "rgb",
            "mean": 0,
            "scale": 0.00392156862745098,
        },
        "labels": "labels.txt",
        "thresholds": {"score": score, "iou": iou, "max_detections": 100},
    }
    with open(os.path.join(out, "model.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(text, indent=2) + "\n")
    with open(os.path.join(out, "labels.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(classes.LABELS) + "\n")


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=train.WORK)
    parser.add_argument("--out", default=os.path.join(ocelli.STARTER, "starter-scene"))
    parser.add_argument("--score", type=float, default=0.3)
    parser.add_argument("--iou", type=float, default=0.5)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    export = net.Export(load(options.work), SIDE).eval()
    path = os.path.join(options.out, "model.onnx")
    half.write(export, torch.zeros(2, 3, SIDE, SIDE), ["images"], ["detections", "segmentation"], path, DESCRIPTION)
    describe(options.out, options.score, options.iou)
    compare(export, path)
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
