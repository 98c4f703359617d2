"""What /v1/segment should answer, made apart from it: Pillow for the picture, `ocelli tensor` for the network, numpy for the rest."""
import os
import subprocess
import tempfile

import numpy as np
from PIL import Image

import support


def rounded(v):
    return int(round(v))  # half to even


def fit_centre(image, width, height, pad=114):
    """The picture in the middle of a grey input, and where it lies: left, top, width, height."""
    ratio = min(width / image.width, height / image.height)
    w, h = rounded(image.width * ratio), rounded(image.height * ratio)
    left, top = rounded((width - w) / 2 - 0.1), rounded((height - h) / 2 - 0.1)
    canvas = Image.new("RGB", (width, height), (pad,) * 3)
    canvas.paste(image.resize((w, h), Image.BILINEAR), (left, top))
    return np.asarray(canvas, np.float32), (left, top, w, h)


def fit_stretch(image, width, height):
    return np.asarray(image.resize((width, height), Image.BILINEAR), np.float32), (0, 0, width, height)


def run_network(model, name, tensor, output):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in.npy")
        np.save(path, np.ascontiguousarray(tensor[None]))
        subprocess.run([support.OCELLI, "tensor", str(model), "--precision", "f32", "--out", folder, f"{name}={path}"], check=True,
                       stdout=subprocess.DEVNULL, env=support.clean_environment())
        return np.load(os.path.join(folder, f"out_{output}.npy"))[0]


def enlarge(planes, width, height):
    """Bilinear, centres of pixels at half numbers, in double: [c, h, w] to [c, height, width]."""

    def axis(n, size):
        at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, n - 1), at - low

    y0, y1, fy = axis(planes.shape[1], height)
    x0, x1, fx = axis(planes.shape[2], width)
    rows = planes[:, y0] * (1 - fy)[None, :, None] + planes[:, y1] * fy[None, :, None]
    return rows[:, :, x0] * (1 - fx) + rows[:, :, x1] * fx


def scores_of(planes, image, network, place):
    """Scores of each class for each pixel of the picture."""
    left, top, w, h = place
    full = enlarge(planes.astype(np.float64), *network)
    return enlarge(full[:, top:top + h, left:left + w], image.width, image.height)


def decode_runs(segment):
    """One COCO mask as pycocotools' text has it: [height, width] of bool."""
    counts, at, text = [], 0, segment["counts"].encode("ascii")
    while at < len(text):
        value, shift, more = 0, 0, True
        while more:
            c = text[at] - 48
            value |= (c & 31) << shift
            more, shift, at = c & 32, shift + 5, at + 1
            if not more and c & 16:
                value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    height, width = segment["size"]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    support.equal(flat.size, height * width, "pixels of the runs")
    return flat.reshape(width, height).T


def decode_mask(mask):
    """The map of an answer with runs; each pixel in one class exactly."""
    height, width = mask["size"]
    ids, covered = np.zeros((height, width), int), np.zeros((height, width), int)
    for segment in mask["segments"]:
        ones = decode_runs(segment)
        ids[ones] = segment["class_id"]
        covered += ones
    assert (covered == 1).all(), "a pixel is in no class, or in two"
    return ids
