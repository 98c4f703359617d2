"""Pictures, bodies and numbers for the tests of embeddings. The models are those of tests/data/embed_models: vectors can be told by hand."""
import json
import math
import pathlib
import struct
import zlib

MODELS = pathlib.Path(__file__).resolve().parent.parent / "data" / "embed_models"
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(colour, width=40, height=32, exif=None):
    """A picture of one colour; exif: an orientation."""
    raw = (b"\0" + bytes(colour) * width) * height
    extra = chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([exif, 0, 0, 0]) + bytes(4)) if exif else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + extra +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def multipart(*parts):
    """parts: (name, bytes or text[, file name]). Bytes are sent as files."""
    out = b""
    for name, data, *file in parts:
        is_file = isinstance(data, bytes) or file
        disposition = f'form-data; name="{name}"' + (f'; filename="{file[0] if file else "x"}"' if is_file else "")
        data = data if isinstance(data, bytes) else data.encode()
        out += b"--bOuNd\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + data + b"\r\n"
    return out + b"--bOuNd--\r\n", {"Content-Type": "multipart/form-data; boundary=bOuNd"}


def as_json(**members):
    return json.dumps(members), {"Content-Type": "application/json"}


def close(found, expected, off=1e-5):
    assert len(found) == len(expected) and all(abs(a - b) <= off for a, b in zip(found, expected)), (found, expected)


def unit(v):
    length = math.sqrt(sum(x * x for x in v))
    return [x / length for x in v]


def float32(text):
    """What a client that keeps float32 makes of a number's text."""
    return struct.unpack("<f", struct.pack("<f", float(text)))[0]
