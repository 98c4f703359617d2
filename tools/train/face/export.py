#!/usr/bin/python3
"""Writes the package from the checkpoints: folds batch normalisation, rounds weights to half precision, compares Ocelli with PyTorch.

`export.py --work DIR --out models/starter/starter-face`. Refuses when any output of `ocelli tensor` is further than 1e-4 from PyTorch's.
"""
import argparse
import json
import os
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import runner
from align import SIDE
from net import Conv, Detector, Embedder

META = {"license": "Apache-2.0", "author": "Ocelli project"}
OUTPUTS = [f"{kind}_{stride}" for kind in ("score", "box", "points") for stride in Detector.STRIDES]


def fold(module):
    """Batch normalisation becomes a part of the convolution before it."""
    for name, child in module.named_children():
        if isinstance(child, Conv):
            fused = fuse_conv_bn_eval(child[0], child[1])
            setattr(module, name, nn.Sequential(fused, *list(child)[2:]))
        else:
            fold(child)
    if isinstance(module, Embedder):
        module.pool, module.norm = fuse_conv_bn_eval(module.pool, module.norm), nn.Identity()
    return module


def rounded(module):
    """Weights as half precision holds them."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(p.half().float())
    return module


def halve(model):
    """Stores float initializers as half precision, each with a Cast to float32 behind it."""
    graph, casts = model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 2:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + "_half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def write(net, shape, names, path, description):
    """One ONNX file, with a free batch axis."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    axes = {name: {0: "batch"} for name in ["input", *names]}
    torch.onnx.export(net, torch.zeros(2, *shape), path, opset_version=13, input_names=["input"], output_names=names, dynamic_axes=axes)
    model = onnx.load(path)
    with torch.no_grad():
        made = net(torch.zeros(1, *shape))
    for output, value in zip(model.graph.output, made if isinstance(made, tuple) else (made,)):
        del output.type.tensor_type.shape.dim[:]
        output.type.tensor_type.shape.dim.add().dim_param = "batch"
        for size in value.shape[1:]:
            output.type.tensor_type.shape.dim.add().dim_value = size
    halve(model)
    helper.set_model_props(model, {**META, "description": description})
    model.producer_name, model.doc_string = "ocelli", ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


def compare(net, shape, names, path, ocelli):
    """The largest difference between Ocelli and PyTorch; refuses above 1e-4."""
    x = torch.randn(3, *shape, generator=torch.Generator().manual_seed(3)).clamp(-1, 1)
    with torch.no_grad():
        want = net(x)
    want = want if isinstance(want, tuple) else (want,)
    got = runner.run(path, x.numpy(), ocelli)
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


def load(work, name, make):
    """A network from its checkpoint, folded and rounded."""
    state = torch.load(os.path.join(work, name + ".pt"), map_location="cpu")
    net = make(state["size"])
    net.load_state_dict(state["net"])
    return rounded(fold(net.eval()))


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="build/train/face")
    parser.add_argument("--out", default=os.path.join(runner.ROOT, "models", "starter", "starter-face"))
    parser.add_argument("--score", type=float, default=0.4, help="the detector's threshold")
    parser.add_argument("--similarity", type=float, required=True, help="the embedder's, from its training's validation")
    parser.add_argument("--ocelli", default=None, help="the program (build/ocelli)")
    options = parser.parse_args()
    for part, name, make, shape, names, what, task, family, thresholds in (
            ("detection", "detector", Detector, (3, 320, 320), OUTPUTS, "Faces and five landmarks, drawn faces only", "face_detect", "scrfd",
             {"score": options.score, "iou": 0.4}),
            ("recognition", "embedder", Embedder, (3, SIDE, SIDE), ["embedding"], "Embeddings of drawn faces, of no use for people",
             "face_embed", "arcface", {"similarity": options.similarity})):
        net = load(options.work, name, make)
        net.exported = True
        path = os.path.join(options.out, part, "model.onnx")
        write(net, shape, names, path, what)
        compare(net, shape, names, path, options.ocelli)
        package_part(options.out, part, task, family, what, thresholds)


if __name__ == "__main__":
    main()
