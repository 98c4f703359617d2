"""The two networks: a face detector with SCRFD's head, and a face embedder.

Dense convolutions only: depthwise ones are several times slower on a processor. Batch normalisation is folded at export.
"""
import torch
from torch import nn
from torch.nn import functional as F


class Conv(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, wide_in, wide_out, kernel=3, stride=1, act=True):
        layers = [nn.Conv2d(wide_in, wide_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(wide_out)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    """Two convolutions beside a way past them; `quiet` ones begin as nothing but that way."""

    def __init__(self, wide, quiet=False):
        super().__init__()
        self.body = nn.Sequential(Conv(wide, wide), Conv(wide, wide, act=False))
        if quiet:
            nn.init.zeros_(self.body[1][1].weight)

    def forward(self, x):
        return F.relu(x + self.body(x), inplace=True)


class Detector(nn.Module):
    """[batch, 3, 320, 320] -> for strides 8, 16, 32: scores (logits while training) [batch, cells, 1], distances [batch, cells, 4] and
    points [batch, cells, 10], all in strides from the cell's corner, as models/face/scrfd.c reads them."""

    STRIDES = (8, 16, 32)

    def __init__(self, size=1.0):
        super().__init__()
        a, b, c, d, e, neck = (max(8, int(round(w * size / 8)) * 8) for w in (16, 24, 40, 56, 72, 32))
        self.stem = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 2))
        self.stage8 = nn.Sequential(Conv(b, c, 3, 2), Block(c))
        self.stage16 = nn.Sequential(Conv(c, d, 3, 2), Block(d))
        self.stage32 = nn.Sequential(Conv(d, e, 3, 2), Conv(e, e), Block(e, quiet=True))
        self.side = nn.ModuleList([nn.Conv2d(w, neck, 1) for w in (c, d, e)])
        self.mixed = nn.ModuleList([Conv(neck, neck) for _ in range(3)])
        # Landmarks of larger faces are what the embedder depends on: they get layers of their own, which cost little at these strides.
        self.pointed = nn.ModuleList([nn.Identity(), *(nn.Sequential(Block(neck, True), Block(neck, True)) for _ in range(2))])
        self.score = nn.ModuleList([nn.Conv2d(neck, 1, 1) for _ in range(3)])
        self.distances = nn.ModuleList([nn.Conv2d(neck, 4, 1) for _ in range(3)])
        self.points = nn.ModuleList([nn.Conv2d(neck, 10, 1) for _ in range(3)])
        for score, distances in zip(self.score, self.distances):
            nn.init.constant_(score.bias, -4.0)
            nn.init.constant_(distances.bias, 2.0)
        self.exported = False

    @staticmethod
    def cells(feature):
        """The number of cells of a map; a plain number, also while the graph is written."""
        return int(feature.shape[2]) * int(feature.shape[3])

    def forward(self, x):
        c8 = self.stage8(self.stem(x))
        c16 = self.stage16(c8)
        c32 = self.stage32(c16)
        p32 = self.side[2](c32)
        p16 = self.side[1](c16) + F.interpolate(p32, scale_factor=2.0, mode="nearest")
        p8 = self.side[0](c8) + F.interpolate(p16, scale_factor=2.0, mode="nearest")
        features = [mixed(p) for mixed, p in zip(self.mixed, (p8, p16, p32))]
        pointed = [part(feature) for part, feature in zip(self.pointed, features)]
        out = []
        for heads, wide, seen in ((self.score, 1, features), (self.distances, 4, features), (self.points, 10, pointed)):
            for head, feature in zip(heads, seen):
                rows = head(feature).permute(0, 2, 3, 1)
                rows = rows.reshape(-1, self.cells(feature), wide)
                out.append(torch.sigmoid(rows) if self.exported and wide == 1 else rows)
        return tuple(out)


class Embedder(nn.Module):
    """[batch, 3, 112, 112] -> [batch, 128], not normalised."""

    def __init__(self, size=1.0):
        super().__init__()
        a, b, c = (max(8, int(round(w * size / 8)) * 8) for w in (32, 64, 112))
        self.body = nn.Sequential(Conv(3, a, 7, 4), Conv(a, b, 3, 2), Block(b), Conv(b, c, 3, 2), Block(c))
        self.pool = nn.Conv2d(c, c, 7, groups=c, bias=False)
        self.norm = nn.BatchNorm2d(c)
        self.out = nn.Linear(c, 128)

    def forward(self, x):
        x = self.norm(self.pool(self.body(x)))
        return self.out(x.flatten(1))


class Margin(nn.Module):
    """ArcFace: cosine to every identity's centre, the right one's angle made harder by a margin; times a scale."""

    def __init__(self, identities, wide=128, scale=24.0):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(identities, wide) * 0.1)
        self.scale = scale

    def forward(self, embedding, label, margin):
        cosine = F.linear(F.normalize(embedding), F.normalize(self.centres)).clamp(-0.9999, 0.9999)
        right = cosine.gather(1, label[:, None])
        harder = torch.cos(torch.acos(right) + margin)
        # Past pi - margin the cosine would rise again: go on falling instead.
        harder = torch.where(torch.acos(right) < torch.pi - margin, harder, right - margin * torch.sin(torch.tensor(margin)))
        return cosine.scatter(1, label[:, None], harder) * self.scale
