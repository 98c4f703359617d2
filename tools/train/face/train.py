#!/usr/bin/python3
"""Trains the detector or the embedder: `train.py detector|embedder --work DIR`. Interrupted, the same command goes on.

The data come from data.py in the same work folder; new chunks are taken up as they appear.
"""
import argparse
import math
import os
import time

import torch

from paths import WORK


class Run:
    """A training's clock, schedule and checkpoint."""

    def __init__(self, options, name, modules):
        self.options, self.path = options, os.path.join(options.work, f"{name}.pt")
        self.modules, self.step, self.saved = modules, 0, time.time()
        parameters = [p for module in modules.values() for p in module.parameters()]
        self.optimizer = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=options.decay)
        if os.path.exists(self.path):
            state = torch.load(self.path, map_location=options.device)
            for key, module in modules.items():
                module.load_state_dict(state[key])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]

    def due(self):
        """Whether it is time for a look at the validation and a checkpoint: every few minutes, and at the end."""
        return self.step >= self.options.steps or time.time() - self.saved > self.options.minutes * 60

    def save(self):
        """Writes the checkpoint whole or not at all."""
        state = {key: module.state_dict() for key, module in self.modules.items()}
        torch.save({**state, "optimizer": self.optimizer.state_dict(), "step": self.step, "size": self.options.size}, self.path + ".tmp")
        os.replace(self.path + ".tmp", self.path)
        self.saved = time.time()

    def descend(self, loss):
        """One step down, at the schedule's rate: a short rise, then a cosine to a fiftieth."""
        share = min(1.0, self.step / self.options.steps)
        rate = self.options.rate * min(1.0, (self.step + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        for module in self.modules.values():
            torch.nn.utils.clip_grad_norm_(module.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        return rate


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("detector", "embedder"))
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--size", type=float, default=1.0, help="widths of the layers, times this")
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--batch", type=int, default=None)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", help="a model.onnx of the same network to begin with, in place of chance")
    parser.add_argument("--bf16", action="store_true", help="convolutions in bfloat16: quicker where the processor has it")
    parser.add_argument("--fine", action="store_true", help="the detector: from the first step what the last fifth is for, landmarks")
    parser.add_argument("--decay", type=float, default=1e-3)
    parser.add_argument("--minutes", type=float, default=4.0, help="between checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    if options.what == "detector":
        import train_detector as part
    else:
        import train_embedder as part
    options.steps, options.batch = options.steps or part.STEPS, options.batch or part.BATCH
    start = time.time()
    part.train(options, Run)
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
