"""The embedder's training: ArcFace over all identities, and the traits themselves as a second aim."""
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import data
from common import start
from net import Embedder, Margin
from align import SIDE

STEPS, BATCH, MARGIN, TRAITS = 3000, 96, 0.25, 12.0
NOISE = torch.randn((1 << 20) + SIDE * SIDE * 3, generator=torch.Generator().manual_seed(9))


class Pool:
    """Aligned pictures on disk; batches of random identities from random chunks."""

    def __init__(self, work, rng):
        self.work, self.rng, self.chunks = work, rng, []

    def refresh(self):
        """Takes up new chunks."""
        while os.path.exists(data.chunk_path(self.work, "faces", len(self.chunks), "pictures")):
            self.chunks.append(np.load(data.chunk_path(self.work, "faces", len(self.chunks), "pictures"), mmap_mode="r"))

    def batch(self, count):
        """Pictures [count, 128, 128, 3] and identities [count]."""
        which = self.rng.integers(0, len(self.chunks), count)
        labels = self.rng.integers(0, len(self.chunks[0]), count)
        return torch.from_numpy(np.stack([self.chunks[w][i] for w, i in zip(which, labels)])), torch.from_numpy(labels)


def augment(pictures, generator):
    """uint8 [n, 128, 128, 3] -> float [n, 3, 112, 112]: placed as uncertain landmarks would, at other sizes, colours and sharpness."""
    n, device = len(pictures), pictures.device

    def uniform(low, high, *shape):
        return torch.rand(shape or (n,), generator=generator, device=device) * (high - low) + low

    x = pictures.permute(0, 3, 1, 2).float().sub_(127.5).div_(127.5).contiguous()
    # Small faces have been enlarged, large ones are made small without a filter: both change the sharpness.
    small = int(uniform(28, 128, 1))
    half = n // 2
    x[:half] = F.interpolate(F.interpolate(x[:half], (small, small), mode="area"), (data.CROP, data.CROP), mode="bilinear")
    # The spread that the detector's landmarks give to turn, size and place of the aligned face.
    wander = torch.randn((4, n), generator=generator, device=device).clamp_(-2.5, 2.5)
    turn, grow, right, down = wander[0] * 0.11, 1 + wander[1] * 0.07, wander[2] * 0.05, wander[3] * 0.036
    theta = torch.stack([torch.stack([grow * torch.cos(turn), -torch.sin(turn), right], 1),
                         torch.stack([torch.sin(turn), grow * torch.cos(turn), down], 1)], 1)
    theta[:, :, :2] *= SIDE / data.CROP
    x = F.grid_sample(x, F.affine_grid(theta, (n, 3, SIDE, SIDE), align_corners=False), align_corners=False, mode="bilinear",
                      padding_mode="border")
    x.mul_(uniform(0.75, 1.2, n, 1, 1, 1) * uniform(0.93, 1.07, n, 3, 1, 1)).add_(uniform(-0.12, 0.12, n, 1, 1, 1))
    start = int(uniform(0, 1 << 20, 1))  # noise is dear: a part of a long strip, anew each time
    grain = NOISE[start:start + SIDE * SIDE * 3].to(device).view(1, 3, SIDE, SIDE)
    x.addcmul_(grain, uniform(0, 0.07, n, 1, 1, 1))
    return x.clamp_(-1, 1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def validate(net, work, device):
    """(threshold, accuracy) of pairs of identities outside training and test: the similarity that tells them apart best."""
    path = os.path.join(work, "validation_faces.npy")
    if not os.path.exists(path):
        rng = np.random.default_rng(77)
        backs = [data.backgrounds.make(rng, 320, 320) for _ in range(20)]
        first = data.VALIDATION[0]
        np.save(path, np.stack([[data.face_crop(rng, data.identity(first + i), backs[int(rng.integers(20))]) for _ in range(2)] for i in range(400)]))
    net.eval()
    faces = torch.from_numpy(np.load(path)).to(device)
    generator = torch.Generator(device).manual_seed(5)
    views = [torch.cat([F.normalize(net(augment(faces[k:k + 100, v], generator))) for k in range(0, len(faces), 100)]) for v in (0, 1)]
    net.train()
    same = (views[0] * views[1]).sum(1)
    different = torch.cat([(views[0] * views[1].roll(shift, 0)).sum(1) for shift in range(1, 20)])
    thresholds = torch.linspace(0, 0.9, 181, device=device)
    accuracy = torch.stack([((same >= t).float().mean() + (different < t).float().mean()) / 2 for t in thresholds])
    best = accuracy.max()
    middle = thresholds[accuracy >= best - 1e-6].mean()
    return float(middle), float(best), float(same.mean()), float(different.mean())


@torch.no_grad()
def resume(options, net, margin, guess, traits):
    """Begins with a shipped file: its weights; each identity's centre is the mean of a few views; the traits by least squares."""
    pool, generator = Pool(options.work, np.random.default_rng(5)), torch.Generator(options.device).manual_seed(5)
    pool.refresh()
    views = augment(pool.batch(256)[0].to(options.device), generator)
    start.begin(net, options.start, views, [(net.norm, "pool")])
    net.eval()
    seen = torch.zeros(len(traits), 128)
    for chunk in pool.chunks[:2]:
        for k in range(0, len(traits), 200):
            seen[k:k + 200] += net(augment(torch.from_numpy(np.array(chunk[k:k + 200])).to(options.device), generator)).cpu() / 2
    net.train()
    margin.centres.copy_(seen)
    seen, traits = torch.cat([seen, torch.ones(len(traits), 1)], 1).double(), traits.cpu()
    ridge = torch.eye(seen.shape[1], dtype=torch.double) * 1e-3 * len(seen)
    fitted = torch.linalg.solve(seen.T @ seen + ridge, seen.T @ traits.double()).float()
    guess.weight.copy_(fitted[:-1].T)
    guess.bias.copy_(fitted[-1])


def train(options, make_run):
    """The whole training."""
    net = Embedder(options.size).to(options.device, memory_format=torch.channels_last)
    traits = torch.from_numpy(data.traits_table()).to(options.device)
    margin, guess = Margin(len(traits)).to(options.device), nn.Linear(128, traits.shape[1]).to(options.device)
    if options.start:
        resume(options, net, margin, guess, traits)
    run = make_run(options, "embedder", {"net": net, "margin": margin, "guess": guess})
    pool = Pool(options.work, np.random.default_rng([options.seed, run.step]))
    generator = torch.Generator(options.device).manual_seed(options.seed * 1000003 + run.step)
    net.train()
    sums = np.zeros(3)
    while run.step < options.steps:
        if run.step % 200 == 0 or not pool.chunks:
            pool.refresh()
        pictures, label = pool.batch(options.batch)
        label = label.to(options.device)
        seen = augment(pictures.to(options.device), generator)
        with torch.autocast(options.device, torch.bfloat16, enabled=options.bf16):
            embedding = net(seen)
        embedding = embedding.float()
        # The margin comes in slowly: at the start every identity looks alike.
        harder = MARGIN if options.start else MARGIN * min(1.0, run.step / (0.4 * options.steps))
        logits = margin(embedding, label, harder)
        by_class = F.cross_entropy(logits, label)
        by_trait = F.smooth_l1_loss(guess(embedding), traits[label], beta=0.3)
        rate = run.descend(by_class + TRAITS * by_trait)
        sums += (by_class.item(), by_trait.item(), (logits.argmax(1) == label).float().mean().item())
        if run.step % 50 == 0:
            print(f"{run.step} class {sums[0] / 50:.3f} trait {sums[1] / 50:.4f} right {sums[2] / 50:.3f} "
                  f"rate {rate:.5f} chunks {len(pool.chunks)}", flush=True)
            sums[:] = 0
        if run.due():
            threshold, best, same, different = validate(net, options.work, options.device)
            print(f"{run.step} validation: accuracy {best:.4f} at {threshold:.3f}; same {same:.3f}, different {different:.3f}", flush=True)
            run.save()
