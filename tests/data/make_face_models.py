#!/usr/bin/env python3
"""Writes the small embedders of faces that tests run: a vector is the means of 8x8 blocks of the crop, channel by channel.

tiny_arcface takes any number of crops; tiny_arcface_one says so too, but holds a Reshape to one row; tiny_arcface_three takes three.
tiny_mtcnn, in a folder of its own, is a package of three networks to which what is red is a face.

usage: make_face_models.py OUT_DIR
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_models import block, node, number, tensor


def value(name, shape):
    """A dimension is a number, or the name of a free one."""
    dims = b"".join(block(1, block(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dims)))


def embedder(batch, rows=None):
    nodes = node("AveragePool", ["face"], ["means"], kernel_shape=[14, 14], strides=[14, 14])
    constants = b""
    if rows:
        constants = block(5, tensor("rows", [2], ints=[rows, 192]))
        nodes += node("Reshape", ["means", "rows"], ["embedding"])
    else:
        nodes += node("Flatten", ["means"], ["embedding"], axis=1)
    graph = nodes + block(2, "tiny") + constants + block(11, value("face", [batch, 3, 112, 112])) + block(12, value("embedding", [batch, 192]))
    return number(1, 8) + block(2, "ocelli-tests") + block(7, graph) + block(8, block(1, "") + number(2, 13))


def sees_red(nodes, constants, outputs, shape):
    """Two scores from "red" [.., 3, ..], the mean red of what is looked at: a face from about .7 on, of -1..1. Weights 1 for the first channel."""
    weights = [0] * 3 + [20, 0, 0]
    constants.append(block(5, tensor("w", [2, 3] + shape, floats=weights)) + block(5, tensor("b", [2], floats=[0, -14])))
    kind = ("Conv", {}) if shape else ("Gemm", {"transB": 1})
    nodes.append(node(kind[0], ["means", "w", "b"], ["logits"], **kind[1]) + node("Softmax", ["logits"], [outputs], axis=1))


def always(name, numbers, shape, nodes, constants):
    constants.append(block(5, tensor(name + "_w", [len(numbers), 3] + shape, floats=[0] * 3 * len(numbers))) +
                     block(5, tensor(name + "_b", [len(numbers)], floats=numbers)))
    kind = ("Conv", {}) if shape else ("Gemm", {"transB": 1})
    nodes.append(node(kind[0], ["means", name + "_w", name + "_b"], [name], **kind[1]))


def mtcnn(side, batch, points):
    """side 12: the first network, over the whole picture; else one row a crop."""
    first = side == 12
    nodes, constants = [node("AveragePool", ["picture"], ["means" if first else "pooled"], kernel_shape=[side, side], strides=[2, 2] if first else [side, side])], []
    if not first:
        nodes.append(node("Flatten", ["pooled"], ["means"], axis=1))
    shape = [1, 1] if first else []
    sees_red(nodes, constants, "face", shape)
    always("shift", [0, 0, 0, 0], shape, nodes, constants)
    outputs = [("face", 2), ("shift", 4)]
    if points:
        always("points", [0.25, 0.75, 0.5, 0.25, 0.75, 0.25, 0.25, 0.5, 0.75, 0.75], shape, nodes, constants)
        outputs.append(("points", 10))
    graph = b"".join(nodes) + block(2, "tiny") + b"".join(constants)
    graph += block(11, value("picture", [batch, 3] + (["H", "W"] if first else [side, side])))
    graph += b"".join(block(12, value(n, [batch, k] + (["h", "w"] if first else []))) for n, k in outputs)
    return number(1, 8) + block(2, "ocelli-tests") + block(7, graph) + block(8, block(1, "") + number(2, 13))


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "tiny_arcface.onnx").write_bytes(embedder("N"))
    (out / "tiny_arcface_one.onnx").write_bytes(embedder("N", rows=1))
    (out / "tiny_arcface_three.onnx").write_bytes(embedder(3))
    package = out.parent / "face_packages" / "tiny_mtcnn"
    package.mkdir(parents=True, exist_ok=True)
    (package / "model.json").write_text('{"format": 1, "task": "face_detect", "family": "mtcnn", "file": "pnet.onnx"}\n')
    (package / "pnet.onnx").write_bytes(mtcnn(12, 1, False))
    (package / "rnet.onnx").write_bytes(mtcnn(24, "N", False))
    (package / "onet.onnx").write_bytes(mtcnn(48, 3, True))


if __name__ == "__main__":
    main()
