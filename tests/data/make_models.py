#!/usr/bin/env python3
"""Writes the small models that tests run: heads of real families whose few weights find a coloured square.

Input 64x64. The picture is averaged over 8x8 cells; at stride 16 a cell that is red or blue all over scores near 1, everything else
near 0, black and any grey included (so padding is never found). A cell's box is exactly the cell. Only the standard library is
used: the protobuf is written by hand (github.com/onnx/onnx, onnx.proto).

usage: make_models.py OUT_DIR
"""
import pathlib
import struct
import sys


def varint(v):
    out = b""
    v &= (1 << 64) - 1
    while v > 0x7F:
        out += bytes([v & 0x7F | 0x80])
        v >>= 7
    return out + bytes([v])


def number(field, v):
    return varint(field << 3) + varint(v)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, shape, floats=None, ints=None):
    dims = b"".join(number(1, d) for d in shape)
    if ints is not None:
        return dims + number(2, 7) + block(8, name) + block(9, struct.pack(f"<{len(ints)}q", *ints))
    return dims + number(2, 1) + block(8, name) + block(9, struct.pack(f"<{len(floats)}f", *floats))


def attribute(name, v):
    if isinstance(v, int):
        return block(5, block(1, name) + number(3, v) + number(20, 2))
    return block(5, block(1, name) + b"".join(number(8, i) for i in v) + number(20, 7))


def node(op, inputs, outputs, **attributes):
    text = b"".join(block(1, i) for i in inputs) + b"".join(block(2, o) for o in outputs) + block(3, outputs[0]) + block(4, op)
    return block(1, text + b"".join(attribute(k, v) for k, v in attributes.items()))


def value(name, shape, kind=1):
    dims = b"".join(block(1, block(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, dims)))


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.outputs = b"", b"", b""

    def add(self, op, inputs, output, **attributes):
        self.nodes += node(op, inputs, [output], **attributes)
        return output

    def floats(self, name, shape, values):
        self.constants += block(5, tensor(name, shape, floats=values))
        return name

    def ints(self, name, values):
        self.constants += block(5, tensor(name, [len(values)], ints=values))
        return name

    def conv1x1(self, source, output, weights, bias):
        """weights: rows of three, for the input's channels."""
        w = self.floats(output + "_w", [len(weights), 3, 1, 1], [x for row in weights for x in row])
        b = self.floats(output + "_b", [len(bias)], bias)
        return self.add("Conv", [source, w, b], output, kernel_shape=[1, 1])

    def means(self):
        """Averages at strides 8, 16, 32."""
        out = {8: self.add("AveragePool", ["images"], "mean8", kernel_shape=[8, 8], strides=[8, 8])}
        for s in (16, 32):
            out[s] = self.add("AveragePool", [out[s // 2]], f"mean{s}", kernel_shape=[2, 2], strides=[2, 2])
        return out

    def output(self, name, shape):
        self.outputs += block(12, value(name, shape))

    def model(self, metadata, batch=1):
        graph = self.nodes + block(2, "tiny") + self.constants + block(11, value("images", [batch, 3, 64, 64])) + self.outputs
        text = number(1, 8) + block(2, "ocelli-tests") + block(7, graph) + block(8, block(1, "") + number(2, 13))
        return text + b"".join(block(14, block(1, k) + block(2, v)) for k, v in metadata.items())


STRIDES = {8: 8, 16: 4, 32: 2}  # stride: cells a side
OFF = [0, 0, 0]


def colours(scale, bgr, stride, silent=-20.0):
    """Rows and biases of the logits 'red' and 'blue'; pixels are 0..255 / scale. 255 gives +12.75, grey gives -10."""
    w = 0.1 * scale
    red, blue = ([0, -w, w], [w, -w, 0]) if bgr else ([w, -w, 0], [0, -w, w])
    if stride != 16:
        return [OFF, OFF], [silent, silent]
    return [[x * 0.9 for x in red], [x * 0.9 for x in blue]], [-10.2, -10.2]


def flat(g, source, channels, cells, output, batch=1):
    """[N, C, h, w] -> [N, C, cells]; batch 0: any N"""
    return g.add("Reshape", [source, g.ints(output + "_s", [batch, channels, cells])], output)


def yolox(batch=1):
    g, levels = Graph(), []
    for s, mean in g.means().items():
        n = STRIDES[s]
        boxes = g.conv1x1(mean, f"box{s}", [OFF] * 4, [0.5, 0.5, 0.0, 0.0])
        rows, bias = colours(1, True, s)
        objectness = [0.1, 0.1, 0.1] if s == 16 else OFF
        logits = g.conv1x1(mean, f"logit{s}", [objectness] + rows, [-10.0 if s == 16 else -20.0] + bias)
        scores = g.add("Sigmoid", [logits], f"score{s}")
        levels.append(flat(g, g.add("Concat", [boxes, scores], f"level{s}", axis=1), 7, n * n, f"flat{s}", batch))
    all_levels = g.add("Concat", levels, "all", axis=2)
    g.add("Transpose", [all_levels], "output", perm=[0, 2, 1])
    g.output("output", [batch or "batch", 84, 7])
    return g.model({}, batch=batch or "batch")


def yolov8_head(g, output, size=None, extra=None, fixed=None):
    """size: of every box, instead of its cell's; extra(mean, stride): a map of more numbers; fixed(x, y): more numbers at a cell's centre."""
    levels, boxes, more = [], [[], [], [], []], []
    for s, mean in g.means().items():
        n = STRIDES[s]
        if extra:
            more.append(flat(g, extra(mean, s), 2, n * n, f"more{s}"))
        rows, bias = colours(255, False, s)
        levels.append(flat(g, g.add("Sigmoid", [g.conv1x1(mean, f"logit{s}", rows, bias)], f"score{s}"), 2, n * n, f"flat{s}"))
        for y in range(n):
            for x in range(n):
                w, h = size or (s, s)
                for row, v in zip(boxes, ((x + 0.5) * s, (y + 0.5) * s, w, h)):
                    row.append(v)
    scores = g.add("Concat", levels, "scores", axis=2)
    parts = [g.floats("grid", [1, 4, 84], [v for row in boxes for v in row]), scores]
    if more:
        parts.append(g.add("Concat", more, "more", axis=2))
    if fixed:
        columns = [fixed(x, y) for x, y in zip(boxes[0], boxes[1])]
        parts.append(g.floats("fixed", [1, len(columns[0]), 84], [c[i] for i in range(len(columns[0])) for c in columns]))
    g.add("Concat", parts, output, axis=1)


def yolov8():
    g = Graph()
    yolov8_head(g, "output0")
    g.output("output0", [1, 6, 84])
    return g.model({"task": "detect", "names": "{0: 'red', 1: 'blue'}", "license": "MIT", "stride": "32"})


def yolov8_seg():
    """Boxes of 32x32 around a coloured cell. Prototypes at stride 4: red less blue, and 1; so a mask is what has the cell's colour."""
    g = Graph()
    yolov8_head(g, "output0", size=(32, 32), extra=lambda mean, s: g.conv1x1(mean, f"coef{s}", [[4.0, 0, -4.0], OFF], [0.0, -2.0]))
    mean4 = g.add("AveragePool", ["images"], "mean4", kernel_shape=[4, 4], strides=[4, 4])
    g.conv1x1(mean4, "output1", [[1.0, 0, -1.0], OFF], [0.0, 1.0])
    g.output("output0", [1, 8, 84])
    g.output("output1", [1, 2, 16, 16])
    return g.model({"task": "segment", "names": "{0: 'red', 1: 'blue'}", "stride": "32"})


# Nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles: a person who waves, 24 wide and 48 high around (0, 0).
PERSON = [(0, -18), (2, -20), (-2, -20), (4, -19), (-4, -19), (6, -12), (-6, -12), (11, -17), (-9, -4), (12, -24), (-10, 3), (4, 3), (-4, 3),
          (5, 13), (-5, 13), (6, 23), (-6, 23)]


def yolov8_pose():
    g = Graph()
    points = lambda x, y: [v for i, (dx, dy) in enumerate(PERSON) for v in (x + dx, y + dy, 0.1 if i == 3 else 0.9)]
    yolov8_head(g, "output0", size=(26, 50), fixed=points)
    g.output("output0", [1, 6 + 51, 84])
    return g.model({"task": "pose", "names": "{0: 'red', 1: 'blue'}", "kpt_shape": "[17, 3]", "stride": "32"})


def yolov8_obb():
    """Boxes of 40x12, turned by .5 where the cell is left of the middle, else by 2."""
    g = Graph()
    yolov8_head(g, "output0", size=(40, 12), fixed=lambda x, y: [0.5 if x < 32 else 2.0])
    g.output("output0", [1, 7, 84])
    return g.model({"task": "obb", "names": "{0: 'red', 1: 'blue'}", "stride": "32"})


def nms_inside():
    """The same boxes, chosen in the graph: rows of batch, corners, class, score (YOLOv7's form), as many as there are."""
    g, levels, boxes = Graph(), [], []
    for s, mean in g.means().items():
        n = STRIDES[s]
        rows, bias = colours(255, False, s)
        levels.append(flat(g, g.add("Sigmoid", [g.conv1x1(mean, f"logit{s}", rows, bias)], f"score{s}"), 2, n * n, f"flat{s}"))
        boxes += [v for y in range(n) for x in range(n) for v in (x * s, y * s, (x + 1) * s, (y + 1) * s)]
    scores = g.add("Concat", levels, "scores", axis=2)
    limits = [g.ints("most", [50]), g.floats("overlap", [1], [0.5]), g.floats("least", [1], [0.3])]
    chosen = g.add("NonMaxSuppression", [g.floats("grid", [1, 84, 4], boxes), scores] + limits, "chosen")
    column = lambda i: g.add("Gather", [chosen, g.ints(f"column{i}", [i])], f"chosen{i}", axis=1)
    batch, kind = (g.add("Cast", [column(i)], f"float{i}", to=1) for i in (0, 1))
    at = g.add("Reshape", [column(2), g.ints("all", [-1])], "at")
    corners = g.add("Gather", [g.floats("rows", [84, 4], boxes), at], "corners", axis=0)
    sure = g.add("Reshape", [g.add("GatherND", [scores, chosen], "sure0"), g.ints("upright", [-1, 1])], "sure")
    g.add("Concat", [batch, corners, kind, sure], "output", axis=1)
    g.output("output", ["chosen", 7])
    return g.model({"names": "{0: 'red', 1: 'blue'}"})


def scene():
    """The same boxes, and a map at stride 4: background 0, red 1, blue 2."""
    g = Graph()
    yolov8_head(g, "detections")
    rows, bias = colours(255, False, 16)
    mean4 = g.add("AveragePool", ["images"], "mean4", kernel_shape=[4, 4], strides=[4, 4])
    g.conv1x1(mean4, "segmentation", [OFF] + rows, [0.0] + bias)
    g.output("detections", ["batch", 6, 84])
    g.output("segmentation", ["batch", 3, 16, 16])
    return g.model({"names": "{0: 'red', 1: 'blue'}", "license": "0BSD"}, batch="batch")


def yunet():
    g = Graph()
    points = [0.25, 0.25, 0.75, 0.25, 0.5, 0.5, 0.25, 0.75, 0.75, 0.75]
    for s, mean in g.means().items():
        n = STRIDES[s]
        rows, bias = colours(1, True, s)
        heads = {"cls": (rows[:1], bias[:1]), "obj": (rows[:1], bias[:1]), "bbox": ([OFF] * 4, [0.5, 0.5, 0.0, 0.0]), "kps": ([OFF] * 10, points)}
        for head, (weights, biases) in heads.items():
            c = len(biases)
            out = g.conv1x1(mean, f"{head}{s}c", weights, biases)
            if c == 1:
                out = g.add("Sigmoid", [out], f"{head}{s}s")
            out = g.add("Transpose", [out], f"{head}{s}t", perm=[0, 2, 3, 1])
            g.add("Reshape", [out, g.ints(f"{head}{s}_s", [1, n * n, c])], f"{head}_{s}")
            g.output(f"{head}_{s}", [1, n * n, c])
    return g.model({})


def unknown():
    """Not of any family: the means themselves."""
    g = Graph()
    g.means()
    g.output("mean32", [1, 3, 2, 2])
    return g.model({})


def main():
    out = pathlib.Path(sys.argv[1])
    (out.parent / "tile_models").mkdir(exist_ok=True)
    (out.parent / "tile_models" / "tiny_batch.onnx").write_bytes(yolox(batch=0))
    (out.parent / "detail_models").mkdir(exist_ok=True)
    for name, make in {"tiny_seg": yolov8_seg, "tiny_pose": yolov8_pose, "tiny_obb": yolov8_obb, "tiny_nms": nms_inside}.items():
        (out.parent / "detail_models" / f"{name}.onnx").write_bytes(make())
    for name, make in {"tiny_yolox": yolox, "tiny_yolov8": yolov8, "tiny_scene": scene, "tiny_yunet": yunet, "tiny_unknown": unknown}.items():
        (out / f"{name}.onnx").write_bytes(make())


if __name__ == "__main__":
    main()
