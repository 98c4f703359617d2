"""Shapes and groups of things as RGBA pictures, drawn from a numpy Generator: the same seed, the same picture."""

import math

import numpy
from PIL import Image, ImageDraw

from clip import corpus

SIDE = 136
FINE = 4  # shapes are drawn this much larger, then made smaller: smooth edges


def _polygon(count, turn=0.0, inner=None):
    """Corners on a circle, for a star every second one further in."""
    steps = count * 2 if inner else count
    radii = [1.0 if not inner or at % 2 == 0 else inner for at in range(steps)]
    angles = [turn - math.pi / 2 + 2 * math.pi * at / steps for at in range(steps)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in zip(radii, angles)]


def _heart():
    turns = [2 * math.pi * at / 80 for at in range(80)]
    return [
        (math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16) for t in turns
    ]


def _cross(arm=0.33):
    quarter = [(-arm, -1), (arm, -1), (arm, -arm), (1, -arm)]
    return [point for turn in range(4) for point in [_quarter_turned(corner, turn) for corner in quarter[1:]]]


def _quarter_turned(point, turns):
    x, y = point
    for _ in range(turns):
        x, y = -y, x
    return x, y


OUTLINES = {
    "circle": lambda: _polygon(90),
    "square": lambda: [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": lambda: _polygon(3),
    "star": lambda: _polygon(5, inner=0.42),
    "heart": _heart,
    "diamond": lambda: [(0, -1), (0.68, 0), (0, 1), (-0.68, 0)],
    "hexagon": lambda: _polygon(6),
    "cross": _cross,
}


def shape(rng, colour, outline):
    """One filled shape: its colour varies a little, sometimes with a rim or a shade across it."""
    wide = SIDE * FINE
    base = numpy.clip(numpy.array(corpus.COLOURS[colour]) + rng.normal(0, 9, 3), 0, 255)
    radius = wide * 0.44
    stretch = rng.uniform(0.9, 1.0, 2)
    points = [(wide / 2 + x * radius * stretch[0], wide / 2 + y * radius * stretch[1]) for x, y in OUTLINES[outline]()]
    mask = Image.new("L", (wide, wide))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    mask = numpy.asarray(mask.resize((SIDE, SIDE), Image.BOX))
    fill = numpy.ones((SIDE, SIDE, 1)) * base
    if rng.random() < 0.4:
        fill = fill * (1 + rng.uniform(-0.15, 0.15) * numpy.linspace(-1, 1, SIDE)[:, None, None])
    if rng.random() < 0.3:
        rim = Image.new("L", (wide, wide))
        ImageDraw.Draw(rim).line(points + points[:2], fill=255, width=int(wide * rng.uniform(0.015, 0.04)))
        rim = numpy.asarray(rim.resize((SIDE, SIDE), Image.BOX))[..., None] / 255
        fill = fill * (1 - rim) + base * rng.uniform(0.3, 0.7) * rim
    return numpy.dstack([numpy.clip(fill, 0, 255), mask]).astype(numpy.uint8)


def group(rng, picture, number):
    """`number` copies of one RGBA picture in one frame, apart from each other."""
    sheet = Image.new("RGBA", (SIDE, SIDE))
    source = Image.fromarray(picture)
    places = []
    size = rng.uniform(0.34, 0.5 if number == 2 else 0.44 if number == 3 else 0.38)
    while len(places) < number:
        places = _places(rng, number, size)
        size *= 0.97
    for x, y in places:
        side = int(SIDE * size * rng.uniform(0.92, 1.05))
        copy = source.rotate(rng.normal(0, 7), Image.BICUBIC).resize((side, side), Image.LANCZOS)
        sheet.alpha_composite(copy, (max(0, int(x * SIDE - side / 2)), max(0, int(y * SIDE - side / 2))))
    return numpy.asarray(sheet)


def _places(rng, number, size):
    """Centres at least a size apart, or fewer where they do not fit."""
    found = []
    for _ in range(60):
        x, y = rng.uniform(size / 2, 1 - size / 2, 2)
        if len(found) < number and all(math.hypot(x - u, y - v) > size * 0.98 for u, v in found):
            found.append((x, y))
    return found
