"""Which cell of which level answers for which object."""

import numpy as np

from scene.compose import IGNORE
from scene.net import STRIDES

# Longer sides of the boxes that each level answers for; where two overlap, both do.
RANGES = ((0, 68), (48, 136), (96, 10000))
NEGATIVE, IGNORED = -1, -2


def paint(target, box, stride, number):
    """Marks the cells round the box's centre: three by three, as far as their centres are in the box."""
    x1, y1, x2, y2 = box
    cells = target.shape[0]
    column, row = int((x1 + x2) / 2 / stride), int((y1 + y2) / 2 / stride)
    left = max(0, min(column, max(column - 1, int(np.ceil(x1 / stride - 0.5)))))
    top = max(0, min(row, max(row - 1, int(np.ceil(y1 / stride - 0.5)))))
    right = min(cells - 1, max(column, min(column + 1, int(np.floor(x2 / stride - 0.5)))))
    bottom = min(cells - 1, max(row, min(row + 1, int(np.floor(y2 / stride - 0.5)))))
    target[top : bottom + 1, left : right + 1] = number


def ignore(target, box, stride):
    """Cells in a box that counts neither way."""
    x1, y1, x2, y2 = (np.asarray(box) / stride).astype(int)
    target[y1 : y2 + 1, x1 : x2 + 1] = IGNORED


def assign(boxes, side):
    """For boxes [b, n, 6] (class -1: none) a list over levels of int64 [b, cells, cells]: number of the box in its
    picture, NEGATIVE or IGNORED. Smaller boxes win."""
    maps = [np.full((len(boxes), side // stride, side // stride), NEGATIVE, np.int64) for stride in STRIDES]
    for picture, rows in enumerate(boxes):
        longer = np.maximum(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1])
        kept = np.flatnonzero(rows[:, 4] >= 0)
        for number in kept[np.argsort(-longer[kept])]:
            for level, (low, high) in enumerate(RANGES):
                if rows[number, 5] == IGNORE:
                    ignore(maps[level][picture], rows[number, :4], STRIDES[level])
                elif low <= longer[number] < high:
                    paint(maps[level][picture], rows[number, :4], STRIDES[level], number)
    return maps
