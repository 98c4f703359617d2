"""PNG files made byte by byte: every colour type, depth, interlacing and transparency, and broken ones."""
import random
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data, crc=None):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) if crc is None else crc)


def header(width, height, depth, colour, interlace=0, method=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, method, 0, interlace))


def pack_row(samples, depth):
    if depth == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    if depth == 8:
        return bytes(samples)
    bits = "".join(format(s, f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(rows, step, rng):
    """Rows of one pass with the filter type of each chosen at random."""
    out, before = b"", None
    for row in rows:
        kind, up = rng.randrange(5), before or bytes(len(row))
        left = bytes(step) + row
        corner = bytes(step) + up
        guess = {
            0: lambda i: 0,
            1: lambda i: left[i],
            2: lambda i: up[i],
            3: lambda i: (left[i] + up[i]) // 2,
            4: lambda i: paeth(left[i], up[i], corner[i]),
        }[kind]
        out += bytes([kind]) + bytes((row[i] - guess(i)) & 255 for i in range(len(row)))
        before = row
    return out


def picture_data(width, height, colour, depth, interlace, rng, top):
    n, step = SAMPLES[colour], max(1, SAMPLES[colour] * depth // 8)
    pixels = [[[rng.randrange(top) for _ in range(n)] for _ in range(width)] for _ in range(height)]
    data = b""
    for x0, y0, dx, dy in PASSES if interlace else [(0, 0, 1, 1)]:
        rows = [[s for pixel in line[x0::dx] for s in pixel] for line in pixels[y0::dy]]
        data += filtered([pack_row(r, depth) for r in rows if r], step, rng)
    return data


def split_idat(data, rng):
    """The compressed data in one to four chunks, an empty one among them at times."""
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(4)))
    return b"".join(chunk(b"IDAT", data[a:b]) for a, b in zip([0] + cuts, cuts + [len(data)]))


def whole(width, height, colour, depth, interlace, extra, rng, palette=None, top=None):
    body = picture_data(width, height, colour, depth, interlace, rng, top or (palette if palette and depth == 8 else 1 << depth))
    middle = chunk(b"PLTE", rng.randbytes(3 * palette)) if palette else b""
    return SIGNATURE + header(width, height, depth, colour, interlace) + middle + extra + split_idat(zlib.compress(body), rng) + chunk(b"IEND", b"")


def exif(orientation, big):
    e = ">" if big else "<"
    return (b"MM\0*" if big else b"II*\0") + struct.pack(e + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def good():
    """(name, bytes) of files that must decode to Pillow's pixels."""
    rng = random.Random(7)
    for colour, depth in KINDS:
        for interlace in (0, 1):
            for width, height in ((1, 1), (3, 2), (5, 9), (33, 17)):
                palette = min(1 << depth, 256) if colour == 3 else None
                name = f"png type {colour} depth {depth} interlace {interlace} {width}x{height}"
                yield name, whole(width, height, colour, depth, interlace, b"", rng, palette)
                trns = {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: bytes([0, 128, 255][: min(3, 1 << depth)])}.get(colour)
                if trns:
                    yield name + " tRNS", whole(width, height, colour, depth, interlace, chunk(b"tRNS", trns), rng, palette)
    yield "png suggested palette", whole(9, 9, 2, 8, 0, b"", rng, palette=5, top=256)
    yield "png short palette", whole(9, 9, 3, 4, 0, b"", rng, palette=3)
    yield "png indices past the palette", whole(9, 9, 3, 8, 0, b"", rng, palette=100, top=256)
    extras = chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"tEXt", b"Title\0x") + chunk(b"pHYs", struct.pack(">IIB", 1, 1, 0)) + chunk(b"prVt", b"?")
    yield "png gamma and text", whole(9, 9, 2, 8, 0, extras, rng)
    for value in range(0, 10):
        for big in (False, True):
            yield f"png orientation {value}", whole(7, 4, 2, 8, 0, chunk(b"eXIf", exif(value, big)), rng)


def bad():
    """(name, bytes) of files that must be refused."""
    rng = random.Random(8)
    data = zlib.compress(picture_data(8, 8, 2, 8, 0, rng, 256))
    end, head = chunk(b"IEND", b""), header(8, 8, 8, 2)
    fine = SIGNATURE + head + chunk(b"IDAT", data) + end
    yield "png bad header checksum", SIGNATURE + head[:-1] + bytes([head[-1] ^ 1]) + chunk(b"IDAT", data) + end
    yield "png bad data checksum", SIGNATURE + head + chunk(b"IDAT", data, crc=1) + end
    yield "png bad text checksum", SIGNATURE + head + chunk(b"tEXt", b"a\0b", crc=1) + chunk(b"IDAT", data) + end
    yield "png bad end checksum", SIGNATURE + head + chunk(b"IDAT", data) + chunk(b"IEND", b"", crc=1)
    for at in range(8):
        yield f"png bad signature byte {at}", fine[:at] + bytes([fine[at] ^ 0x20]) + fine[at + 1 :]
    for colour, depth in [(0, 0), (0, 3), (0, 32), (2, 1), (2, 4), (3, 16), (4, 4), (6, 2), (1, 8), (5, 8), (7, 8), (255, 8)]:
        yield f"png type {colour} depth {depth}", SIGNATURE + header(8, 8, depth, colour) + chunk(b"IDAT", data) + end
    yield "png compression method 1", SIGNATURE + header(8, 8, 8, 2, method=1) + chunk(b"IDAT", data) + end
    yield "png interlace method 2", SIGNATURE + header(8, 8, 8, 2, interlace=2) + chunk(b"IDAT", data) + end
    yield "png without data", SIGNATURE + head + end
    yield "png with empty data", SIGNATURE + head + chunk(b"IDAT", b"") + end
    yield "png without palette", SIGNATURE + header(8, 8, 8, 3) + chunk(b"IDAT", data) + end
    yield "png header of 12 bytes", SIGNATURE + chunk(b"IHDR", head[8:20]) + chunk(b"IDAT", data) + end
    yield "png data before header", SIGNATURE + chunk(b"IDAT", data) + head + end
    for width, height in [(0, 8), (8, 0), (8, 9), (9, 8), (0x7FFFFFFF, 1), (0xFFFFFFFF, 0xFFFFFFFF), (40000, 40000)]:
        yield f"png of {width} x {height}", SIGNATURE + header(width, height, 8, 2) + chunk(b"IDAT", data) + end
    yield "png unknown critical chunk", SIGNATURE + head + chunk(b"ABCD", b"x") + chunk(b"IDAT", data) + end
    yield "png broken deflate", SIGNATURE + head + chunk(b"IDAT", data[:10] + b"\xff" * 20 + data[30:]) + end
    for n in range(0, len(fine) - 16, 3):
        yield f"png cut to {n}", fine[:n]
