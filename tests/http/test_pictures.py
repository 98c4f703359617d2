#!/usr/bin/env python3
"""format=image: the picture with what was found drawn into it, on the small models of tests/data/models."""
import os
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "models"
RED, BLUE = (255, 0, 0), (0, 0, 255)
DETECT, FACES = "/v1/detect?model=tiny_yolox&format=image", "/v1/faces/detect?format=image"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows, orientation=1):
    raw = b"".join(b"\0" + bytes(c for pixel in row for c in pixel) for row in rows)
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<HHI", orientation, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)) + chunk(b"eXIf", exif) +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def pixels(data):
    """Rows of (r, g, b) of an RGB PNG without filters, or with Sub."""
    support.equal(data[:8], b"\x89PNG\r\n\x1a\n", "signature")
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += n + 12
    support.equal((depth, colour), (8, 2), "8-bit RGB")
    raw, rows = zlib.decompress(packed), []
    for y in range(height):
        kind, line = raw[y * (3 * width + 1)], bytearray(raw[y * (3 * width + 1) + 1:(y + 1) * (3 * width + 1)])
        assert kind in (0, 1), kind
        for i in range(3, len(line) if kind else 0):
            line[i] = (line[i] + line[i - 3]) & 255
        rows.append([tuple(line[i:i + 3]) for i in range(0, 3 * width, 3)])
    return rows


def scene(width=128, height=64, colour=RED, at=(32, 16)):
    """Black, with a square of 32 pixels: a box for the model, scaled by two."""
    inside = lambda x, y: at[0] <= x < at[0] + 32 and at[1] <= y < at[1] + 32
    return [[colour if inside(x, y) else (0, 0, 0) for x in range(width)] for y in range(height)]


ROWS = scene(128, 128, at=(32, 64))  # found at 32, 64 .. 64, 96


def ask(path, body, accept=None):
    answer = server.request("POST", path, body, {"Content-Type": "image/png", **({"Accept": accept} if accept else {})})
    support.equal(answer.status, 200, answer.text)
    support.equal(answer.headers["cache-control"], "no-store", "cache-control")
    return answer


def changed(before, after):
    support.equal((len(after[0]), len(after)), (len(before[0]), len(before)), "size")
    return {(x, y) for y, row in enumerate(before) for x, p in enumerate(row) if p != after[y][x]}


def test_png_when_accept_prefers_it_and_jpeg_otherwise():
    for accept, kind, start in [("image/png", "image/png", b"\x89PNG"), ("image/jpeg;q=0.5, image/png;q=0.6", "image/png", b"\x89PNG"),
                                (None, "image/jpeg", b"\xff\xd8\xff"), ("*/*", "image/jpeg", b"\xff\xd8\xff"),
                                ("application/json", "image/jpeg", b"\xff\xd8\xff"), (",;q=,image/", "image/jpeg", b"\xff\xd8\xff")]:
        for path in (DETECT, FACES):
            answer = ask(path, png(ROWS), accept)
            support.equal((answer.headers["content-type"], answer.body[:len(start)]), (kind, start), f"{path} {accept}")
            assert "timing" in str(answer.headers), answer.headers


def test_a_box_and_a_label_are_drawn_and_nothing_else_is_touched():
    where = changed(ROWS, pixels(ask(DETECT, png(ROWS), "image/png").body))
    for corner in ((32, 64), (63, 64), (32, 95), (63, 95), (48, 64), (32, 80)):
        assert corner in where, corner
    assert (48, 85) not in where, "the middle of the box"
    assert any(y < 60 for _, y in where), "a label above the box"
    assert all(29 <= x < 100 and 45 <= y < 100 for x, y in where), (min(where), max(where))


def test_faces_have_points():
    rows = pixels(ask(FACES, png(ROWS), "image/png").body)
    where = changed(ROWS, rows)
    for point in ((40, 72), (56, 72), (48, 80), (40, 88), (56, 88)):
        assert point in where, point
    support.equal(len({rows[y][x] for x, y in ((40, 72), (56, 72), (48, 80), (40, 88), (56, 88))}), 5, "a colour each")


def test_nothing_found_is_the_picture_itself():
    rows = scene(colour=(90, 120, 90))
    for path in (DETECT, FACES):
        support.equal(pixels(ask(path + "&score_threshold=1", png(rows), "image/png").body), rows, "pixels")


def test_the_picture_is_upright():
    rows = scene(128, 64)
    turned = pixels(ask(DETECT + "&score_threshold=1", png(rows, orientation=6), "image/png").body)
    support.equal(turned, [[rows[63 - x][y] for x in range(64)] for y in range(128)], "a quarter turn clockwise")
    stored = pixels(ask(DETECT + "&score_threshold=1&exif=0", png(rows, orientation=6), "image/png").body)
    support.equal(stored, rows, "as stored")


def test_jpeg_shows_the_same():
    want = pixels(ask(DETECT, png(ROWS), "image/png").body)
    jpeg = ask(DETECT, png(ROWS)).body
    found = pixels(ask(DETECT + "&score_threshold=1", jpeg, "image/png").body)
    off = [abs(a - b) for p, q in zip(want, found) for s, t in zip(p, q) for a, b in zip(s, t)]
    assert max(off) < 90 and sum(off) / len(off) < 3, (max(off), sum(off) / len(off))


def test_small_pictures_and_wrong_formats():
    for path in (DETECT, FACES):
        for width, height in ((1, 1), (1, 40), (40, 1)):
            rows = pixels(ask(path + "&score_threshold=0", png([[RED] * width] * height), "image/png").body)
            support.equal((len(rows[0]), len(rows)), (width, height), "size")
    for path in ("/v1/detect?model=tiny_yolox", "/v1/faces/detect?"):
        for word in ("mask", "IMAGE", "png"):
            answer = server.request("POST", f"{path}&format={word}", png(ROWS), {"Content-Type": "image/png", "Accept": "image/png"})
            problem = support.check_problem(answer, 400, "bad_request")
            assert "format: must be one of json, image" in problem["detail"], problem
        answer = server.request("POST", path + "&format=json", png(ROWS), {"Content-Type": "image/png", "Accept": "image/png"})
        support.equal(answer.headers["content-type"], "application/json", "json whatever is accepted")


if __name__ == "__main__":
    with support.Server("--models", str(DATA), binary=support.OCELLI) as server:
        failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
