"""What the gallery's tests share: pictures of faces for the small models, vectors, commands, and a look into the database."""
import base64
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import zlib

import support

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
DETECTOR, EMBEDDER = DATA / "models" / "tiny_yunet.onnx", DATA / "face_models" / "tiny_arcface.onnx"
MODELS = ("--models", str(DETECTOR), "--models", str(EMBEDDER))
FINGERPRINT = "5a" * 32


def scene(cells, around=(0, 0, 0), width=64, height=64):
    """Red cells of 16 pixels, which are faces, on a background."""
    raw = b"".join(b"\0" + bytes(c for x in range(width) for c in ((255, 0, 0) if (x // 16, y // 16) in cells else around)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) +
            chunk(b"IEND", b""))


def vector(seed, dim=64):
    chance = random.Random(seed)
    return [chance.gauss(0, 1) for _ in range(dim)]


def packed(v):
    return base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode()


def line(subject, v, **more):
    return json.dumps({"subject": subject, "model": {"name": "net", "fingerprint": FINGERPRINT}, "embedding": packed(v), **more})


class Box:
    """A gallery's file in a folder of its own: in memory where that is possible, for the disk of others is slow, or on a real disk."""

    def __init__(self, on_disk=False):
        self.where = "/dev/shm" if not on_disk and os.access("/dev/shm", os.W_OK) else None

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(dir=self.where)
        self.path = os.path.join(self.folder.name, "g.sqlite")
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def server(self, *options, **more):
        return support.Server("--gallery", self.path, *options, binary=support.OCELLI, **more)

    def command(self, *words, text=None, expect=0):
        done = subprocess.run([support.OCELLI, "gallery", *words, "--gallery", self.path], input=text, capture_output=True, text=True,
                              env=support.clean_environment(), timeout=120)
        support.equal(done.returncode, expect, " ".join(words) + ": " + done.stderr)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done

    def sql(self, text):
        """Rows of a statement, read past the server."""
        connection = sqlite3.connect(self.path)
        try:
            rows = connection.execute(text).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()

    def check_whole(self):
        support.equal(self.sql("PRAGMA integrity_check"), [("ok",)], "integrity")
        support.equal(self.sql("PRAGMA foreign_key_check"), [], "references")
        support.equal(self.sql("SELECT count(*) FROM face WHERE id NOT IN (SELECT face FROM vector)"), [(0,)], "faces without a vector")


def enrol(server, subject, picture=None, v=None, query=""):
    body, kind = (picture, "image/png") if picture else (json.dumps({"embedding": packed(v)}), "application/json")
    return server.request("POST", f"/v1/subjects/{subject}/faces?{query}", body, {"Content-Type": kind})


def identify(server, picture=None, v=None, query=""):
    body, kind = (picture, "image/png") if picture else (json.dumps({"embedding": packed(v)}), "application/json")
    return server.request("POST", f"/v1/faces/identify?{query}", body, {"Content-Type": kind})


def package(folder, name, **manifest):
    """An embedder with its detector, in a folder of its own."""
    for part, model in (("detection", DETECTOR), ("recognition", EMBEDDER)):
        target = pathlib.Path(folder, name, part)
        target.mkdir(parents=True)
        shutil.copy(model, target / "model.onnx")
    pathlib.Path(folder, name, "recognition", "model.json").write_text(json.dumps({"format": 1, "task": "face_embed", "family": "arcface", **manifest}))
