"""BMP files made byte by byte."""
import random
import struct


def rows(width, height, bits, rng, top=None):
    used = (width * bits + 7) // 8
    stride = (used + 3) & ~3
    if top:  # palette indices below top, 8 bits
        return b"".join(bytes(rng.randrange(top) for _ in range(width)) + bytes(stride - used) for _ in range(height))
    return b"".join(rng.randbytes(used) + bytes(stride - used) for _ in range(height))


def core(width, height, bits, rng):
    palette = rng.randbytes(3 << bits) if bits <= 8 else b""
    offset = 26 + len(palette)
    body = struct.pack("<IHHHH", 12, width, height, 1, bits) + palette + rows(width, height, bits, rng)
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, offset) + body


def info(width, height, bits, rng, size=40, compression=0, masks=b"", data=None, colours=0, top_down=False, top=None):
    entries = colours or (1 << bits if bits <= 8 else 0)
    palette = b"".join(rng.randbytes(3) + b"\0" for _ in range(entries)) if bits <= 8 else b""
    head = struct.pack("<IiiHHIIiiII", size, width, -height if top_down else height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    if size > 40:
        head += (masks + bytes(size))[: size - 40]
    else:
        head += masks
    data = rows(width, height, bits, rng, top) if data is None else data
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(palette) + len(data), 0, 0, 14 + len(head) + len(palette)) + head + palette + data


def runs8(width, height, rng):
    out = b""
    for _ in range(height):
        left = width
        while left:
            n = min(left, rng.randint(1, 9))
            if n >= 3 and rng.random() < 0.5:
                out += bytes([0, n]) + rng.randbytes(n) + bytes(n & 1)
            else:
                out += bytes([n, rng.randrange(256)])
            left -= n
        out += b"\0\0"
    return out + b"\0\1"


def runs4(width, height, rng):
    out = b""
    for _ in range(height):
        left = width
        while left:
            n = min(left, rng.randint(1, 9))
            if n in (4, 8) and rng.random() < 0.5:
                out += bytes([0, n]) + rng.randbytes(n // 2)
            else:
                out += bytes([n, rng.randrange(256)])
            left -= n
        out += b"\0\0"
    return out + b"\0\1"


MASKS = {
    32: [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
         (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0, 0, 0, 0)],
    24: [(0xFF0000, 0xFF00, 0xFF, 0)],
    16: [(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)],
}


def good():
    rng = random.Random(3)
    for width, height in ((1, 1), (7, 3), (33, 20)):
        for bits in (1, 4, 8, 24):
            yield f"bmp core {bits} bits {width}x{height}", core(width, height, bits, rng)
        for bits in (1, 4, 8, 16, 24, 32):
            for size in (40, 64, 108, 124):
                for top_down in (False, True):
                    yield f"bmp header {size} {bits} bits {width}x{height} {top_down}", info(width, height, bits, rng, size, top_down=top_down)
        for bits, choices in MASKS.items():
            for mask in choices:
                for size in (108, 124):
                    yield f"bmp masks {mask} {size}", info(width, height, bits, rng, size, 3, struct.pack("<4I", *mask))
                if not mask[3] and (mask[0] or bits != 32):
                    yield f"bmp masks {mask} 40", info(width, height, bits, rng, 40, 3, struct.pack("<3I", *mask[:3]))
        yield f"bmp rle8 {width}x{height}", info(width, height, 8, rng, 40, 1, data=runs8(width, height, rng))
        yield f"bmp rle4 {width}x{height}", info(width, height, 4, rng, 40, 2, data=runs4(width, height, rng))
    yield "bmp short palette", info(9, 9, 8, rng, colours=17, top=17)
    yield "bmp indices past the palette", info(9, 9, 8, rng, colours=17, top=256)


def bad():
    rng = random.Random(4)
    fine = info(9, 5, 24, rng)
    for n in range(2, len(fine) - 3, 7):
        yield f"bmp cut to {n}", fine[:n]
    packed = info(9, 5, 8, rng, 40, 1, data=runs8(9, 5, rng)[:-15])
    yield "bmp rle8 cut", packed
    for bits in (0, 3, 5, 12, 48, 64):
        yield f"bmp of {bits} bits", info(4, 4, bits, rng, data=bytes(999)) if bits > 8 else fine[:28] + struct.pack("<H", bits) + fine[30:]
    for compression in (4, 5, 6, 1, 2, 99):
        yield f"bmp compression {compression} at 24 bits", fine[:30] + struct.pack("<I", compression) + fine[34:]
    yield "bmp strange masks", info(4, 4, 16, rng, 40, 3, struct.pack("<3I", 1, 2, 4))
    for width, height in ((0, 4), (4, 0), (-4, 4), (0x7FFFFFFF, 4), (4, -0x7FFFFFFF), (60000, 60000)):
        yield f"bmp of {width} x {height}", fine[:18] + struct.pack("<ii", width, height) + fine[26:]
    yield "bmp pixels past the end", fine[:10] + struct.pack("<I", len(fine) - 8) + fine[14:]
    yield "bmp pixels far past the end", fine[:10] + struct.pack("<I", 0xFFFFFFF0) + fine[14:]
    yield "bmp strange header", fine[:14] + struct.pack("<I", 41) + fine[18:]
