"""JPEG, WebP and GIF files, most of them written by Pillow, some byte by byte."""
import io
import random
import zlib
import struct

from PIL import Image

from made_png import exif


def picture(mode, size, seed):
    rng, n = random.Random(seed), len(mode)
    small = Image.frombytes(mode, (5, 4), rng.randbytes(20 * n))
    return small.resize(size, Image.BICUBIC)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_orientation(data, value, big):
    payload = b"Exif\0\0" + exif(value, big)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def jpegs():
    for size in ((1, 1), (8, 8), (17, 31), (64, 48), (129, 77)):
        for mode in ("L", "RGB", "CMYK"):
            image = picture(mode, size, size[0])
            for quality in (20, 75, 100):
                for progressive in (False, True):
                    yield f"jpeg {mode} {size} quality {quality} progressive {progressive}", saved(image, "JPEG", quality=quality, progressive=progressive)
        for sampling in (0, 1, 2):
            yield f"jpeg {size} sampling {sampling}", saved(picture("RGB", size, 5), "JPEG", subsampling=sampling)
    plain = saved(picture("RGB", (19, 11), 1), "JPEG")
    for value in range(0, 11):
        for big in (False, True):
            yield f"jpeg orientation {value} {big}", with_orientation(plain, value, big)


def webps():
    for size in ((1, 1), (16, 16), (33, 70)):
        for mode in ("RGB", "RGBA"):
            for lossless in (False, True):
                yield f"webp {mode} {size} lossless {lossless}", saved(picture(mode, size, 9), "WEBP", lossless=lossless, exact=True)
    for value in range(0, 10):
        for big in (False, True):
            yield f"webp orientation {value}", saved(picture("RGB", (12, 7), 2), "WEBP", exif=b"Exif\0\0" + exif(value, big))
    frames = [picture("RGBA", (20, 20), n) for n in range(3)]
    yield "webp animation", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


def gif(width, height, frame, palette_bits, local_bits, interlaced, transparent, rng, short=False):
    """One frame, its codes never compressed: a clear code often enough that codes keep their first length."""
    x, y, w, h = frame
    table = rng.randbytes(3 << palette_bits) if palette_bits else b""
    out = b"GIF89a" + struct.pack("<HHBBB", width, height, (0x80 | palette_bits - 1) if palette_bits else 0, 0, 0) + table
    if transparent is not None:
        out += b"!\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    out += b"!\xfe\x03abc\0"
    local = rng.randbytes(3 << local_bits) if local_bits else b""
    out += b"," + struct.pack("<HHHHB", x, y, w, h, (0x80 | local_bits - 1 if local_bits else 0) | (0x40 if interlaced else 0)) + local
    bits = local_bits or palette_bits or 8
    bits = max(bits, 2)
    codes = []
    for i in range(w * h - (5 if short else 0)):
        if i % ((1 << bits) - 2) == 0:
            codes.append(1 << bits)
        codes.append(rng.randrange(1 << bits))
    codes.append((1 << bits) + 1)
    value = at = 0
    for code in codes:
        value |= code << at
        at += bits + 1
    data = value.to_bytes((at + 7) // 8, "little")
    if short:
        data = data[: len(data) // 2]
    out += bytes([bits])
    for i in range(0, len(data), 255):
        part = data[i : i + 255]
        out += bytes([len(part)]) + part
    return out if short else out + b"\0;"


def gifs():
    rng = random.Random(11)
    for bits in range(1, 9):
        for interlaced in (False, True):
            yield f"gif {bits} bits interlaced {interlaced}", gif(21, 19, (0, 0, 21, 19), bits, 0, interlaced, None, rng)
            yield f"gif local {bits} bits", gif(21, 19, (0, 0, 21, 19), 3, bits, interlaced, 1, rng)
    yield "gif frame inside", gif(21, 19, (3, 4, 10, 9), 8, 0, False, None, rng)
    yield "gif frame inside, transparent", gif(21, 19, (3, 4, 10, 9), 8, 0, True, 77, rng)
    yield "gif without screen size", gif(0, 0, (0, 0, 10, 9), 4, 0, False, None, rng)
    yield "gif frame outside", gif(5, 6, (3, 4, 10, 9), 4, 0, False, 3, rng)
    yield "gif without palette", gif(8, 8, (0, 0, 8, 8), 0, 0, False, None, rng)
    for size in ((1, 1), (100, 60), (300, 200)):
        yield f"gif by Pillow {size}", saved(picture("RGB", size, 3).quantize(200), "GIF")
        yield f"gif grey by Pillow {size}", saved(picture("L", size, 3), "GIF")
    frames = [picture("L", (20, 20), n) for n in range(3)]
    yield "gif animation", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def good():
    yield from jpegs()
    yield from webps()
    yield from gifs()


def turned():
    """(name, file, file that is the same picture upright or whole)."""
    image = picture("RGB", (23, 11), 9)
    packet = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    element = b"<x:xmpmeta><rdf:RDF><tiff:Orientation>8</tiff:Orientation></rdf:RDF></x:xmpmeta>"
    plain = saved(image, "JPEG", quality=95)
    right = {6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}

    def jpeg(xmp):
        body = b"http://ns.adobe.com/xap/1.0/\0" + xmp
        return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]

    for number, xmp in ((6, packet), (8, element)):
        upright = Image.open(io.BytesIO(plain)).convert("RGB").transpose(right[number])
        yield f"jpeg XMP {number}", jpeg(xmp), saved(upright, "PNG")
        upright = saved(image.transpose(right[number]), "PNG")
        lossless = saved(image, "WEBP", lossless=True, xmp=xmp)
        yield f"webp XMP {number}", lossless, upright
        png = saved(image, "PNG")
        block = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, number, 0, 0)
        hexadecimal = b"\nexif\n%8d\n" % (len(block) + 6) + (b"Exif\0\0" + block).hex().encode() + b"\n"
        for name, body in (
            ("tEXt", b"Raw profile type exif\0" + hexadecimal),
            ("zTXt", b"Raw profile type exif\0\0" + zlib.compress(hexadecimal)),
            ("iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
            ("iTXt", b"XML:com.adobe.xmp\0\1\0en\0x\0" + zlib.compress(xmp)),
        ):
            data = name.encode() + body
            yield f"png {name} {number}", png[:33] + struct.pack(">I", len(body)) + data + struct.pack(">I", zlib.crc32(data)) + png[33:], upright
    for kind, options, cut in (("JPEG", {}, 2), ("JPEG", {"progressive": True}, 2), ("JPEG", {}, 1), ("PNG", {}, 12), ("PNG", {}, 4)):
        data = saved(image, kind, **options)
        yield f"{kind} {options} without its last {cut} bytes", data[:-cut], data


def tiffs():
    """(name, file, the picture in it), with and without compression, and turned."""
    image = picture("RGB", (37, 21), 10)
    for mode in ("RGB", "L", "1", "P"):
        kind = image.quantize(40) if mode == "P" else image.convert(mode)
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits") + (("group4",) if mode == "1" else ()):
            yield f"tiff {mode} {compression}", saved(kind, "TIFF", compression=compression), kind.convert("RGB")
    for orientation in range(1, 9):
        exif_ = Image.Exif()
        exif_[0x0112] = orientation
        how = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}.get(orientation)
        yield f"tiff turned {orientation}", saved(image, "TIFF", exif=exif_), image.transpose(Image.Transpose[how]) if how else image


def bad():
    image = picture("RGB", (40, 30), 6)
    for kind, options in (("JPEG", {}), ("JPEG", {"progressive": True}), ("WEBP", {}), ("WEBP", {"lossless": True}), ("GIF", {})):
        data = saved(image.quantize(64) if kind == "GIF" else image, kind, **options)
        for n in range(0, len(data) - 40, 29):
            yield f"{kind} {options} cut to {n}", data[:n]
    progressive = saved(image, "JPEG", progressive=True)
    yield "jpeg without its last scan", progressive[:progressive.rindex(b"\xff\xda")]
    rng = random.Random(12)
    yield "gif data cut", gif(21, 19, (0, 0, 21, 19), 8, 0, False, None, rng, short=True)
    yield "gif without frame", b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0, 0, 0) + b";"
    yield "gif without pixels", gif(4, 4, (0, 0, 4, 4), 2, 0, False, None, rng).replace(struct.pack("<HH", 4, 4) + b"\0", struct.pack("<HH", 0, 4) + b"\0")
    yield "nothing", b""
    yield "text", b"hello"
    yield "pdf", b"%PDF-1.4\n"
