#!/usr/bin/python3
"""Draws the training data into chunks on disk: `data.py faces|scenes --work DIR --chunks N`.

A chunk that is there already is left alone, so the command may be interrupted, repeated and run beside a training, which takes up
new chunks as they come. A chunk of faces holds one aligned picture of every identity; a chunk of scenes 400 pictures.
"""
import argparse
import os
import time

import numpy as np

import render
import scenes
from align import TEMPLATE
from moment import moment
from paths import WORK, backgrounds
from traits import identity, vector

TRAIN, VALIDATION, TEST = (0, 4000), (100000, 101000), (200000, 202000)
CROP, MARGIN, SCENES = 128, 8, 400


def faces_chunk(index, work, count=None):
    """One view of every training identity: uint8 [count, 128, 128, 3], the template 8 pixels in from the edges."""
    rng = np.random.default_rng([31, index])
    first, last = TRAIN
    backs = [backgrounds.make(rng, 320, 320) for _ in range(40)]
    out = np.empty(((count or last - first), CROP, CROP, 3), np.uint8)
    for i in range(len(out)):
        out[i] = face_crop(rng, identity(first + i), backs[int(rng.integers(len(backs)))])
    return {"pictures": out}


def face_crop(rng, t, back):
    """One aligned view of a face, uint8 [128, 128, 3]."""
    x, y = rng.integers(0, 320 - CROP, 2)
    pixels = render.canvas(back[y:y + CROP, x:x + CROP])
    surface, m = render.surface_of(pixels), moment(rng)
    render.draw_aligned(surface, t, m, TEMPLATE + MARGIN)
    surface.flush()
    return np.clip(render.to_rgb(pixels) * (m.tint * m.exposure), 0, 255).astype(np.uint8)


def scenes_chunk(index, work, count=SCENES):
    """Scenes: pictures, and their faces as rows of (scene, box, landmarks)."""
    rng = np.random.default_rng([32, index])
    maker = scenes.Scenes(rng, work, TRAIN)
    pictures, rows = np.empty((count, scenes.SIDE, scenes.SIDE, 3), np.uint8), []
    for i in range(count):
        pictures[i], boxes, points, _ = maker.scene()
        rows += [np.concatenate([[i], b, p.reshape(-1)]) for b, p in zip(boxes, points)]
    return {"pictures": pictures, "rows": np.array(rows, np.float32).reshape(-1, 15)}


def traits_table():
    """The trait vectors of all training identities, float32 [identities, traits]."""
    return np.stack([vector(identity(n)) for n in range(*TRAIN)])


def chunk_path(work, kind, index, part):
    """Where a part of a chunk lies."""
    return os.path.join(work, f"{kind}_{index:03d}_{part}.npy")


def write_chunk(work, kind, index):
    """Makes and writes one chunk; the pictures last, so that a chunk with pictures is whole."""
    made = {"faces": faces_chunk, "scenes": scenes_chunk}[kind](index, work)
    for part in sorted(made, reverse=True):
        path = chunk_path(work, kind, index, part)
        with open(path + ".tmp", "wb") as file:
            np.save(file, made[part])
        os.replace(path + ".tmp", path)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("faces", "scenes"))
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--chunks", type=int, default=24)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    for index in range(options.chunks):
        if not os.path.exists(chunk_path(options.work, options.kind, index, "pictures")):
            start = time.time()
            write_chunk(options.work, options.kind, index)
            print(f"{options.kind} chunk {index}: {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
