#!/usr/bin/env python3
"""Real weights of a small CLIP for handwritten digits (OCELLI_TEST_DATA): its towers are recognised, its texts' vectors are those that were
recorded, and against the recorded vectors of pictures the right digit wins."""
import json
import os
import pathlib
import struct
import subprocess
import tempfile

from support import OCELLI, clean_environment, equal, run_tests

ROOT = pathlib.Path(os.environ.get("OCELLI_TEST_DATA") or "/nonexistent")
MODELS = ROOT / "models" / "clip"


def run(*args):
    done = subprocess.run([OCELLI, *map(str, args)], capture_output=True, text=True, env=clean_environment(), timeout=60)
    equal(done.returncode, 0, done.stderr)
    return done.stdout


def write_npy(path, ids):
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(ids)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(ids)}q", *ids))


def read_floats(path, n):
    data = path.read_bytes()
    start = 10 + struct.unpack_from("<H", data, 8)[0]
    return struct.unpack_from(f"<{n}f", data, start)


def test_towers_are_recognised():
    models = {m["id"]: m for m in json.loads(run("models", "--models", MODELS, "--json"))}
    image, text = models["mnist_clip_image_converted"], models["mnist_clip_text_converted"]
    equal((image["task"], image["family"], image["recipe"]["dim"], image["recipe"]["input"]["width"]), ("embed", "clip", 8, 28))
    equal((text["task"], text["family"], text["recipe"]["embed"]["context_length"]), ("embed_text", "clip", 1))


def test_the_right_digit_wins():
    recorded = json.loads((ROOT / "expected" / "mnist_clip.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        ids = pathlib.Path(folder) / "ids.npy"
        write_npy(ids, range(10))
        run("tensor", MODELS / "mnist_clip_text_converted.onnx", "--out", folder, f"input_ids={ids}")
        flat = read_floats(pathlib.Path(folder) / "out_text_embeds.npy", 80)
    rows = [flat[i * 8:i * 8 + 8] for i in range(10)]
    for row, want in zip(rows, recorded["text_embeds"]):
        assert all(abs(a - b) < 1e-4 for a, b in zip(row, want)), (row, want)
    for name, picture in recorded["images"].items():
        logits = [sum(a * b for a, b in zip(row, picture["image_embeds"])) for row in rows]
        equal(logits.index(max(logits)), picture["argmax"], name)
        assert all(abs(a - b) < 1e-2 for a, b in zip(logits, picture["logits"])), name


if __name__ == "__main__":
    if not MODELS.is_dir():
        print("skipped: OCELLI_TEST_DATA names no test data")
        raise SystemExit(77)
    raise SystemExit(run_tests(globals()))
