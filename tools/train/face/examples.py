#!/usr/bin/python3
"""Draws the example pictures of docs/examples: a group of seven faces, and two faces twice each (a1, a2, b1, b2)."""
import argparse
import os

import numpy as np
from PIL import Image, ImageFilter

from moment import calm
from paths import backgrounds, ocelli
from render import canvas, draw_face, surface_of, to_rgb
from traits import identity

GROUP, A, B = (300024, 300011, 300018, 300034, 300001, 300032, 300008), 300005, 300037


def background(seed, width, height):
    """A soft background of the kinds that training knows."""
    made = backgrounds.make(np.random.default_rng(seed), width // 2, height // 2)
    return np.asarray(Image.fromarray(made).resize((width, height), Image.BICUBIC).filter(ImageFilter.GaussianBlur(5)))


def group():
    """Seven faces in two rows, 1200x800."""
    pixels, rng = canvas(background(26, 1200, 800)), np.random.default_rng(42)
    surface = surface_of(pixels)
    places = [(250, 270), (600, 230), (950, 275), (140, 540), (450, 560), (760, 545), (1065, 550)]
    for number, (x, y) in zip(GROUP, places):
        m = calm(rng)
        m.roll, m.smile, m.body = float(rng.normal(0, 0.08)), abs(m.smile), 9.0
        draw_face(surface, identity(number), m, rng.uniform(82, 96) if y > 400 else rng.uniform(70, 80), x, y)
    surface.flush()
    return to_rgb(pixels)


def single(number, seed, yaw, smile, roll):
    """One face, 480x480."""
    rng = np.random.default_rng(seed)
    pixels, m = canvas(background(seed, 480, 480)), calm(rng)
    m.yaw, m.smile, m.roll = yaw, smile, roll
    surface = surface_of(pixels)
    draw_face(surface, identity(number), m, 120, 240, 235)
    surface.flush()
    return np.clip(to_rgb(pixels) * (m.tint * m.exposure), 0, 255).astype(np.uint8)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=os.path.join(ocelli.ROOT, "docs", "examples"))
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    pictures = {"faces": group(), "face-a1": single(A, 1, -0.3, 0.7, 0.06), "face-a2": single(A, 2, 0.32, -0.1, -0.08),
                "face-b1": single(B, 3, 0.2, 0.2, -0.05), "face-b2": single(B, 4, -0.28, 0.9, 0.1)}
    for name, picture in pictures.items():
        Image.fromarray(picture).save(os.path.join(options.out, name + ".jpg"), quality=88, optimize=True)


if __name__ == "__main__":
    main()
