"""The network: a small residual trunk, a feature pyramid of strides 8 to 32, boxes on every level, a class map of
stride 4 from the finest.

Widths are multiples of 16 and convolutions dense: that is what the CPU kernels like. In training
`forward` gives raw maps; `Export` puts the decoding into the graph.
"""

import torch
import torch.nn.functional as F
from torch import nn

STRIDES = (8, 16, 32)


class Conv(nn.Sequential):
    """Convolution, BatchNorm, ReLU."""

    def __init__(self, into, out, kernel=3, stride=1, dilation=1, active=True):
        parts = [
            nn.Conv2d(into, out, kernel, stride, dilation * (kernel // 2), dilation, bias=False),
            nn.BatchNorm2d(out, momentum=0.03),
        ]
        if active:
            parts.append(nn.ReLU(inplace=True))
        super().__init__(*parts)


class Residual(nn.Module):
    """x + 3x3(1x1(x)), the 1x1 to half the width."""

    def __init__(self, width):
        super().__init__()
        self.narrow = Conv(width, width // 2, 1)
        self.wide = Conv(width // 2, width, 3, active=False)
        nn.init.zeros_(self.wide[1].weight)  # begins as nothing but x

    def forward(self, x):
        return F.relu(x + self.wide(self.narrow(x)))


class Squeeze(nn.Module):
    """Squeeze-and-excitation: each channel weighed by what the whole picture shows."""

    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3), keepdim=True)))))


class Context(nn.Module):
    """Dilated convolutions side by side, put together and weighed: a wide view at stride 32."""

    def __init__(self, width, inner):
        super().__init__()
        self.narrow = Conv(width, inner, 1)
        self.views = nn.ModuleList(Conv(inner, inner, 3, dilation=rate) for rate in (1, 2, 4))
        self.join = Conv(3 * inner, width, 1, active=False)
        self.squeeze = Squeeze(width)

    def forward(self, x):
        narrow = self.narrow(x)
        return F.relu(x + self.squeeze(self.join(torch.cat([view(narrow) for view in self.views], 1))))


def stage(into, out, blocks):
    """Half the size, then residual blocks."""
    return nn.Sequential(Conv(into, out, 3, 2), *[Residual(out) for _ in range(blocks)])


class Scene(nn.Module):
    """Pictures [b, 3, h, w] in 0..1 (h and w multiples of 32) to per-level (classes, distances) and a class map."""

    def __init__(self, classes=30):
        super().__init__()
        self.classes = classes
        self.stem = Conv(3, 32, 7, 4)
        self.stage3 = stage(32, 48, 3)
        self.stage4 = stage(48, 96, 3)
        self.stage5 = nn.Sequential(stage(96, 160, 1), Context(160, 64))
        widths = (64, 64, 64)
        self.lateral = nn.ModuleList(nn.Conv2d(i, o, 1) for i, o in zip((48, 96, 160), widths))
        self.narrow = nn.ModuleList(nn.Conv2d(i, o, 1) for i, o in zip(widths[1:], widths[:-1]))
        self.smooth = nn.ModuleList(Conv(width, width) for width in widths)
        self.refine = Residual(widths[0])  # small things have only the finest level
        # The finest level's convolution gives the class map too: four points of it for each cell.
        self.heads = nn.ModuleList(nn.Conv2d(width, classes + 4, 1) for width in widths[1:])
        self.heads.insert(0, nn.Conv2d(widths[0], classes + 4 + 4 * (classes + 1), 1))
        self.start()

    def start(self):
        """Few objects at first; distances of about two cells."""
        for head in self.heads:
            nn.init.normal_(head.weight, 0, 0.01)
            nn.init.constant_(head.bias, 0)
            nn.init.constant_(head.bias[: self.classes], -4.6)
            nn.init.constant_(head.bias[self.classes : self.classes + 4], 0.7)

    def forward(self, pictures):
        x = self.stem(pictures * 2 - 1)
        trunk = []
        for part in (self.stage3, self.stage4, self.stage5):
            x = part(x)
            trunk.append(x)
        level, levels = None, [None] * 3
        for index in (2, 1, 0):
            here = self.lateral[index](trunk[index])
            if level is not None:
                here = here + F.interpolate(self.narrow[index](level), scale_factor=2.0, mode="nearest")
            level = levels[index] = self.smooth[index](F.relu(here))
        levels[0] = self.refine(levels[0])
        maps = [head(level) for head, level in zip(self.heads, levels)]
        finest, segmentation = maps[0].split((self.classes + 4, 4 * (self.classes + 1)), 1)
        return [finest, *maps[1:]], F.pixel_shuffle(segmentation, 2)


def distances(raw, stride):
    """Distances from a cell's centre to the four sides, in pixels."""
    return torch.exp(raw.clamp(-6, 6)) * stride


def centres(height, width, stride, device=None):
    """Centres of the cells, [height * width] each of x and y."""
    y, x = torch.meshgrid(torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij")
    return (x.reshape(-1) + 0.5) * stride, (y.reshape(-1) + 0.5) * stride


class Export(nn.Module):
    """What the ONNX file holds: `detections` [b, 4 + classes, cells] and `segmentation` [b, 1 + classes, h / 4, w / 4]."""

    def __init__(self, network, side):
        super().__init__()
        self.network, self.side = network, side

    def forward(self, images):
        maps, segmentation = self.network(images)
        rows = []
        for raw, stride in zip(maps, STRIDES):
            cells = self.side // stride
            flat = raw.reshape(-1, self.network.classes + 4, cells * cells)
            score, raw_distance = flat.split((self.network.classes, 4), 1)
            distance = distances(raw_distance, float(stride))
            centre = torch.stack(centres(cells, cells, float(stride)))[None]
            first, second = distance.split(2, 1)
            rows.append(torch.cat([centre + (second - first) / 2, first + second, torch.sigmoid(score)], 1))
        return torch.cat(rows, 2), segmentation
