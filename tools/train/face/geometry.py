"""Curves, and a head that turns: points of the face are lifted onto a rounded surface, turned, and looked at from the front."""
import math
from functools import lru_cache

import numpy as np


@lru_cache(maxsize=None)
def _curve_matrix(count, n, closed):
    """What turns `count` points into the samples of the Catmull-Rom curve through them: [samples, count]."""
    u = np.arange(n) / n
    weights = 0.5 * np.stack([-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, -u**2 + u**3], 1)
    pieces = count if closed else count - 1
    out = np.zeros((pieces * n + (not closed), count))
    for piece in range(pieces):
        rows = out[piece * n:piece * n + n]
        for k in range(4):
            i = piece + k - 1
            if closed or 0 <= i < count:
                rows[:, i % count] += weights[:, k]
            else:  # the curve's ends: one more point, on a straight line
                end, next_to = (0, 1) if i < 0 else (count - 1, count - 2)
                rows[:, end] += 2 * weights[:, k]
                rows[:, next_to] -= weights[:, k]
    if not closed:
        out[-1, -1] = 1
    return out


def curve(points, n=6, closed=False):
    """A Catmull-Rom curve through the points [k, 2], n samples a piece."""
    return _curve_matrix(len(points), n, closed) @ np.asarray(points, float)


def mirrored(right):
    """A closed half curve from the top to the bottom, with its mirror image: all around."""
    right = np.asarray(right, float)
    left = right[::-1] * (-1, 1)
    return np.concatenate([right, left[1:-1]])


@lru_cache(maxsize=None)
def _circle(n):
    a = np.arange(n) * (2 * np.pi / n)
    return np.stack([np.cos(a), np.sin(a)], 1)


def ellipse(cx, cy, rx, ry, n=20, tilt=0.0):
    """Points of an ellipse."""
    c, s = math.cos(tilt), math.sin(tilt)
    return _circle(n) @ np.array(((rx * c, rx * s), (-ry * s, ry * c))) + (cx, cy)


def smooth_step(x, low, high):
    """0 below low, 1 above high, smooth between."""
    t = np.minimum(np.maximum((x - low) / (high - low), 0), 1)
    return t * t * (3 - 2 * t)


class Head:
    """The turned head. Positive yaw turns the face to the picture's right, positive pitch lifts it."""

    def __init__(self, yaw, pitch):
        self.sin_yaw, self.cos_yaw = math.sin(yaw), math.cos(yaw)
        self.sin_pitch, self.cos_pitch = math.sin(pitch), math.cos(pitch)

    def turn(self, x, y, z):
        """Points in space, as seen."""
        out = np.empty((len(x), 2))
        x, z = x * self.cos_yaw + z * self.sin_yaw, z * self.cos_yaw - x * self.sin_yaw
        y, z = y * self.cos_pitch - z * self.sin_pitch, z * self.cos_pitch + y * self.sin_pitch
        near = 1 + 0.06 * z
        out[:, 0], out[:, 1] = x * near, y * near
        return out

    def surface(self, points, lift=0.0):
        """Points on the face's front; lift takes them off it, towards the viewer."""
        p = np.asarray(points, float)
        x, y = p[:, 0], p[:, 1]
        z = np.sqrt(np.maximum(0.7225 - x * x * (0.7225 / 1.21) - y * y * (0.7225 / 2.56), 0)) + lift
        return self.turn(x, y, z)

    def outline(self, points, back=0.0):
        """Points of the silhouette: a head is as deep as it is wide, so it keeps its width; the chin lies further forward."""
        p = np.asarray(points, float)
        z = 0.5 * smooth_step(p[:, 1], 0.1, 1.3) - back
        out = np.empty_like(p)
        out[:, 0] = p[:, 0] * (1 - 0.06 * abs(self.sin_yaw)) + z * self.sin_yaw
        out[:, 1] = p[:, 1] * (0.35 + 0.65 * self.cos_pitch) - z * self.sin_pitch
        return out
