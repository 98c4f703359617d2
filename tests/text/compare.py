#!/usr/bin/env python3
"""Compares token ids with another implementation: Hugging Face's tokenizers for tokenizer.json, sentencepiece for .model files.

usage: compare.py TEXT_TOOL PATH [--texts N] [--seed N] [--length N] [--show N]
Exit status 77 when the other implementation is not installed.
"""
import argparse
import json
import pathlib
import struct
import subprocess
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import strings


def ours(tool, path, texts, length):
    request = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    out = subprocess.run([tool, path, str(length)], input=request, stdout=subprocess.PIPE, check=True).stdout
    lists, at = [], 0
    while at < len(out):
        (n,) = struct.unpack_from("<i", out, at)
        at += 4
        lists.append(list(struct.unpack_from(f"<{n}i", out, at)) if n >= 0 else f"status {-1 - n}")
        at += 4 * max(n, 0)
    return lists


def with_pairs(path):
    """The file with merges as pairs: tokens with blanks in them make texts of merges ambiguous, and the other side refuses those."""
    document = json.loads(pathlib.Path(path).read_text())
    vocab = document["model"]["vocab"]
    merges = document["model"].get("merges", [])
    for i, merge in enumerate(merges):
        if isinstance(merge, str) and merge.count(" ") > 1:
            cuts = [(merge[:k], merge[k + 1:]) for k, c in enumerate(merge) if c == " "]
            merges[i] = next(c for c in cuts if c[0] in vocab and c[1] in vocab)
        elif isinstance(merge, str):
            merges[i] = merge.split(" ")
    return json.dumps(document)


def reference(path, length):
    """A function from text to ids, or None."""
    if path.endswith(".model"):
        try:
            import sentencepiece
        except ImportError:
            return None
        processor = sentencepiece.SentencePieceProcessor(model_file=path)
        return lambda text: processor.encode(text)
    try:
        import tokenizers
    except ImportError:
        return None
    tokenizer = tokenizers.Tokenizer.from_str(with_pairs(path))
    if length:
        tokenizer.enable_truncation(length)
        tokenizer.enable_padding(length=length, pad_id=0)
    return lambda text: tokenizer.encode(text).ids


def explain(text):
    """Characters that are newer than the tables: Python's own stand in for them."""
    return " ".join(f"{ord(c):04X}" for c in text if unicodedata.category(c) == "Cn")[:80]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tool")
    p.add_argument("path")
    p.add_argument("--texts", type=int, default=20000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--length", type=int, default=0)
    p.add_argument("--show", type=int, default=10)
    a = p.parse_args()
    encode = reference(a.path, a.length)
    if not encode:
        print("the other implementation is not installed")
        return 77
    texts = strings.texts(a.seed, a.texts)
    got = ours(a.tool, a.path, texts, a.length)
    wrong = 0
    for text, ids in zip(texts, got):
        decoded = text.decode("utf-8", "replace")
        expected = encode(decoded)
        if ids == expected:
            continue
        wrong += 1
        if wrong <= a.show:
            i = next((i for i, (x, y) in enumerate(zip(ids, expected)) if x != y), min(len(ids), len(expected)))
            print(f"{decoded[:100]!r} ({len(text)} bytes), id {i}: ours {ids[i:i + 12]}, expected {expected[i:i + 12]} {explain(decoded)}")
    print(f"{pathlib.Path(a.path).name}: {len(texts)} texts, {wrong} different")
    return 1 if wrong or len(got) != len(texts) else 0


if __name__ == "__main__":
    sys.exit(main())
