#!/usr/bin/python3
"""Writes the package from the checkpoints: folds batch normalisation, rounds weights to half precision, compares Ocelli with PyTorch.

`export.py --work DIR --out models/starter/starter-face`. Refuses when any output of `ocelli tensor` is further than 1e-4 from PyTorch's.
"""
import argparse
import json
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from align import SIDE
from net import Detector, Embedder
from paths import PACKAGE, WORK, ocelli
from common import half

OUTPUTS = [f"{kind}_{stride}" for kind in ("score", "box", "points") for stride in Detector.STRIDES]


def load(work, name, make):
    """A network from its checkpoint, batch normalisation folded, weights rounded to half precision."""
    state = torch.load(os.path.join(work, name + ".pt"), map_location="cpu")
    net = make(state["size"])
    net.load_state_dict(state["net"])
    half.fold(net.eval())
    if isinstance(net, Embedder):
        net.pool, net.norm = fuse_conv_bn_eval(net.pool, net.norm), nn.Identity()
    print(f"{name}: step {state['step']}, {sum(p.numel() for p in net.parameters())} parameters")
    return half.rounded(net)


def compare(net, shape, names, path):
    """The largest difference between Ocelli and PyTorch; refuses above 1e-4."""
    x = torch.randn(3, *shape, generator=torch.Generator().manual_seed(3)).clamp(-1, 1)
    with torch.no_grad():
        want = net(x)
    want = want if isinstance(want, tuple) else (want,)
    got = ocelli.tensor(path, {"input": x.numpy()})
    worst = max(float(np.abs(got[name] - w.numpy()).max()) for name, w in zip(names, want))
    print(f"{path}: {os.path.getsize(path)} bytes, largest difference {worst:.2e}")
    if worst > 1e-4:
        sys.exit("Ocelli and PyTorch differ")


def package_part(out, part, task, family, description, thresholds):
    """The part's model.json."""
    text = {"format": 1, "task": task, "family": family, "starter": True, "description": description, "licence": "Apache-2.0",
            "source": "Ocelli project, tools/train/face", "thresholds": thresholds}
    with open(os.path.join(out, part, "model.json"), "w", encoding="utf-8") as file:
        json.dump(text, file, indent=2)
        file.write("\n")


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--out", default=PACKAGE)
    parser.add_argument("--score", type=float, default=0.5, help="the detector's threshold")
    parser.add_argument("--similarity", type=float, required=True, help="the embedder's, from threshold.py")
    parser.add_argument("--parts", default="detection,recognition", help="which files to write; the others stay as they are")
    options = parser.parse_args()
    for part, name, make, shape, names, what, task, family, thresholds in (
            ("detection", "detector", Detector, (3, 320, 320), OUTPUTS, "Faces and five landmarks, drawn faces only", "face_detect", "scrfd",
             {"score": options.score, "iou": 0.4}),
            ("recognition", "embedder", Embedder, (3, SIDE, SIDE), ["embedding"], "Embeddings of drawn faces, of no use for people",
             "face_embed", "arcface", {"similarity": options.similarity})):
        path = os.path.join(options.out, part, "model.onnx")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if part in options.parts.split(","):
            net = load(options.work, name, make)
            net.exported = True
            half.write(net, torch.zeros(2, *shape), ["input"], names, path, what)
            compare(net, shape, names, path)
        package_part(options.out, part, task, family, what, thresholds)


if __name__ == "__main__":
    main()
