"""Trains one tower: whatever it is shown is drawn to the vector of its class (a softmax over all classes).

    cd tools/train
    python3 -m clip.train pictures --steps 20000        the same command goes on where it was stopped
    python3 -m clip.train texts --steps 10000
    python3 -m clip.train pictures --size large --batch 1024 --steps 40000 --device cuda --brain16

Then clip.pairs brings both towers together.
"""

import argparse
import concurrent.futures
import contextlib
import os
import sys

import torch
import torch.nn.functional as functional

from clip import clock, corpus, data, keep, net, watch

SEED = 7
SIDES = ((0.12, 32), (0.74, 48), (1.0, 64))  # small pictures at first: four times as many of them


class Pictures:
    """What training of the picture tower needs."""

    BATCH = 160

    def __init__(self, chosen):
        self.source = data.Pictures(chosen.work, chosen.batch or self.BATCH, chosen.device)
        self.model = net.pictures(chosen.size, len(self.source.classes.names)).to(chosen.device)
        self.model.tower.to(memory_format=torch.channels_last)

    def batch(self, seed, share):
        return self.source.step(seed, next(side for end, side in SIDES if share <= end))

    @staticmethod
    def vectors(model, batch):
        return model.tower(batch["pixels"])

    def report(self, model):
        return watch.pictures(model, self.source)


class Texts:
    """What training of the text tower needs."""

    BATCH = 384
    CROWDED = 0.15, 0.8  # from the first step to the last: the names first, then how to find them among other words

    def __init__(self, chosen):
        self.source = data.Texts(chosen.work, chosen.batch or self.BATCH, chosen.device)
        self.model = net.texts(chosen.size, len(self.source.classes.names)).to(chosen.device)

    def batch(self, seed, share):
        self.source.speller.crowded = self.CROWDED[0] + share * (self.CROWDED[1] - self.CROWDED[0])
        return self.source.step(seed)

    @staticmethod
    def vectors(model, batch):
        return model.tower.embed(batch["ids"])

    def report(self, model):
        return watch.texts(model, self.source)


PARTS = {"pictures": Pictures, "texts": Texts}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--work", default=corpus.WORK, help="folder of caches and checkpoints")
    parser.add_argument("--size", choices=net.SIZES, default="small")
    clock.add_options(parser, 20000)
    parser.add_argument("--batch", type=int, help="pictures (160) or texts (384) a step")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--brain16", action="store_true", help="bfloat16 where it does no harm: quicker where the processor and PyTorch 2 can")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch in each of the two threads")
    return parser.parse_args()


def quick(chosen):
    """Arithmetic in bfloat16, where asked for."""
    return torch.autocast(chosen.device.split(":")[0], torch.bfloat16) if chosen.brain16 else contextlib.nullcontext()


def optimiser(module, rate):
    decayed = [value for name, value in module.named_parameters() if value.dim() > 1 and "tokens" not in name]
    plain = [value for name, value in module.named_parameters() if value.dim() <= 1 or "tokens" in name]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98))


def learn(part, chosen, time, updates, mean, store):
    """Steps until the clock says that it is enough."""
    ahead, total, hits = concurrent.futures.ThreadPoolExecutor(1), 0.0, 0.0
    order = lambda step: ahead.submit(part.batch, SEED * 1_000_000 + step, time.share())
    model, coming = part.model, order(time.step)
    while time.share() < 1:
        for group in updates.param_groups:
            group["lr"] = time.rate(chosen.rate)
        batch, coming = coming.result(), order(time.step + 1)
        updates.zero_grad(set_to_none=True)
        with quick(chosen):
            vectors = part.vectors(model, batch)
        logits = model.logits(vectors)
        loss = functional.cross_entropy(logits, batch["labels"])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        updates.step()
        mean.follow(model, time.step)
        total, hits = total + loss.item(), hits + (logits.detach().argmax(1) == batch["labels"]).float().mean().item()
        time.step += 1
        if time.step % 50 == 0:
            print(f"step {time.step} loss {total / 50:.3f} top-1 {hits / 50:.3f} sharp {model.sharpness.exp().item():.1f} "
                  f"{time.share():.4f} of the whole, {time.spent():.0f} s", flush=True)
            total = hits = 0.0
        if time.step % 500 == 0 or time.share() >= 1:
            store()
            print(f"held back: {part.report(mean.module(model))}", flush=True)


def main():
    chosen = options()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(SEED)
    os.makedirs(chosen.work, exist_ok=True)
    part = PARTS[chosen.part](chosen)
    updates = optimiser(part.model, chosen.rate)
    path = os.path.join(chosen.work, f"clip-{chosen.part}-{chosen.size}.pt")
    kept = keep.load(path, chosen.device) or dict(step=0, spent=0.0, mean=None)
    if kept["step"]:
        part.model.load_state_dict(kept["model"])
        updates.load_state_dict(kept["updates"])
        print(f"goes on at step {kept['step']}", flush=True)
    mean, time = keep.Mean(part.model, kept["mean"]), clock.Clock(chosen.steps, chosen.minutes, kept["step"], kept["spent"])

    def store():
        keep.save(path, model=part.model.state_dict(), updates=updates.state_dict(), mean=mean.state, step=time.step, spent=time.spent())

    learn(part, chosen, time, updates, mean, store)


if __name__ == "__main__":
    sys.exit(main())
