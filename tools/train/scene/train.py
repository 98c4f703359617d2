"""Trains starter-scene. Run from tools/train: `python3 -m scene.train --work DIR [--steps N] [--device cuda]`.

A second process makes scenes all the while (scene/pool.py). Every few minutes a checkpoint is written; the same
command goes on from it. The rate stays level and falls to nothing over the last --fall of the steps, so that a run
may be lengthened by a larger --steps. Small pictures come first: what is learned from them holds for large ones.
"""

import argparse
import copy
import os
import subprocess
import sys
import time

# OpenBLAS's threads wait by calling sched_yield for ever: on shared cores that costs more than half of the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

from common import start
from scene import classes, compose, losses, measure, net, targets
from scene.muon import Muon
from scene.pool import Pool
from scene.sprites import Sprites
from scene.workers import Team

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(HERE, "..", "..", "build", "train")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--minutes", type=float, help="end this run after so long instead; rate and sides follow the clock")
    parser.add_argument("--batch", type=int, default=16, help="pictures a step; 16 at least: below, PyTorch 1.13 has slow 1x1 convolutions")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--start", help="a model.onnx of this network to begin with, in place of chance")
    parser.add_argument("--bf16", action="store_true", help="convolutions in bfloat16: quicker where the processor has it")
    parser.add_argument("--optimizer", choices=("muon", "adamw"), default="muon")
    parser.add_argument("--fall", type=float, default=0.35, help="share of the steps over which the rate falls")
    parser.add_argument("--sides", default="0:160,0.5:256,0.9:320", help="side of the pictures from which share of the steps on")
    parser.add_argument("--chunks", type=int, default=40, help="chunks of 128 scenes kept on disk")
    parser.add_argument("--workers", type=int, default=1, help="processes that learn one network, on the CPU")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--watch", type=int, default=48, help="held-out scenes to look at every 500 steps")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Average:
    """Moving average of the weights: what is measured and shipped."""

    EVERY = 4  # steps at least between two updates

    def __init__(self, network):
        self.network, self.last = copy.deepcopy(network).eval(), 0

    def update(self, network, step):
        """Slow at length, quick at first."""
        if step - self.last < self.EVERY:
            return
        decay = min(0.998, (1 + step) / (10 + step)) ** min(step - self.last, 50)
        self.last = step
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
            segmentation.add(measure.enlarge(maps, *scene.mask.shape).argmax(0), scene.mask)
    return detection.mean(), segmentation.mean()


def rate(options, step, done):
    """Warm-up, level, linear fall; `done` is the share of the training that lies behind."""
    return options.rate * min(1, (step + 1) / 200, max(0.002, (1 - done) / options.fall))


def side_at(options, done):
    """The pictures' side, from --sides."""
    stages = [entry.split(":") for entry in options.sides.split(",")]
    return [int(side) for share, side in stages if done >= float(share)][-1]


class Progress:
    """What share of the training is done: by steps or, with --minutes, by the clock from where this run began."""

    def __init__(self, options, start):
        self.options, self.began, self.before = options, time.time(), start / options.steps

    def at(self, step):
        """0 to 1, before this step."""
        if not self.options.minutes:
            return step / self.options.steps
        return min(1, self.before + (1 - self.before) * (time.time() - self.began) / (60 * self.options.minutes))


class Maker:
    """The process that makes scenes of one size; started anew when the size changes."""

    def __init__(self, options):
        self.options, self.side, self.process = options, None, None

    def want(self, side):
        """Starts making scenes of that size."""
        if side == self.side:
            return
        self.stop()
        command = [sys.executable, "-m", "scene.pool", "--work", self.options.work, "--side", str(side)]
        command += ["--chunks", str(self.options.chunks), "--parent", str(os.getpid())]
        self.process = subprocess.Popen(["nice", "-n", "5", *command], cwd=HERE, start_new_session=True)
        self.side = side

    def stop(self):
        """Ends the process."""
        if self.process:
            self.process.terminate()
            self.process.wait()


class Learner:
    """One process's share of the learning: its scenes, its random numbers, its gradients."""

    def __init__(self, options, start, index):
        self.options, self.rng = options, np.random.default_rng([options.seed, start, index])
        self.side, self.pool, self.count = None, None, 0

    def __call__(self, network, side):
        """Gradients of a share of the batch; the loss's parts."""
        options = self.options
        self.count += 1
        if side != self.side or self.count % 50 == 0:
            self.pool, self.side = Pool(options.work, side), side
            while self.pool.refresh() < 4:
                time.sleep(2)
        pictures, assigned, boxes, labels = batch(self.pool, self.rng, options.batch, options.device)
        with torch.autocast(options.device, torch.bfloat16, enabled=options.bf16):
            maps, segmentation = network(pictures)
        outputs = [level.float() for level in maps], segmentation.float()
        loss, parts = losses.total(outputs, assigned, boxes, labels, network.classes)
        for parameter in network.parameters():
            parameter.grad = None
        loss.backward()
        return parts


def save(path, **state):
    """A checkpoint, whole or not at all."""
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def steppers(network, options):
    """What makes the steps: Muon for the matrices between stem and heads, AdamW for the rest (or for all)."""
    outer = ("stem", "heads") if options.optimizer == "muon" else ("",)
    named = list(network.named_parameters())
    decayed = [p for name, p in named if p.dim() > 1 and name.startswith(outer)]
    inner = [p for name, p in named if p.dim() > 1 and not name.startswith(outer)]
    plain = [p for _, p in named if p.dim() <= 1]
    adam = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}])
    return [Muon(inner), adam] if inner else [adam]


def first(options):
    """A few pictures to begin with."""
    pool, rng = Pool(options.work, side_at(options, 0)), np.random.default_rng(5)
    while pool.refresh() < 4:
        time.sleep(2)
    return batch(pool, rng, 64, options.device)[0]


def begin(options, maker):
    """Network, optimizer, average and the step to begin with: fresh, or from the checkpoint."""
    network = net.Scene(len(classes.LABELS)).to(options.device, memory_format=torch.channels_last)
    path = os.path.join(options.work, "scene.pt")
    if not os.path.exists(path):
        if options.start:
            maker.want(side_at(options, 0))
            start.begin(network, options.start, first(options))
        return network, steppers(network, options), Average(network), 0
    state = torch.load(path, map_location=options.device)
    network.load_state_dict(state["network"])
    average = Average(network)
    average.network.load_state_dict(state["average"])
    optimizers = steppers(network, options)
    for optimizer, kept in zip(optimizers, state["optimizers"]):
        optimizer.load_state_dict(kept)
    return network, optimizers, average, state["step"]


def watched(options):
    """The held-out scenes that training looks at now and then; not those of evaluate.py."""
    rng, sprites = np.random.default_rng(99), Sprites(options.work, True)
    return [compose.compose(rng, sprites, 320, held_out=True) for _ in range(options.watch)]


def main():
    """Trains to the end, or goes on where a checkpoint was left."""
    options = arguments()
    options.work = os.path.abspath(options.work)
    os.makedirs(options.work, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    maker = Maker(options)
    network, optimizers, average, begun = begin(options, maker)
    progress = Progress(options, begun)
    maker.want(side_at(options, progress.at(begun)))
    scenes = watched(options)
    team = Team(network, optimizers, options.workers, begun, lambda index: Learner(options, begun, index))
    clock, recent, counted = time.time(), [], begun
    saved = looked = begun
    while True:
        step, done = team.steps, progress.at(team.steps)
        if step - saved >= 200 or done >= 1:
            with team.lock:
                state = {"network": network.state_dict(), "average": average.network.state_dict()}
                save(os.path.join(options.work, "scene.pt"), optimizers=[each.state_dict() for each in optimizers], step=step, **state)
            saved = step
        if step - looked >= 1000 or done >= 1:
            ap, iou = check(average.network, scenes, options.device)
            print(f"step {step} held-out AP50 {ap:.3f} MIoU {iou:.3f} {time.strftime('%H:%M:%S')}", flush=True)
            looked = step
        if done >= 1:
            break
        maker.want(side_at(options, done))
        parts = team.step(maker.side, rate(options, step, done))
        average.update(network, team.steps)
        recent.append(parts)
        if len(recent) == 50:
            text = " ".join(f"{name} {np.mean([part[name] for part in recent]):.3f}" for name in parts)
            speed = (team.steps - counted) * options.batch / (time.time() - clock)
            print(f"step {team.steps} done {done:.3f} side {maker.side} {text} pictures/s {speed:.1f}", flush=True)
            clock, recent, counted = time.time(), [], team.steps
    maker.stop()


if __name__ == "__main__":
    main()
