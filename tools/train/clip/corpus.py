"""The classes of pictures and all that is said of them: emoji in every language, shapes and counts in English."""

import collections
import functools
import os
import xml.etree.ElementTree

from clip import languages, tokenizer, wordings
from common import emoji

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
WORK = os.path.join(ROOT, "build", "train")  # caches, checkpoints, logs; not in the repository

COLOURS = {
    "red": (214, 38, 40), "orange": (245, 134, 30), "yellow": (250, 208, 40), "green": (40, 150, 62), "blue": (38, 98, 208),
    "purple": (132, 56, 168), "pink": (244, 140, 184), "brown": (124, 78, 44), "black": (26, 26, 30), "white": (248, 248, 248), "grey": (132, 134, 138),
}
SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond", "hexagon", "cross")
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
THINGS = {
    "🍎": "apples", "🍌": "bananas", "🍓": "strawberries", "🍋": "lemons", "🍒": "cherries", "🥕": "carrots", "🍕": "pizzas", "🍩": "doughnuts",
    "🥚": "eggs", "🐶": "dogs", "🐱": "cats", "🐟": "fish", "🐝": "bees", "🦋": "butterflies", "🐢": "turtles", "🐘": "elephants",
    "🌳": "trees", "🌻": "sunflowers", "🌵": "cactuses", "⭐": "stars", "☂": "umbrellas", "🏠": "houses", "🚗": "cars", "🚲": "bicycles",
    "✈": "aeroplanes", "⚽": "footballs", "🎈": "balloons", "📚": "books", "🔑": "keys", "⏰": "alarm clocks",
}
FILLERS = (
    "units//*", "dates/fields//*", "typographicNames//*", "characterLabels//*", "localeDisplayNames/languages/*", "localeDisplayNames/scripts/*",
    "numbers/currencies//displayName", "dates/timeZoneNames//exemplarCity",
)
LICENCES = ("Apache-2.0", "Artistic", "BSD", "GFDL-1.3", "GPL-2", "GPL-3", "LGPL-2.1", "MPL-2.0")
VAGUE = 8  # a keyword of more emoji than this does not describe one of them alone
# Pairs of number and thing that training never shows nor says.
COUNTS_HELD_OUT = {(2, "🍎"), (3, "🍌"), (4, "🍓"), (5, "🍋"), (2, "🐶"), (3, "🐱"), (4, "🐢"), (5, "🌳"), (2, "🚗"), (3, "🏠"), (4, "🎈"), (5, "🔑")}


@functools.lru_cache(maxsize=None)
def prose():
    """English words in the order of real sentences, from the licences that every Debian has; words of pictures left out, but for common ones."""
    words = []
    for name in LICENCES:
        with open(os.path.join("/usr/share/common-licenses", name), encoding="utf-8") as file:
            words += [run for run in tokenizer.split(tokenizer.normalise(file.read())) if run.isalpha()]
    often = collections.Counter(words)
    said = {run for text, (name, keywords) in emoji.annotations("en").items() for run in tokenizer.split(tokenizer.normalise(" ".join([name, *keywords])))}
    return [word for word in words if word not in said or often[word] >= 40]


@functools.lru_cache(maxsize=None)
def fillers(language):
    """Words that describe no picture: CLDR's names of units, fields of dates, styles of letters, languages, currencies and cities."""
    path = os.path.join(emoji.ANNOTATIONS, "main", language + ".xml")
    root, found = xml.etree.ElementTree.parse(path).getroot(), set()
    for place in FILLERS:
        for entry in root.iterfind(place):
            found.update(run for run in tokenizer.split(tokenizer.normalise(entry.text or "")) if len(run) > 1 and run[0].isalpha())
    said = {word.casefold() for name, keywords in emoji.annotations(language).values() for text in [name, *keywords] for word in text.split()}
    return sorted(word for word in found if word.casefold() not in said)


def emoji_wordings(language, work):
    """Wordings for every base emoji in one language, in the order of emoji.characters(); None where CLDR has none."""
    said, order = emoji.annotations(language), emoji.characters(work)
    shared = collections.Counter(word for key in order if key in said for word in said[key][1])
    vague = frozenset(word for word, count in shared.items() if count > VAGUE)
    return [wordings.Wordings(str(key), language, *said[key], vague) if key in said else None for key in order]


def shapes():
    """[(phrase, colour, shape)]"""
    return [(f"{colour} {shape}", colour, shape) for colour in COLOURS for shape in SHAPES]


def counts():
    """[(phrase, number, emoji)], the held-out ones included."""
    return [(f"{word} {plural}", number, thing) for thing, plural in THINGS.items() for number, word in NUMBERS.items()]


def phrase_wordings(phrase):
    """Wordings of a shape or a count: no keywords, English alone."""
    return wordings.Wordings(phrase, "en", phrase, [])


def learn_tokenizer(work, size, context):
    """A tokenizer whose merges come from all names, keywords and training templates, each language alike."""
    totals = collections.Counter()
    for language in languages.LANGUAGES:
        seen = collections.Counter()
        for words in filter(None, emoji_wordings(language, work)):
            for text, count in [(words.name, 2)] + [(word, 1) for word in words.keywords]:
                for run in tokenizer.split(tokenizer.normalise(text)):
                    seen[run] += count
        for template in languages.TEMPLATES[language]["trained"]:
            for run in tokenizer.split(tokenizer.normalise(template.format(""))):
                seen[run] += 20
        if language == "en":
            for phrase, *_ in shapes() + counts():
                for run in phrase.split():
                    seen[run] += 1
        scale = 1e6 / sum(seen.values())
        for run, count in seen.items():
            totals[run] += max(1, round(count * scale))
    return tokenizer.Tokenizer(tokenizer.learn(totals, size), context)


def tokens(work, size, context):
    """The tokenizer, learned once and kept in the work folder."""
    os.makedirs(work, exist_ok=True)
    path = os.path.join(work, "clip-tokenizer.json")
    if not os.path.exists(path):
        learn_tokenizer(work, size, context).save(path)
    return tokenizer.Tokenizer.load(path)
