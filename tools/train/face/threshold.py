#!/usr/bin/python3
"""Where to put the embedder's threshold: the similarity at which, on portraits of the validation identities before backgrounds that training
knows, as many pairs of one identity are refused as of two are taken for one. Landmarks are the detector's, as in use."""
import argparse

import numpy as np

import data
import evaluate
from align import aligned
from paths import PACKAGE, WORK


def vectors(models, work, identities):
    """Unit vectors [n, 2, 128] of those identities that were found in both portraits, and the mean landmark error in eye distances."""
    drawn = evaluate.kept(work, f"validation-{identities}",
                          lambda: dict(zip(("pictures", "points"), evaluate.portraits(identities, data.VALIDATION[0], 7, False))))
    pictures, points = drawn["pictures"].reshape(-1, 320, 320, 3), drawn["points"].reshape(-1, 5, 2)
    found = [evaluate.nearest(faces, truth) for faces, truth in zip(models.detect(pictures), points)]
    marks = [truth if mark is None else mark for mark, truth in zip(found, points)]
    error = np.mean([np.mean(np.hypot(*(m - p).T)) / np.hypot(*(p[1] - p[0])) for m, p in zip(marks, points)])
    ok = np.array([mark is not None for mark in found]).reshape(-1, 2).all(1)
    return models.embed([aligned(p, m) for p, m in zip(pictures, marks)]).reshape(identities, 2, -1)[ok], error


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=WORK)
    parser.add_argument("--package", default=PACKAGE)
    parser.add_argument("--identities", type=int, default=400)
    options = parser.parse_args()
    found, error = vectors(evaluate.Models(options.package), options.work, options.identities)
    table = found[:, 0] @ found[:, 1].T
    same, different = np.diag(table), table[~np.eye(len(table), dtype=bool)]
    steps = np.linspace(0, 0.9, 181)
    refused, taken = (np.array([np.mean(side) for side in sides]) for sides in
                      ([same < t for t in steps], [different >= t for t in steps]))
    best = int(np.argmin(np.abs(refused - taken)))
    print(f"{len(found)} identities, landmark error {error:.3f}: threshold {steps[best]:.3f}, accuracy {1 - (refused[best] + taken[best]) / 2:.4f}; "
          f"same {same.mean():.3f}, different {different.mean():.3f}")


if __name__ == "__main__":
    main()
