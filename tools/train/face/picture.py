#!/usr/bin/python3
"""Draws the card's picture: faces found in a held-out scene, and held-out pairs with their similarity and the verdict."""
import argparse
import os

import numpy as np
from PIL import Image, ImageDraw

import data
import evaluate
import scenes
from align import aligned
from paths import PACKAGE, WORK

WIDTH, CELL = 1120, 112
GOOD, BAD = (24, 120, 60), (190, 40, 30)


def detection(models, work, wanted):
    """Held-out scenes with the detector's boxes and landmarks, 360 pixels each, side by side."""
    maker = scenes.Scenes(np.random.default_rng([evaluate.SEED, 9]), work, data.TEST, held_out=True)
    made = [m for m in (maker.scene() for _ in range(6 * wanted)) if len(m[1]) >= 3][:wanted]
    found = models.detect([m[0] for m in made])
    side = WIDTH // wanted
    out = Image.new("RGB", (WIDTH, side), "white")
    for i, ((picture, *_), faces) in enumerate(zip(made, found)):
        image = Image.fromarray(picture).resize((side - 6, side - 6), Image.BICUBIC)
        draw, zoom = ImageDraw.Draw(image), (side - 6) / 320
        for score, box, points in faces:
            draw.rectangle([float(v) * zoom for v in box], outline=(40, 255, 90), width=2)
            draw.text((box[0] * zoom + 3, box[1] * zoom - 12), f"{score:.2f}", fill=(40, 255, 90))
            for x, y in points * zoom:
                draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(255, 60, 60))
        out.paste(image, (i * side + 3, 3))
    return out


def pairs(models, columns=4, rows=4):
    """A grid of pairs, left columns of one identity, right columns of two; crops by the detector's landmarks."""
    n = columns * rows // 2
    pictures, points = evaluate.portraits(3 * n)
    flat, truth = pictures.reshape(-1, 320, 320, 3), points.reshape(-1, 5, 2)
    faces = models.detect(flat)
    found = [evaluate.nearest(f, p) for f, p in zip(faces, truth)]
    crops = [aligned(p, t if f is None else f) for p, f, t in zip(flat, found, truth)]
    vectors = models.embed(crops)
    usable = [i for i in range(3 * n) if found[2 * i] is not None and found[2 * i + 1] is not None]
    same = [(2 * i, 2 * i + 1) for i in usable[:n]]
    different = [(2 * i, 2 * j + 1) for i, j in zip(usable[:n], usable[1:n + 1])]
    out = Image.new("RGB", (WIDTH, rows * (CELL + 26)), "white")
    draw = ImageDraw.Draw(out)
    for k in range(columns * rows):
        row, column = divmod(k, columns)
        first, second = (same if column < columns // 2 else different)[row * columns // 2 + column % (columns // 2)]
        x, y, value = 10 + column * WIDTH // columns, row * (CELL + 26) + 2, float(vectors[first] @ vectors[second])
        for shift, which in ((0, first), (CELL + 4, second)):
            out.paste(Image.fromarray(np.clip(crops[which], 0, 255).astype(np.uint8)), (x + shift, y))
        verdict = value >= models.similarity
        right = verdict == (column < columns // 2)
        draw.text((x, y + CELL + 4), f"{'one' if column < columns // 2 else 'two'}: similarity {value:.2f}, says {'one' if verdict else 'two'}",
                  fill=GOOD if right else BAD)
    return out


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--package", default=PACKAGE)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    models = evaluate.Models(options.package)
    top, low = detection(models, options.work, 3), pairs(models)
    out = Image.new("RGB", (WIDTH, top.height + low.height + 8), "white")
    out.paste(top, (0, 0))
    out.paste(low, (0, top.height + 8))
    out.save(os.path.join(options.package, "picture.jpg"), quality=68, optimize=True)


if __name__ == "__main__":
    main()
