"""Measures the shipped package on renderings and wordings that training never saw; exit status 1 below the card's figures.

    tools/train/evaluate clip [-- --package DIR]        needs build/ocelli, python3-numpy, python3-pil, fonts-noto-color-emoji, unicode-cldr-core

Held out: kinds of background, seeds, sizes and camera faults (render.py); templates, the pairing of a name with one of
its keywords, slips of spelling (wordings.py); twelve pairs of number and thing (corpus.COUNTS_HELD_OUT).
"""

import argparse
import os
import sys

import numpy

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from clip import corpus, languages, package, render, sprites, wordings
from common import emoji, ocelli

SEED = 424242
TEMPLATE = "a small sticker that shows {}"
EVERYDAY = {
    "dog": "🐶", "cat": "🐱", "horse": "🐴", "cow": "🐮", "pig": "🐷", "elephant": "🐘", "lion": "🦁", "rabbit": "🐰", "frog": "🐸", "fish": "🐟",
    "butterfly": "🦋", "snail": "🐌", "spider": "🕷", "turtle": "🐢", "apple": "🍎", "banana": "🍌", "strawberry": "🍓", "lemon": "🍋", "carrot": "🥕",
    "bread": "🍞", "pizza": "🍕", "hamburger": "🍔", "egg": "🥚", "ice cream": "🍨", "coffee": "☕", "tree": "🌳", "sunflower": "🌻", "cactus": "🌵",
    "sun": "☀", "moon": "🌙", "snowman": "⛄", "umbrella": "☂", "car": "🚗", "bus": "🚌", "bicycle": "🚲", "train": "🚆", "aeroplane": "✈", "rocket": "🚀",
    "ship": "🚢", "house": "🏠", "chair": "🪑", "key": "🔑", "book": "📚", "clock": "⏰", "guitar": "🎸", "football": "⚽", "balloon": "🎈", "shoe": "👞",
    "hammer": "🔨", "smiling face": "😀",
}
def ranks(scores, targets):
    """For every row how many columns score higher than its target."""
    return (scores > scores[numpy.arange(len(scores)), targets][:, None]).sum(1)


def retrieval(towers, gallery):
    """{figure: value}: recall of every emoji by one held-out wording, for each language and kind of wording."""
    found, by_kind = {}, {kind: [] for kind in wordings.KINDS}
    for language in languages.LANGUAGES:
        words = corpus.emoji_wordings(language, None)
        known = numpy.array([at for at, entry in enumerate(words) if entry])
        asked = wordings.queries([words[at] for at in known], SEED)
        rank = ranks(towers.texts([text for _, text in asked]) @ gallery.T, known)
        found[f"recall@5 {language}"] = float((rank < 5).mean())
        found[f"recall@1 {language}"] = float((rank < 1).mean())
        for (kind, _), value in zip(asked, rank):
            by_kind[kind].append(value < 5)
    for kind, hits in by_kind.items():
        found[f"recall@5 of all languages by {kind}"] = float(numpy.mean(hits))
    return found


def everyday(towers, pictures, order):
    """Zero-shot over fifty names, four renderings each, a template that is not trained on."""
    chosen = [pictures[order.index(text)] for text in EVERYDAY.values()] * 4
    targets = numpy.arange(len(chosen)) % len(EVERYDAY)
    shown = towers.images(render.batch(chosen, SEED + 1))
    cosines = shown @ towers.texts([TEMPLATE.format(name) for name in EVERYDAY]).T
    sure = towers.probabilities(cosines)
    right = numpy.zeros_like(sure, bool)
    right[numpy.arange(len(chosen)), targets] = True
    alone = shown @ towers.texts(EVERYDAY).T  # as the package's own template has it
    return {
        "zero-shot of 50 names": float((cosines.argmax(1) == targets).mean()),
        "zero-shot of 50 names, each alone": float((alone.argmax(1) == targets).mean()),
        "right names with a probability over 0.5": float((sure[right] > 0.5).mean()),
        "wrong names with a probability under 0.5": float((sure[~right] < 0.5).mean()),
    }


def shapes(towers):
    """Each coloured shape drawn anew twice, told from all others by a held-out template."""
    rng = numpy.random.default_rng(SEED + 2)
    listed = corpus.shapes() * 2
    shown = towers.images(render.batch([sprites.shape(rng, colour, outline) for _, colour, outline in listed], SEED + 3))
    said = towers.texts([TEMPLATE.format("a " + phrase) for phrase, *_ in corpus.shapes()])
    best = (shown @ said.T).argmax(1)
    return {"coloured shapes, one of 88": float((best == numpy.arange(len(listed)) % len(said)).mean())}


def counts(towers, pictures, order):
    """Two to five things: which number is it? For pairs of number and thing that were trained, and for those that never were."""
    rng = numpy.random.default_rng(SEED + 4)
    listed = corpus.counts() * 2
    drawn = [sprites.group(rng, pictures[order.index(thing)], number) for _, number, thing in listed]
    shown = towers.images(render.batch(drawn, SEED + 5, low=0.85, turn=5))
    numbers = list(corpus.NUMBERS)
    hits = {True: [], False: []}
    for at, (_, number, thing) in enumerate(listed):
        said = towers.texts([TEMPLATE.format(f"{corpus.NUMBERS[each]} {corpus.THINGS[thing]}") for each in numbers])
        hits[(number, thing) in corpus.COUNTS_HELD_OUT].append(numbers[int((said @ shown[at]).argmax())] == number)
    return {"counts, one of 4": float(numpy.mean(hits[False])), "counts never trained on, one of 4": float(numpy.mean(hits[True]))}


def measure(towers):
    pictures, order = emoji.pictures(), [str(text) for text in emoji.characters()]
    found = retrieval(towers, towers.images(render.batch(pictures, SEED)))
    found.update(everyday(towers, pictures, order))
    found.update(shapes(towers))
    found.update(counts(towers, pictures, order))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default=package.FOLDER)
    chosen = parser.parse_args()
    found = measure(package.Package(chosen.package))
    return 0 if ocelli.judge(found, os.path.join(chosen.package, "README.md")) else 1


if __name__ == "__main__":
    sys.exit(main())
