"""Losses: quality focal for classes, GIoU for boxes, cross-entropy and dice for the class map.

A class score learns the IoU of its own box, so that one number says both what it is and how well it is framed.
"""

import torch
import torch.nn.functional as F

from scene import net
from scene.targets import IGNORED

TYPICAL = 4  # cells of an object on one level; targets.paint gives it one to nine


class Background(torch.autograd.Function):
    """Sum of sigmoid(x)^2 * softplus(x) over rows that count: the focal loss of cells without object.

    Its gradient is written out, because autograd would keep half a dozen copies of the largest map."""

    @staticmethod
    def forward(context, logits, counts):
        score = torch.sigmoid(logits)
        cost = F.softplus(logits)
        square = score * score * counts
        # d/dx s^2 softplus(x) = s^2 (s + 2 (1 - s) softplus(x))
        context.save_for_backward(torch.addcmul(score, 1 - score, cost, value=2).mul_(square))
        return (square * cost).sum()

    @staticmethod
    def backward(context, gradient):
        return context.saved_tensors[0] * gradient, None


def overlap(first, second):
    """IoU and GIoU of boxes given as distances from the same points to left, top, right, bottom."""
    area = (first[:, 0] + first[:, 2]) * (first[:, 1] + first[:, 3])
    other = (second[:, 0] + second[:, 2]) * (second[:, 1] + second[:, 3])
    inner, outer = torch.minimum(first, second), torch.maximum(first, second)
    common = (inner[:, 0] + inner[:, 2]) * (inner[:, 1] + inner[:, 3])
    hull = (outer[:, 0] + outer[:, 2]) * (outer[:, 1] + outer[:, 3])
    union = area + other - common
    iou = common / union
    return iou, iou - (hull - union) / hull


def level_loss(raw, assigned, boxes, stride, classes):
    """Class loss, box loss and weight of the positive cells of one level. `assigned` [b, cells, cells], `boxes` [b, n, 6].

    An object of few cells counts more a cell: with the same weight for all, small things would hardly count."""
    cells = raw.shape[2]
    rows = raw.permute(0, 2, 3, 1).reshape(-1, raw.shape[1])
    flat = assigned.reshape(-1)
    logits, raw_distances = rows.split((classes, 4), 1)
    cost = Background.apply(logits, (flat != IGNORED).to(rows.dtype)[:, None])
    where = torch.nonzero(flat >= 0)[:, 0]
    if not len(where):
        return cost, rows.sum() * 0, 0
    picture = torch.div(where, cells * cells, rounding_mode="floor")
    target = boxes[picture, flat[where]]
    owner = picture * boxes.shape[1] + flat[where]
    weight = (TYPICAL / torch.bincount(owner)[owner].to(rows.dtype)).sqrt()
    place = where % (cells * cells)
    x = (place % cells + 0.5) * stride
    y = (torch.div(place, cells, rounding_mode="floor") + 0.5) * stride
    truth = torch.stack([x - target[:, 0], y - target[:, 1], target[:, 2] - x, target[:, 3] - y], 1)
    # The visible box of a small thing can miss the middle of its cell by a little: distances are positive.
    truth = truth.clamp(min=0.5)
    iou, giou = overlap(net.distances(raw_distances[where], stride), truth)
    quality = iou.detach().clamp(min=0.2)
    logit = logits[where, target[:, 4].long()]
    score = torch.sigmoid(logit)
    own = (quality - score.detach()) ** 2 * F.binary_cross_entropy_with_logits(logit, quality, reduction="none")
    # This class of this cell was counted as background above: taken back.
    cost = cost + (own * weight).sum() - (score * score * F.softplus(logit)).sum()
    return cost, ((1 - giou) * weight).sum(), weight.sum()


def segmentation_loss(logits, samples):
    """Cross-entropy and dice of the class map; `samples` [b, h, w, 4] are classes at four points of each cell."""
    rows = logits.permute(0, 2, 3, 1).reshape(-1, logits.shape[1])
    samples = samples.reshape(-1, samples.shape[-1])
    logs = rows.log_softmax(1)
    picked = logs.gather(1, samples)
    weight = 1 + (samples > 0).to(rows.dtype)
    entropy = -(picked * weight).sum() / weight.sum()
    count, share = logits.shape[1], samples.shape[1]
    common = torch.zeros(count, device=rows.device).index_add(0, samples.reshape(-1), picked.exp().reshape(-1)) / share
    truth = torch.bincount(samples.reshape(-1), minlength=count) / share
    dice = 1 - (2 * common + 1) / (logs.exp().sum(0) + truth + 1)
    return entropy + 0.5 * dice.mean()


def total(outputs, assigned, boxes, samples, classes):
    """The whole loss and its parts as numbers."""
    maps, segmentation = outputs
    parts = [level_loss(raw, a, boxes, s, classes) for raw, a, s in zip(maps, assigned, net.STRIDES)]
    positive = sum(part[2] for part in parts) + 1e-6
    label, frame = sum(part[0] for part in parts) / positive, sum(part[1] for part in parts) / positive
    picture = segmentation_loss(segmentation, samples)
    loss = 2 * label + 1.5 * frame + picture
    return loss, {"class": float(label.detach()), "box": float(frame.detach()), "map": float(picture.detach())}
