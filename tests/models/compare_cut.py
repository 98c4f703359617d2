#!/usr/bin/python3
"""How pictures are cut for embeddings, against Pillow, bit for bit: torchvision's, open_clip's and Immich's arithmetic written out here.

usage: compare_cut.py embed_tool
"""
import itertools
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    from PIL import Image
except ImportError:
    print("skipped: python3-pil is missing")
    raise SystemExit(77)

TOOL = sys.argv[1]
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "hamming": Image.HAMMING, "bicubic": Image.BICUBIC,
           "lanczos": Image.LANCZOS}
SIZES = [(640, 427), (427, 640), (501, 500), (500, 501), (224, 224), (33, 1000), (1000, 33), (225, 224), (64, 63), (7, 5), (3, 900), (1, 1),
         (223, 449), (640, 480), (1333, 777)]


def picture(w, h):
    rng = random.Random(w * 10007 + h)
    small = Image.frombytes("RGB", (9, 7), bytes(rng.randrange(256) for _ in range(9 * 7 * 3)))
    im = small.resize((w, h), Image.BICUBIC)
    noise = Image.frombytes("RGB", (w, h), bytes(rng.randrange(256) for _ in range(w * h * 3)))
    return Image.blend(im, noise, 0.3)


def torch_shortest(im, side, how):
    w, h = im.size
    return im.resize((side, int(side * h / w)) if w <= h else (int(side * w / h), side), how)


def immich_shortest(im, side, how):
    w, h = im.size
    return im.resize((side, int((h / w) * side)) if w < h else (int((w / h) * side), side), how)


def keep_ratio(im, width, height, longest, how):
    pick = max if longest else min
    ratio = pick(im.size[1] / height, im.size[0] / width)
    return im.resize([max(round(x / ratio), 1) for x in im.size], how)


def crop_or_pad(im, width, height, rounding, fill):
    """torchvision's center_crop and open_clip's center_crop_or_pad; Immich's crop_pil."""
    w, h = im.size
    if w < width or h < height:
        large = Image.new("RGB", (max(w, width), max(h, height)), (fill,) * 3)
        large.paste(im, (max(width - w, 0) // 2, max(height - h, 0) // 2))
        im, (w, h) = large, large.size
    if rounding == "immich":
        left, top = int(w / 2 - width / 2), int(h / 2 - height / 2)
    else:
        left, top = int(round((w - width) / 2.0)), int(round((h - height) / 2.0))
    return im.crop((left, top, left + width, top + height))


def expected(im, resize, rounding, how, width, height, short, fill):
    if resize == "squash":
        return im.resize((width, height), how)
    if resize == "longest":
        im = keep_ratio(im, width, height, True, how)
    elif not short and width != height:
        im = keep_ratio(im, width, height, False, how)
    else:
        im = (immich_shortest if rounding == "immich" else torch_shortest)(im, short or width, how)
    return crop_or_pad(im, width, height, rounding, fill)


def cases():
    for size, resize, rounding in itertools.product(SIZES, ("shortest", "squash", "longest"), ("torchvision", "immich")):
        if rounding == "immich" and resize != "shortest":
            continue
        for how, target in (("bicubic", (224, 224, 0)), ("bilinear", (64, 64, 0))):
            yield size, resize, rounding, how, *target
    for how in FILTERS:
        yield (640, 427), "shortest", "torchvision", how, 96, 96, 0
        yield (640, 427), "shortest", "torchvision", how, 224, 224, 256
    yield (640, 427), "shortest", "torchvision", "bicubic", 96, 64, 0
    yield (427, 640), "longest", "torchvision", "bicubic", 96, 64, 0
    yield (640, 427), "shortest", "torchvision", "bicubic", 96, 96, 60  # smaller than the cut: filled


def main():
    bad = n = 0
    with tempfile.TemporaryDirectory() as folder:
        for (w, h), resize, rounding, how, width, height, short in cases():
            path = pathlib.Path(folder) / f"{w}x{h}.png"
            if not path.exists():
                picture(w, h).save(path)
            want = expected(Image.open(path), resize, rounding, FILTERS[how], width, height, short, 127).tobytes()
            got = subprocess.run([TOOL, resize, rounding, how, str(width), str(height), str(short), "127", str(path)], capture_output=True)
            n += 1
            if got.returncode or got.stdout != want:
                bad += 1
                differ = sum(a != b for a, b in zip(got.stdout, want))
                print(f"{w}x{h} {resize} {rounding} {how} {width}x{height} {short}: {differ} of {len(want)} bytes differ", got.stderr.decode())
    print(f"{n - bad} of {n} equal")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    main()
