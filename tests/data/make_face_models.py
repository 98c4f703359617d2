#!/usr/bin/env python3
"""Writes the small embedders of faces that tests run: a vector is the means of 8x8 blocks of the crop, channel by channel.

tiny_arcface takes any number of crops; tiny_arcface_one says so too, but holds a Reshape to one row; tiny_arcface_three takes three.

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


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "tiny_arcface.onnx").write_bytes(embedder("N"))
    (out / "tiny_arcface_one.onnx").write_bytes(embedder("N", rows=1))
    (out / "tiny_arcface_three.onnx").write_bytes(embedder(3))


if __name__ == "__main__":
    main()
