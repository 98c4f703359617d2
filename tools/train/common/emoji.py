"""Base emoji: pictures from Debian's fonts-noto-color-emoji, names and keywords from unicode-cldr-core.

A base emoji is one that both packages know, without the variants of skin tone; flags, families and the
variants of gender count as emoji of their own. Strings are as CLDR writes them, without U+FE0F.

    pictures = emoji.pictures(work)          # uint8 [count, 136, 136, 4], RGBA, cached in work/emoji.npz
    texts = emoji.annotations("fr")          # {"🍎": ("pomme rouge", ["fruit", "pomme", "rouge"]), ...}
    order = emoji.characters()               # the emoji in the order of the pictures

Noto Emoji is by Google (the font under SIL OFL 1.1); CLDR is under the Unicode licence.
"""

import functools
import os
import xml.etree.ElementTree

import numpy
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
ANNOTATIONS = "/usr/share/unicode/cldr/common"
STRIKE = 109  # the one size that the font's bitmaps are made for
SIDE = 136  # the bitmaps are 136 wide and 128 high; ours are centred in a square
BITMAP_HEIGHT = 128
SKIN_TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}
HAIR = {chr(code) for code in range(0x1F9B0, 0x1F9B4)}  # components, not emoji of their own
MISSING = "\u0f00"  # a Tibetan syllable: drawn as the font's missing glyph


@functools.lru_cache(maxsize=None)
def annotations(language):
    """All of CLDR's annotations in one language: {string: (name, [keywords])}, symbols that are no emoji included."""
    names, keywords = {}, {}
    for folder in ("annotations", "annotationsDerived"):
        path = os.path.join(ANNOTATIONS, folder, language + ".xml")
        if not os.path.exists(path):
            continue
        for entry in xml.etree.ElementTree.parse(path).getroot().iter("annotation"):
            if entry.get("type") == "tts":
                names[entry.get("cp")] = entry.text.strip()
            else:
                keywords[entry.get("cp")] = [word.strip() for word in entry.text.split("|") if word.strip()]
    if not names:
        raise FileNotFoundError(f"no annotations of '{language}' under {ANNOTATIONS}: is unicode-cldr-core installed?")
    return {text: (name, keywords.get(text, [])) for text, name in names.items()}


@functools.lru_cache(maxsize=None)
def _font():
    return ImageFont.truetype(FONT, STRIKE)


def draw(text):
    """One emoji as uint8 [136, 136, 4]; fully transparent where the font does not know it."""
    canvas = Image.new("RGBA", (SIDE, SIDE))
    ImageDraw.Draw(canvas).text((0, (SIDE - BITMAP_HEIGHT) // 2), text, font=_font(), embedded_color=True)
    return numpy.asarray(canvas)


def _candidate(text):
    return not any(part in SKIN_TONES for part in text) and text not in HAIR and not (len(text) == 1 and text < "\x80")


@functools.lru_cache(maxsize=None)
def _drawn():
    missing = draw(MISSING)
    drawn = [(text, draw(text)) for text in annotations("en") if _candidate(text)]
    known = [(text, picture) for text, picture in drawn if not numpy.array_equal(picture, missing)]
    return [text for text, _ in known], numpy.stack([picture for _, picture in known])


def _cached(work):
    path = os.path.join(work, "emoji.npz")
    if not os.path.exists(path):
        os.makedirs(work, exist_ok=True)
        texts, pictures = _drawn()
        unfinished = f"{path}.{os.getpid()}.npz"
        numpy.savez_compressed(unfinished, texts=numpy.array(texts), pictures=pictures)
        os.replace(unfinished, path)
    return numpy.load(path)


def characters(work=None):
    """The base emoji, in CLDR's order; about 1,850 of them."""
    return list(_cached(work)["texts"]) if work else list(_drawn()[0])


def pictures(work=None):
    """Their pictures, uint8 [count, 136, 136, 4]: RGBA, not premultiplied; rows 0-3 and 132-135 are empty."""
    return _cached(work)["pictures"] if work else _drawn()[1]


def keys(work=None):
    """For every emoji the index of the first one whose picture is the same (a few flags share one)."""
    first = {}
    return numpy.array([first.setdefault(picture.tobytes(), index) for index, picture in enumerate(pictures(work))])
