"""The detector's training: which cells answer for which face, and the three losses."""
import os

import numpy as np
import torch
from torch.nn import functional as F

import data
from common import start
from net import Detector

STEPS, BATCH = 3000, 16
SIDE, WINDOW = data.scenes.SIDE, 192
# A level answers for faces whose side (the root of the box's area, pixels) lies in its range; the ranges overlap.
RANGES = ((0, 44), (32, 104), (80, 1000))


class Pool:
    """Scenes on disk; the last chunk asked for is not trained on but watched."""

    def __init__(self, work, rng):
        self.work, self.rng, self.pictures, self.rows = work, rng, [], []

    def refresh(self):
        """Takes up new chunks."""
        while os.path.exists(data.chunk_path(self.work, "scenes", len(self.pictures), "pictures")):
            index = len(self.pictures)
            self.pictures.append(np.load(data.chunk_path(self.work, "scenes", index, "pictures"), mmap_mode="r"))
            rows = np.load(data.chunk_path(self.work, "scenes", index, "rows"))
            self.rows.append([rows[rows[:, 0] == i, 1:] for i in range(len(self.pictures[-1]))])

    def batch(self, count, side=SIDE):
        """Pictures [count, side, side, 3] and for each its faces [n, 14]; half of them mirrored. Chunk 0 is left for watching."""
        which = self.rng.integers(1, len(self.pictures), count)
        index = self.rng.integers(0, data.SCENES, count)
        pictures, faces = [], []
        for w, i in zip(which, index):
            picture, rows = self.pictures[w][i], self.rows[w][i]
            if self.rng.random() < 0.5:
                picture, rows = picture[:, ::-1], mirror(rows)
            if side < SIDE:
                picture, rows = window(self.rng, picture, rows, side)
            pictures.append(picture)
            faces.append(torch.from_numpy(np.ascontiguousarray(rows)))
        return torch.from_numpy(np.stack(pictures)), faces


def window(rng, picture, rows, side):
    """A part of a scene, about one of its faces if it has any: more faces a pixel, so more learned a second."""
    x, y = rng.uniform(0, SIDE, 2)
    if len(rows):
        weight = np.minimum(rows[:, 3] - rows[:, 1], side)  # rather a large one
        face = rows[rng.choice(len(rows), p=weight / weight.sum())]
        x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
    x = int(np.clip(x - side / 2 + rng.uniform(-0.4, 0.4) * side, 0, SIDE - side))
    y = int(np.clip(y - side / 2 + rng.uniform(-0.4, 0.4) * side, 0, SIDE - side))
    moved = rows - np.array([x, y] * 7, np.float32)
    boxes = np.clip(moved[:, :4], 0, side)
    whole = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    seen = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) > 0.4 * whole
    return picture[y:y + side, x:x + side], np.concatenate([boxes, moved[:, 4:]], 1)[seen]


def mirror(rows):
    """Faces of a mirrored picture: left and right change places among the landmarks too."""
    out = rows.copy()
    out[:, 0], out[:, 2] = SIDE - rows[:, 2], SIDE - rows[:, 0]
    points = rows[:, 4:].reshape(-1, 5, 2)[:, [1, 0, 2, 4, 3]].copy()
    points[..., 0] = SIDE - points[..., 0]
    out[:, 4:] = points.reshape(-1, 10)
    return out


def grids(device, side=SIDE):
    """For each level the cells' points in pixels [cells, 2]: column * stride, row * stride."""
    out = []
    for stride in Detector.STRIDES:
        n = side // stride
        y, x = torch.meshgrid(torch.arange(n, device=device), torch.arange(n, device=device), indexing="ij")
        out.append(torch.stack([x, y], -1).reshape(-1, 2).float() * stride)
    return out


def assign(faces, cells, level):
    """Which cells of a level answer for which face: (cell indices, face indices). The nearest 9 at most, within 1.3 strides and the box."""
    stride = Detector.STRIDES[level]
    low, high = RANGES[level]
    side = ((faces[:, 2] - faces[:, 0]) * (faces[:, 3] - faces[:, 1])).clamp(min=1).sqrt()
    centre = (faces[:, :2] + faces[:, 2:4]) / 2
    away = (cells[None] - centre[:, None]).norm(dim=2)
    inside = (cells[None] > faces[:, None, :2]).all(2) & (cells[None] < faces[:, None, 2:4]).all(2)
    near = (away < 1.3 * stride) & inside | (away == away.min(1, keepdim=True)[0])
    ok = near & ((side >= low) & (side < high))[:, None]
    away = away.masked_fill(~ok, 1e9)
    best, face = away.min(0)
    cell = (best < 1e9).nonzero()[:, 0]
    return cell, face[cell]


def overlap(a, b):
    """(IoU, generalised IoU) of pairs of boxes."""
    inter = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    union = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(1) + (b[:, 2:] - b[:, :2]).clamp(min=0).prod(1) - inter
    iou = inter / (union + 1e-6)
    return iou, iou - (hull - union) / (hull + 1e-6)


def losses(out, faces, cells):
    """(score, box, landmark) losses of a batch: focal loss with the overlap as the aim, generalised IoU, distances in eye distances."""
    score_sum, box_sum, point_sum, total = 0.0, 0.0, 0.0, 0.0
    for level in range(3):
        logits, distances, points = out[level][..., 0], out[3 + level], out[6 + level]
        stride, at = Detector.STRIDES[level], cells[level]
        aim = torch.zeros_like(logits)
        for i, rows in enumerate(faces):
            if not len(rows):
                continue
            cell, face = assign(rows, at, level)
            if not len(cell):
                continue
            want = rows[face]
            d = distances[i, cell] * stride
            box = torch.cat([at[cell] - d[:, :2], at[cell] + d[:, 2:]], 1)
            iou, giou = overlap(box, want[:, :4])
            aim[i, cell] = iou.detach().clamp(0.1, 1)
            spot = at[cell].repeat(1, 5) + points[i, cell] * stride
            size = (want[:, 2:4] - want[:, :2]).mean(1, keepdim=True)
            box_sum = box_sum + (1 - giou).sum()
            point_sum = point_sum + F.smooth_l1_loss(spot / size, want[:, 4:] / size, beta=0.02, reduction="none").mean(1).sum()
            total += len(cell)
        p = torch.sigmoid(logits)
        weight = torch.where(aim > 0, (aim - p).abs() ** 2, 0.75 * p ** 2).detach()
        score_sum = score_sum + (weight * F.binary_cross_entropy_with_logits(logits, aim, reduction="none")).sum()
    total = max(total, 1.0)
    return score_sum / total, box_sum / total, point_sum / total


def colours(pictures, generator):
    """uint8 [n, 320, 320, 3] -> float [n, 3, 320, 320], (x - 127.5) / 128, with other colours and brightness; padding stays black."""
    n, device = len(pictures), pictures.device
    gain = (torch.rand((n, 1, 1, 1), generator=generator, device=device) * 0.5 + 0.7) * (
        torch.rand((n, 1, 1, 3), generator=generator, device=device) * 0.16 + 0.92)
    x = (pictures.float() * gain).clamp(0, 255)
    return x.sub_(127.5).div_(128).permute(0, 3, 1, 2)


@torch.no_grad()
def watch(net, pool, cells, device):
    """The losses on scenes of chunk 0."""
    net.eval()
    sums = np.zeros(3)
    for k in range(0, 64, 16):
        x = torch.from_numpy(np.array(pool.pictures[0][k:k + 16])).to(device).float().sub(127.5).div(128).permute(0, 3, 1, 2)
        faces = [torch.from_numpy(r).to(device) for r in pool.rows[0][k:k + 16]]
        sums += [float(v) for v in losses(net(x), faces, cells)]
    net.train()
    return sums / 4


def train(options, make_run):
    """The whole training."""
    net = Detector(options.size).to(options.device, memory_format=torch.channels_last)
    generator = torch.Generator(options.device).manual_seed(options.seed * 1000003)
    if options.start:
        pool = Pool(options.work, np.random.default_rng(5))
        pool.refresh()
        start.begin(net, options.start, colours(pool.batch(32)[0].to(options.device), generator))
    run = make_run(options, "detector", {"net": net})
    pool = Pool(options.work, np.random.default_rng([options.seed, run.step]))
    generator.manual_seed(options.seed * 1000003 + run.step)
    cells, inside = grids(options.device), grids(options.device, WINDOW)
    net.train()
    sums = np.zeros(3)
    while run.step < options.steps:
        if run.step % 100 == 0 or not pool.pictures:
            pool.refresh()
        late = options.fine or run.step >= 0.8 * options.steps  # the last fifth is for landmarks
        whole = run.step % 5 < 2 or run.step >= 0.9 * options.steps  # large faces need whole pictures; the others are cheaper in windows
        pictures, faces = pool.batch(options.batch, SIDE) if whole else pool.batch(options.batch * 3 // 2, WINDOW)
        seen = colours(pictures.to(options.device), generator).contiguous(memory_format=torch.channels_last)
        with torch.autocast(options.device, torch.bfloat16, enabled=options.bf16):
            out = net(seen)
        out = [rows.float() for rows in out]
        score, box, point = losses(out, [f.to(options.device) for f in faces], cells if whole else inside)
        rate = run.descend(score + 2 * box + (24 if late else 8) * point)
        sums += (score.item(), box.item(), point.item())
        if run.step % 50 == 0:
            s = sums / 50
            print(f"{run.step} score {s[0]:.4f} box {s[1]:.4f} points {s[2]:.5f} rate {rate:.5f} chunks {len(pool.pictures)}", flush=True)
            sums[:] = 0
        if run.due():
            s = watch(net, pool, cells, options.device)
            print(f"{run.step} watched: score {s[0]:.4f} box {s[1]:.4f} points {s[2]:.5f}", flush=True)
            run.save()
