"""Several processes that learn one network on the CPU: each takes its own pictures, gradients are averaged at every step.

On machines that share their cores this is quicker than threads inside one operator, because processes meet once a step.
"""

import signal
import sys

import torch
import torch.multiprocessing as processes

PATIENCE = 1800  # seconds at a barrier after which the others are taken for dead


def flat_gradient(network):
    """All gradients as one vector."""
    return torch.cat([p.grad.reshape(-1) for p in network.parameters()])


def set_gradient(network, vector):
    """The other way round."""
    at = 0
    for p in network.parameters():
        p.grad.copy_(vector[at : at + p.numel()].view_as(p))
        at += p.numel()


class Team:
    """`learn(network, side)` computes gradients of one share of a batch; `count - 1` further processes do the same.

    `prepare(index)` is called in each of them, the first one included, and gives that function."""

    def __init__(self, network, count, prepare):
        self.count, self.network, self.learn = count, network, prepare(0)
        if count == 1:
            return
        network.share_memory()
        size = sum(p.numel() for p in network.parameters())
        self.gradients = torch.zeros(count, size).share_memory_()
        self.side = torch.zeros(1, dtype=torch.int64).share_memory_()
        context = processes.get_context("fork")
        self.begin, self.end = context.Barrier(count), context.Barrier(count)
        for index in range(1, count):
            context.Process(target=self.help, args=(index, prepare), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))

    def help(self, index, prepare):
        """What a further process does."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        learn = prepare(index)
        while True:
            self.begin.wait(PATIENCE)
            learn(self.network, int(self.side))
            self.gradients[index] = flat_gradient(self.network)
            self.end.wait(PATIENCE)

    def step(self, side):
        """Gradients of the whole batch in `network`; gives what `learn` gives for this process's share."""
        if self.count == 1:
            return self.learn(self.network, side)
        self.side[0] = side
        self.begin.wait(PATIENCE)
        result = self.learn(self.network, side)
        self.gradients[0] = flat_gradient(self.network)
        self.end.wait(PATIENCE)
        set_gradient(self.network, self.gradients.mean(0))
        return result
