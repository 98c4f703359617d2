"""Reads what the detector says: boxes, scores, landmarks, as models/face/scrfd.c does."""
import numpy as np

from paths import ocelli

STRIDES, SIDE = (8, 16, 32), 320


def detect(model, pictures, threshold, iou, batch=25):
    """Faces in pictures uint8 [n, 320, 320, 3]: for each a list of (score, box [4], landmarks [5, 2]), best first."""
    found = []
    for k in range(0, len(pictures), batch):
        x = (np.asarray(pictures[k:k + batch], np.float32).transpose(0, 3, 1, 2) - 127.5) / 128
        out = ocelli.tensor(model, {"input": x})
        for i in range(len(x)):
            found.append(suppress(read({name: value[i] for name, value in out.items()}, threshold), iou))
    return found


def read(out, threshold):
    """The faces of one picture from the nine outputs, before suppression."""
    faces = []
    for stride in STRIDES:
        score, d, p = out[f"score_{stride}"][:, 0], out[f"box_{stride}"], out[f"points_{stride}"]
        columns = SIDE // stride
        for cell in np.nonzero(score >= threshold)[0]:
            x, y = (cell % columns) * stride, (cell // columns) * stride
            box = np.array([x - d[cell, 0] * stride, y - d[cell, 1] * stride, x + d[cell, 2] * stride, y + d[cell, 3] * stride])
            faces.append((float(score[cell]), np.clip(box, 0, SIDE), p[cell].reshape(5, 2) * stride + (x, y)))
    return faces


def overlap(a, b):
    """IoU of two boxes."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inter = max(w, 0) * max(h, 0)
    return inter / max((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter, 1e-9)


def suppress(faces, iou):
    """Greedy suppression: a face that overlaps a better one more than iou goes."""
    left, kept = sorted(faces, key=lambda f: -f[0]), []
    while left:
        best, rest = left[0], left[1:]
        kept.append(best)
        if not rest:
            break
        boxes = np.array([f[1] for f in rest])
        sides = (np.minimum(boxes[:, 2:], best[1][2:]) - np.maximum(boxes[:, :2], best[1][:2])).clip(min=0)
        inter, areas = sides.prod(1), (boxes[:, 2:] - boxes[:, :2]).prod(1) + (best[1][2:] - best[1][:2]).prod()
        left = [f for f, share in zip(rest, inter / np.maximum(areas - inter, 1e-9)) if share <= iou]
    return kept
