"""Emoji cut out, premultiplied and kept at several sizes, ready to be turned and pasted."""

import math

import numpy as np
from PIL import Image

from common import emoji
from scene import classes

LEVELS = 4  # 109 pixels and three halvings: whatever is pasted is at most halved once more
HELD_OUT_DISTRACTORS = 5  # every fifth distractor is kept for evaluation


class Sprite:
    """One emoji: `levels` are premultiplied RGBA pictures, cropped to what is visible, each half as large."""

    def __init__(self, rgba):
        seen = np.argwhere(rgba[..., 3] > 24)
        (top, left), (bottom, right) = seen.min(0), seen.max(0) + 1
        cut = np.pad(rgba[top:bottom, left:right].astype(np.float32), ((2, 2), (2, 2), (0, 0)))
        cut[..., :3] *= cut[..., 3:] / 255
        self.levels = []
        for _ in range(LEVELS):
            # Pillow would divide by alpha on "RGBA"; "CMYK" is its name for four plain channels.
            self.levels.append(Image.fromarray(np.round(cut).astype(np.uint8), "CMYK"))
            height, width = cut.shape[0] // 2 * 2, cut.shape[1] // 2 * 2
            cut = cut[:height, :width].reshape(height // 2, 2, width // 2, 2, 4).mean((1, 3))
        self.width, self.height = right - left, bottom - top

    def draw(self, size, angle, mirrored, stretch):
        """Premultiplied RGBA, uint8 [h, w, 4]: the longer side about `size` pixels, turned by `angle` radians."""
        scale = size / max(self.width, self.height)
        level = min(LEVELS - 1, int(math.log2(1 / scale))) if scale < 1 else 0
        source = self.levels[level]
        scale *= 2.0**level
        cos, sin = math.cos(angle), math.sin(angle)
        sx, sy = scale * stretch, scale / stretch
        width = int(math.ceil(abs(cos * sx) * source.width + abs(sin * sy) * source.height)) + 1
        height = int(math.ceil(abs(sin * sx) * source.width + abs(cos * sy) * source.height)) + 1
        # From a pixel of the result back to the source: turn, then shrink.
        flip = -1.0 if mirrored else 1.0
        a, b = flip * cos / sx, flip * sin / sx
        c, d = -sin / sy, cos / sy
        left = source.width / 2 - a * width / 2 - b * height / 2
        top = source.height / 2 - c * width / 2 - d * height / 2
        return np.asarray(source.transform((width, height), Image.AFFINE, (a, b, left, c, d, top), Image.BILINEAR))


class Sprites:
    """All sprites: `by_class[k]` for training or evaluation, `held_out[k]` never trained on, `distractors`."""

    def __init__(self, work, held_out_distractors=False):
        drawn = dict(zip(emoji.characters(work), emoji.pictures(work)))

        def of(text, tones):
            return [Sprite(drawn[text])] + [Sprite(emoji.draw(other)) for other in tones]

        self.by_class, self.held_out = [], []
        for label in classes.LABELS:
            for group, apart in ((self.by_class, False), (self.held_out, True)):
                tones = classes.with_skin_tones if label == "person" else lambda text: []
                group.append([of(text, tones(text)) for text in classes.pictures_of(label, apart)])
        count = np.sqrt([len(pictures) for pictures in self.by_class])
        self.shares = count / count.sum()  # of the classes in training
        names = [text for text in classes.distractors(emoji.annotations("en")) if text in drawn]
        self.distractors = [
            Sprite(drawn[text])
            for index, text in enumerate(names)
            if (index % HELD_OUT_DISTRACTORS == 0) == held_out_distractors
        ]

    def pick(self, rng, label, unseen=False):
        """A sprite of a class: a picture at random, then its variant."""
        pictures = self.held_out[label] if unseen and self.held_out[label] else self.by_class[label]
        variants = pictures[rng.integers(len(pictures))]
        return variants[rng.integers(len(variants))]
