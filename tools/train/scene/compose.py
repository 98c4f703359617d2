"""Scenes: sprites pasted in paint order on a made background, with what is visible of each as the truth."""

import numpy as np

from common import backgrounds, degrade
from scene import classes

PAD = 114  # the grey of the letterbox
MOST = 64  # objects a scene can have
SMALLEST = 12  # pixels of the longer side
LARGEST = 0.62  # of the picture's shorter side
EVALUATED = 320  # side of the pictures that are evaluated
TRAINING_SKEW = 0.9  # of sizes in training: the largest things take longest to learn
BOX, IGNORE = 0, 1  # a box that counts; one too hidden or too small to count for or against


class Scene:
    """`image` uint8 [h, w, 3]; `mask` uint8 [h, w] (0 background, class + 1); `boxes` float32 [n, 6]:
    x1 y1 x2 y2 class kind."""

    def __init__(self, image, mask, boxes):
        self.image, self.mask, self.boxes = image, mask, boxes


def paste(canvas, owner, sprite, x, y, number, gain, bias, shadow):
    """Lays premultiplied RGBA over the canvas at (x, y) and writes `number` where it covers; gives its full area."""
    area = int((sprite[..., 3] > 127).sum())
    left, top = max(0, -x), max(0, -y)
    right, bottom = min(sprite.shape[1], canvas.shape[1] - x), min(sprite.shape[0], canvas.shape[0] - y)
    if left >= right or top >= bottom:
        return area
    sprite = sprite[top:bottom, left:right]
    alpha = sprite[..., 3:].astype(np.float32) / 255
    place = canvas[y + top : y + bottom, x + left : x + right]
    if shadow:
        below = canvas[y + top + shadow : y + bottom + shadow, x + left : x + right]
        below *= 1 - 0.3 * alpha[: below.shape[0]]
    place *= 1 - alpha
    place += sprite[..., :3] * gain + bias * alpha
    owner[y + top : y + bottom, x + left : x + right][sprite[..., 3] > 127] = number
    return area


def truth(owner, objects):
    """Boxes of the visible parts, from the map of owners. `objects`: (number, class, full area, x, y, shape)."""
    rows = []
    for number, label, area, x, y, shape in objects:
        left, top = max(x, 0), max(y, 0)
        seen = owner[top : y + shape[0], left : x + shape[1]] == number
        columns, lines = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
        if not len(columns):
            continue
        x1, y1, x2, y2 = left + columns[0], top + lines[0], left + columns[-1] + 1, top + lines[-1] + 1
        hidden = seen.sum() < 0.3 * area or max(x2 - x1, y2 - y1) < 9 or min(x2 - x1, y2 - y1) < 4
        rows.append((x1, y1, x2, y2, label, IGNORE if hidden else BOX))
    return np.array(rows, np.float32).reshape(-1, 6)


def sizes(rng, count, largest, skew):
    """Longer sides, even on a logarithmic scale; more small ones with a skew above 1."""
    return SMALLEST * (largest / SMALLEST) ** (rng.random(count) ** skew)


def arrange(rng, sprites, width, height, crowd, unseen=False, training=False):
    """What lies where: (sprite picture, x, y, class or -1) in paint order, larger things mostly first.

    For training there are never few things, they fill small pictures more, and classes with many pictures come more often."""
    area = width * height
    largest = LARGEST * min(width, height)
    skew, fewest = 1.0, 2
    if training:
        largest = min(LARGEST * EVALUATED, 0.95 * min(width, height))
        skew, fewest = TRAINING_SKEW, max(2, crowd // 4)
    wanted = int(rng.integers(fewest, max(fewest + 2, crowd)))
    things, covered = [], 0.0
    for size in sizes(rng, wanted, largest, skew):
        covered += size * size
        if covered > 0.9 * area:
            covered -= size * size
            continue
        if training:
            label = int(rng.choice(len(sprites.shares), p=sprites.shares)) if rng.random() >= 0.2 else -1
        else:
            label = -1 if rng.random() < 0.2 else int(rng.integers(len(classes.LABELS)))
            if rng.random() < 0.03:
                label = 0
        things.append((size, label))
    order = np.argsort([-size * rng.uniform(0.4, 1.6) for size, _ in things])
    placed = []
    for index in order:
        size, label = things[index]
        if label < 0:
            sprite = sprites.distractors[rng.integers(len(sprites.distractors))]
        else:
            sprite = sprites.pick(rng, label, unseen)
        turn = rng.normal(0, 0.12) if rng.random() < 0.85 else rng.uniform(-0.6, 0.6)
        picture = sprite.draw(size, turn, rng.random() < 0.5, np.exp(rng.normal(0, 0.07)))
        x, y = spot(rng, placed, picture.shape, width, height)
        placed.append((picture, x, y, label))
    return placed


def spot(rng, placed, shape, width, height):
    """A place for a picture: the least covered of a few, so that most things are seen and some are not."""
    best = None
    for _ in range(int(rng.integers(1, 5))):
        x = int(rng.uniform(-0.2 * shape[1], width - 0.8 * shape[1]))
        y = int(rng.uniform(-0.2 * shape[0], height - 0.8 * shape[0]))
        overlap = 0
        for other, ox, oy, _ in placed:
            w = min(x + shape[1], ox + other.shape[1]) - max(x, ox)
            h = min(y + shape[0], oy + other.shape[0]) - max(y, oy)
            if w > 0 and h > 0:
                overlap += w * h / min(shape[0] * shape[1], other.shape[0] * other.shape[1])
        if best is None or overlap < best[0]:
            best = (overlap, x, y)
    return best[1:]


def content(rng, sprites, background, crowd, unseen=False, training=False):
    """One picture without letterbox, on a background uint8 [h, w, 3]."""
    height, width = background.shape[:2]
    return lay(rng, background, arrange(rng, sprites, width, height, crowd, unseen, training))


def lay(rng, background, things):
    """The scene of `things` in their order, under one light, as a camera would have it."""
    canvas = background.astype(np.float32)
    owner = np.zeros(canvas.shape[:2], np.int16)
    objects = []
    cast = rng.normal(1, 0.06, 3).astype(np.float32)  # the light of the whole scene
    dim = rng.uniform(0.7, 1.08)
    for number, (picture, x, y, label) in enumerate(things, 1):
        gain = cast * np.float32(dim * rng.normal(1, 0.06)) * rng.normal(1, 0.03, 3).astype(np.float32)
        bias = np.float32(rng.uniform(-12, 18))
        shadow = int(rng.integers(1, 3 + max(picture.shape) / 16)) if rng.random() < 0.3 else 0
        area = paste(canvas, owner, picture, x, y, number, gain, bias, shadow)
        objects.append((number, label, area, x, y, picture.shape))
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    table = np.zeros(len(objects) + 1, np.uint8)
    for number, label, *_ in objects:
        table[number] = label + 1
    boxes = truth(owner, [thing for thing in objects if thing[1] >= 0])
    return Scene(degrade.degrade(rng, picture), table[owner], boxes)


def shape(rng, side, narrow=0.3):
    """Width and height of a picture in a frame of side x side: three of ten are not square."""
    if rng.random() >= narrow:
        return side, side
    short = int(side * rng.uniform(0.5, 0.95))
    return (side, short) if rng.random() < 0.7 else (short, side)


def framed(scene, side):
    """The scene in the middle of a grey square, as the letterbox puts it."""
    height, width = scene.mask.shape
    left, top = (side - width) // 2, (side - height) // 2
    image = np.full((side, side, 3), PAD, np.uint8)
    mask = np.zeros((side, side), np.uint8)
    image[top : top + height, left : left + width] = scene.image
    mask[top : top + height, left : left + width] = scene.mask
    boxes = scene.boxes + np.float32([left, top, left, top, 0, 0])
    return Scene(image, mask, boxes)


def crowded(width, height, most=40):
    """At most how many things, for `most` of them on 320x320."""
    return max(4, round(most * width * height / 320**2))


def compose(rng, sprites, side, held_out=False, unseen=False):
    """A scene of side x side as the network sees it."""
    width, height = shape(rng, side)
    background = backgrounds.make(rng, width, height, held_out)
    return framed(content(rng, sprites, background, crowded(width, height), unseen), side)


class Composer:
    """Scenes for training: a background serves several times, cut and mirrored, because it costs most."""

    KEPT, USES = 48, 4

    def __init__(self, rng, sprites, side):
        self.rng, self.sprites, self.side, self.kept = rng, sprites, side, []

    def background(self, width, height):
        """A piece of one of the kept backgrounds; every fourth time a new one is made."""
        rng, large = self.rng, self.side * 5 // 4
        if len(self.kept) < self.KEPT:
            self.kept.append(backgrounds.make(rng, large, large))
        elif rng.random() * self.USES < 1:
            self.kept[rng.integers(self.KEPT)] = backgrounds.make(rng, large, large)
        whole = self.kept[rng.integers(len(self.kept))]
        x, y = rng.integers(large - width + 1), rng.integers(large - height + 1)
        piece = whole[y : y + height, x : x + width]
        return piece[:, ::-1] if rng.random() < 0.5 else piece

    def make(self):
        """The next scene."""
        width, height = shape(self.rng, self.side, 0.1)
        # Denser than what is evaluated and seldom padded: a picture costs the same however much it teaches.
        most = crowded(width, height, 80)
        return framed(content(self.rng, self.sprites, self.background(width, height), most, training=True), self.side)
