"""Runs ONNX files through `ocelli tensor`, and reads what the detector says: boxes, scores, landmarks."""
import os
import subprocess
import tempfile

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
STRIDES, SIDE = (8, 16, 32), 320


def run(model, x, ocelli=None):
    """The outputs of a model for one input array: {name: array}. `ocelli` is the program, by default build/ocelli."""
    ocelli = ocelli or os.path.join(ROOT, "build", "ocelli")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.npy")
        np.save(path, np.ascontiguousarray(x, np.float32))
        done = subprocess.run([ocelli, "tensor", model, "--out", folder, "--precision", "f32", f"input={path}"], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{ocelli} tensor {model}: {done.stderr.strip()}")
        names = [name for name in os.listdir(folder) if name.startswith("out_")]
        return {name[4:-4]: np.load(os.path.join(folder, name)) for name in names}


def detect(model, pictures, threshold, iou, batch=50, ocelli=None):
    """Faces in pictures uint8 [n, 320, 320, 3]: for each a list of (score, box [4], landmarks [5, 2]), best first."""
    found = []
    for k in range(0, len(pictures), batch):
        x = (np.asarray(pictures[k:k + batch], np.float32).transpose(0, 3, 1, 2) - 127.5) / 128
        out = run(model, x, ocelli)
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
    kept = []
    for face in sorted(faces, key=lambda f: -f[0]):
        if all(overlap(face[1], other[1]) <= iou for other in kept):
            kept.append(face)
    return kept
