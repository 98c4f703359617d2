"""The package as a server sees it: texts and pixels in, vectors and probabilities out, by `ocelli tensor`."""

import json
import os

import numpy

from clip import tokenizer
from common import ocelli

FOLDER = os.path.join(ocelli.STARTER, "starter-clip")
BATCH = 256


class Package:
    """The files of one folder."""

    def __init__(self, folder=FOLDER):
        self.folder = folder
        self.tokens = tokenizer.Tokenizer.load(os.path.join(folder, "tokenizer.json"))
        with open(os.path.join(folder, "model.json"), encoding="utf-8") as file:
            self.scoring = json.load(file)["embed"]

    def _embed(self, name, file, values):
        path = os.path.join(self.folder, "onnx", file)
        parts = [ocelli.tensor(path, {name: values[at : at + BATCH]})["pooler_output"] for at in range(0, len(values), BATCH)]
        whole = numpy.concatenate(parts)
        return whole / numpy.linalg.norm(whole, axis=1, keepdims=True)

    def images(self, pixels):
        """float32 [n, 3, 64, 64] -> [n, dimension], of length 1."""
        return self._embed("pixel_values", "vision_model.onnx", pixels)

    def texts(self, texts):
        """Strings -> [n, dimension], of length 1."""
        return self._embed("input_ids", "text_model.onnx", numpy.array([self.tokens.encode(text) for text in texts], numpy.int64))

    def probabilities(self, cosines):
        """What the model says of a pair, by model.json's scale and bias."""
        return 1 / (1 + numpy.exp(-(self.scoring["logit_scale"] * cosines + self.scoring["logit_bias"])))
