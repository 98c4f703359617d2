"""Pictures for docs/examples: a street, a table and a meadow, put together for this and never trained on; for one of
them the true class map and the model's own.

`python3 -m scene.examples --out docs/examples`, from tools/train.
"""

import argparse
import os

import numpy as np
from PIL import Image

from common import backgrounds, ocelli
from scene import classes, compose, draw, measure
from scene.sprites import Sprites

WIDTH, HEIGHT, SIDE = 960, 640, 320

# Per picture: surfaces above and below with their palettes, where they meet, and what stands where: the horizon's
# share of the height, then rows of (class, x, y of the foot, longer side), all in shares of width or height.
STREET = (
    (backgrounds.surface_gradient, "sky"), (backgrounds.surface_fractal, "stone"), 0.45,
    [("airplane", 0.74, 0.2, 0.2), ("bird", 0.42, 0.13, 0.09), ("bird", 0.5, 0.18, 0.07), ("train", 0.3, 0.5, 0.2),
     ("truck", 0.85, 0.58, 0.26), ("traffic light", 0.6, 0.56, 0.28), ("bus", 0.14, 0.68, 0.36), ("car", 0.46, 0.68, 0.26),
     ("person", 0.66, 0.8, 0.34), ("bicycle", 0.86, 0.88, 0.3), ("motorcycle", 0.36, 0.92, 0.28), ("dog", 0.58, 0.92, 0.17),
     ("person", 0.08, 0.95, 0.3), ("umbrella", 0.2, 0.97, 0.22)],
)
TABLE = (
    (backgrounds.surface_fractal, "wall"), (backgrounds.surface_grain, "wood"), 0.34,
    [("clock", 0.14, 0.27, 0.2), ("laptop", 0.5, 0.55, 0.42), ("bottle", 0.78, 0.55, 0.36), ("book", 0.17, 0.6, 0.26),
     ("cup", 0.28, 0.75, 0.2), ("cell phone", 0.68, 0.75, 0.22), ("banana", 0.86, 0.78, 0.24), ("apple", 0.94, 0.9, 0.15),
     ("apple", 0.79, 0.92, 0.14), ("pizza", 0.12, 0.94, 0.28), ("cake", 0.43, 0.94, 0.26), ("sports ball", 0.6, 0.95, 0.13)],
)
MEADOW = (
    (backgrounds.surface_gradient, "sky"), (backgrounds.surface_fractal, "green"), 0.38,
    [("bird", 0.2, 0.16, 0.1), ("airplane", 0.88, 0.15, 0.11), ("boat", 0.92, 0.42, 0.12), ("horse", 0.22, 0.56, 0.24),
     ("elephant", 0.7, 0.6, 0.32), ("sheep", 0.44, 0.56, 0.15), ("sheep", 0.52, 0.62, 0.17), ("cow", 0.37, 0.78, 0.28),
     ("cat", 0.12, 0.84, 0.18), ("dog", 0.86, 0.86, 0.22), ("person", 0.62, 0.92, 0.34), ("sports ball", 0.76, 0.95, 0.11),
     ("chair", 0.26, 0.97, 0.22), ("umbrella", 0.45, 0.98, 0.2)],
)


def compose_example(rng, sprites, plan):
    """A scene after a plan; which picture of a class is taken, and how it is turned, is drawn at random."""
    (above, sky), (below, ground), border, standing = plan
    upper, lower = above(rng, WIDTH, HEIGHT, sky), below(rng, WIDTH, HEIGHT, ground)
    _, y = backgrounds.grid(WIDTH, HEIGHT)
    mix = np.clip((y - border) * 90 + 0.5, 0, 1)[..., None]
    background = backgrounds.light(rng, np.clip(upper * (1 - mix) + lower * mix, 0, 255))
    things = []
    for name, x, foot, size in standing:
        label = classes.LABELS.index(name)
        picture = sprites.pick(rng, label).draw(size * HEIGHT, rng.normal(0, 0.05), rng.random() < 0.5, 1.0)
        left, top = round(x * WIDTH - picture.shape[1] / 2), round(foot * HEIGHT - picture.shape[0])
        things.append((picture, left, top, label))
    return compose.lay(rng, np.clip(background, 0, 255).astype(np.uint8), things)


def predict(package, picture):
    """The model's class map at the picture's size, letterboxed as the server does it."""
    width, height = SIDE, round(SIDE * picture.shape[0] / picture.shape[1])
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.BILINEAR))
    frame = np.full((SIDE, SIDE, 3), compose.PAD, np.uint8)
    top = (SIDE - height) // 2
    frame[top : top + height] = small
    out = ocelli.tensor(os.path.join(package, "model.onnx"), {"images": frame.transpose(2, 0, 1)[None].astype(np.float32) / 255})
    logits = measure.enlarge(out["segmentation"][0], SIDE, SIDE)[:, top : top + height]
    return measure.enlarge(logits, *picture.shape[:2]).argmax(0)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", default=os.path.join(ocelli.STARTER, "starter-scene"))
    parser.add_argument("--work", default=os.path.join(ocelli.ROOT, "build", "train"))
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--out", default=os.path.join(ocelli.ROOT, "docs", "examples"))
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    sprites = Sprites(options.work)
    for number, (name, plan) in enumerate((("street", STREET), ("table", TABLE), ("meadow", MEADOW))):
        scene = compose_example(np.random.default_rng([20240302, options.seed, number]), sprites, plan)
        Image.fromarray(scene.image).save(os.path.join(options.out, f"{name}.jpg"), quality=85)
        if name == "street":
            draw.index_mask(scene.mask).save(os.path.join(options.out, "street-truth.png"), optimize=True)
            predicted = draw.index_mask(predict(options.package, scene.image))
            predicted.save(os.path.join(options.out, "street-prediction.png"), optimize=True)


if __name__ == "__main__":
    main()
