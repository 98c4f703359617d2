"""The package's two towers, run by `ocelli tensor`: arrays in, arrays out."""

import os
import subprocess
import tempfile

import numpy

from clip import corpus

BINARY = os.path.join(corpus.ROOT, "build", "ocelli")
PACKAGE = os.path.join(corpus.ROOT, "models", "starter", "starter-clip")
BATCH = 256


def run(path, name, value, binary=BINARY):
    """The output `pooler_output` of one ONNX file for one input."""
    with tempfile.TemporaryDirectory() as folder:
        given = os.path.join(folder, "input.npy")
        numpy.save(given, value)
        command = [binary, "tensor", path, "--precision", "f32", "--out", folder, f"{name}={given}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return numpy.load(os.path.join(folder, "out_pooler_output.npy"))


def _normalised(path, name, value, binary):
    parts = [run(path, name, value[at : at + BATCH], binary) for at in range(0, len(value), BATCH)]
    whole = numpy.concatenate(parts)
    return whole / numpy.linalg.norm(whole, axis=1, keepdims=True)


def images(pixels, package=PACKAGE, binary=BINARY):
    """float32 [n, 3, 64, 64] -> [n, dimension], of length 1."""
    return _normalised(os.path.join(package, "onnx", "vision_model.onnx"), "pixel_values", pixels, binary)


def texts(ids, package=PACKAGE, binary=BINARY):
    """Rows of ids -> [n, dimension], of length 1."""
    return _normalised(os.path.join(package, "onnx", "text_model.onnx"), "input_ids", numpy.array(ids, numpy.int64), binary)
