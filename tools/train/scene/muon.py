"""Muon: steepest descent in which every matrix of weights moves as far along each of its directions.

The momentum of a convolution's weights, as a matrix of outputs by all inputs, is made nearly orthogonal by five Newton-Schulz steps
(Jordan 2024) and scaled to the length that AdamW's steps have (Liu 2025), so that one rate serves both. Stem, heads, biases and
norms are AdamW's.
"""

import torch

FACTORS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration


def orthogonal(matrix):
    """The nearest matrix with all singular values about one."""
    a, b, c = FACTORS
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal, for parameters of two dimensions or more."""

    def __init__(self, parameters, lr=1e-3, momentum=0.95, weight_decay=0.02):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def prepare(self):
        """The momenta, before processes share them."""
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))

    @torch.no_grad()
    def step(self):
        """One step."""
        self.prepare()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                momentum = self.state[parameter]["momentum"]
                momentum.mul_(group["momentum"]).add_(parameter.grad)
                ahead = parameter.grad.add(momentum, alpha=group["momentum"])
                move = orthogonal(ahead.flatten(1))
                length = 0.2 * max(move.shape) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(move.reshape(parameter.shape), alpha=-group["lr"] * length)
