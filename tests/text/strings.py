"""Texts to compare tokenizers on: the same ones for the same seed, on every machine. Bytes, because some are not UTF-8."""
import random

WORDS = """a an the of and to in is it photo picture cat dog red green blue house tree people walking street night day sun water mountain
city beach sunset child woman man bicycle car train airplane running jumping sleeping beautiful old small large bright dark wooden glass
kitchen table phone keyboard screen window garden flower bird horse sheep don't you're I'm we've they'll it's he'd can't won't o'clock
internationalization antidisestablishmentarianism supercalifragilistic unbelievable re-entry state-of-the-art e.g. i.e. U.S.A. 3rd 1st
JPEG PNG CLIP GPT-4 iPhone McDonald's naïve café résumé façade Zürich Ångström coöperate fiancée jalapeño smörgåsbord""".split()
# Letters of 24 scripts: (first, last) code points.
SCRIPTS = [(0x61, 0x7A), (0xC0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x587), (0x5D0, 0x5EA), (0x620, 0x64A), (0x905, 0x939),
           (0x985, 0x9B9), (0xA05, 0xA39), (0xA85, 0xAB9), (0xB85, 0xBB9), (0xC05, 0xC39), (0xC85, 0xCB9), (0xD05, 0xD39), (0xE01, 0xE3A),
           (0xE81, 0xEB0), (0x1000, 0x102A), (0x10D0, 0x10FA), (0x1200, 0x1248), (0x1780, 0x17B3), (0x3041, 0x3096), (0x30A1, 0x30FA),
           (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x13A0, 0x13F4), (0x1820, 0x1877), (0xF40, 0xF6C)]
MARKS = list(range(0x300, 0x34F)) + list(range(0x591, 0x5BE)) + list(range(0x64B, 0x653)) + [0x93C, 0x94D, 0x93E, 0xE48, 0x3099, 0x309A,
                                                                                          0x20D0, 0x1DC0, 0xFE20]
EMOJI = ["😀", "🚗", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇺🇸", "❤️", "☺️", "1️⃣", "🧑🏿‍🚀", "👨‍⚕️", "🐈‍⬛", "🫠", "©️", "™", "✈️", "♀️"]
ENTITIES = ["&amp;", "&lt;b&gt;", "&quot;", "&#39;", "&#x27;", "&nbsp;", "&eacute;", "&amp;amp;", "&copy", "&notin;", "&#128512;", "&bogus;",
            "&", "&#0;", "&#x110000;", "&#xD800;", "&amp;lt;"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", "\u00a0", "\u2003", "\u3000", "\u200b", "\u2028", "\u1680", "\u202f", "\u205f", "\x0b",
          "\x0c", "\x85", "\ufeff", "\u180e", "\u200d"]
CONTROLS = [chr(c) for c in range(1, 32)] + ["\x7f", "\x80", "\x9f", "\x00", "\ufffd", "\u00ad", "\u200e", "\u2066", "\u2581", "▁▁", "\uE000"]
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["…", "“", "”", "’", "«", "»", "—", "–", "¿", "¡", "。", "、", "「", "」", "•", "€", "£",
                                                           "½", "²", "№", "Ⅳ", "①", "٣", "๓", "...", "!!!", "?!", "--", "'s", "'S", "''"]
COMPAT = ["ﬁ", "ﬃ", "Ａ", "ｶﾞ", "㎏", "ǆ", "İ", "ı", "ß", "ẞ", "Σας", "ΑΣ", "Ω", "Å", "ﷺ", "㍿", "½", "ᄀ" + "ᅡ" + "ᆨ", "각", "が", "か" + "\u3099",
          "ầ", "a\u0302\u0300", "a\u0300\u0302", "e\u0301", "\u0301", "ộ", "q\u0323\u0307", "q\u0307\u0323", "ḍ\u0307", "\u1e9b\u0323", "豈",
          "\ufb1d", "क़", "\u0f73", "〜", "～"]
SPECIALS = ["<|startoftext|>", "<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>", " <mask>", "[CLS]", "[SEP]", "[MASK]", "[UNK]",
            "<extra_id_0>", "<extra_id_99>", "<0x0A>", "<|", "|>", "<s", "[CLS", "<|startoftext|", "</w>", "##"]
BAD = [b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x80", b"\xe0\x80\x80", b"\xf8\x88",
       b"\xe2\x82a", b"\xf0\x9f\xff"]


def word(r):
    """One word of some kind."""
    k = r.randrange(20)
    if k < 8:
        w = r.choice(WORDS)
        return w if r.random() < .8 else (w.upper() if r.random() < .5 else w.capitalize())
    if k < 12:
        low, high = r.choice(SCRIPTS)
        return "".join(chr(r.randint(low, high)) for _ in range(r.randint(1, 12)))
    if k == 12:
        return "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(1, 20)))
    if k == 13:
        return str(r.randrange(10 ** r.randint(1, 12))) + r.choice(["", ".5", "%", "th", "kg", ",000"])
    if k == 14:
        return r.choice(EMOJI) * r.randint(1, 3)
    if k == 15:
        low, high = r.choice(SCRIPTS)
        return "".join(chr(r.randint(low, high)) + "".join(chr(r.choice(MARKS)) for _ in range(r.randint(0, 4))) for _ in range(r.randint(1, 6)))
    if k == 16:
        return r.choice(COMPAT) + r.choice(["", r.choice(COMPAT)])
    if k == 17:
        return r.choice(PUNCTUATION) * r.randint(1, 3)
    if k == 18:
        return r.choice(ENTITIES + SPECIALS)
    return r.choice(CONTROLS)


def text(r):
    """A sentence of up to forty words, with blanks of all kinds, or none."""
    n = int(r.expovariate(1 / 7)) % 40
    parts = [r.choice(SPACES) if r.random() < .05 else ""]
    plain = r.random() < .6
    for _ in range(n):
        parts.append(r.choice(WORDS) if plain and r.random() < .7 else word(r))
        k = r.random()
        parts.append(" " if k < .75 else "" if k < .83 else r.choice(PUNCTUATION) + " " if k < .95 else r.choice(SPACES))
    return "".join(parts)


def assigned(c):
    return not 0xD800 <= c <= 0xDFFF


def texts(seed, n):
    """n texts, from short to one of 100 000 bytes without a blank."""
    r = random.Random(seed)
    out = [b"", b" ", b"  ", b"\n", b"a", "é".encode(), b"\x00", b"a\x00b", b"\xff", b"\xe2\x96\x81", b" a", b"a ", b"  a  b  "]
    for e in EMOJI + ENTITIES + COMPAT + SPECIALS + PUNCTUATION + SPACES + CONTROLS:
        out += [e.encode(), b"x" + e.encode() + b"y", b" " + e.encode() + b" "]
    out += BAD + [b"ab " + b + b"cd" + b + b" ef" for b in BAD]
    out += [bytes(r.choice(b"abcdefgh") for _ in range(100000)), b"a" * 100000, b"the" * 33000, "猫".encode() * 30000, b" " * 100000,
            "▁".encode() * 20000, ("a" + "\u0301\u0323" * 20000).encode(), b"!" * 50000, "😀".encode() * 20000, b"a b " * 20000, b"0" * 50000,
            b"\n" * 3000, b"<s>" * 3000, b"\xff" * 3000, "ﷺ".encode() * 500]
    while len(out) < n:
        k = r.random()
        t = text(r).encode()
        if k < .04:
            i = r.randint(0, len(t))
            t = t[:i] + r.choice(BAD) + t[i:]
        elif k < .06:
            t = bytes(r.randrange(256) for _ in range(r.randint(1, 60)))
        elif k < .08:
            t = "".join(chr(c) for c in (r.randrange(1, 0x3000) for _ in range(r.randint(1, 20))) if assigned(c)).encode()
        elif k < .09:  # long enough for words to come again
            t = " ".join(text(r) for _ in range(r.randint(10, 100))).encode()
        out.append(t)
    return out[:n]
