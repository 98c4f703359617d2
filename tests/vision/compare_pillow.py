#!/usr/bin/python3
"""The picture code against Pillow: resizing bit by bit, files made here in every variant of their formats (and broken
ones, which must be refused), and every picture below $OCELLI_TEST_DATA/images.

usage: compare_pillow.py VISION_TOOL        exit 77 where Pillow is missing
"""
import glob
import io
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy
    from PIL import Image, ImageOps
except ImportError:
    print("python3-pil is not installed: skipped")
    sys.exit(77)

sys.dont_write_bytecode = True  # nothing is left in the source tree
import made_bmp
import made_others
import made_png

warnings.simplefilter("ignore")
FILTERS = {"nearest": 0, "box": 4, "bilinear": 2, "hamming": 5, "bicubic": 3, "lanczos": 1}
failures = 0


class Tool:
    def __init__(self, path, folder):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.file = os.path.join(folder, "picture")

    def ask(self, *words):
        """(mode, size, bytes), or the error line as a string."""
        self.process.stdin.write(("\t".join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode("utf-8", "replace").strip()
        if not line.startswith("ok "):
            return line or "error: the tool died"
        width, height, channels = map(int, line.split()[1:])
        return {1: "L", 3: "RGB"}[channels], (width, height), self.process.stdout.read(width * height * channels)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()

    def ask_bytes(self, data, *words):
        with open(self.file, "wb") as f:
            f.write(data)
        return self.ask(words[0], self.file, *words[1:])


def fail(what, detail):
    global failures
    failures += 1
    print(f"FAILED {what}: {detail}")


def pillow(data):
    """What Pillow makes of the bytes, upright and in RGB; None when it refuses them."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        if image.mode.startswith("I"):  # 16-bit grey: Pillow clamps, we scale
            image = Image.fromarray(numpy.uint8((numpy.int64(image) * 255 + 32767) // 65535))
        image = image.convert("RGB")
        return image.mode, image.size, image.tobytes()
    except Exception:
        return None


def worst_difference(a, b):
    return max((abs(x - y) for x, y in zip(a, b)), default=0)


def compare(what, ours, theirs, tolerance=0):
    if isinstance(ours, str):
        fail(what, ours)
    elif ours[:2] != theirs[:2]:
        fail(what, f"{ours[:2]} instead of {theirs[:2]}")
    elif ours[2] != theirs[2] and worst_difference(ours[2], theirs[2]) > tolerance:
        fail(what, f"differs by up to {worst_difference(ours[2], theirs[2])}")


def random_picture(rng, mode, size):
    """Half of them noise, half smooth with edges, so that both rounding and overshoot are met."""
    noise = Image.frombytes(mode, size, rng.randbytes(size[0] * size[1] * len(mode if mode == "RGB" else "L")))
    if rng.random() < 0.5:
        return noise
    small = Image.frombytes(mode, (3, 3), rng.randbytes(9 * (3 if mode == "RGB" else 1)))
    return small.resize(size, Image.NEAREST)


def tool_picture(image):
    """The tool decodes to RGB only; grey travels as PGM with a header of fixed length."""
    if image.mode == "L":
        return b"P5 %05d %05d 255\n" % image.size + image.tobytes()
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def check_resize(tool):
    rng = random.Random(20240607)
    for i in range(200):
        sides = [rng.randint(1, rng.choice([8, 40, 300])) for _ in range(4)]
        if i % 7 == 0:
            sides[2] = sides[0]
        if i % 11 == 0:
            sides[3] = sides[1]
        mode = rng.choice(["L", "RGB"])
        image = random_picture(rng, mode, (sides[0], sides[1]))
        data, target = tool_picture(image), (sides[2], sides[3])
        for name, number in FILTERS.items():
            theirs = image.resize(target, number)
            compare(f"resize {mode} {image.size} to {target} {name}", tool.ask_bytes(data, "resize", *target, name), (mode, target, theirs.tobytes()))


def check_opencv(tool):
    """INTER_LINEAR and warpAffine against the library itself, where Python has it."""
    try:
        import cv2

    except ImportError:
        print("python3-opencv is not installed: linear resizing and warping not compared")
        return
    cv2.setUseOptimized(False)
    rng = random.Random(3)
    for i in range(200):
        sides = [rng.randint(1, rng.choice([8, 40, 300])) for _ in range(4)]
        mode = rng.choice(["L", "RGB"])
        image = random_picture(rng, mode, (sides[0], sides[1]))
        data, target = tool_picture(image), (sides[2], sides[3])
        theirs = cv2.resize(numpy.array(image), target, interpolation=cv2.INTER_LINEAR)
        compare(f"linear {mode} {image.size} to {target}", tool.ask_bytes(data, "linear", *target), (mode, target, theirs.tobytes()), 1)
        angle, scale = rng.uniform(-3.2, 3.2), rng.choice([1, rng.uniform(0.2, 5)])
        a, b = scale * math.cos(angle), scale * math.sin(angle)
        shift = rng.uniform(-50, 50), rng.uniform(-50, 50)
        theirs = cv2.warpAffine(numpy.array(image), numpy.array([[a, -b, shift[0]], [b, a, shift[1]]]), target)
        ours = tool.ask_bytes(data, "warp", *target, repr(a), repr(b), repr(shift[0]), repr(shift[1]))
        compare(f"warp {mode} {image.size} to {target} by {a} {b} {shift}", ours, (mode, target, theirs.tobytes()), 2)


def check_made(tool):
    for module in (made_png, made_bmp, made_others):
        count = 0
        for name, data in module.good():
            count += 1
            theirs = pillow(data)
            if theirs is None:
                fail(name, "Pillow refuses it: the test is wrong")
            else:
                compare(name, tool.ask_bytes(data, "decode"), theirs, 1 if name.startswith(("jpeg", "png type 4 depth 16")) else 0)
        for name, data in module.bad():
            count += 1
            ours = tool.ask_bytes(data, "decode")
            if not isinstance(ours, str):
                fail(name, "must be refused, gave a picture")
            elif not ours.startswith("error OC_E_I") and not ours.startswith("error OC_E_MEDIA"):
                fail(name, ours)
        print(f"{module.__name__}: {count} files")


def check_rare(tool, folder):
    """TIFF as Pillow has it; HEIC and AVIF as their encoder was given them. Only where the libraries are."""
    count = 0
    for name, data, image in made_others.tiffs():
        ours = tool.ask_bytes(data, "decode")
        if isinstance(ours, str) and ("needs libtiff" in ours or "this build" in ours):
            print("TIFF is not read here: not compared")
            break
        compare(name, ours, ("RGB", image.size, image.tobytes()))
        count += 1
    image = made_others.picture("RGB", (96, 64), 3)
    image.save(os.path.join(folder, "a.png"))
    for kind, options in (("heic", []), ("avif", ["-A"])):
        file = os.path.join(folder, "a." + kind)
        made = shutil.which("heif-enc") and subprocess.run(["heif-enc", *options, "-q", "95", os.path.join(folder, "a.png"), "-o", file], capture_output=True).returncode == 0
        ours = tool.ask("decode", file) if made else "not made"
        if isinstance(ours, str):
            print(f"{kind}: not compared ({ours})")
            continue
        error = numpy.abs(numpy.int64(numpy.frombuffer(ours[2], numpy.uint8)) - numpy.frombuffer(image.tobytes(), numpy.uint8)).mean() if ours[1] == image.size else 255
        if error > 4:
            fail(kind, f"{ours[1]}, differs by {error:.1f} in the mean")
        count += 1
    print(f"rare formats: {count} files")


def check_turned(tool):
    for name, data, same in made_others.turned():
        ours = tool.ask_bytes(data, "decode")
        compare(name, ours, tool.ask_bytes(same, "decode"), 1 if name.startswith("jpeg") else 0)


def check_files(tool, folder):
    names = sorted(glob.glob(os.path.join(folder, "**", "*.*"), recursive=True))
    names = [n for n in names if n.lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"))]
    for name in names:
        with open(name, "rb") as f:
            data = f.read()
        theirs, ours = pillow(data), tool.ask("decode", name)
        if theirs is None and not isinstance(ours, str) and data[:2] == b"\xff\xd8":  # nothing but its end missing?
            theirs = pillow(data + b"\xff\xd9"[data[-1] == 255:])
        if theirs is None:
            if not isinstance(ours, str):
                fail(name, "Pillow refuses it, we do not")
        else:
            compare(name, ours, theirs, 1 if name.lower().endswith((".jpg", ".jpeg")) else 0)
    print(f"{len(names)} files below {folder}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        tool = Tool(sys.argv[1], folder)
        check_resize(tool)
        check_opencv(tool)
        check_made(tool)
        check_turned(tool)
        check_rare(tool, folder)
        if os.environ.get("OCELLI_TEST_DATA"):
            check_files(tool, os.path.join(os.environ["OCELLI_TEST_DATA"], "images"))
        else:
            print("OCELLI_TEST_DATA is not set: no files compared")
        status = tool.close()
        if status:
            fail("the tool", f"exit status {status}")
    print(f"{failures} failures")
    return 1 if failures else 0


sys.exit(main())
