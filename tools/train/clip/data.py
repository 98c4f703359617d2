"""Batches for training: which classes, their pictures, what is said of them. Each step has its own seed."""

import random

import numpy
import torch

from clip import augment, bank, corpus, languages
from common import emoji

SHAPES, COUNTS = 0.06, 0.09  # shares of the pictures


class Batches:
    """Everything that does not change, and step(): one batch."""

    def __init__(self, work, tokens, images, texts, device="cpu"):
        sprites = bank.load(work)
        self.classes = bank.Classes(work)
        self.tokens, self.images, self.texts, self.device = tokens, images, texts, device
        self.renderer = augment.Renderer(sprites, device)
        self.sprites = [numpy.flatnonzero(sprites["labels"] == label) for label in range(len(self.classes.names))]
        self.languages = languages.LANGUAGES
        self.shares = [languages.SHARES.get(language, languages.SHARE) for language in self.languages]
        self.words = {language: corpus.emoji_wordings(language, work) for language in self.languages}
        self.phrases = {at: corpus.phrase_wordings(self.classes.names[at]) for at in range(self.classes.first_shape, len(self.classes.names))}
        self.said = [at for at in range(len(self.classes.names)) if len(self.sprites[at])]  # held-out counts are not
        self.shape_numbers = [self.classes.number[phrase] for phrase, *_ in corpus.shapes()]
        self.count_numbers = [at for at in self.said if at >= self.classes.first_count]
        self.key = numpy.concatenate([emoji.keys(work), numpy.arange(self.classes.first_shape, len(self.classes.names))])

    def _pictured(self, chance):
        """Classes for the pictures of a batch, no emoji twice."""
        shapes, counts = round(self.images * SHAPES), round(self.images * COUNTS)
        chosen = chance.sample(range(self.classes.first_shape), self.images - shapes - counts)
        chosen += chance.sample(self.shape_numbers, shapes) + chance.sample(self.count_numbers, counts)
        chance.shuffle(chosen)
        return chosen

    def text(self, label, chance):
        if label >= self.classes.first_shape:
            return self.phrases[label].trained(chance)
        language = chance.choices(self.languages, self.shares)[0]
        words = self.words[language][label] or self.words["en"][label]
        return words.trained(chance)

    def step(self, seed, side):
        """{pixels, labels of the pictures; texts, their labels: the first ones belong to the pictures}"""
        chance, draw = random.Random(seed), torch.Generator().manual_seed(seed)
        labels = self._pictured(chance)
        others = [chance.choice(self.said) for _ in range(self.texts - self.images)]
        which = torch.tensor([int(chance.choice(self.sprites[label])) for label in labels])
        whole = torch.tensor([label >= self.classes.first_count for label in labels])
        texts = [self.text(label, chance) for label in labels + others]
        return {
            "pixels": self.renderer.render(which, whole, draw, side),
            "labels": torch.tensor(labels, device=self.device),
            "texts": texts,
            "ids": [self.tokens.ids_of(text) for text in texts],
            "text_labels": torch.tensor(labels + others, device=self.device),
        }

    def same_picture(self, labels):
        """bool [n, n]: classes that look alike."""
        keys = torch.from_numpy(self.key)[labels.cpu()]
        return (keys[:, None] == keys[None, :]).to(self.device)
