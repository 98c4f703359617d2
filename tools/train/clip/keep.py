"""Checkpoints, and the running mean of the weights that is what gets exported."""

import copy
import os

import torch


def save(path, **parts):
    torch.save(parts, path + ".unfinished")
    os.replace(path + ".unfinished", path)


def load(path, device):
    """The checkpoint, or None."""
    return torch.load(path, map_location=device) if os.path.exists(path) else None


class Mean:
    """A running mean of a module's weights: over some ten steps at first, a thousand later."""

    def __init__(self, module, state=None):
        self.state = state or {name: value.clone() for name, value in module.state_dict().items()}

    def follow(self, module, step, most=0.999):
        keep = min(most, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, value in module.state_dict().items():
                if value.is_floating_point():
                    self.state[name].mul_(keep).add_(value, alpha=1 - keep)
                else:
                    self.state[name].copy_(value)

    def module(self, like):
        """A copy of the module with the mean's weights, for looking at."""
        other = copy.deepcopy(like)
        other.load_state_dict(self.state)
        return other.eval()
