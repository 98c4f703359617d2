"""Batches for training: which classes, their pictures, what is said of them. Each step has its own seed."""

import collections
import random

import numpy
import torch

from clip import augment, bank, corpus, languages, net, speller
from common import emoji

SHAPES, COUNTS = 0.06, 0.09  # shares of the pictures
SAID_SHAPES, SAID_COUNTS = 0.03, 0.06  # of the texts
ALIKE = 0.7  # how often a word that fits several classes is said of any of them, not of the one whose name it is
AGAIN = 0.5  # the share of a batch that was in an earlier one
RENDERINGS, REMEMBERED = 60_000, 500_000  # pictures and texts kept for that


class Pictures:
    """Renderings and the numbers of their classes."""

    def __init__(self, work, images, device="cpu"):
        sprites = bank.load(work)
        self.classes, self.images, self.device = bank.Classes(work), images, device
        self.renderer = augment.Renderer(sprites, device)
        self.sprites = [numpy.flatnonzero(sprites["labels"] == label) for label in range(len(self.classes.names))]
        self.said = [at for at in range(len(self.classes.names)) if len(self.sprites[at])]  # held-out counts are not
        self.shape_numbers = [self.classes.number[phrase] for phrase, *_ in corpus.shapes()]
        self.count_numbers = [at for at in self.said if at >= self.classes.first_count]
        self.left, self.before = [], Reservoir(RENDERINGS)

    def _emoji(self, chance, count):
        """The next of all emoji in random order: each comes once before any comes twice."""
        if len(self.left) < count:
            self.left = chance.sample(range(self.classes.first_shape), self.classes.first_shape)
        chosen, self.left = self.left[:count], self.left[count:]
        return chosen

    def _pictured(self, chance, count):
        """Classes for so many pictures."""
        shapes, counts = max(1, round(count * SHAPES)), max(1, round(count * COUNTS))
        chosen = self._emoji(chance, count - shapes - counts)
        chosen += chance.sample(self.shape_numbers, min(shapes, len(self.shape_numbers)))
        chosen += chance.sample(self.count_numbers, min(counts, len(self.count_numbers)))
        chance.shuffle(chosen)
        return chosen

    def rendered(self, labels, seed, side):
        """One rendering of each of the given classes."""
        chance, draw = random.Random(seed), torch.Generator().manual_seed(seed)
        which = torch.tensor([int(chance.choice(self.sprites[label])) for label in labels])
        whole = torch.tensor([label >= self.classes.first_count for label in labels])
        return self.renderer.render(which, whole, draw, side)

    def step(self, seed, side):
        """{pixels, labels}: new renderings, and some of earlier steps once more, which cost nothing to make."""
        chance = random.Random(seed)
        if self.before.kept and self.before.kept[0][0].shape[-1] != side:
            self.before = Reservoir(RENDERINGS)
        again = self.before.some(round(self.images * AGAIN), 20 * self.images, chance)
        labels = self._pictured(chance, self.images - len(again))
        pixels = self.rendered(labels, seed, side)
        whole = (pixels * 127.5 + 127.5).round().byte().cpu()
        self.before.add([(picture.clone(), label) for picture, label in zip(whole, labels)], chance)  # a view would keep the whole batch
        if again:
            older = torch.stack([picture for picture, _ in again]).to(self.device).float() / 127.5 - 1
            pixels = torch.cat([pixels, older]).contiguous(memory_format=torch.channels_last)
        return {"pixels": pixels, "labels": torch.tensor(labels + [label for _, label in again], device=self.device)}


class Reservoir:
    """Things of earlier steps, a random choice of them once it is full."""

    def __init__(self, most):
        self.most, self.kept = most, []

    def some(self, count, least, chance):
        """So many of them, or none while there are fewer than `least`."""
        return chance.sample(self.kept, count) if len(self.kept) > least else []

    def add(self, things, chance):
        room = self.most - len(self.kept)
        self.kept += things[:room]
        for thing in things[max(0, room) :]:
            self.kept[chance.randrange(self.most)] = thing


class Texts:
    """What is said of the classes, and the numbers of the classes."""

    def __init__(self, work, texts, device="cpu"):
        self.classes, self.texts, self.device = bank.Classes(work), texts, device
        self.words = {language: corpus.emoji_wordings(language, work) for language in languages.LANGUAGES}
        self.tokens = corpus.tokens(work, net.VOCABULARY, net.CONTEXT)
        self.speller = speller.Speller(self.tokens, self.words)
        self.phrases = {at: corpus.phrase_wordings(self.classes.names[at]) for at in range(self.classes.first_shape, len(self.classes.names))}
        self.shape_numbers = [self.classes.number[phrase] for phrase, *_ in corpus.shapes()]
        self.count_numbers = [at for at in range(self.classes.first_count, len(self.classes.names)) if at not in self.classes.held_out()]
        self.shares = [languages.SHARES.get(language, languages.SHARE) for language in languages.LANGUAGES]
        self.before = Reservoir(REMEMBERED)
        self.fitting = {language: self._fitting(entries) for language, entries in self.words.items()}

    @staticmethod
    def _fitting(entries):
        """{word: the classes that have it for a name or a keyword}, where there are several: "dog" is said of dogs and of their faces."""
        found = collections.defaultdict(set)
        for label, entry in enumerate(entries):
            for word in [entry.name, *entry.keywords] if entry else []:
                found[word.casefold()].add(label)
        return {word: sorted(labels) for word, labels in found.items() if len(labels) > 1}

    def about(self, label, chance):
        """The tokens of something said of one class, and all classes that it fits."""
        if label >= self.classes.first_shape:
            return self.speller.ids(self.phrases[label], chance)[0], [label]
        language = chance.choices(languages.LANGUAGES, self.shares)[0]
        ids, word = self.speller.ids(self.words[language][label] or self.words["en"][label], chance)
        return ids, self.fitting[language].get(word, [label])

    def _fresh(self, chance):
        kind = chance.random()
        if kind < SAID_SHAPES:
            label = chance.choice(self.shape_numbers)
        elif kind < SAID_SHAPES + SAID_COUNTS:
            label = chance.choice(self.count_numbers)
        else:
            label = chance.randrange(self.classes.first_shape)
        ids, fitting = self.about(label, chance)
        return ids, chance.choice(fitting) if chance.random() < ALIKE else label

    def step(self, seed):
        """{ids, labels}: new texts, and some of earlier steps once more, which costs nothing to put together."""
        chance = random.Random(seed)
        again = self.before.some(round(self.texts * AGAIN), 20 * self.texts, chance)
        fresh = [self._fresh(chance) for _ in range(self.texts - len(again))]
        self.before.add(fresh, chance)
        chosen = fresh + again
        return {"ids": [ids for ids, _ in chosen], "labels": torch.tensor([label for _, label in chosen], device=self.device)}


class Pairs:
    """Renderings, each with a text about it, and more texts."""

    def __init__(self, work, images, texts, device="cpu"):
        self.pictures, self.texts, self.device = Pictures(work, images, device), Texts(work, texts - images, device), device
        self.classes = self.pictures.classes
        self.key = torch.from_numpy(numpy.concatenate([emoji.keys(work), numpy.arange(self.classes.first_shape, len(self.classes.names))]))

    def step(self, seed, side):
        """{pixels, labels, ids, text_labels, unclear}: the first texts belong to the pictures; unclear: pairs that nobody could tell apart."""
        chance, shown = random.Random(seed), self.pictures.step(seed, side)
        labels = shown["labels"].tolist()
        said, others = [self.texts.about(label, chance) for label in labels], self.texts.step(seed + 1)
        ids, key = [one for one, _ in said], self.key[shown["labels"].cpu()]
        unclear = key[:, None] == key[None, :]
        for at, (_, fitting) in enumerate(said):
            unclear[:, at] |= torch.isin(shown["labels"].cpu(), torch.tensor(fitting))
        return {
            "pixels": shown["pixels"], "labels": shown["labels"], "ids": ids + others["ids"],
            "text_labels": torch.cat([shown["labels"], others["labels"]]), "unclear": unclear.to(self.device),
        }
