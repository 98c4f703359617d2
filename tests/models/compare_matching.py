#!/usr/bin/env python3
"""Matching scores of /v1/similarity against Pillow, tokenizers and ONNX Runtime, which do every step by themselves here.

Skipped without onnxruntime, tokenizers, Pillow and numpy, and without models: packages blip_* made by tools/models/make_embedders.py below the
folder that OCELLI_EMBEDDERS names. Pictures are those of the repository. Prints the largest difference of each package.

usage: compare_matching.py build/ocelli [PACKAGE]...
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
import support
from embed_support import multipart

try:
    import numpy as np
    import onnxruntime as ort
    import PIL.Image
    import tokenizers
except ImportError as e:
    print(f"skipped: {e}")
    raise SystemExit(77)

TEXTS = ["a photo of a dog", "two people on bicycles, talking", "x", "handwritten note", "a very long text " * 60, "ein Hund im Schnee", "日本の山", "😀 smile"]
PICTURES = sorted((pathlib.Path(__file__).resolve().parents[2] / "docs/examples").glob("*.jpg"))[:4]
CLOSE = 1e-4


def expected(package, pictures, texts):
    settings = json.loads((package / "preprocessor_config.json").read_text())
    side, context = settings["size"]["height"], json.loads((package / "config.json").read_text())["text_config"]["max_position_embeddings"]
    tokenizer = tokenizers.Tokenizer.from_file(str(package / "tokenizer.json"))
    tokenizer.enable_truncation(context)
    session = ort.InferenceSession(str(package / "onnx/model.onnx"), providers=["CPUExecutionProvider"])
    mean, deviation = (np.array(settings[k], np.float32) for k in ("image_mean", "image_std"))
    rows = []
    for path in pictures:
        picture = PIL.Image.open(path).convert("RGB").resize((side, side), PIL.Image.BICUBIC)
        pixels = ((np.asarray(picture, np.float32) / 255 - mean) / deviation).transpose(2, 0, 1)[None]
        row = []
        for text in texts:
            ids = np.array([tokenizer.encode(text).ids], np.int64)
            a, b = session.run(["itm_score"], {"pixel_values": pixels, "input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0].astype(float)
            row.append(1 / (1 + np.exp(a - b)))
        rows.append(row)
    return np.array(rows)


def main():
    given = [pathlib.Path(p) for p in sys.argv[2:]]
    if not given and "OCELLI_EMBEDDERS" in os.environ:
        given = sorted(p for p in pathlib.Path(os.environ["OCELLI_EMBEDDERS"]).rglob("blip_*") if p.is_dir())
    if not given:
        print("skipped: OCELLI_EMBEDDERS names no models")
        return 77
    wrong = 0
    for package in given:
        tiny = "tiny" in package.name
        pictures, texts = (PICTURES, TEXTS) if tiny else (PICTURES[:1], TEXTS[1:3])  # each takes seconds
        with support.Server("--models", str(package), "--deadline-ms", "300000", binary=sys.argv[1]) as server:
            body, headers = multipart(*[("image", p.read_bytes()) for p in pictures], *[("text", t) for t in texts], ("scoring", "matching"))
            answer = server.request("POST", "/v1/similarity", body, headers, timeout=300)
            support.equal(answer.status, 200, answer.text)
        difference = np.abs(np.array(answer.json["similarity"]) - expected(package, pictures, texts))
        print(f"{package}: {difference.size} pairs, largest difference {difference.max():.2e}; scores {np.min(answer.json['similarity']):.3f} "
              f"to {np.max(answer.json['similarity']):.3f}")
        wrong += difference.max() > CLOSE
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
