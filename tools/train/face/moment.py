"""What changes from one picture of a face to the next: pose, expression, light, clothes, things in the way."""
from types import SimpleNamespace

import numpy as np


def moment(rng, roll=0.0, hidden=0.25):
    """A moment: roll in radians is the caller's, `hidden` the share of pictures with something before the face."""
    def normal(deviation, most):
        return float(np.clip(rng.normal(0, deviation), -most, most))

    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 1.0)
    warm = rng.uniform(-1, 1)
    m = SimpleNamespace(
        yaw=normal(0.24, 0.58), pitch=normal(0.12, 0.30), roll=roll,
        smile=float(rng.uniform(-0.35, 1.0)), open=float(max(0.0, rng.uniform(-0.8, 0.8))), brow=float(rng.uniform(-0.03, 0.06)),
        lids=float(rng.uniform(0.75, 1.12)) if rng.random() < 0.95 else 0.12, gaze=rng.uniform(-1, 1, 2) * (0.022, 0.012),
        light=np.array([np.cos(angle), np.sin(angle) * 0.7 - 0.3]), strength=strength,
        tint=np.array([1 + 0.07 * warm, 1.0, 1 - 0.09 * warm]), exposure=float(rng.uniform(0.72, 1.18)),
        clothes=rng.uniform(0.05, 0.95, 3), collar=float(rng.uniform(1.75, 2.1)), body=4.2,
        hair_volume=float(rng.uniform(0.85, 1.15)), frizz=int(rng.integers(1 << 31)),
        makeup=float(rng.uniform(0, 0.5)) if rng.random() < 0.15 else 0.0,
        glasses=None, hat=None, cover=None, thing=rng.uniform(0.05, 0.95, 3), where=rng.uniform(-1, 1, 4))
    if rng.random() < 0.07:
        m.glasses = ("round", "square", "dark")[int(rng.integers(3))]
    if rng.random() < hidden * 0.25:
        m.hat = ("cap", "beanie")[int(rng.integers(2))]
    if rng.random() < hidden * 0.75:
        m.cover = ("edge", "bar", "disc", "hand")[int(rng.integers(4))]
    return m


def calm(rng):
    """A moment for pictures shown to people: nothing in the way, moderate light."""
    m = moment(rng, 0.0, 0.0)
    m.strength *= 0.6
    m.exposure = float(rng.uniform(0.92, 1.08))
    m.lids = max(m.lids, 0.85)
    m.glasses = None
    return m
