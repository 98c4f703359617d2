"""The pictures that training starts from: every class's sprites in two sizes, and backgrounds. Cached in the work folder."""

import os

import numpy
from PIL import Image

from clip import corpus, sprites
from common import backgrounds, emoji

LARGE, SMALL = 72, 40  # sides of the sprites: for large and for small renderings
BACKGROUND = 128
LAYOUTS = 10  # groups drawn for each count
VARIANTS = 6  # drawings of each shape
SEED = 20261121  # evaluation uses other seeds and other kinds of backgrounds


class Classes:
    """Numbers of the classes: emoji first, then shapes that are no emoji, then counts."""

    def __init__(self, work):
        self.emoji = [str(text) for text in emoji.characters(work)]
        english = [words.name for words in corpus.emoji_wordings("en", work)]
        self.names = list(english)
        self.number = {name: at for at, name in enumerate(english)}
        self.first_shape = len(self.names)
        for phrase, *_ in corpus.shapes():
            self._add(phrase)
        self.first_count = len(self.names)
        for phrase, *_ in corpus.counts():
            self._add(phrase)

    def held_out(self):
        """The counts that training neither shows nor says."""
        return [self.number[phrase] for phrase, number, thing in corpus.counts() if (number, thing) in corpus.COUNTS_HELD_OUT]

    def _add(self, phrase):
        if phrase not in self.number:
            self.number[phrase] = len(self.names)
            self.names.append(phrase)


def _small(picture, side):
    """Premultiplied RGBA [4, side, side] from RGBA [136, 136, 4]."""
    value = numpy.asarray(Image.fromarray(picture).convert("RGBa").resize((side, side), Image.LANCZOS))
    return value.transpose(2, 0, 1)


def _drawn(work, classes):
    """(picture, class) of every sprite for training."""
    rng = numpy.random.default_rng(SEED)
    pictures = emoji.pictures(work)
    for at, picture in enumerate(pictures):
        yield picture, at
    for phrase, colour, outline in corpus.shapes():
        for _ in range(VARIANTS):
            yield sprites.shape(rng, colour, outline), classes.number[phrase]
    for phrase, number, thing in corpus.counts():
        if (number, thing) not in corpus.COUNTS_HELD_OUT:
            for _ in range(LAYOUTS):
                yield sprites.group(rng, pictures[classes.emoji.index(thing)], number), classes.number[phrase]


def _make(work):
    large, small, labels = [], [], []
    for picture, label in _drawn(work, Classes(work)):
        large.append(_small(picture, LARGE))
        small.append(_small(picture, SMALL))
        labels.append(label)
    rng = numpy.random.default_rng(SEED + 1)
    behind = [backgrounds.make(rng, BACKGROUND, BACKGROUND).transpose(2, 0, 1) for _ in range(4000)]
    return dict(large=numpy.stack(large), small=numpy.stack(small), labels=numpy.array(labels), backgrounds=numpy.stack(behind))


def load(work):
    """{large [n, 4, 72, 72], small [n, 4, 40, 40], labels [n], backgrounds [m, 3, 128, 128]}"""
    path = os.path.join(work, "clip-bank.npz")
    if not os.path.exists(path):
        unfinished = f"{path}.{os.getpid()}.npz"
        numpy.savez(unfinished, **_make(work))
        os.replace(unfinished, path)
    return dict(numpy.load(path))
