"""Held-out renderings for evaluation: numpy and Pillow only, none of the code that training draws with.

The kinds of background (backgrounds.make(held_out=True)), all seeds, the size (180 to 300 pixels a side, made smaller
by Pillow as a server would) and the camera's faults (degrade.py) are never seen in training.
"""

import multiprocessing

import numpy
from PIL import Image

from common import backgrounds, degrade

SIDE = 64


def paste(rng, picture, low=0.5, high=1.0, turn=12):
    """One RGBA picture on a held-out background: uint8 [h, w, 3], 180 to 300 pixels a side, not always square."""
    width, height = (int(side) for side in rng.integers(180, 301, 2))
    if abs(width - height) > 60:
        height = width
    behind = backgrounds.make(rng, width, height, held_out=True)
    if rng.random() < 0.15:
        behind = numpy.full((height, width, 3), rng.integers(160, 256), numpy.uint8)
    side = int(min(width, height) * rng.uniform(low, high))
    sprite = Image.fromarray(picture).rotate(float(rng.uniform(-turn, turn)), Image.BICUBIC).resize((side, side), Image.BICUBIC)
    image = Image.fromarray(behind).convert("RGBA")
    image.alpha_composite(sprite, tuple(int(rng.uniform(0, room)) for room in (width - side, height - side)))
    return degrade.degrade(rng, numpy.asarray(image.convert("RGB")))


def pixels(picture):
    """As preprocessor_config.json says: squashed to 64x64, bicubic, -1..1. float32 [3, 64, 64]."""
    small = numpy.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.BICUBIC), numpy.float32)
    return (small / 127.5 - 1).transpose(2, 0, 1)


def _one(job):
    picture, seed, at, how = job
    return pixels(paste(numpy.random.default_rng([seed, at]), picture, **how))


def batch(pictures, seed, **how):
    """One held-out rendering of each of the RGBA pictures: float32 [n, 3, 64, 64]."""
    with multiprocessing.Pool() as pool:
        return numpy.stack(pool.map(_one, [(picture, seed, at, how) for at, picture in enumerate(pictures)], chunksize=32))
