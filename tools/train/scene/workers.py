"""Several processes that learn one network on the CPU, each at its own pace.

Weights and the optimizer's moments lie in shared memory. Each process takes its own pictures, computes gradients and, under
a lock, makes its step; gradients are a few steps old then, which at this number of processes does no harm. On machines whose
cores are shared this is quicker than threads inside an operator or steps taken together, where everyone waits for whoever
was put aside. One process alone gives the same result every time, several do not.
"""

import os
import signal
import sys
import time

import torch
import torch.multiprocessing as processes


def share(network, optimizers):
    """Puts weights and moments into shared memory; makes the moments where there are none yet."""
    network.share_memory()
    for optimizer in optimizers:
        if hasattr(optimizer, "prepare"):
            optimizer.prepare()
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                state = optimizer.state[parameter]
                if not state:
                    state.update(step=torch.tensor(0.0), exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
                for value in state.values():
                    value.share_memory_()


class Team:
    """`learn(network, side)` computes gradients of one batch; `prepare(index)` is called in each process and gives it.

    `steps` counts the steps of all."""

    def __init__(self, network, optimizers, count, steps, prepare):
        self.network, self.optimizers, self.parent = network, optimizers, os.getpid()
        self.counter = torch.tensor([steps]).share_memory_()
        self.order = torch.zeros(2, dtype=torch.float64).share_memory_()  # side of the pictures, rate
        self.lock = processes.Lock()
        self.learn = prepare(0)
        if count > 1:
            share(network, optimizers)
        for index in range(1, count):
            processes.get_context("fork").Process(target=self.help, args=(index, prepare), daemon=True).start()
        if count > 1:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))

    @property
    def steps(self):
        """Steps made by all processes."""
        return int(self.counter)

    def help(self, index, prepare):
        """What a further process does for as long as the first one lives."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()  # Linux shares processors out by sessions first
        torch.manual_seed(index)
        learn = prepare(index)
        while os.getppid() == self.parent:
            if self.order[0]:
                self.own(learn)
            else:
                time.sleep(0.2)

    def own(self, learn):
        """One step."""
        parts = learn(self.network, int(self.order[0]))
        with self.lock:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10)
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group.update(lr=float(self.order[1]), foreach=True)
                optimizer.step()
            self.counter += 1
        return parts

    def step(self, side, rate):
        """One step of this process, and the word for the others; gives what `learn` gives."""
        self.order[0], self.order[1] = side, rate
        return self.own(self.learn)
