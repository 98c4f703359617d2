"""Pictures with drawn faces in them, for the detector: faces of all sizes, things that are no faces, backgrounds, a camera's faults."""
import cairo
import numpy as np

import render
from moment import moment
from paths import backgrounds, degrade, emoji
from traits import identity

SIDE, SMALLEST, LARGEST, BACKGROUNDS = 320, 14, 250, 120
FACES = {"face", "person", "people", "man", "woman", "child", "boy", "girl", "baby", "adult", "head", "hair", "skull", "family", "mask", "clown",
         "ogre", "goblin", "robot", "monster", "doll", "emoticon", "smile", "monkey", "elf", "fairy", "zombie", "ninja", "snowman", "santa"}


def faceless(work):
    """Pictures of the emoji that show no face or person: uint8 [n, 136, 136, 4] in cairo's order, premultiplied."""
    names = emoji.annotations("en")
    keep = []
    for index, text in enumerate(emoji.characters(work)):
        name, keywords = names[text][0], names[text][1]
        words = set(" ".join([name, *keywords]).lower().replace("-", " ").split())
        if not words & FACES:
            keep.append(index)
    pictures = emoji.pictures(work)[keep].astype(np.uint16)
    alpha = pictures[..., 3:]
    return np.concatenate([pictures[..., 2::-1] * alpha // 255, alpha], 3).astype(np.uint8)


def covers(x, y, scale, roll, box):
    """Whether a head at x, y, or the shoulders under it, would hide a part of the box."""
    for half, top, bottom in ((1.4, -1.7, 1.7), (2.3, 1.5, 4.3)):
        along = np.array([-np.sin(roll), np.cos(roll)]) * (top + bottom) / 2 * scale
        reach_x = (half * np.cos(roll) + (bottom - top) / 2 * abs(np.sin(roll))) * scale
        reach_y = ((bottom - top) / 2 * np.cos(roll) + half * abs(np.sin(roll))) * scale
        cx, cy = x + along[0], y + along[1]
        if cx - reach_x < box[2] and cx + reach_x > box[0] and cy - reach_y < box[3] and cy + reach_y > box[1]:
            return True
    return False


class Scenes:
    """Makes scenes; `numbers` is the range of identities, `held_out` takes backgrounds that training never sees."""

    def __init__(self, rng, work, numbers, held_out=False):
        self.rng, self.numbers = rng, numbers
        self.things = faceless(work)
        self.backs = [backgrounds.make(rng, SIDE, SIDE, held_out=held_out) for _ in range(BACKGROUNDS)]

    def background(self):
        """A background, as it was made or mirrored or turned: making one costs more than drawing a face."""
        back = self.backs[self.rng.integers(len(self.backs))]
        return np.rot90(back[:, ::-1] if self.rng.random() < 0.5 else back, self.rng.choice(4, p=(0.7, 0.1, 0.1, 0.1)))

    def _thing(self, surface, width, height):
        rng = self.rng
        context = cairo.Context(surface)
        context.translate(rng.uniform(0, width), rng.uniform(0, height))
        context.rotate(rng.normal(0, 0.3))
        size = np.exp(rng.uniform(np.log(14), np.log(200)))
        kind = rng.random()
        if kind < 0.6:
            context.scale(size / 136, size / 136)
            picture = np.ascontiguousarray(self.things[rng.integers(len(self.things))])
            context.set_source_surface(cairo.ImageSurface.create_for_data(picture, cairo.FORMAT_ARGB32, 136, 136, 136 * 4), -68, -68)
            context.paint()
        elif kind < 0.8:
            self._disc(context, size / 2)
        else:
            t = identity(int(rng.integers(*self.numbers)))
            m = moment(rng, float(np.clip(rng.normal(0, 0.2), -0.5, 0.5)), 0)
            render.draw_back(surface, t, m, size / 2.2, rng.uniform(0, width), rng.uniform(0, height))

    def _disc(self, context, radius):
        """A ball, a plate or a blot of the colour of skin, sometimes with spots that are no eyes."""
        rng = self.rng
        context.scale(radius, radius * rng.uniform(0.7, 1.4))
        skin = identity(int(rng.integers(*self.numbers))).skin if rng.random() < 0.6 else rng.uniform(0, 1, 3)
        pattern = cairo.RadialGradient(-0.3, -0.3, 0.1, 0, 0, 1.1)
        pattern.add_color_stop_rgb(0, *np.minimum(skin * 1.15, 1))
        pattern.add_color_stop_rgb(1, *(skin * 0.75))
        context.set_source(pattern)
        context.arc(0, 0, 1, 0, 6.2832)
        context.fill()
        for _ in range(int(rng.integers(0, 4))):
            context.set_source_rgb(*rng.uniform(0, 1, 3))
            context.arc(*rng.uniform(-0.7, 0.7, 2), rng.uniform(0.05, 0.3), 0, 6.2832)
            context.fill()

    def _sizes(self, width, height):
        """The heights of the faces of one scene."""
        rng = self.rng
        kind = rng.random()
        most = min(LARGEST, 0.85 * min(width, height))
        if kind < 0.07:
            return []
        if kind < 0.3:
            return [np.exp(rng.uniform(np.log(70), np.log(most)))]
        if kind < 0.6:
            return list(np.exp(rng.uniform(np.log(SMALLEST), np.log(45), rng.integers(3, 9))))
        return list(np.exp(rng.uniform(np.log(22), np.log(110), rng.integers(1, 6))))

    def scene(self):
        """One scene: (uint8 [320, 320, 3], boxes [n, 4], landmarks [n, 5, 2], identities [n])."""
        rng = self.rng
        pixels = render.canvas(self.background())
        surface = render.surface_of(pixels)
        width, height = SIDE, SIDE
        if rng.random() < 0.4:
            width, height = (int(rng.integers(180, SIDE)), SIDE) if rng.random() < 0.5 else (SIDE, int(rng.integers(180, SIDE)))
        for _ in range(int(rng.integers(0, 5))):
            self._thing(surface, width, height)
        boxes, points, numbers = [], [], []
        for size in sorted(self._sizes(width, height)):
            self._add(surface, size, width, height, boxes, points, numbers)
        surface.flush()
        picture = render.to_rgb(pixels)
        picture = degrade.degrade(rng, picture, 0.7) if rng.random() < 0.6 else picture
        picture = np.array(picture)
        picture[height:], picture[:, width:] = 0, 0
        boxes = np.array(boxes, np.float32).reshape(-1, 4)
        boxes = np.stack([boxes[:, 0].clip(0, width), boxes[:, 1].clip(0, height), boxes[:, 2].clip(0, width), boxes[:, 3].clip(0, height)], 1)
        return picture, boxes, np.array(points, np.float32).reshape(-1, 5, 2), np.array(numbers, np.int64)

    def _add(self, surface, size, width, height, boxes, points, numbers):
        """Draws one face where it covers no other's, if there is such a place."""
        rng = self.rng
        number = int(rng.integers(*self.numbers))
        t, m = identity(number), moment(rng, float(np.clip(rng.normal(0, 0.2), -0.52, 0.52)))
        scale = size / (1.0 + t.chin)
        for _ in range(12):
            x, y = rng.uniform(size * 0.35, width - size * 0.35), rng.uniform(size * 0.4, height - size * 0.45)
            if not any(covers(x, y, scale, m.roll, box) for box in boxes):
                landmarks, box = render.draw_face(surface, t, m, scale, x, y)
                boxes.append(box)
                points.append(landmarks)
                numbers.append(number)
                return
