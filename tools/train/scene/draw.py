"""Boxes and class maps drawn over pictures; index masks."""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scene import classes

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def palette():
    """A colour for the background and for each class, uint8 [31, 3]: hues apart for classes that are neighbours."""
    count = len(classes.LABELS)
    hues = [colorsys.hsv_to_rgb(i * 7 % count / count, 0.55 + 0.45 * (i % 2), 1 - 0.25 * (i % 3)) for i in range(count)]
    return np.array([(0, 0, 0)] + [[round(255 * part) for part in hue] for hue in hues], np.uint8)


def boxes(picture, rows, scale=1.0):
    """Boxes x1 y1 x2 y2 score class with their names, on a copy of a picture enlarged by `scale`."""
    colours, font = palette(), ImageFont.truetype(FONT, 11)
    image = Image.fromarray(picture)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.BICUBIC)
    pen = ImageDraw.Draw(image)
    for row in rows[::-1]:
        corner = [float(v) * scale for v in row[:4]]
        colour = tuple(int(v) for v in colours[int(row[5]) + 1])
        pen.rectangle(corner, outline=colour, width=2)
        text = f"{classes.LABELS[int(row[5])]} {row[4]:.2f}"
        wide = pen.textlength(text, font=font) + 4
        x = min(max(corner[0], 0), image.width - wide)
        y = max(corner[1] - 13, 0)
        pen.rectangle((x, y, x + wide, y + 13), fill=colour)
        pen.text((x + 2, y), text, font=font, fill="black" if sum(colour) > 330 else "white")
    return image


def overlay(picture, mask, scale=1.0):
    """The class map in colours, half transparent; background darker."""
    strength = np.where(mask > 0, 0.65, 0.35)[..., None]
    mixed = picture * (1 - strength) + palette()[mask] * strength
    image = Image.fromarray(mixed.astype(np.uint8))
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.BICUBIC)


def index_mask(mask):
    """A palette PNG whose values are the classes."""
    image = Image.fromarray(mask.astype(np.uint8), "P")
    image.putpalette(palette().reshape(-1).tolist())
    return image
