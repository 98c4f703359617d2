"""Draws one face with cairo, and says exactly where its landmarks are."""
import cairo
import numpy as np

import accessories
import features
import hair
from align import similarity
from geometry import Head, curve, mirrored
from pen import Pen, shade


def head_outline(t):
    """The head without hair and ears, around, in silhouette units."""
    right = [(0, -t.skull), (0.5 * t.forehead, -t.skull * 0.93), (0.88 * t.forehead, -0.82), (0.98 * t.forehead, -0.35), (1.0 * t.cheek, 0.15),
             (0.5 * t.cheek + 0.47 * t.jaw, 0.5), (t.jaw, t.jaw_y), (t.chin_width + 0.12, t.chin - 0.14), (t.chin_width * 0.55, t.chin - 0.015),
             (0, t.chin)]
    return curve(mirrored(right), 5, closed=True)


def _body(pen, head, t, m):
    """Neck and shoulders."""
    x = 0.25 * head.sin_yaw
    w = 0.42 + 0.25 * t.jaw * (1.1 if t.man else 0.85)
    neck = np.array([(x - w, 0.7), (x + w, 0.7), (w * 1.06, m.collar + 0.2), (-w * 1.06, m.collar + 0.2)])
    pen.fill(neck, shade(t.skin, 0.74))
    c = m.collar
    body = curve([(-2.4, 4.2), (-2.1, c + 0.5), (-1.2, c + 0.08), (-w, c - 0.18), (0, c + 0.16), (w, c - 0.18), (1.2, c + 0.08), (2.1, c + 0.5),
                  (2.4, 4.2)], 4)
    body = np.concatenate([[(-2.4, m.body)], body, [(2.4, m.body)]])
    pen.fill(body, m.clothes)
    pen.stroke(body[10:26], shade(m.clothes, 0.7), 0.05)


def _skin(pen, outline, t, m):
    """The head's skin, lighter where the light comes from."""
    lx, ly = m.light
    pattern = cairo.RadialGradient(lx * 0.45, ly * 0.5 + 0.1, 0.2, lx * 0.1, 0.05, 1.75)
    pattern.add_color_stop_rgb(0, *shade(t.skin, 1.0 + 0.16 * m.strength))
    pattern.add_color_stop_rgb(0.5, *t.skin)
    pattern.add_color_stop_rgb(1, *shade(t.skin, 0.74 - 0.12 * m.strength))
    pen.fill_pattern(outline, pattern)


def _light(pen, outline, m):
    """A shadow over the side that turns from the light, and the light's shine."""
    lx, ly = m.light * 1.1
    pattern = cairo.LinearGradient(lx, ly, -lx, -ly)
    pattern.add_color_stop_rgba(0, 1, 1, 0.95, 0.16 * m.strength)
    pattern.add_color_stop_rgba(0.45, 1, 1, 1, 0)
    pattern.add_color_stop_rgba(0.55, 0, 0, 0.05, 0)
    pattern.add_color_stop_rgba(1, 0, 0, 0.05, 0.5 * m.strength)
    pen.fill_pattern(outline, pattern)


def draw_head(context, t, m):
    """Draws in head units into the context. Returns the face's edge [n, 2] in head units: forehead to chin, cheek to cheek."""
    pen, head = Pen(context), Head(m.yaw, m.pitch)
    shape = head_outline(t)
    outline = head.outline(shape)
    hair.behind(pen, head, t, m)
    _body(pen, head, t, m)
    features.ears(pen, head, t)
    _skin(pen, outline, t, m)
    pen.stroke(outline, shade(t.skin, 0.5), 0.018, 0.55, True)
    pen.clip(outline)
    features.marks(pen, head, t)
    pen.restore()
    hair.beard(pen, head, t, m, outline)
    pen.clip(outline)
    features.eyes(pen, head, t, m)
    features.mouth(pen, head, t, m)
    features.nose(pen, head, t, m)
    features.brows(pen, head, t, m)
    pen.restore()
    _light(pen, outline, m)
    hair.front(pen, head, t, m)
    accessories.glasses(pen, head, t, m)
    accessories.hat(pen, head, t, m)
    accessories.cover(pen, t, m)
    return outline[shape[:, 1] > -1.0]


def draw_back(surface, t, m, scale, x, y):
    """The same head seen from behind: hair, ears, neck and no face."""
    context = cairo.Context(surface)
    context.set_matrix(face_matrix(scale, x, y, m.roll))
    pen, head = Pen(context), Head(m.yaw * 0.3, 0)
    _body(pen, head, t, m)
    features.ears(pen, head, t)
    outline = head.outline(head_outline(t))
    colour = t.skin if t.style == "bald" else t.hair
    pen.fill(outline * 1.05, colour)
    _light(pen, outline * 1.05, m)
    hair.behind(pen, head, t, m)


def face_matrix(scale, x, y, roll):
    """Head units to pixels: one unit is `scale` pixels, the head's middle lies at x, y."""
    c, s = np.cos(roll) * scale, np.sin(roll) * scale
    return cairo.Matrix(c, s, -s, c, x, y)


def place(matrix, points):
    """Points in head units -> pixels."""
    a = np.array([[matrix.xx, matrix.yx], [matrix.xy, matrix.yy]])
    return points @ a + (matrix.x0, matrix.y0)


def surface_of(pixels):
    """A cairo surface over an array [height, width, 4] of bytes (blue, green, red, unused)."""
    height, width = pixels.shape[:2]
    return cairo.ImageSurface.create_for_data(pixels, cairo.FORMAT_RGB24, width, height, width * 4)


def canvas(background):
    """An RGB picture [height, width, 3] as an array cairo can draw on."""
    out = np.empty((*background.shape[:2], 4), np.uint8)
    out[..., :3], out[..., 3] = background[..., ::-1], 255
    return out


def to_rgb(pixels):
    """A cairo array as RGB [height, width, 3]."""
    return np.ascontiguousarray(pixels[..., 2::-1])


def draw_face(surface, t, m, scale, x, y):
    """Draws the face into the surface. Returns landmarks [5, 2] and box (x1, y1, x2, y2) in pixels: forehead to chin, cheek to cheek."""
    matrix = face_matrix(scale, x, y, m.roll)
    context = cairo.Context(surface)
    context.set_matrix(matrix)
    edge = place(matrix, draw_head(context, t, m))
    points = features.landmarks(Head(m.yaw, m.pitch), t, m)
    return place(matrix, points), np.concatenate([edge.min(0), edge.max(0)])


def draw_aligned(surface, t, m, template):
    """Draws the face so that its landmarks lie best on the template [5, 2], as alignment would turn it (m.roll has no part in it)."""
    s = similarity(features.landmarks(Head(m.yaw, m.pitch), t, m), template)
    context = cairo.Context(surface)
    context.set_matrix(cairo.Matrix(s[0, 0], s[1, 0], s[0, 1], s[1, 1], s[0, 2], s[1, 2]))
    draw_head(context, t, m)
