"""Trains starter-scene. Run from tools/train: `python3 -m scene.train --work DIR [--steps N] [--device cuda]`.

A second process makes scenes all the while (scene/pool.py). Every few minutes a checkpoint is written; the same
command goes on from it. The rate stays level and falls to nothing over the last --fall of the steps, so that a run
may be lengthened by a larger --steps; the last --final steps use pictures of 320 pixels instead of 256.
"""

import argparse
import copy
import os
import subprocess
import sys
import time

import numpy as np
import torch

from scene import classes, compose, losses, measure, net, targets
from scene.pool import Pool
from scene.sprites import Sprites

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default="../../build/train")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--fall", type=float, default=0.35, help="share of the steps over which the rate falls")
    parser.add_argument("--final", type=float, default=0.1, help="share of the steps at 320 pixels, at the end")
    parser.add_argument("--chunks", type=int, default=40, help="chunks of 128 scenes kept on disk")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Average:
    """Moving average of the weights: what is measured and shipped."""

    def __init__(self, network):
        self.network = copy.deepcopy(network).eval()

    def update(self, network, step):
        """Slow at length, quick at first."""
        decay = min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values()):
                if mine.dtype.is_floating_point:
                    mine.mul_(decay).add_(theirs, alpha=1 - decay)
                else:
                    mine.copy_(theirs)


def vary(rng, images, masks, boxes):
    """Mirrors half of the pictures and shifts brightness and colour: a scene is seen more than once."""
    side = images.shape[2]
    for index in np.flatnonzero(rng.random(len(images)) < 0.5):
        images[index], masks[index] = images[index, :, ::-1].copy(), masks[index, :, ::-1].copy()
        held = boxes[index, :, 4] >= 0
        boxes[index, held, 0], boxes[index, held, 2] = side - boxes[index, held, 2], side - boxes[index, held, 0]
    gain = rng.normal(1, 0.06, (len(images), 1, 1, 3)).astype(np.float32) / 255
    offset = rng.normal(0, 0.03, (len(images), 1, 1, 3)).astype(np.float32)
    pictures = images * gain + offset
    return np.clip(pictures, 0, 1, out=pictures), masks, boxes


def samples(masks):
    """Classes at the four pixels in the middle of each cell of 4x4: [b, h / 4, w / 4, 4]."""
    return np.stack([masks[:, y::4, x::4] for y in (1, 2) for x in (1, 2)], 3).astype(np.int64)


def batch(pool, rng, count, device):
    """A batch as the loss wants it."""
    images, masks, boxes = vary(rng, *pool.batch(rng, count))
    pictures = torch.from_numpy(images).permute(0, 3, 1, 2)  # channels last in memory
    assigned = [torch.from_numpy(a).to(device) for a in targets.assign(boxes, images.shape[1])]
    return pictures.to(device), assigned, torch.from_numpy(boxes).to(device), torch.from_numpy(samples(masks)).to(device)


def check(network, scenes, device):
    """AP50 and mean IoU of a network on scenes."""
    export = net.Export(network, 320).eval()
    detection = measure.Detection(len(classes.LABELS))
    segmentation = measure.Segmentation(len(classes.LABELS) + 1)
    with torch.no_grad():
        for scene in scenes:
            picture = torch.from_numpy(scene.image).permute(2, 0, 1)[None].to(device).float() / 255
            found, maps = (output[0].cpu().numpy() for output in export(picture))
            detection.add(measure.decode(found), scene.boxes)
            segmentation.add(measure.enlarge(maps, 4).argmax(0), scene.mask)
    return detection.mean(), segmentation.mean()


def rate(options, step):
    """Warm-up, level, linear fall."""
    falling = options.fall * options.steps
    return options.rate * min(1, (step + 1) / 200, max(0.002, (options.steps - step) / falling))


class Maker:
    """The process that makes scenes of one size; started anew when the size changes."""

    def __init__(self, options):
        self.options, self.side, self.process = options, None, None

    def want(self, side):
        """A pool of that size with something in it."""
        if side != self.side:
            self.stop()
            command = [sys.executable, "-m", "scene.pool", "--work", self.options.work, "--side", str(side)]
            command += ["--chunks", str(self.options.chunks), "--parent", str(os.getpid())]
            environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
            self.process = subprocess.Popen(["nice", "-n", "1", *command], cwd=HERE, env=environment)
            self.side = side
        pool = Pool(self.options.work, side)
        while pool.refresh() < 2:
            time.sleep(2)
        return pool

    def stop(self):
        """Ends the process."""
        if self.process:
            self.process.terminate()
            self.process.wait()


def save(path, **state):
    """A checkpoint, whole or not at all."""
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def main():
    """Trains to the end, or goes on where a checkpoint was left."""
    options = arguments()
    options.work = os.path.abspath(options.work)
    os.makedirs(options.work, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = net.Scene(len(classes.LABELS)).to(options.device, memory_format=torch.channels_last)
    decayed = [p for p in network.parameters() if p.dim() > 1]
    plain = [p for p in network.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}])
    average, start = Average(network), 0
    path = os.path.join(options.work, "scene.pt")
    if os.path.exists(path):
        state = torch.load(path, map_location=options.device)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
    rng, sprites, watch = np.random.default_rng([options.seed, start]), Sprites(options.work, True), np.random.default_rng(99)
    scenes = [compose.compose(watch, sprites, 320, held_out=True) for _ in range(64)]
    del sprites
    maker, pool, clock, sums = Maker(options), None, time.time(), {}
    for step in range(start, options.steps):
        side = 320 if step >= options.steps * (1 - options.final) else 256
        if pool is None or maker.side != side or step % 50 == 0:
            pool = maker.want(side)
        for group in optimizer.param_groups:
            group["lr"] = rate(options, step)
        pictures, assigned, boxes, labels = batch(pool, rng, options.batch, options.device)
        loss, parts = losses.total(network(pictures), assigned, boxes, labels, network.classes)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10)
        optimizer.step()
        average.update(network, step)
        sums = {name: sums.get(name, 0) + value for name, value in parts.items()}
        if (step + 1) % 50 == 0:
            text = " ".join(f"{name} {value / 50:.3f}" for name, value in sums.items())
            print(f"step {step + 1} side {side} {text} pictures/s {50 * options.batch / (time.time() - clock):.1f}", flush=True)
            clock, sums = time.time(), {}
        if (step + 1) % 200 == 0 or step + 1 == options.steps:
            save(path, network=network.state_dict(), average=average.network.state_dict(),
                 optimizer=optimizer.state_dict(), step=step + 1)
        if (step + 1) % 500 == 0 or step + 1 == options.steps:
            ap, iou = check(average.network, scenes, options.device)
            print(f"step {step + 1} held-out AP50 {ap:.3f} MIoU {iou:.3f} {time.strftime('%H:%M:%S')}", flush=True)
            clock = time.time()
    maker.stop()


if __name__ == "__main__":
    main()
