"""Convolutional networks of the shapes that ArcFace (IResNet-50), YOLOv8n and MobileNetV2 publish, with seeded random weights.

After Deng et al., arXiv 1801.07698 (insightface's iresnet), Ultralytics' yolov8n.yaml, and Sandler et al., arXiv 1801.04381.
"""
import torch
from torch import nn


class ResidualUnit(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(inner), nn.Conv2d(inner, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer), nn.PReLU(outer),
                                  nn.Conv2d(outer, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer))
        self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)) if stride > 1 or inner != outer else nn.Identity()

    def forward(self, x):
        return self.body(x) + self.short(x)


class ArcFace(nn.Module):
    """An aligned face of 112 x 112 -> 512 numbers."""

    def __init__(self, units=(3, 4, 14, 3), widths=(64, 64, 128, 256, 512)):
        super().__init__()
        layers = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.PReLU(widths[0])]
        for n, inner, outer in zip(units, widths, widths[1:]):
            layers += [ResidualUnit(inner if i == 0 else outer, outer, 2 if i == 0 else 1) for i in range(n)]
        self.body = nn.Sequential(*layers, nn.BatchNorm2d(widths[-1]), nn.Flatten())
        self.last = nn.Sequential(nn.Linear(widths[-1] * 49, 512), nn.BatchNorm1d(512))

    def forward(self, x):
        return self.last(self.body(x))


class Conv(nn.Module):
    def __init__(self, inner, outer, size=1, stride=1):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(inner, outer, size, stride, size // 2, bias=False), nn.BatchNorm2d(outer)

    def forward(self, x):
        return nn.functional.silu(self.norm(self.conv(x)))


class C2f(nn.Module):
    def __init__(self, inner, outer, n, add):
        super().__init__()
        self.half, self.add = outer // 2, add
        self.first, self.last = Conv(inner, outer), Conv((2 + n) * self.half, outer)
        self.steps = nn.ModuleList(nn.Sequential(Conv(self.half, self.half, 3), Conv(self.half, self.half, 3)) for _ in range(n))

    def forward(self, x):
        parts = list(self.first(x).split(self.half, 1))
        for step in self.steps:
            parts.append(step(parts[-1]) + (parts[-1] if self.add else 0))
        return self.last(torch.cat(parts, 1))


class Pools(nn.Module):
    """SPPF"""

    def __init__(self, width):
        super().__init__()
        self.first, self.last, self.pool = Conv(width, width // 2), Conv(2 * width, width), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.last(torch.cat(parts, 1))


class Yolo(nn.Module):
    """YOLOv8n: 640 x 640 -> boxes and scores of 80 classes for 8400 cells."""

    def __init__(self, classes=80, side=640):
        super().__init__()
        self.a = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 32, 3, 2), C2f(32, 32, 1, True), Conv(32, 64, 3, 2), C2f(64, 64, 2, True))
        self.b = nn.Sequential(Conv(64, 128, 3, 2), C2f(128, 128, 2, True))
        self.c = nn.Sequential(Conv(128, 256, 3, 2), C2f(256, 256, 1, True), Pools(256))
        self.up_b, self.up_a = C2f(384, 128, 1, False), C2f(192, 64, 1, False)
        self.down_a, self.down_b = Conv(64, 64, 3, 2), Conv(128, 128, 3, 2)
        self.out_b, self.out_c = C2f(192, 128, 1, False), C2f(384, 256, 1, False)
        head = lambda width, middle, outer: nn.Sequential(Conv(width, middle, 3), Conv(middle, middle, 3), nn.Conv2d(middle, outer, 1))
        self.boxes = nn.ModuleList(head(w, 64, 64) for w in (64, 128, 256))
        self.scores = nn.ModuleList(head(w, 80, classes) for w in (64, 128, 256))
        points, strides = [], []
        for stride in (8, 16, 32):
            n = side // stride
            y, x = torch.meshgrid(torch.arange(n) + 0.5, torch.arange(n) + 0.5, indexing="ij")
            points.append(torch.stack([x.flatten(), y.flatten()]))
            strides.append(torch.full((n * n,), float(stride)))
        self.register_buffer("points", torch.cat(points, 1)[None])
        self.register_buffer("strides", torch.cat(strides)[None, None])
        self.register_buffer("bins", torch.arange(16.0).reshape(1, 16, 1, 1))
        for score in self.scores:
            nn.init.constant_(score[-1].bias, -6.0)  # as trained ones: almost nothing is found

    def forward(self, x):
        a = self.a(x)
        b = self.b(a)
        c = self.c(b)
        up = lambda t: nn.functional.interpolate(t, scale_factor=2.0, mode="nearest")
        b = self.up_b(torch.cat([up(c), b], 1))
        a = self.up_a(torch.cat([up(b), a], 1))
        b = self.out_b(torch.cat([self.down_a(a), b], 1))
        c = self.out_c(torch.cat([self.down_b(b), c], 1))
        boxes = torch.cat([head(t).flatten(2) for head, t in zip(self.boxes, (a, b, c))], 2)
        scores = torch.cat([head(t).flatten(2) for head, t in zip(self.scores, (a, b, c))], 2)
        sides = (boxes.reshape(1, 4, 16, -1).transpose(1, 2).softmax(1) * self.bins).sum(1)
        low, high = self.points - sides[:, :2], self.points + sides[:, 2:]
        return torch.cat([(low + high) / 2 * self.strides, (high - low) * self.strides, scores.sigmoid()], 1)


class Inverted(nn.Module):
    def __init__(self, inner, outer, stride, factor):
        super().__init__()
        middle = inner * factor
        step = lambda i, o, size, stride, groups: [nn.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]
        layers = [*step(inner, middle, 1, 1, 1), nn.ReLU6()] if factor > 1 else []
        self.body = nn.Sequential(*layers, *step(middle, middle, 3, stride, middle), nn.ReLU6(), *step(middle, outer, 1, 1, 1))
        self.add = stride == 1 and inner == outer

    def forward(self, x):
        return x + self.body(x) if self.add else self.body(x)


class MobileNet(nn.Module):
    """MobileNetV2: 224 x 224 -> 1000 scores."""

    def __init__(self):
        super().__init__()
        layers, width = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()], 32
        for factor, outer, n, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
            for i in range(n):
                layers.append(Inverted(width, outer, stride if i == 0 else 1, factor))
                width = outer
        self.body = nn.Sequential(*layers, nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.last = nn.Linear(1280, 1000)

    def forward(self, x):
        return self.last(self.body(x))


NETWORKS = {"arcface_r50": (ArcFace, 112, "embedding"), "yolov8n_shape": (Yolo, 640, "output0"), "mobilenet_v2": (MobileNet, 224, "scores")}
