"""Wordings of a class of pictures: what training may say of it, and what is held out for evaluation.

Held out, for each emoji and language:
  template     the templates that languages.py lists as held out
  combination  the name together with one keyword, the same for all of training, chosen by a hash
  spelling     two neighbouring letters swapped or one letter doubled (training leaves out, replaces and adds letters, and swaps
               letters that are no neighbours)
Upper and lower case are the tokenizer's business: evaluation writes a third of its queries in capitals.
"""

import hashlib
import random
import unicodedata

from clip import languages


JOINTS = (" ", ", ", " - ", "; ")


def _hash(*parts):
    return int.from_bytes(hashlib.sha256("\x00".join(parts).encode()).digest()[:8], "little")


def _turned(name):
    """'flag: Germany' -> 'Germany flag'; '旗: 德国' alike. Names without a colon stay."""
    for colon in (": ", ":", "："):
        head, found, tail = name.partition(colon)
        if found and head.strip() and tail.strip():
            return f"{tail.strip()} {head.strip()}"
    return name


def _without_marks(text):
    """é -> e, й -> и; only for scripts where the marks are accents."""
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(part for part in decomposed if not "\u0300" <= part <= "\u036f"))


def _letters(text):
    """Positions inside words where a slip leaves the first letter alone."""
    return [at for at in range(1, len(text)) if text[at].isalpha() and text[at - 1].isalpha()]


def trained_slip(text, chance):
    """One letter left out, replaced or added, or two swapped that have one between them: never what _held_out_slip does."""
    places = _letters(text)
    if len(places) < 3:
        return text
    at, kind = chance.choice(places), chance.random()
    other = text[chance.choice(places)]
    if kind < 0.4:
        return text[:at] + text[at + 1 :]
    if kind < 0.65:
        return text[:at] + other + text[at + 1 :]
    if kind < 0.8 and at + 2 in places and text[at] != text[at + 2]:
        return text[:at] + text[at + 2] + text[at + 1] + text[at] + text[at + 3 :]
    if other not in (text[at - 1], text[at]):
        return text[:at] + other + text[at:]
    return text


def _held_out_slip(text, chance):
    places = [at for at in _letters(text) if at + 1 < len(text) and text[at + 1].isalpha() and text[at] != text[at + 1]]
    if not places:
        return text
    at = chance.choice(places)
    if chance.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[: at + 1] + text[at] + text[at + 1 :]


class Wordings:
    """The words for one emoji in one language."""

    def __init__(self, key, language, name, keywords, vague=frozenset()):
        self.language, self.name, self.vague = language, name, vague
        others = [word for word in dict.fromkeys(keywords) if word.casefold() != name.casefold()]
        self.keywords = others
        self.kept_apart = others[_hash("combination", key, language) % len(others)] if others else None
        self.beside_name = [word for word in others if word != self.kept_apart]

    def trained(self, chance):
        """What training says of the emoji, in any order: [(text, whether a slip of spelling may be in it)].

        Nothing that held_out() returns is put together from these.
        """
        kind = chance.random()
        if kind < 0.52 or not self.keywords:
            return [(self._name(chance), True)]
        if kind < 0.88 and self.beside_name:
            words = [(word, False) for word in chance.sample(self.beside_name, min(len(self.beside_name), chance.choice((1, 1, 2))))]
            words.insert(chance.randint(0, len(words)), (self._name(chance), True))
            return words
        return [(word, True) for word in self._keywords(chance)]

    def _name(self, chance):
        name = self.name
        if chance.random() < 0.25:
            name = _turned(name)
        if chance.random() < 0.1:
            name = _without_marks(name)
        return name

    def _keywords(self, chance):
        words = chance.sample(self.keywords, min(len(self.keywords), chance.choice((1, 2, 2, 3))))
        if self.vague.issuperset(words) and chance.random() < 0.6:  # "face" alone says little of a hundred faces
            words = [self.name]
        return words

    def held_out(self, kind, chance):
        """A wording for evaluation of one kind, or None where this emoji has none of that kind."""
        templates = languages.TEMPLATES[self.language]["held_out"]
        if kind == "template":
            return chance.choice(templates).format(self.name)
        if kind == "combination" and self.kept_apart:
            words = [self.name, self.kept_apart]
            chance.shuffle(words)
            return chance.choice(JOINTS).join(words)
        if kind == "spelling" and self.language not in languages.NO_SLIPS:
            text = _held_out_slip(self.name, chance)
            return text if text != self.name else None
        return None


KINDS = ("template", "combination", "spelling")


def queries(wordings, seed):
    """One held-out query for each of the given Wordings: [(kind, text)], a third of them in capitals."""
    chance = random.Random(seed)
    found = []
    for words in wordings:
        kinds = list(KINDS)
        chance.shuffle(kinds)
        kind, text = next((kind, text) for kind, text in ((k, words.held_out(k, chance)) for k in kinds) if text)
        found.append((kind, text.upper() if chance.random() < 1 / 3 else text))
    return found
