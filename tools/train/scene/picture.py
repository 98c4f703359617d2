"""The card's picture: a held-out scene with what the model answers, boxes on the left, the class map on the right.

`python3 -m scene.picture --out FILE.jpg [--seed N]`, from tools/train.
"""

import argparse
import os

import numpy as np
from PIL import Image

from common import ocelli
from scene import compose, draw, measure
from scene.sprites import Sprites

SIDE, SCALE = 320, 1.5


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", default=os.path.join(ocelli.STARTER, "starter-scene"))
    parser.add_argument("--work", default=os.path.join(ocelli.ROOT, "build", "train"))
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    rng = np.random.default_rng([20240301, options.seed])
    scene = compose.compose(rng, Sprites(options.work, True), SIDE, held_out=True)
    pictures = scene.image.transpose(2, 0, 1)[None].astype(np.float32) / 255
    out = ocelli.tensor(os.path.join(options.package, "model.onnx"), {"images": pictures})
    rows = measure.decode(out["detections"][0], 0.3)
    mask = measure.enlarge(out["segmentation"][0], SIDE, SIDE).argmax(0)
    left, right = draw.boxes(scene.image, rows, SCALE), draw.overlay(scene.image, mask, SCALE)
    both = Image.new("RGB", (left.width + right.width + 8, left.height), "white")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 8, 0))
    both.save(options.out, quality=82)


if __name__ == "__main__":
    main()
