#!/usr/bin/python3
"""Measures the shipped starter-scene through `build/ocelli tensor`: no PyTorch.

Scenes with other seeds, on kinds of backgrounds and among distracting emoji that training never saw. A second set
shows, for the classes that have them, pictures kept from training altogether. Exit status 1 when a figure is below
the card's.
"""

import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from common import ocelli
from scene import classes, compose, measure
from scene.sprites import Sprites

SIDE, BATCH, SEED = 320, 20, 20240229
BANDS = (("12 to 24", (0, 24)), ("24 to 64", (24, 64)), ("over 64", (64, 1e9)))
COUNT = len(classes.LABELS)


def scenes(sprites, count, unseen=False):
    """Held-out scenes, batch after batch."""
    rng = np.random.default_rng([SEED, int(unseen)])
    for start in range(0, count, BATCH):
        yield [compose.compose(rng, sprites, SIDE, True, unseen) for _ in range(min(BATCH, count - start))]


def answers(model, batch, precision):
    """`detections` and `segmentation` of a batch of scenes."""
    pictures = np.stack([scene.image for scene in batch]).transpose(0, 3, 1, 2).astype(np.float32) / 255
    out = ocelli.tensor(model, {"images": pictures}, precision)
    return out["detections"], out["segmentation"]


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", default=os.path.join(ocelli.STARTER, "starter-scene"))
    parser.add_argument("--work", default=os.path.join(ocelli.ROOT, "build", "train"), help="where the emoji are cached")
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--precision", default="f32")
    options = parser.parse_args()
    model, sprites = os.path.join(options.package, "model.onnx"), Sprites(options.work, True)
    whole, segmentation = measure.Detection(COUNT), measure.Segmentation(COUNT + 1)
    bands = {name: measure.Detection(COUNT, band) for name, band in BANDS}
    for batch in scenes(sprites, options.scenes):
        detections, maps = answers(model, batch, options.precision)
        for scene, found, logits in zip(batch, detections, maps):
            rows = measure.decode(found)
            for score in (whole, *bands.values()):
                score.add(rows, scene.boxes)
            segmentation.add(measure.enlarge(logits, SIDE, SIDE).argmax(0), scene.mask)
    unseen, count = measure.Detection(COUNT), max(BATCH, options.scenes // 5)
    for batch in scenes(sprites, count, True):
        for scene, found in zip(batch, answers(model, batch, options.precision)[0]):
            unseen.add(measure.decode(found), scene.boxes)
    apart = [value for value, held in zip(unseen.each(), sprites.held_out) if held and value is not None]

    print(f"starter-scene on {options.scenes} scenes it never saw, {sum(whole.totals)} objects; {count} with pictures kept from training")
    print(f"{'class':16s} {'objects':>8s} {'AP50':>6s} {'IoU':>6s}")
    for name, total, ap, iou in zip(classes.LABELS, whole.totals, whole.each(), segmentation.each()[1:]):
        print(f"{name:16s} {total:8d} {ap or 0:6.3f} {iou or 0:6.3f}")
    figures = {"AP50": whole.mean(), "MIoU": segmentation.mean()}
    figures.update({f"AP50, longer side {name} pixels": score.mean() for name, score in bands.items()})
    figures["AP50, pictures kept from training"] = float(np.mean(apart))
    if not ocelli.judge(figures, os.path.join(options.package, "README.md")):
        sys.exit(1)


if __name__ == "__main__":
    main()
