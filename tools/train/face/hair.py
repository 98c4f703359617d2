"""Hair before and behind the head, and beards."""
import cairo
import numpy as np

from geometry import curve
from pen import shade

LONG = {"bob": 1.25, "long": 2.3, "wavy": 2.2}


def _crown(t, volume, side_y, skew=0.0, top=0.0):
    """The hair's outer edge from the left side over the top to the right side, in silhouette units."""
    v, w = volume, t.forehead
    right = [(0, -t.skull - v - top), (0.55 * w + skew * 0.1, -t.skull * 0.9 - v * 1.05 - top * (0.5 + 0.5 * skew)),
             (0.92 * w + v * 0.75, -0.72 - v * 0.5), (1.0 * t.cheek + v * 0.8, -0.2), (0.98 * t.cheek + v * 0.6, side_y)]
    left = [(-x + (skew * 0.2 if i == 1 else 0), y + (top * skew if i == 1 else 0)) for i, (x, y) in enumerate(right)][1:][::-1]
    return curve(left + right, 6)


def _bumps(edge, number, size, seed):
    """An edge with curls: bumps along it."""
    rng = np.random.default_rng(seed)
    dense = curve(edge[::4], 10)
    along = np.linspace(0, 1, len(dense))
    centre = dense.mean(0)
    out = (dense - centre) / np.maximum(np.hypot(*(dense - centre).T), 1e-6)[:, None]
    wave = np.abs(np.sin(along * np.pi * number + rng.uniform(0, 3))) * size * (1 + 0.3 * np.sin(along * 23 + rng.uniform(0, 6)))
    return dense + out * wave[:, None]


def behind(pen, head, t, m):
    """Hair that hangs behind the head and the neck."""
    v = t.hair_volume * m.hair_volume
    dark = shade(t.hair, 0.62)
    if t.style in LONG:
        end = LONG[t.style]
        flare = 0.16 if t.style == "bob" else 0.3 * (t.hair_skew * 0.5 + 0.5)
        side = [(0.9 * t.forehead + v, -0.7), (1.06 * t.cheek + v, 0.1), (1.08 * t.cheek + v + flare * 0.6, 0.9), (1.0 * t.cheek + v + flare, end)]
        if t.style == "wavy":
            side = [(x + 0.09 * np.sin(5.5 * y), y) for x, y in curve(side, 5)]
        right = curve([(0, -t.skull - v)] + list(side) + [(0.3, end + 0.08)], 5)
        shape = np.concatenate([right, (right * (-1, 1))[::-1]])
        pen.fill(head.outline(shape, 0.25), dark)
    elif t.style == "bun":
        pen.fill(head.outline(curve([(x * 0.42 + t.hair_skew * 0.3, y * 0.36 - t.skull - 0.28) for x, y in
                                     ((0, -1), (0.75, -0.7), (1, 0), (0.75, 0.7), (0, 1), (-0.75, 0.7), (-1, 0), (-0.75, -0.7))], closed=True), 0.2),
                 shade(t.hair, 0.8))
    elif t.style == "afro":
        edge = _bumps(_crown(t, 0.34 + v * 1.6, 0.55), 16, 0.05, m.frizz)
        pen.fill(head.outline(edge, 0.1), dark)
    if t.style not in ("bald", "mohawk"):
        # What of the cap shows beyond the forehead when the head turns.
        edge, _, alpha = _cap(t, m)
        pen.fill(head.outline(edge), shade(t.hair, 0.8), alpha)


def _hairline(t):
    """The edge between hair and forehead from the left side to the right, on the face's surface, and the y where the sides end."""
    h, s = t.hairline, t.hair_skew
    style = t.style
    f = t.forehead
    if style == "fringe":
        low = t.eye_y - t.brow_gap * (0.75 + 0.3 * abs(s))
        pts = [(-0.93 * f, 0.15), (-0.86 * f, low + 0.06), (-0.45, low), (0.05 * s, low - 0.05), (0.45, low), (0.86 * f, low + 0.06), (0.93 * f, 0.15)]
        return pts, 0.25
    if style in ("side", "long", "wavy", "bob"):
        part = 0.5 * s
        pts = [(-0.95 * f, 0.2), (-0.84 * f, -0.32 - 0.2 * (s > 0)), (-0.45, -h * 0.8 + 0.18 * (part - 0.3)), (part, -h - 0.08),
               (0.45, -h * 0.8 - 0.18 * (part + 0.3)), (0.84 * f, -0.32 - 0.2 * (s < 0)), (0.95 * f, 0.2)]
        return pts, 0.2 if style == "side" else 0.75
    if style == "receding":
        pts = [(-0.97 * f, 0.15), (-0.88 * f, -0.45), (-0.62, -1.0), (-0.3, -1.22), (0, -1.05 - 0.2 * abs(s)), (0.3, -1.22),
               (0.62, -1.0), (0.88 * f, -0.45), (0.97 * f, 0.15)]
        return pts, 0.15
    peak = 0.12 * s
    pts = [(-0.97 * f, 0.15), (-0.86 * f, -0.42), (-0.7, -h * 0.78), (-0.35, -h - 0.04), (0, -h + peak), (0.35, -h - 0.04), (0.7, -h * 0.78),
           (0.86 * f, -0.42), (0.97 * f, 0.15)]
    return pts, 0.15


def _cap(t, m):
    """The hair on the skull: its outer edge in silhouette units, the hairline's points, and how dense it is."""
    v, top, skew, alpha = t.hair_volume * m.hair_volume, 0.0, 0.0, 1.0
    points, side_y = _hairline(t)
    if t.style == "buzz":
        v, alpha = 0.025, 0.72
    elif t.style == "quiff":
        top, skew = 0.12 + v * 0.6, 0.6 * np.sign(t.hair_skew)
    elif t.style in ("receding", "bun"):
        v *= 0.4
    elif t.style == "afro":
        v, side_y = 0.3 + v * 1.5, 0.5
    edge = _crown(t, v, side_y, skew, top)
    if t.style == "curly":
        edge = _bumps(edge, 15, 0.075, m.frizz)
    elif t.style == "afro":
        edge = _bumps(edge, 18, 0.045, m.frizz)
    return edge, points, alpha


def front(pen, head, t, m):
    """The hair that frames the face."""
    if t.style == "bald":
        return
    if t.style == "mohawk":
        _mohawk(pen, head, t, m)
        return
    edge, points, alpha = _cap(t, m)
    edge = head.outline(edge)
    line = head.surface(curve(_bumps_line(points, t), 5))
    pattern = cairo.LinearGradient(-m.light[0], -1.6, m.light[0], 0.3)
    lit = 1.12 if m.light[1] < 0 else 0.98
    pattern.add_color_stop_rgba(0, *shade(t.hair, lit - 0.22 if m.light[0] > 0 else lit), alpha)
    pattern.add_color_stop_rgba(1, *shade(t.hair, 0.8), alpha)
    pen.stroke(line + (0.0, 0.035), shade(t.skin, 0.5), 0.06, 0.25 * alpha)
    pen.fill_pattern(np.concatenate([edge, line[::-1]]), pattern)
    if pen.fine:
        _strands(pen, edge, line, t, m, alpha)


def _bumps_line(points, t):
    """A curly head has a curly hairline too."""
    if t.style not in ("curly", "afro"):
        return points
    dense = curve(points, 3)
    wave = np.abs(np.sin(np.arange(len(dense)) * 1.9 + t.hair_skew)) * 0.06
    return dense + np.stack([np.zeros(len(dense)), wave], 1)


def _strands(pen, edge, line, t, m, alpha):
    """Lines between the outer edge and the hairline: the way the hair lies."""
    n = 40
    a = edge[np.linspace(0, len(edge) - 1, n).astype(int)]
    b = line[np.linspace(0, len(line) - 1, n).astype(int)]
    dark, light = shade(t.hair, 0.68), shade(t.hair, 1.22)
    if t.style in ("curly", "afro"):
        for share in (0.25, 0.5, 0.75):
            p = a + (b - a) * share
            p = p + np.stack([np.zeros(n), 0.03 * np.sin(np.arange(n) * 2.3 + share * 9)], 1)
            pen.stroke(p[3:-3], dark, 0.025, 0.5)
        return
    for share, colour in ((0.3, dark), (0.45, light), (0.62, dark), (0.8, dark)):
        p = a + (b - a) * share
        pen.stroke(p[5:-5], colour, 0.018, 0.45 * alpha)
    for i in range(9, n - 9, 5):
        pen.stroke(np.stack([a[i], (a[i] + b[i]) / 2 + (0.03 * t.hair_skew, 0), b[i]]), dark, 0.012, 0.35 * alpha)


def _mohawk(pen, head, t, m):
    """A crest."""
    k = t.skull
    crest = curve([(-0.3, -0.98), (-0.34, -k - 0.1), (-0.2, -k - 0.45), (0, -k - 0.6), (0.2, -k - 0.45), (0.34, -k - 0.1), (0.3, -0.98), (0, -0.9)],
                  closed=True)
    edge = _crown(t, 0.02, 0.1)
    points, _ = _hairline(t)
    pen.fill(np.concatenate([head.outline(edge), head.surface(curve(points, 5))[::-1]]), t.hair, 0.3)
    pen.fill(head.outline(crest) + (0.45 * head.sin_yaw, 0), t.hair)
    for x in (-0.15, 0, 0.15):
        pen.stroke(head.outline(np.array([(x, -0.95), (x * 0.9, -k - 0.4)])) + (0.45 * head.sin_yaw, 0), shade(t.hair, 0.65), 0.02, 0.6)


def beard(pen, head, t, m, outline):
    """The beard; `outline` is the head's outline as seen. Drawn before the mouth."""
    if t.beard == "none":
        return
    tip, mouth = t.nose_y, min(t.nose_y + t.mouth_drop, t.chin - 0.22)
    drop = 0.14 * m.open
    colour = t.beard_colour
    lip = curve([(-t.mouth_width * 1.12, mouth + 0.06), (-t.mouth_width * 0.8, tip + 0.17), (0, tip + 0.14), (t.mouth_width * 0.8, tip + 0.17),
                 (t.mouth_width * 1.12, mouth + 0.06), (t.mouth_width * 0.6, mouth - 0.02), (0, mouth - 0.04),
                 (-t.mouth_width * 0.6, mouth - 0.02)], 5, True)
    if t.beard in ("moustache", "goatee"):
        pen.fill(head.surface(lip, 0.05), colour, 0.95)
    if t.beard == "goatee":
        w = t.mouth_width
        chin = curve([(-w * 1.05, mouth), (-w * 0.7, mouth + 0.2 + drop), (0, mouth + 0.13 + drop), (w * 0.7, mouth + 0.2 + drop), (w * 1.05, mouth),
                      (w * 0.95, t.chin - 0.06), (0, t.chin + 0.06), (-w * 0.95, t.chin - 0.06)], 5, True)
        pen.fill(head.surface(chin, 0.03), colour, 0.95)
    if t.beard not in ("stubble", "full", "strap"):
        return
    thick = {"stubble": 0.0, "full": 0.09, "strap": 0.015}[t.beard]
    lower = outline[outline[:, 1] > 0.1]
    centre = np.array([0.3 * head.sin_yaw, 0.3])
    grown = centre + (lower - centre) * (1 + thick)
    if t.beard == "strap":
        inner = centre + (lower - centre) * 0.84
    else:
        inner = head.surface(curve([(0.9 * t.cheek, 0.2), (0.62, 0.55), (t.mouth_width * 1.05, tip + 0.18), (0, tip + 0.13),
                                    (-t.mouth_width * 1.05, tip + 0.18), (-0.62, 0.55), (-0.9 * t.cheek, 0.2)], 6), 0.02)
    alpha = 0.32 if t.beard == "stubble" else 0.97
    pen.fill(np.concatenate([grown, inner[::-1]]), colour, alpha)
    if t.beard == "full":
        for k in np.linspace(0.1, 0.9, 11):
            a = grown[int(k * (len(grown) - 1))]
            b = inner[int(k * (len(inner) - 1))]
            pen.stroke(np.stack([a + (b - a) * 0.1, a + (b - a) * 0.7]), shade(colour, 0.65), 0.02, 0.5)
