"""Draws the card's picture: ten words in five languages, and the five renderings that match each best.

    cd tools/train
    python3 -m clip.picture
"""

import argparse
import multiprocessing
import os

import numpy
from PIL import Image, ImageDraw, ImageFont

from clip import package, render
from common import emoji

WORDS = ("strawberry", "a sleepy cat", "Regenbogen", "Feuerwehrauto", "papillon", "étoile filante", "велосипед", "снеговик", "ποδήλατο", "μέλισσα")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"  # Latin, Cyrillic and Greek letters
SEED = 31
CELL, LABEL, GAP, SHOWN = 48, 130, 3, 5


def rendered(job):
    """One emoji on a held-out background."""
    at, picture = job
    return render.paste(numpy.random.default_rng([SEED, at]), picture)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default=package.FOLDER)
    chosen = parser.parse_args()
    towers = package.Package(chosen.package)
    with multiprocessing.Pool() as pool:
        pasted = pool.map(rendered, enumerate(emoji.pictures()), chunksize=32)
    gallery = towers.images(numpy.stack([render.pixels(picture) for picture in pasted]))
    best = (-(towers.texts(WORDS) @ gallery.T)).argsort(1)[:, :SHOWN]
    columns, rows = 2, (len(WORDS) + 1) // 2
    wide, high = LABEL + SHOWN * (CELL + GAP) + 12, CELL + GAP
    sheet = Image.new("RGB", (columns * wide, rows * high + GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 15)
    for at, word in enumerate(WORDS):
        left, top = at // rows * wide, at % rows * high + GAP
        pen.text((left + 8, top + CELL // 2), word, fill="black", font=font, anchor="lm")
        for place, found in enumerate(best[at]):
            cell = Image.fromarray(pasted[found]).resize((CELL, CELL), Image.LANCZOS)
            sheet.paste(cell, (left + LABEL + place * (CELL + GAP), top))
    path = os.path.join(chosen.package, "matches.png")
    sheet.quantize(24, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
