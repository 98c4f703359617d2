#!/usr/bin/env python3
"""Decoders against others: heads of random numbers, decoded by numpy as the models' authors describe them, and by `ocelli run`.

usage: compare_heads.py OCELLI      exit status 77 without numpy
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
except ImportError:
    print("python3-numpy is not there: skipped")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))
from make_models import block, node, number, tensor, value  # noqa: E402

SIDE, CLASSES = 128, 5
NAMES = {"labels": [f"class {i}" for i in range(CLASSES)]}
ANCHORS_V5 = np.array([10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326], float).reshape(3, 3, 2)
ANCHORS_V7 = np.array([12, 16, 19, 36, 40, 28, 36, 75, 76, 55, 72, 146, 142, 110, 192, 243, 459, 401], float).reshape(3, 3, 2)
random = np.random.default_rng(7)
failed = 0


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def model(outputs, side):
    """A network that says these outputs whatever it sees."""
    nodes = node("ReduceMean", ["images"], ["mean"], keepdims=0) + node("Mul", ["mean", "nothing"], ["zero"])
    constants, declared = block(5, tensor("nothing", [], floats=[0.0])), b""
    for name, a in outputs.items():
        constants += block(5, tensor(name + "_c", a.shape, floats=a.astype(np.float32).ravel().tolist()))
        nodes += node("Add", [name + "_c", "zero"], [name])
        declared += block(12, value(name, a.shape))
    graph = nodes + block(2, "heads") + constants + block(11, value("images", [1, 3, side, side])) + declared
    return number(1, 8) + block(2, "ocelli-tests") + block(7, graph) + block(8, block(1, "") + number(2, 13))


def black(side):
    rows = b"".join(b"\0" + bytes(3 * side) for _ in range(side))
    chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    size = side.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def suppress(boxes, scores, classes, most):
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        for j in kept if most < 1 else ():
            w = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0])
            h = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1])
            area = lambda b: (b[2] - b[0]) * (b[3] - b[1])
            if classes[i] == classes[j] and w > 0 and h > 0 and w * h / (area(boxes[i]) + area(boxes[j]) - w * h) > most:
                break
        else:
            kept.append(i)
    return kept


def found_by_ocelli(family, outputs, manifest, score, side):
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder) / family
        package.mkdir()
        (package / "model.onnx").write_bytes(model(outputs, side))
        (package / "model.json").write_text(json.dumps({"format": 1, "task": "detect", "family": family, **manifest}))
        picture = pathlib.Path(folder) / "black.png"
        picture.write_bytes(black(side))
        words = [sys.argv[1], "run", str(package), str(picture), "--json", "--score-threshold", str(score), "--max-detections", "3000"]
        return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)["detections"]


def compare(family, outputs, boxes, scores, classes, iou, score, manifest=NAMES, side=SIDE):
    global failed
    enough = scores >= score
    boxes, scores, classes = boxes[enough], scores[enough], classes[enough]
    expected = []
    for i in suppress(boxes, scores, classes, iou):
        b = np.clip(boxes[i], 0, side)
        if b[0] < b[2] and b[1] < b[3]:
            expected.append((classes[i], scores[i], b))
    found = found_by_ocelli(family, outputs, manifest, score, side)
    open_ = list(found)
    missing = 0
    for k, s, b in expected:
        same = [d for d in open_ if d["class_id"] == k and abs(d["score"] - s) < 1e-4
                and np.abs(np.array([d["box"][n] for n in ("x1", "y1", "x2", "y2")]) - b).max() < 2e-2]
        if same:
            open_.remove(same[0])
        missing += not same
    print(f"{family:14} {len(expected):4} expected, {missing} of them missing, {len(open_)} more found")
    failed |= missing > 0 or len(open_) > 0 or len(expected) < 20


def corners(x, y, w, h):
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)


def grid(stride):
    n = SIDE // stride
    y, x = np.mgrid[0:n, 0:n]
    return n, x, y


def joined(levels):
    return [np.concatenate(parts) for parts in zip(*levels)]


def anchor_heads(family):
    outputs, levels = {}, []
    anchors = ANCHORS_V7 if family in ("yolov4", "yolov7_heads") else ANCHORS_V5
    for level in (2, 1, 0) if family == "yolov3" else (0, 1, 2):
        stride = 8 << level
        n, gx, gy = grid(stride)
        t = random.normal(0, 1.5, (1, 3, n, n, 5 + CLASSES))
        p = sigmoid(t)
        size = anchors[level][None, :, None, None]
        if family in ("yolov5_heads", "yolov7_heads"):
            x, y, size = 2 * p[..., 0] - 0.5 + gx, 2 * p[..., 1] - 0.5 + gy, (2 * p[..., 2:4]) ** 2 * size
        else:
            k = {8: 1.2, 16: 1.1, 32: 1.05}[stride] if family == "yolov4" else 1
            x, y, size = p[..., 0] * k - (k - 1) / 2 + gx, p[..., 1] * k - (k - 1) / 2 + gy, np.exp(t[..., 2:4]) * size
        score = p[..., 4:5] * p[..., 5:]
        box = corners(x * stride, y * stride, size[..., 0], size[..., 1])
        levels.append((box.reshape(-1, 4), score.max(-1).ravel(), score.argmax(-1).ravel()))
        if family == "yolov3":
            t = t.transpose(0, 1, 4, 2, 3).reshape(1, -1, n, n)
        elif family == "yolov4":
            t = t.transpose(0, 2, 3, 1, 4)
        outputs[f"o{stride}"] = t
    compare(family, outputs, *joined(levels), 0.45, 0.3)


def points(family):
    """YOLOv8's raw head and FCOS: distances from a cell's middle."""
    outputs, levels = {}, []
    for stride in (8, 16, 32) if family == "yolov8_heads" else (8, 16, 32, 64, 128):
        n, gx, gy = grid(stride)
        logits = random.normal(0, 1.5, (1, CLASSES, n, n))
        if family == "yolov8_heads":
            bins = random.normal(0, 1.5, (1, 64, n, n))
            e = np.exp(bins.reshape(4, 16, n, n))
            side = (e * np.arange(16)[None, :, None, None]).sum(1) / e.sum(1)
            p = sigmoid(logits[0])
            outputs[f"o{stride}"] = np.concatenate([bins, logits], 1)
        else:
            side, sure = np.abs(random.normal(0, 2, (4, n, n))), random.normal(0, 1, (1, 1, n, n))
            p = np.sqrt(sigmoid(logits[0]) * sigmoid(sure[0]))
            outputs.update({f"c{stride}": logits, f"b{stride}": side[None], f"s{stride}": sure})
        x, y = gx + 0.5, gy + 0.5
        box = np.stack([x - side[0], y - side[1], x + side[2], y + side[3]], -1) * stride
        levels.append((box.reshape(-1, 4), p.max(0).ravel(), p.argmax(0).ravel()))
    compare(family, outputs, *joined(levels), *((0.7, 0.3) if family == "yolov8_heads" else (0.6, 0.5)))


def centernet():
    n = SIDE // 4
    heat, size, offset = random.normal(-1, 1.5, (1, CLASSES, n, n)), np.abs(random.normal(0, 4, (1, 2, n, n))), random.random((1, 2, n, n))
    wide = np.pad(heat[0], ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    pooled = np.max([wide[:, j : j + n, i : i + n] for j in range(3) for i in range(3)], 0)
    k, y, x = np.nonzero(pooled == heat[0])
    box = corners(x + offset[0, 0, y, x], y + offset[0, 1, y, x], size[0, 0, y, x], size[0, 1, y, x]) * 4
    compare("centernet", {"hm": heat, "wh": size, "reg": offset}, box, sigmoid(heat[0, k, y, x]), k, 1, 0.3)


def ssd():
    side, priors = 300, []
    sizes, ratios = [30, 60, 111, 162, 213, 264, 315], [[2], [2, 3], [2, 3], [2, 3], [2], [2]]
    for level, (cells, step) in enumerate(zip([38, 19, 10, 5, 3, 1], [8, 16, 32, 64, 100, 300])):
        for row, column in itertools.product(range(cells), repeat=2):
            x, y, s, more = (column + 0.5) * step / side, (row + 0.5) * step / side, sizes[level] / side, sizes[level + 1] / side
            priors += [(x, y, s, s), (x, y, (s * more) ** 0.5, (s * more) ** 0.5)]
            for r in ratios[level]:
                priors += [(x, y, s * r**0.5, s / r**0.5), (x, y, s / r**0.5, s * r**0.5)]
    p = np.clip(np.array(priors), 0, 1)
    loc, conf = random.normal(0, 1, (1, len(p), 4)), random.normal(0, 1, (1, len(p), 21))
    conf[..., 0] += 6
    conf[0, random.integers(0, len(p), 300), random.integers(1, 21, 300)] += 8
    e = np.exp(conf[0])
    score = (e / e.sum(1, keepdims=True))[:, 1:]
    middle, size = p[:, :2] + loc[0, :, :2] * 0.1 * p[:, 2:], p[:, 2:] * np.exp(loc[0, :, 2:] * 0.2)
    box = corners(middle[:, 0], middle[:, 1], size[:, 0], size[:, 1]) * side
    compare("ssd", {"loc": loc, "conf": conf}, box, score.max(1), score.argmax(1), 0.45, 0.4, {}, side)


def queries(family):
    n, classes = (100, CLASSES + 1) if family == "detr" else (300, CLASSES)
    logits, box = random.normal(-0.5, 2, (1, n, classes)), random.random((1, n, 4)) * [1, 1, 0.5, 0.5]
    where = corners(*(box[0] * SIDE).T)
    outputs = {"logits": logits, "pred_boxes": box}
    if family == "detr":
        e = np.exp(logits[0])
        score = (e / e.sum(1, keepdims=True))[:, :CLASSES]
        compare(family, outputs, where, score.max(1), score.argmax(1), 1, 0.4)
    else:
        compare(family, outputs, np.repeat(where, CLASSES, 0), sigmoid(logits[0]).ravel(), np.tile(np.arange(CLASSES), n), 1, 0.5)


for name in ("yolov3", "yolov4", "yolov5_heads", "yolov7_heads"):
    anchor_heads(name)
for name in ("yolov8_heads", "fcos"):
    points(name)
centernet()
ssd()
for name in ("detr", "rtdetr_logits"):
    queries(name)
sys.exit(1 if failed else 0)
