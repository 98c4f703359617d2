"""Compares this folder's tokenizer with the `tokenizers` package (from PyPI, for this check alone), id by id.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install tokenizers numpy pillow
    cd tools/train && /tmp/venv/bin/python -m clip.check_tokenizer ../../models/starter/starter-clip/tokenizer.json
"""

import random
import sys
import unicodedata

import tokenizers

from clip import corpus, languages, tokenizer, wordings

STRANGE = [
    "", " ", "  two   spaces ", "tab\tnew\nline\u00a0nbsp\u3000wide", "CAPS and Ünïcödé", "ΣΊΣΥΦΟΣ ΌΛΟΣ", "İstanbul IĞDIR", "straße STRASSE ẞ", "ﬁﬂ ½ ① Ⅷ ㎏",
    "１２３ ＡＢＣ ｶﾞ", "e\u0301 é \u1e9b\u0323", "क़ क\u093c ज़", "ﷺ ﻻ", "각 \u1100\u1161\u11a8", "🍎👨‍👩‍👧❤️🇩🇪", "a\u200bb\u200dc", "don't re-do it's 3.14%", "\x00\x01\x7f", "\U0001d54f\U0001f1e6",
    "the\u2028line\u2029end\x85next\x1cfile", "word " * 80, "กรุงเทพมหานคร อมรรัตนโกสินทร์" * 6,
]


def texts():
    """Odd strings, then wordings of every language, trained and held out."""
    yield from STRANGE
    chance = random.Random(5)
    for language in languages.LANGUAGES:
        words = [entry for entry in corpus.emoji_wordings(language, None) if entry]
        for entry in words:
            yield " ".join(text for text, _ in entry.trained(chance))
        for _, text in wordings.queries(words, 5):
            yield text
    blocks = ((0x20, 0x250), (0x370, 0x700), (0x900, 0xE80), (0x3040, 0x3100), (0x4E00, 0x4F00))
    known = unicodedata.ucd_3_2_0  # characters old enough for every table of normal forms
    alphabet = [chr(code) for block in blocks for code in range(*block) if known.category(chr(code)) != "Cn"]
    for _ in range(5000):
        yield "".join(chance.choice(alphabet) for _ in range(chance.randint(1, 20)))


def main():
    path = sys.argv[1]
    ours, theirs = tokenizer.Tokenizer.load(path), tokenizers.Tokenizer.from_file(path)
    count = wrong = 0
    for text in texts():
        count += 1
        if ours.encode(text) != theirs.encode(text).ids:
            wrong += 1
            print(f"differs: {text!r}\n  ours   {ours.encode(text)}\n  theirs {theirs.encode(text).ids}")
    print(f"{count} texts, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
