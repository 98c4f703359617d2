"""The two towers: a small dense convolutional network for pictures, a small transformer for token ids."""

import math

import torch
from torch import nn
import torch.nn.functional as functional

CONTEXT, VOCABULARY, PAD = 32, 6144, 0
DIMENSION = 192
SHARPEST = 40.0
EASED = {"pictures": 0.7, "texts": 0.6}  # of a tower's sharpness, where its vectors are made: second thoughts count for more than in training
PARCEL = 256  # texts padded to one length
SIZES = {
    # image: widths at 32, 16, 8 and 4 cells, blocks at 16, 8 and 4 cells; text: width, layers, dimension
    "small": dict(widths=(24, 48, 96, 192), blocks=(1, 1, 1), text=128, layers=2, dimension=160),
    "large": dict(widths=(48, 96, 192, 384), blocks=(2, 3, 2), text=256, layers=4, dimension=256),
}


def _convolution(inputs, outputs, side=3, stride=1):
    """Convolution and batch normalisation; export folds the second into the first."""
    return nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False), nn.BatchNorm2d(outputs)


class Residual(nn.Module):
    """x + two convolutions of 3x3."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(*_convolution(width, width), nn.ReLU(inplace=True), *_convolution(width, width))

    def forward(self, x):
        return functional.relu(x + self.body(x))


class ImageTower(nn.Module):
    """float32 [batch, 3, 64, 64] in -1..1 -> [batch, dimension]"""

    def __init__(self, widths, blocks, dimension):
        super().__init__()
        steps = [*_convolution(3, widths[0], stride=2), nn.ReLU(inplace=True)]
        for before, width, count in zip(widths, widths[1:], blocks):
            steps += [*_convolution(before, width, stride=2), nn.ReLU(inplace=True)]
            steps += [Residual(width) for _ in range(count)]
        self.features = nn.Sequential(*steps)
        self.head = nn.Linear(2 * widths[-1], dimension)

    def forward(self, pixels):
        cells = self.features(pixels).flatten(2)
        # The mean alone drowns a small thing in its background.
        return self.head(torch.cat([cells.mean(2), cells.amax(2)], 1))


class Layer(nn.Module):
    """x + what each token and its two neighbours on either side say together."""

    def __init__(self, width):
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.around = nn.Conv2d(width, width, (1, 5), padding=(0, 2))
        self.onward = nn.Linear(width, width)

    def forward(self, x, real):
        y = (self.before(x) * real).transpose(1, 2).unsqueeze(2)
        y = self.around(y).squeeze(2).transpose(1, 2)
        return x + self.onward(functional.gelu(y))


class TextTower(nn.Module):
    """int64 [batch, context] -> [batch, dimension]. Padding is masked here, so that it never matters."""

    def __init__(self, width, layers, dimension):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, width)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))
        self.last, self.weigh = nn.LayerNorm(width), nn.Linear(width, width)
        self.wide, self.head = nn.Linear(width, 2 * width), nn.Linear(2 * width, dimension)
        nn.init.normal_(self.tokens.weight, std=0.1)

    def forward(self, ids):
        real = (ids != PAD).float().unsqueeze(2)
        x = self.tokens(ids)
        for layer in self.layers:
            x = layer(x, real)
        x = self.last(x)
        # A mean for each channel, in which words that say nothing of the picture may count less.
        weights = torch.softmax(self.weigh(x).float() + (real - 1) * 1e4, 1)
        return self.head(functional.gelu(self.wide((x * weights).sum(1))))

    def embed(self, ids):
        """Lists of ids, without padding, to vectors. Short and long ones apart: little padding."""
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        parcels = []
        for start in range(0, len(order), PARCEL):
            chosen = [ids[at] for at in order[start : start + PARCEL]]
            rows = [row + [PAD] * (len(chosen[-1]) - len(row)) for row in chosen]
            parcels.append(self(torch.tensor(rows, device=self.tokens.weight.device)))
        back = torch.empty(len(ids), dtype=torch.long)
        back[torch.tensor(order, dtype=torch.long)] = torch.arange(len(ids))
        return torch.cat(parcels)[back.to(self.tokens.weight.device)]


class Classified(nn.Module):
    """A tower, and one vector for each class, to which it learns to send what belongs to the class."""

    def __init__(self, tower, classes, dimension):
        super().__init__()
        self.tower = tower
        self.anchors = nn.Parameter(torch.randn(classes, dimension))
        self.sharpness = nn.Parameter(torch.tensor(math.log(16.0)))

    def logits(self, vectors):
        return self.sharpness.exp().clamp(max=SHARPEST) * functional.normalize(vectors.float(), dim=1) @ functional.normalize(self.anchors, dim=1).T


def pictures(size, classes):
    form = SIZES[size]
    return Classified(ImageTower(form["widths"], form["blocks"], DIMENSION), classes, DIMENSION)


def texts(size, classes):
    form = SIZES[size]
    return Classified(TextTower(form["text"], form["layers"], form["dimension"]), classes, form["dimension"])


class TwoTowers(nn.Module):
    """Both towers in one space: what comes out of either is a mean of the classes' vectors, weighed by likeness.

    A text or a picture lands near the right class but rarely on it; going through the classes takes the rest of the way,
    and lets each tower measure likeness in a space of its own.
    """

    def __init__(self, size, classes):
        super().__init__()
        self.pictures, self.texts = pictures(size, classes), texts(size, classes)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.logit_bias = nn.Parameter(torch.tensor(-10.0))

    def met(self, logits, tower):
        """Vectors of length 1 from the logits of "pictures" or "texts"."""
        return functional.normalize(torch.softmax(EASED[tower] * logits, 1) @ functional.normalize(self.pictures.anchors, dim=1), dim=1)


class Bytes(nn.Module):
    """A table of numbers as int8, with one step for each row: cosines change by less than a thousandth."""

    def __init__(self, table):
        super().__init__()
        table = table.detach()
        step = (table.abs().amax(1, keepdim=True) / 127).half().float()
        self.register_buffer("step", step)
        self.register_buffer("whole", (table / step).round().clamp(-127, 127).to(torch.int8))

    def forward(self):
        return self.whole.float() * self.step


class ByteEmbedding(Bytes):
    """An embedding of such rows."""

    def forward(self, ids):
        return functional.embedding(ids, super().forward())


class Recalling(nn.Module):
    """A tower as it is exported, with the classes' vectors behind it: TwoTowers.met()."""

    def __init__(self, model, tower):
        super().__init__()
        classified, values = getattr(model, tower), model.pictures.anchors
        self.tower, self.sharpness = classified.tower, EASED[tower] * min(SHARPEST, classified.sharpness.exp().item())
        self.keys = Bytes(functional.normalize(classified.anchors, dim=1))
        self.values = self.keys if values is classified.anchors else Bytes(functional.normalize(values, dim=1))

    def forward(self, given):
        found = self.tower(given)
        found = found / torch.sqrt((found * found).sum(1, keepdim=True))
        return torch.softmax(self.sharpness * found @ self.keys().T, 1) @ self.values()
