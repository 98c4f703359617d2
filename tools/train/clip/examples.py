"""Pictures of one thing each for docs/examples, drawn as for the evaluation: backgrounds and sizes that no training saw.

    cd tools/train
    python3 -m clip.examples
"""

import argparse
import os

import numpy
from PIL import Image

from clip import render
from common import emoji, ocelli

THINGS = (("dog", "\U0001f415"), ("strawberry", "\U0001f353"), ("bicycle", "\U0001f6b2"))
SEED = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(ocelli.ROOT, "docs", "examples"))
    chosen = parser.parse_args()
    os.makedirs(chosen.out, exist_ok=True)
    for at, (name, text) in enumerate(THINGS):
        picture = render.paste(numpy.random.default_rng([SEED, at]), emoji.draw(text), low=0.8, high=0.95)
        Image.fromarray(picture).save(os.path.join(chosen.out, f"{name}.jpg"), quality=88)


if __name__ == "__main__":
    main()
