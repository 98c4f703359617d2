"""Scores of detections and class maps; numpy alone.

AP is the area under the envelope of precision over recall (all points, no sampling), the mean over classes. A
truth box that is mostly hidden counts neither for nor against whoever finds it.
"""

import numpy as np

from scene.compose import BOX


def overlaps(boxes, others):
    """IoU [n, m] of corner boxes."""
    corner = np.maximum(boxes[:, None, :2], others[None, :, :2])
    far = np.minimum(boxes[:, None, 2:4], others[None, :, 2:4])
    common = np.clip(far - corner, 0, None).prod(2)
    area = (boxes[:, 2:4] - boxes[:, :2]).prod(1)[:, None] + (others[:, 2:4] - others[:, :2]).prod(1)[None]
    return common / np.maximum(area - common, 1e-9)


def suppress(boxes, scores, iou, most=100):
    """Indices kept, best score first, at most so many."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order) and len(kept) < most:
        kept.append(order[0])
        rest = order[1:]
        order = rest[overlaps(boxes[order[:1]], boxes[rest])[0] <= iou]
    return np.array(kept, int)


def decode(output, score=0.05, iou=0.5, most=100):
    """Rows x1 y1 x2 y2 score class of one picture's `detections` [4 + classes, cells]."""
    cells, labels = np.nonzero(output[4:].T > score)
    scores = output[4 + labels, cells]
    if len(scores) > 1000:
        best = np.argsort(-scores, kind="stable")[:1000]
        cells, labels, scores = cells[best], labels[best], scores[best]
    middle, size = output[:2, cells].T, output[2:4, cells].T
    boxes = np.concatenate([middle - size / 2, middle + size / 2], 1)
    # Boxes of different classes do not meet when each class is moved to a place of its own.
    kept = suppress(boxes + labels[:, None] * 10000.0, scores, iou, most)
    return np.concatenate([boxes[kept], scores[kept, None], labels[kept, None]], 1)


def within(boxes, band):
    """Whether the longer side lies in the band."""
    longer = (boxes[:, 2:4] - boxes[:, :2]).max(1)
    return (longer >= band[0]) & (longer < band[1])


def match(found, truth, label, band, iou):
    """For one picture and class: rows (score, hit) that count, and how many truths there are to find."""
    found = found[found[:, 5] == label]
    truth = truth[truth[:, 4] == label]
    counts = (truth[:, 5] == BOX) & within(truth, band)
    table = overlaps(found, truth)
    taken, rows = np.zeros(len(truth), bool), []
    for index in np.argsort(-found[:, 4]):
        fits = np.where(taken, -1, table[index]) if len(truth) else np.zeros(0)
        fits = np.where(counts, fits, np.where(fits >= iou, fits - 1, -2))  # a truth that counts goes first
        best = int(fits.argmax()) if len(fits) else -1
        if best >= 0 and fits[best] >= iou:
            taken[best] = True
            rows.append((found[index, 4], 1))
        elif best >= 0 and fits[best] > -1 and not counts[best]:
            continue  # found something that does not count
        elif within(found[index : index + 1], band)[0]:
            rows.append((found[index, 4], 0))
    return rows, int(counts.sum())


def average_precision(rows, total):
    """All-point interpolated AP of rows (score, hit)."""
    if not total:
        return None
    if not rows:
        return 0.0
    rows = np.array(rows)
    hits = rows[np.argsort(-rows[:, 0], kind="stable"), 1]
    recall = np.cumsum(hits) / total
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * envelope).sum())


class Detection:
    """Collects pictures; `ap(classes)` gives one AP a class (None where there is nothing to find)."""

    def __init__(self, classes, band=(0, 1e9), iou=0.5):
        self.classes, self.band, self.iou = classes, band, iou
        self.rows, self.totals = [[] for _ in range(classes)], [0] * classes

    def add(self, found, truth):
        """One picture: rows x1 y1 x2 y2 score class, and truth x1 y1 x2 y2 class kind."""
        for label in set(found[:, 5].astype(int)) | set(truth[:, 4].astype(int)):
            rows, total = match(found, truth, label, self.band, self.iou)
            self.rows[label] += rows
            self.totals[label] += total

    def each(self):
        """AP of every class."""
        return [average_precision(rows, total) for rows, total in zip(self.rows, self.totals)]

    def mean(self):
        """Mean over the classes that occur."""
        return float(np.mean([value for value in self.each() if value is not None] or [0.0]))


def enlarge(logits, height, width):
    """Bilinear, half-pixel centres, edges held: [c, h, w] to [c, height, width]."""
    for axis, wanted in ((1, height), (2, width)):
        size = logits.shape[axis]
        at = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
        low = at.astype(int)
        high = np.minimum(low + 1, size - 1)
        part = (at - low).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(3)])
        logits = logits.take(low, axis) * (1 - part) + logits.take(high, axis) * part
    return logits


class Segmentation:
    """Collects a confusion matrix; rows are the truth."""

    def __init__(self, classes):
        self.classes, self.matrix = classes, np.zeros((classes, classes), np.int64)

    def add(self, predicted, truth):
        """One picture: two maps of class indices."""
        joint = truth.astype(np.int64).reshape(-1) * self.classes + predicted.reshape(-1)
        self.matrix += np.bincount(joint, minlength=self.classes**2).reshape(self.classes, self.classes)

    def each(self):
        """IoU of every class, None where it neither occurs nor is predicted."""
        common = np.diag(self.matrix)
        union = self.matrix.sum(0) + self.matrix.sum(1) - common
        return [float(c / u) if u else None for c, u in zip(common, union)]

    def mean(self):
        """Mean IoU over the classes that occur."""
        return float(np.mean([value for value in self.each() if value is not None]))
