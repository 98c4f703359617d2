"""Scenes on disk for training: chunks that one process makes over and over while the other one learns.

A chunk is a folder of three .npy files; a new one takes an old one's place in a single step, so that a
reader sees either. `python3 -m scene.pool --work DIR --side 256 --chunks 32` runs until it is stopped or
until the process named by --parent is gone.
"""

import argparse
import os
import shutil
import time

import numpy as np

from scene import compose
from scene.sprites import Sprites

CHUNK = 128
REST = 4  # once all chunks are there, the process rests four times as long as it works: scenes may be seen a few times


def folder(work, side):
    """Where the chunks of one size lie."""
    return os.path.join(work, f"pool{side}")


def make_chunk(maker, path):
    """Writes one chunk of new scenes and moves it into place."""
    scenes = [maker.make() for _ in range(CHUNK)]
    boxes = np.full((CHUNK, compose.MOST, 6), -1, np.float32)
    for row, scene in zip(boxes, scenes):
        row[: len(scene.boxes)] = scene.boxes[: compose.MOST]
    fresh = path + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    os.makedirs(fresh)
    np.save(os.path.join(fresh, "images.npy"), np.stack([scene.image for scene in scenes]))
    np.save(os.path.join(fresh, "masks.npy"), np.stack([scene.mask for scene in scenes]))
    np.save(os.path.join(fresh, "boxes.npy"), boxes)
    shutil.rmtree(path, ignore_errors=True)
    os.rename(fresh, path)


def fill(work, side, chunks, seed, parent):
    """Makes chunk after chunk, round and round, as long as `parent` lives (0: for ever)."""
    os.makedirs(folder(work, side), exist_ok=True)
    maker = compose.Composer(np.random.default_rng([seed, side, os.getpid()]), Sprites(work), side)
    made = sum(not name.endswith(".new") for name in os.listdir(folder(work, side)))  # left by an earlier run
    while not parent or os.path.exists(f"/proc/{parent}"):
        started, path = time.time(), os.path.join(folder(work, side), f"{made % chunks:03d}")
        make_chunk(maker, path)
        made += 1
        if made > chunks:
            time.sleep(REST * (time.time() - started))


class Pool:
    """The chunks there are, mapped; `batch` picks scenes from all of them."""

    def __init__(self, work, side):
        self.folder, self.chunks = folder(work, side), []

    def refresh(self):
        """Maps the chunks anew; one that is being replaced at this moment is left out until the next time."""
        chunks = []
        for name in sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []:
            path = os.path.join(self.folder, name)
            try:
                if name.endswith(".new"):
                    continue
                chunk = [np.load(f"{path}/{part}.npy", mmap_mode="r") for part in ("images", "masks", "boxes")]
                if chunk[2].shape[1] == compose.MOST:  # else left by another version of these scripts
                    chunks.append(chunk)
            except FileNotFoundError:
                pass
        self.chunks = chunks
        return len(chunks)

    def batch(self, rng, count):
        """uint8 [n, 3 channels last], uint8 masks, float32 [n, MOST, 6] boxes."""
        picks = [(self.chunks[rng.integers(len(self.chunks))], rng.integers(CHUNK)) for _ in range(count)]
        return tuple(np.stack([chunk[part][index] for chunk, index in picks]) for part in range(3))


def main():
    """Command line of the process that makes scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--chunks", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parent", type=int, default=0)
    options = parser.parse_args()
    fill(options.work, options.side, options.chunks, options.seed, options.parent)


if __name__ == "__main__":
    main()
