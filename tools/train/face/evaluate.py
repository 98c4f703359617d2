#!/usr/bin/python3
"""Measures starter-face on identities and backgrounds that training never saw, through `ocelli tensor`.

Exit status 1 when a figure is worse than the card's. Needs build/ocelli, python3-numpy, python3-pil, python3-cairo, fonts-noto-color-emoji
and unicode-cldr-core; no torch.
"""
import argparse
import glob
import hashlib
import json
import os
import sys

import numpy as np

import data
import runner
import scenes
from align import aligned
from moment import moment
from paths import HERE, PACKAGE, WORK, backgrounds, ocelli
from render import canvas, draw_face, surface_of, to_rgb
from traits import identity

SEED = 20261


class Models:
    """The package's two models and their thresholds, run by `ocelli tensor`."""

    def __init__(self, package):
        self.package = package
        self.score, self.iou = (self.thresholds("detection")[name] for name in ("score", "iou"))
        self.similarity = self.thresholds("recognition")["similarity"]

    def thresholds(self, part):
        """What the part's model.json says."""
        with open(os.path.join(self.package, part, "model.json"), encoding="utf-8") as file:
            return json.load(file)["thresholds"]

    def detect(self, pictures, score=None):
        """The faces of pictures [n, 320, 320, 3], see runner.detect."""
        return runner.detect(os.path.join(self.package, "detection", "model.onnx"), pictures, self.score if score is None else score, self.iou)

    def embed(self, crops):
        """Unit vectors [n, 128] of aligned crops, each [112, 112, 3]."""
        model, out = os.path.join(self.package, "recognition", "model.onnx"), []
        for k in range(0, len(crops), 200):
            x = (np.stack(crops[k:k + 200]).transpose(0, 3, 1, 2) - 127.5) / 127.5
            out.append(ocelli.tensor(model, {"input": x})["embedding"])
        out = np.concatenate(out)
        return out / np.linalg.norm(out, axis=1, keepdims=True)


def average_precision(found, truth):
    """(AP at IoU .5, matches as (found, true) landmarks): the area under the envelope of precision over recall."""
    claims = sorted(((face[0], i, face) for i, faces in enumerate(found) for face in faces), key=lambda c: -c[0])
    total, taken, hits, matches = sum(len(boxes) for boxes, _ in truth), [set() for _ in truth], [], []
    for _, i, (_, box, points) in claims:
        overlaps = [runner.overlap(box, b) if k not in taken[i] else 0 for k, b in enumerate(truth[i][0])]
        best = int(np.argmax(overlaps)) if overlaps else -1
        hits.append(best >= 0 and overlaps[best] >= 0.5)
        if hits[-1]:
            taken[i].add(best)
            matches.append((points, truth[i][1][best]))
    hits = np.cumsum(hits)
    recall, precision = hits / total, hits / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate([[0], recall])) * envelope)), matches


def kept(work, name, make):
    """What make() draws (arrays by name), kept in the work folder until anything that draws has changed: drawing takes the longest.
    What the functions of this file draw is told by SEED and the name."""
    seal = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(HERE, "*.py")) + glob.glob(os.path.join(os.path.dirname(HERE), "common", "*.py"))):
        if not os.path.basename(path).startswith(("train", "net", "export", "picture", "examples", "half", "ocelli", "runner", "evaluate")):
            with open(path, "rb") as file:
                seal.update(file.read())
    path = os.path.join(work, f"{name}-{SEED}-{seal.hexdigest()[:12]}.npz")
    if not os.path.exists(path):
        os.makedirs(work, exist_ok=True)
        np.savez(path + ".tmp.npz", **make())
        os.replace(path + ".tmp.npz", path)
    with np.load(path) as arrays:
        return {key: arrays[key] for key in arrays.files}


def draw_scenes(work, count):
    """Held-out scenes: pictures, and faces as rows of (scene, box, landmarks)."""
    maker = scenes.Scenes(np.random.default_rng([SEED, 1]), work, data.TEST, held_out=True)
    made = [maker.scene() for _ in range(count)]
    rows = [np.concatenate([[i], b, p.reshape(-1)]) for i, m in enumerate(made) for b, p in zip(m[1], m[2])]
    return {"pictures": np.stack([m[0] for m in made]), "rows": np.array(rows).reshape(-1, 15)}


def measure_detection(models, work, count):
    """Scenes of all kinds: AP50, what the threshold finds, and the mean landmark error in eye distances."""
    drawn = kept(work, f"scenes-{count}", lambda: draw_scenes(work, count))
    rows = [drawn["rows"][drawn["rows"][:, 0] == i, 1:] for i in range(count)]
    found = models.detect(drawn["pictures"], 0.05)
    truth = [(r[:, :4], r[:, 4:].reshape(-1, 5, 2)) for r in rows]
    precision, _ = average_precision(found, truth)
    shown = [[face for face in faces if face[0] >= models.score] for faces in found]
    _, matches = average_precision(shown, truth)
    faces, claims = sum(len(t[0]) for t in truth), sum(len(s) for s in shown)
    errors = [np.mean(np.hypot(*(p - q).T)) / np.hypot(*(q[1] - q[0])) for p, q in matches]
    return {"AP50": precision, "faces": faces, "recall at the threshold": len(matches) / faces,
            "precision at the threshold": len(matches) / max(claims, 1), "landmark error": float(np.mean(errors))}


def portrait(rng, t, back):
    """One face in a picture: (uint8 [320, 320, 3], landmarks [5, 2])."""
    pixels = canvas(back)
    surface, m = surface_of(pixels), moment(rng, float(np.clip(rng.normal(0, 0.2), -0.5, 0.5)))
    scale = np.exp(rng.uniform(np.log(60), np.log(220))) / (1 + t.chin)
    points, _ = draw_face(surface, t, m, scale, *(rng.uniform(1.25 * scale, 320 - 1.25 * scale, 2) if scale < 100 else (160, 160)))
    surface.flush()
    return np.clip(to_rgb(pixels) * (m.tint * m.exposure), 0, 255).astype(np.uint8), points


def portraits(identities, first=data.TEST[0], stream=2, held_out=True):
    """Two portraits of each of the test identities: pictures [n, 2, 320, 320, 3] and landmarks [n, 2, 5, 2]. threshold.py asks for others."""
    rng = np.random.default_rng([SEED, stream])
    backs = [backgrounds.make(rng, 320, 320, held_out=held_out) for _ in range(60)]
    pictures, points = np.empty((identities, 2, 320, 320, 3), np.uint8), np.empty((identities, 2, 5, 2))
    for i in range(identities):
        t = identity(first + i)
        for view in range(2):
            pictures[i, view], points[i, view] = portrait(rng, t, backs[int(rng.integers(len(backs)))])
    return pictures, points


def nearest(faces, points):
    """The found face whose landmarks lie nearest to the true ones, as landmarks; None if the detector found none there."""
    size = np.hypot(*(points[1] - points[0]))
    near = [(np.mean(np.hypot(*(f[2] - points).T)), f[2]) for f in faces]
    near = [n for n in near if n[0] < size]
    return min(near, key=lambda n: n[0])[1] if near else None


def verification(vectors, threshold, ok):
    """(accuracy, mean of same, mean of different) over one same and one different pair for each identity; a face not found is a mistake."""
    n = len(vectors)
    other = (np.arange(n) + 1 + np.random.default_rng([SEED, 3]).integers(0, n - 1, n)) % n
    same, different = (vectors[:, 0] * vectors[:, 1]).sum(1), (vectors[:, 0] * vectors[other, 1]).sum(1)
    right = (ok[:, 0] & ok[:, 1] & (same >= threshold)).sum() + (ok[:, 0] & ok[other, 1] & (different < threshold)).sum()
    return right / (2 * n), float(np.mean(same)), float(np.mean(different))


def measure_verification(models, work, identities):
    """Accuracy with the detector's landmarks and with the true ones."""
    drawn = kept(work, f"portraits-{identities}", lambda: dict(zip(("pictures", "points"), portraits(identities))))
    pictures, points = drawn["pictures"], drawn["points"]
    flat, truth = pictures.reshape(-1, 320, 320, 3), points.reshape(-1, 5, 2)
    faces = models.detect(flat)
    found = [nearest(f, p) for f, p in zip(faces, truth)]
    ok = np.array([f is not None for f in found])
    out = {"pairs": 2 * identities, "faces found": float(ok.mean())}
    for name, marks, good in (("found", [f if f is not None else p for f, p in zip(found, truth)], ok), ("true", truth, np.ones_like(ok))):
        vectors = models.embed([aligned(picture, p) for picture, p in zip(flat, marks)]).reshape(identities, 2, 128)
        accuracy, same, different = verification(vectors, models.similarity, good.reshape(-1, 2))
        out[f"accuracy, {name} landmarks"] = float(accuracy)
        out[f"same, {name} landmarks"], out[f"different, {name} landmarks"] = same, different
    return out


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--package", default=PACKAGE)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--identities", type=int, default=1000, help="each gives one pair of the same and one of different faces")
    options = parser.parse_args()
    models = Models(options.package)
    figures = {**measure_detection(models, options.work, options.scenes), **measure_verification(models, options.work, options.identities)}
    print(f"starter-face: {figures.pop('faces')} faces in {options.scenes} scenes, {figures.pop('pairs')} pairs of {options.identities} identities, "
          "all never seen")
    if not ocelli.judge(figures, os.path.join(options.package, "README.md")):
        sys.exit(1)


if __name__ == "__main__":
    main()
