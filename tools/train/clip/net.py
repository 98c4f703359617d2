"""The two towers: a small dense convolutional network for pictures, a small transformer for token ids."""

import math

import torch
from torch import nn
import torch.nn.functional as functional

CONTEXT, VOCABULARY, PAD = 32, 6144, 0
DIMENSION = 192
SIZES = {
    # image: widths at 32, 16, 8 and 4 cells, blocks at 16 and at 8 cells; text: width, layers, heads
    "small": dict(widths=(24, 48, 112, 176), blocks=(1, 1), text=128, layers=2, heads=2),
    "large": dict(widths=(48, 96, 192, 384), blocks=(2, 3), text=256, layers=4, heads=4),
}


def _convolution(inputs, outputs, side=3, stride=1):
    """Convolution and batch normalisation; export folds the second into the first."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False), nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    """x + a chain of convolutions: two of 3x3, or narrowed between two of 1x1."""

    def __init__(self, width, narrow=None):
        super().__init__()
        middle = narrow or width
        steps = [_convolution(width, middle, 1 if narrow else 3), nn.ReLU(inplace=True)]
        if narrow:
            steps += [_convolution(middle, middle), nn.ReLU(inplace=True)]
        steps += [_convolution(middle, width, 1 if narrow else 3)]
        self.body = nn.Sequential(*steps)

    def forward(self, x):
        return functional.relu(x + self.body(x))


class ImageTower(nn.Module):
    """float32 [batch, 3, 64, 64] in -1..1 -> [batch, dimension]"""

    def __init__(self, widths, blocks, dimension):
        super().__init__()
        first, second, third, fourth = widths
        steps = [_convolution(3, first, stride=2), nn.ReLU(inplace=True), _convolution(first, second, stride=2), nn.ReLU(inplace=True)]
        steps += [Residual(second) for _ in range(blocks[0])]
        steps += [_convolution(second, third, stride=2), nn.ReLU(inplace=True)]
        steps += [Residual(third) for _ in range(blocks[1])]
        steps += [_convolution(third, fourth, stride=2), nn.ReLU(inplace=True), Residual(fourth, fourth // 2)]
        self.features = nn.Sequential(*steps)
        self.head = nn.Linear(fourth, dimension)

    def forward(self, pixels):
        return self.head(self.features(pixels).mean((2, 3)))


class Layer(nn.Module):
    """A transformer's layer, normalised before each half."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def _split(self, x):
        return x.reshape(-1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x, hidden):
        y = self.before_attention(x)
        query, key, value = self._split(self.query(y)), self._split(self.key(y)), self._split(self.value(y))
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(query.shape[3]) + hidden, -1)
        mixed = (weights @ value).transpose(1, 2).reshape(-1, x.shape[1], x.shape[2])
        x = x + self.out(mixed)
        return x + self.narrow(functional.gelu(self.wide(self.before_mlp(x))))


class TextTower(nn.Module):
    """int64 [batch, context] -> [batch, dimension]. Padding is masked here, so that it never matters."""

    def __init__(self, text, layers, heads, dimension):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, text)
        self.places = nn.Parameter(torch.randn(CONTEXT, text) * 0.02)
        self.weigh = nn.Parameter(torch.zeros(text))
        self.layers = nn.ModuleList(Layer(text, heads) for _ in range(layers))
        self.last = nn.LayerNorm(text)
        self.head = nn.Linear(text, dimension)
        nn.init.normal_(self.tokens.weight, std=0.05)

    def forward(self, ids):
        real = (ids != PAD).float()
        hidden = (real[:, None, None, :] - 1) * 1e4
        x = self.tokens(ids) + self.places[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, hidden)
        x = self.last(x)
        # A mean in which words that say nothing of the picture may count less.
        weights = torch.softmax((x * self.weigh).sum(2) + hidden[:, 0, 0], 1)
        return self.head((x * weights[:, :, None]).sum(1))

    def embed(self, ids):
        """Lists of ids, without padding, to vectors of length 1. Short and long ones apart: little padding."""
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        parcels = []
        for start in range(0, len(order), 128):
            chosen = [ids[at] for at in order[start : start + 128]]
            rows = [row + [PAD] * (len(chosen[-1]) - len(row)) for row in chosen]
            parcels.append(self(torch.tensor(rows, device=self.places.device)))
        back = torch.empty(len(ids), dtype=torch.long)
        back[torch.tensor(order, dtype=torch.long)] = torch.arange(len(ids))
        return functional.normalize(torch.cat(parcels)[back.to(self.places.device)], dim=1)


class TwoTowers(nn.Module):
    """Both towers, and what only training needs: one vector for each class, which both towers learn to hit."""

    def __init__(self, size, classes):
        super().__init__()
        form = SIZES[size]
        self.image = ImageTower(form["widths"], form["blocks"], DIMENSION)
        self.text = TextTower(form["text"], form["layers"], form["heads"], DIMENSION)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        self.logit_bias = nn.Parameter(torch.tensor(-10.0))
        self.anchors = nn.Parameter(torch.randn(classes, DIMENSION))
        self.sharpness = nn.Parameter(torch.tensor(math.log(16.0)))


class Recalling(nn.Module):
    """A text tower with the classes' vectors behind it: what comes out is their mean, weighed by likeness to the text.

    A text lands near the right class but rarely on it, while pictures were drawn to the class itself; going through
    the classes' vectors takes the rest of the way. They are kept as int8: cosines change by less than a thousandth.
    """

    SHARPNESS = 60.0

    def __init__(self, tower, anchors):
        super().__init__()
        anchors = functional.normalize(anchors.detach(), dim=1)
        self.tower, self.step = tower, anchors.abs().max().item() / 127
        self.register_buffer("anchors", (anchors / self.step).round().clamp(-127, 127).to(torch.int8))

    def forward(self, ids):
        text = self.tower(ids)
        text = text / torch.sqrt((text * text).sum(1, keepdim=True))
        anchors = self.anchors.float() * self.step
        return torch.softmax(self.SHARPNESS * text @ anchors.T, 1) @ anchors
