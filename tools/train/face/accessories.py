"""Glasses, hats and things that hide a part of a face."""
import numpy as np

from geometry import curve, ellipse
from pen import shade
from traits import FRAMES


def _lens(kind, size):
    """A lens's edge about its middle."""
    if kind == "round":
        return ellipse(0, 0.02, 0.27 * size, 0.26 * size, 22)
    if kind == "wide":
        return curve([(-0.3, -0.12), (0, -0.15), (0.3, -0.12), (0.3, 0.1), (0, 0.16), (-0.3, 0.1)], 5, True) * size
    if kind == "cat":
        return curve([(-0.27, -0.05), (0.05, -0.15), (0.38, -0.24), (0.28, 0.1), (0, 0.18), (-0.25, 0.12)], 5, True) * size
    return curve([(-0.28, -0.19), (0.28, -0.19), (0.29, 0.15), (0.2, 0.2), (-0.2, 0.2), (-0.29, 0.15)], 4, True) * size


def glasses(pen, head, t, m):
    """The face's own glasses, or those of the moment."""
    kind, colour, thick, dark = t.glasses, FRAMES[t.frame_index], t.frame_thick, False
    if kind == "none" and m.glasses is None:
        return
    if kind == "none" or m.glasses == "dark":
        kind, colour, thick, dark = ("square" if m.glasses == "dark" else m.glasses), m.thing * 0.5, 0.03, m.glasses == "dark"
    lift, y = 0.14, t.eye_y + 0.02
    for side in (-1, 1):
        shape = _lens(kind, 1.0) * (side, 1) + (side * max(t.eye_x, 0.38), y)
        rim = head.surface(shape, lift)
        pen.fill(rim, (0.05, 0.05, 0.07) if dark else (0.75, 0.85, 0.95), 0.82 if dark else 0.12)
        pen.stroke(rim, colour, thick, closed=True)
        x = side * (max(t.eye_x, 0.38) + 0.28)
        temple = np.concatenate([head.surface([(x, y - 0.06)], lift),
                                 head.outline(np.array([(side * 0.98 * t.cheek, y - 0.02)]))])
        pen.stroke(temple, colour, thick * 0.9)
        if not dark:
            pen.stroke(rim[2:6], (1, 1, 1), 0.02, 0.5)
    inner = max(t.eye_x, 0.38) - 0.26
    bridge = np.concatenate([head.surface([(-inner, y - 0.03)], lift), head.surface([(0, y - 0.06)], lift + 0.08),
                             head.surface([(inner, y - 0.03)], lift)])
    pen.stroke(curve(bridge, 4), colour, thick)


def hat(pen, head, t, m):
    """A cap or a woollen hat of the moment."""
    if m.hat is None:
        return
    v = 0.1 + t.hair_volume * 0.3
    k = t.skull + v
    brim = -0.62
    dome = curve([(-1.02 * t.forehead - v, brim), (-0.95 - v, -0.95), (-0.6, -k * 0.97), (0, -k - 0.06), (0.6, -k * 0.97), (0.95 + v, -0.95),
                  (1.02 * t.forehead + v, brim)], 6)
    front = head.surface(curve([(0.95 * t.forehead, brim), (0.5, brim - 0.08), (0, brim - 0.1), (-0.5, brim - 0.08), (-0.95 * t.forehead, brim)], 4), 0.1)
    pen.fill(np.concatenate([head.outline(dome), front]), m.thing)
    if m.hat == "cap":
        visor = np.concatenate([front, head.surface(curve([(-0.9, brim + 0.02), (0, brim + 0.14), (0.9, brim + 0.02)], 5), 0.45)])
        pen.fill(visor, shade(m.thing, 0.7))
    else:
        pen.stroke(front, shade(m.thing, 0.75), 0.16)
        for x in (-0.5, 0, 0.5):
            pen.stroke(head.outline(np.array([(x * 1.2, -0.85), (x * 0.5, -k)])), shade(m.thing, 0.8), 0.03, 0.6)


def cover(pen, t, m):
    """Something before the face: it hides a part, never most of it."""
    if m.cover is None:
        return
    a, b, c, d = m.where
    side = 1 if a > 0 else -1
    if m.cover == "edge":
        x = side * (0.62 + 0.3 * abs(b))
        shape = np.array([(x, -3), (x + side * 4, -3), (x + side * 4 + d, 4), (x + c * 0.2, 4)])
        pen.fill(shape, m.thing)
    elif m.cover == "bar":
        y = (1.05 if c > 0 else -0.75) + 0.2 * b
        pen.stroke(np.array([(-3, y + d * 0.3), (3, y - d * 0.3)]), m.thing, 0.12 + 0.12 * abs(c))
    elif m.cover == "disc":
        pen.fill(ellipse(side * 0.85, 0.5 + b * 0.9, 0.42, 0.42 + 0.1 * c), m.thing)
    else:
        x, y = side * 0.8, 1.15 + 0.2 * b
        for i in range(4):
            pen.stroke(np.array([(x + side * 0.5 - i * 0.02, y + 0.9), (x - side * 0.2 + side * i * 0.16, y - 0.25 - 0.08 * (i in (1, 2)))]),
                       shade(t.skin, 0.96 - 0.04 * i), 0.17)
