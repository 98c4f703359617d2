"""Backgrounds that look a little like photographs, made from random numbers alone.

`make(rng, width, height)` gives uint8 [height, width, 3]. A background is one of a few layouts (one
surface, sky over ground, wall over floor, a blurred view) of surfaces (gradients, fractal noise,
wood, cloth, tiles ...), cluttered with soft shapes and lit unevenly. `HELD_OUT` surfaces and layouts
are made only for evaluation (`held_out=True`), so that a model is asked about places it never saw.

Everything is drawn from the given numpy Generator: the same seed gives the same picture. One picture
of 320x320 takes about ten milliseconds: fields are made small and enlarged by Pillow.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Anchor colours (RGB 0..255) that things in photographs often have; jittered before use.
PALETTES = {
    "sky": [(92, 148, 206), (148, 190, 228), (205, 220, 232), (236, 190, 150), (120, 130, 150), (52, 66, 110)],
    "green": [(62, 96, 40), (96, 128, 58), (40, 66, 36), (140, 150, 84), (84, 110, 90)],
    "earth": [(124, 98, 72), (160, 134, 100), (92, 78, 66), (188, 168, 134), (70, 58, 48)],
    "stone": [(128, 128, 126), (96, 98, 102), (160, 158, 152), (62, 64, 68), (184, 182, 178)],
    "wall": [(222, 214, 198), (196, 186, 170), (176, 190, 196), (232, 230, 226), (150, 164, 150), (206, 170, 150)],
    "wood": [(150, 108, 70), (112, 76, 48), (186, 146, 102), (82, 56, 40), (204, 174, 134)],
    "cloth": [(150, 60, 60), (60, 80, 130), (80, 110, 90), (190, 170, 150), (110, 90, 120), (210, 190, 90)],
    "night": [(18, 22, 34), (34, 34, 46), (50, 44, 40), (26, 38, 36)],
}


def enlarge(field, width, height, resample=Image.BICUBIC):
    """A float32 field [h, w] enlarged smoothly to [height, width]."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(field, np.float32), "F").resize((width, height), resample))


def noise(rng, width, height, cells_x, cells_y=None):
    """Smooth noise in about -1..1 with the given number of cells across (and down)."""
    cells_y = cells_y or max(2, round(cells_x * height / width))
    small = rng.uniform(-1, 1, (max(2, int(cells_y)), max(2, int(cells_x)))).astype(np.float32)
    return enlarge(small, width, height)


def fractal(rng, width, height, cells=3, octaves=4, fall=0.55):
    """Noise of several octaves, about -1..1: clouds, soil, plaster."""
    total, weight, gain = np.zeros((height, width), np.float32), 0.0, 1.0
    for _ in range(octaves):
        total += gain * noise(rng, width, height, cells)
        weight += gain
        gain *= fall
        cells = min(cells * 2, width)
    return total / weight


def colour(rng, palette=None, jitter=18):
    """One colour, float32 [3], near an anchor of the palette (any palette without a name)."""
    anchors = PALETTES[palette or list(PALETTES)[rng.integers(len(PALETTES))]]
    return np.float32(anchors[rng.integers(len(anchors))]) + rng.normal(0, jitter, 3).astype(np.float32)


def ramp(field, first, second):
    """Colours [h, w, 3] between two along a field -1..1."""
    # A table of 256 shades is three times as quick as arithmetic on three channels.
    table = first + np.linspace(0, 1, 256, dtype=np.float32)[:, None] * (second - first)
    return table.astype(np.float32)[np.clip(field * 127.5 + 127.5, 0, 255).astype(np.uint8)]


def grid(width, height):
    """Coordinates 0..1 as two broadcastable arrays."""
    return (np.linspace(0, 1, width, dtype=np.float32)[None, :], np.linspace(0, 1, height, dtype=np.float32)[:, None])


def two_colours(rng, palette):
    """Two colours of one palette, mostly alike."""
    first, second = colour(rng, palette), colour(rng, palette)
    return first, first + (second - first) * rng.uniform(0.2, 1.0)


def surface_gradient(rng, width, height, palette):
    """A plain or nearly plain area: sky, wall, studio paper."""
    x, y = grid(width, height)
    angle = rng.uniform(0, 2 * np.pi)
    field = np.cos(angle) * (2 * x - 1) + np.sin(angle) * (2 * y - 1)
    return ramp(field + 0.15 * noise(rng, width, height, 4), *two_colours(rng, palette))


def surface_fractal(rng, width, height, palette):
    """Soil, clouds, plaster, grass from far away."""
    field = 1.6 * fractal(rng, width, height, rng.integers(2, 9), rng.integers(3, 6), rng.uniform(0.45, 0.8))
    return ramp(field, *two_colours(rng, palette))


def surface_grain(rng, width, height, palette):
    """Wood or brushed metal: noise stretched along one direction."""
    long, short = int(rng.integers(2, 5)), int(rng.integers(24, 90))
    across = rng.random() < 0.5
    cells = (long, short) if across else (short, long)
    field = 0.8 * noise(rng, width, height, *cells) + 0.5 * noise(rng, width, height, 3)
    return ramp(field, *two_colours(rng, palette))


def surface_tiles(rng, width, height, palette):
    """Tiles or boards: each its own shade, with joints."""
    columns, rows = int(rng.integers(2, 9)), int(rng.integers(2, 9))
    shade = rng.uniform(-1, 1, (rows, columns)).astype(np.float32) * rng.uniform(0.1, 0.7)
    field = enlarge(shade, width, height, Image.NEAREST) + 0.3 * fractal(rng, width, height, 6, 3)
    x, y = grid(width, height)
    line = np.maximum(np.abs((x * columns) % 1 - 0.5), np.abs((y * rows) % 1 - 0.5)) > rng.uniform(0.46, 0.49)
    picture = ramp(field, *two_colours(rng, palette))
    return np.where(line[..., None], picture * rng.uniform(0.5, 0.9), picture)


def surface_cloth(rng, width, height, palette):
    """Woven stripes in one or two directions."""
    x, y = grid(width, height)
    frequency, angle = rng.uniform(6, 40), rng.uniform(0, np.pi)
    along = np.cos(angle) * x + np.sin(angle) * y
    field = np.sin(2 * np.pi * frequency * along) * rng.uniform(0.2, 0.9)
    if rng.random() < 0.5:
        other = -np.sin(angle) * x + np.cos(angle) * y
        field = field * 0.6 + 0.4 * np.sin(2 * np.pi * frequency * rng.uniform(0.5, 1.5) * other)
    return ramp(field + 0.4 * noise(rng, width, height, 5), *two_colours(rng, palette))


def surface_patches(rng, width, height, palette):
    """Areas of flat colour with wandering borders: fields from the air, painted walls, shadows."""
    levels = int(rng.integers(3, 6))
    field = fractal(rng, width, height, rng.integers(2, 6), 3, 0.4)
    index = np.clip(((field * 1.8 + 1) * 0.5 * levels).astype(int), 0, levels - 1)
    shades = np.stack([colour(rng, palette) for _ in range(levels)])
    return shades[index] + 8 * noise(rng, width, height, 40)[..., None]


def surface_foliage(rng, width, height, palette):
    """Leaves or gravel: fine light spots over a darker ground."""
    fine = noise(rng, width, height, rng.integers(20, 60)) + 0.7 * noise(rng, width, height, 10)
    first, second = two_colours(rng, palette)
    return ramp(np.tanh(2.2 * fine), first * rng.uniform(0.4, 0.8), second)


def surface_bricks(rng, width, height, palette):
    """A wall of bricks, every second row shifted by half a brick."""
    columns, rows = int(rng.integers(4, 10)), int(rng.integers(8, 20))
    x, y = grid(width, height)
    row = np.floor(y * rows)
    column = x * columns + 0.5 * (row % 2)
    shade = rng.uniform(-0.6, 0.6, (rows + 1, columns + 2)).astype(np.float32)
    field = shade[row.astype(int), np.floor(column).astype(int)] + 0.3 * noise(rng, width, height, 40)
    joint = ((column % 1) < 0.06) | (((y * rows) % 1) < 0.12)
    return np.where(joint[..., None], colour(rng, "stone"), ramp(field, *two_colours(rng, palette)))


def surface_ripples(rng, width, height, palette):
    """Water or dunes: stripes bent by noise."""
    x, y = grid(width, height)
    bend = 0.12 * fractal(rng, width, height, 3, 3)
    angle = rng.uniform(-0.4, 0.4)
    field = np.sin(2 * np.pi * rng.uniform(5, 18) * (y + angle * x + bend)) * (0.4 + 0.6 * y)
    return ramp(0.8 * field + 0.3 * noise(rng, width, height, 3), *two_colours(rng, palette))


SURFACES = [surface_gradient, surface_fractal, surface_grain, surface_tiles, surface_cloth, surface_patches]
HELD_OUT = [surface_foliage, surface_bricks, surface_ripples]


def surface(rng, width, height, palette, held_out):
    """One surface of the training kinds, or of those held out."""
    kinds = HELD_OUT if held_out else SURFACES
    return kinds[rng.integers(len(kinds))](rng, width, height, palette)


def layout(rng, width, height, held_out):
    """Surfaces put together: one alone, or two with a border between."""
    if rng.random() < 0.45:
        palette = list(PALETTES)[rng.integers(len(PALETTES))]
        return surface(rng, width, height, palette, held_out)
    if rng.random() < 0.5:
        above, below = "sky", ("green", "earth", "stone")[rng.integers(3)]
    else:
        above, below = "wall", ("wood", "stone", "cloth")[rng.integers(3)]
    x, y = grid(width, height)
    border = rng.uniform(0.25, 0.75) + rng.uniform(-0.15, 0.15) * (x - 0.5) + 0.04 * noise(rng, width, height, 6)[:1]
    mix = np.clip((y - border) * rng.uniform(10, 200) + 0.5, 0, 1)[..., None]
    upper = surface_gradient(rng, width, height, above) if rng.random() < 0.5 else surface(rng, width, height, above, held_out)
    return upper * (1 - mix) + surface(rng, width, height, below, held_out) * mix


def clutter(rng, picture, count):
    """Soft shapes without meaning: polygons, discs and strokes, on an image in place of things far away."""
    height, width = picture.shape[:2]
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        shade = tuple(int(v) for v in np.clip(colour(rng), 0, 255))
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        size = width * 0.02 * 20 ** rng.random()
        kind = rng.integers(4)
        if kind == 0:
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
            radius = size * rng.uniform(0.4, 1.0, len(angles))
            draw.polygon(list(zip(cx + radius * np.cos(angles), cy + radius * np.sin(angles))), fill=shade)
        elif kind == 1:
            flat = rng.uniform(0.4, 1.0)
            draw.ellipse((cx - size, cy - size * flat, cx + size, cy + size * flat), fill=shade)
        elif kind == 2:
            tall = rng.uniform(0.2, 2.0)
            draw.rectangle((cx - size / 2, cy - size * tall / 2, cx + size / 2, cy + size * tall / 2), fill=shade)
        else:
            points = [(cx + rng.normal(0, size), cy + rng.normal(0, size)) for _ in range(3)]
            draw.line([(cx, cy), *points], fill=shade, width=int(rng.integers(1, 2 + size / 8)))
    return image


def light(rng, picture):
    """Uneven light: a slope, a vignette, sometimes a bright or dark spot."""
    height, width = picture.shape[:2]
    x, y = grid(width, height)
    angle = rng.uniform(0, 2 * np.pi)
    gain = 1 + rng.uniform(0, 0.35) * (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) * 2
    gain = gain - rng.uniform(0, 0.4) * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    if rng.random() < 0.4:
        sx, sy, reach = rng.random(), rng.random(), rng.uniform(0.02, 0.2)
        gain = gain + rng.uniform(-0.4, 0.6) * np.exp(-((x - sx) ** 2 + (y - sy) ** 2) / reach)
    return picture * gain[..., None].astype(np.float32)


def make(rng, width, height, held_out=False):
    """A whole background, uint8 [height, width, 3]; `held_out`: of the kinds kept for evaluation."""
    picture = layout(rng, width, height, held_out)
    image = clutter(rng, picture, int(rng.integers(0, 28)) if rng.random() < 0.8 else 0)
    if rng.random() < 0.6:
        image = image.filter(ImageFilter.BoxBlur(float(width / 320 * 6 * rng.random() ** 2)))
    picture = np.asarray(image, np.float32)
    if rng.random() < 0.7:
        picture = light(rng, picture)
    return np.clip(picture, 0, 255).astype(np.uint8)
