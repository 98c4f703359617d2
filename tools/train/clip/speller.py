"""Texts for training as token ids: what is said of a picture, misspelt at times, among words that say nothing of it.

A word or phrase is tokenised once and remembered, in a few spellings and also with some of its merges left out (BPE
dropout): whoever has seen "strawberry" in many pieces copes with the pieces of a misspelt one.
"""

import collections

from clip import corpus, languages, tokenizer, wordings

SPELLINGS, LOOSE = 32, 6  # remembered of each phrase: misspelt ones, and other ways to cut it
DROPPED = 0.15
JOINTS = ("", "", ",", "-", ";")  # as in wordings.JOINTS, whose spaces are no tokens


class Fillers:
    """Words of one language that say nothing of a picture: CLDR's, phrases of languages.py, and strings of pieces of other words."""

    def __init__(self, language, entries, tokens):
        self.known = corpus.fillers(language)
        self.phrases = [phrase for phrases in languages.AROUND[language] for phrase in phrases]
        self.prose = corpus.prose() if language == "en" else None
        said = [text for entry in entries if entry for text in [entry.name, *entry.keywords]]
        names = {run for entry in entries if entry for run in tokenizer.split(tokenizer.normalise(entry.name))}
        self.vague = sorted({word for entry in entries if entry for word in entry.vague if " " not in word and word.casefold() not in names})
        words = [tokens.pieces(run) for run in sorted({run for text in said for run in tokenizer.split(tokenizer.normalise(text)) if run.isalpha()})]
        self.parts = [piece for word in words if len(word) > 1 for piece in word]

    def words(self, chance):
        """Up to four words as texts, or a phrase: which one goes in front, which one behind matters little."""
        if chance.random() < 0.2:
            return [chance.choice(self.phrases)]
        return [chance.choice(self.known if chance.random() < 0.9 or not self.vague else self.vague) for _ in range(chance.choice((1, 1, 2, 2, 3, 4)))]

    def pieces(self, plain, chance):
        """Up to five words as tokens, most of them made up."""
        if chance.random() < 0.15:
            return plain(chance.choice(self.phrases))
        found, count = [], chance.choice((1, 2, 2, 3, 4, 5))
        if self.prose and chance.random() < 0.6:
            at = chance.randrange(len(self.prose) - count)
            return [piece for word in self.prose[at : at + count] for piece in plain(word)]
        for _ in range(count):
            kind = chance.random()
            if kind < 0.55:
                found += chance.choices(self.parts, k=chance.choice((1, 2, 2, 3, 4)))
            else:
                found += plain(chance.choice(self.known if kind < 0.95 or not self.vague else self.vague))
        return found


class Speller:
    """ids(): the tokens of one training text."""

    def __init__(self, tokens, words):
        self.tokens, self.words = tokens, words
        self.crowded = 0.5  # the share of texts with words around them that say nothing
        self.fillers = {language: Fillers(language, entries, tokens) for language, entries in words.items()}
        self.plain, self.loose, self.misspelt = {}, collections.defaultdict(list), collections.defaultdict(list)

    def _plain(self, text):
        if text not in self.plain:
            if len(self.plain) > 400_000:
                self.plain.clear()
            self.plain[text] = self.tokens.pieces(text)
        return self.plain[text]

    def _remembered(self, kept, most, text, chance, make):
        """One of the remembered pieces of a text; a new one while there are too few."""
        if len(kept[text]) < most:
            kept[text].append(make())
            return kept[text][-1]
        return chance.choice(kept[text])

    def _said(self, text, may_slip, language, chance):
        kind = chance.random()
        if may_slip and language not in languages.NO_SLIPS and kind < 0.38:
            return self._remembered(self.misspelt, SPELLINGS, text, chance, lambda: self.tokens.pieces(wordings.trained_slip(text, chance)))
        if kind < 0.6:
            return self._remembered(self.loose, LOOSE, text, chance, lambda: self.tokens.loose_pieces(text, DROPPED, chance))
        return self._plain(text)

    def _tight(self, texts, language, chance):
        """Languages without spaces: everything is one run of letters."""
        joint = chance.choice(wordings.JOINTS)
        text, kind, fillers = joint.join(texts), chance.random(), self.fillers[language]
        if kind < 0.15:
            text = chance.choice(languages.TEMPLATES[language]["trained"]).format(text)
        elif kind < 0.15 + self.crowded:
            space, place = "" if chance.random() < 0.6 else " ", chance.random()
            if place < 0.7:
                text = space.join(fillers.words(chance)) + space + text
            if place > 0.4:
                text = text + space + space.join(fillers.words(chance))
        return self.tokens.loose_pieces(text, DROPPED, chance) if chance.random() < 0.15 else self.tokens.pieces(text)

    def _apart(self, texts, language, chance):
        joint, pieces, kind, place = self._plain(chance.choice(JOINTS)), [], chance.random(), chance.random()
        crowd = 0.15 <= kind < 0.15 + self.crowded
        for at, (text, may_slip) in enumerate(texts):
            pieces += (joint if at else []) + self._said(text, may_slip and not (crowd and chance.random() < 0.7), language, chance)
        if kind < 0.15:
            before, behind = chance.choice(languages.TEMPLATES[language]["trained"]).split("{}")
            return self._plain(before) + pieces + self._plain(behind)
        if crowd:
            front = self.fillers[language].pieces(self._plain, chance) if place < 0.8 else []
            back = self.fillers[language].pieces(self._plain, chance) if place > 0.5 else []
            return front[: max(0, self.tokens.context - 1 - len(pieces))] + pieces + back
        return pieces

    def ids(self, entry, chance):
        """The tokens of one text about a wordings.Wordings, always with an end token; and the word when it says but one."""
        texts = entry.trained(chance)
        if entry.language in languages.TIGHT:
            pieces = self._tight([text for text, _ in texts], entry.language, chance)
        else:
            pieces = self._apart(texts, entry.language, chance)
        return pieces[: self.tokens.context - 1] + [self.tokens.end], texts[0][0].casefold() if len(texts) == 1 else None
