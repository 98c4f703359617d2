"""Eyes, brows, nose, mouth, ears and the marks of a skin."""
import numpy as np

from geometry import curve, ellipse
from pen import mix, shade


def pupils(t, m):
    """The pupils' places on the face's front, the one at the picture's left first."""
    return np.array([(side * t.eye_x, t.eye_y - 0.006) for side in (-1, 1)]) + m.gaze


def corners(t, m):
    """The corners of the mouth, likewise, and the y between them."""
    w = t.mouth_width * (1 + 0.14 * max(m.smile, 0) - 0.1 * m.open)
    cy = min(t.nose_y + t.mouth_drop, t.chin - 0.22 - 0.12 * m.open)
    return np.array([(-w, cy - 0.075 * m.smile), (w, cy - 0.075 * m.smile)]), cy


def landmarks(head, t, m):
    """Pupils, nose tip and corners of the mouth as seen [5, 2], in the order of the ArcFace template."""
    return np.concatenate([head.surface(pupils(t, m)), head.surface([(0, t.nose_y)], t.nose_depth), head.surface(corners(t, m)[0], 0.05)])


def eyes(pen, head, t, m):
    """Both eyes."""
    for side, pupil in zip((-1, 1), pupils(t, m)):
        _eye(pen, head, t, m, side, pupil)


def _eye(pen, head, t, m, side, pupil):
    cx, cy, w = side * t.eye_x, t.eye_y, t.eye_width
    up, down = t.eye_open * m.lids, t.eye_open * (0.35 + 0.4 * m.lids) * (1 - 0.25 * max(m.smile, 0))
    tilt = t.eye_tilt * w
    inner, outer = (cx - side * w, cy + tilt * 0.5), (cx + side * w, cy - tilt * 0.5)
    top = curve([inner, (cx - side * w * 0.45, cy - up * 0.85), (cx + side * w * 0.25, cy - up), outer])
    low = curve([outer, (cx + side * w * 0.3, cy + down * 0.8), (cx - side * w * 0.4, cy + down * 0.85), inner])
    x, y = head.surface([(cx, cy)])[0]
    pen.soft(x, y - 0.04, w * 1.7, 0.17, shade(t.skin, 0.55), 0.4)
    if m.makeup:
        pen.soft(x, y - 0.07, w * 1.5, 0.15, m.thing, m.makeup)
    if pen.fine and t.eye_bag > 0.5:
        bag = head.surface(curve([(cx - w * 0.8, cy + down + 0.03), (cx, cy + down + 0.075), (cx + w * 0.8, cy + down + 0.03)]))
        pen.stroke(bag, shade(t.skin, 0.55), 0.02, (t.eye_bag - 0.5) * 0.9)
    almond = head.surface(np.concatenate([top, low[1:-1]]))
    pen.fill(almond, (0.95, 0.94, 0.92))
    pen.clip(almond)
    ring = head.surface(ellipse(*pupil, t.iris_size, t.iris_size))
    pen.fill(ring, t.iris)
    pen.stroke(ring, shade(t.iris, 0.45), 0.014, closed=True)
    pen.fill(head.surface(ellipse(*pupil, t.iris_size * 0.46, t.iris_size * 0.46, 12)), (0.03, 0.03, 0.04))
    glint = np.array([pupil + (m.light[0] * 0.022, -0.024)])
    pen.fill(ellipse(*head.surface(glint)[0], 0.016, 0.016, 10), (1, 1, 1), 0.9)
    pen.stroke(head.surface(top + (0, 0.012)), (0.1, 0.08, 0.08), 0.03, 0.3)
    pen.restore()
    lash = mix(shade(t.skin, 0.35), (0.06, 0.05, 0.05), 0.4 + 0.6 * t.lash)
    pen.stroke(head.surface(top), lash, 0.016 + 0.024 * t.lash)
    pen.stroke(head.surface(low), shade(t.skin, 0.5), 0.01, 0.6)
    if pen.fine and t.lash > 0.55:
        wing = head.surface([outer, (outer[0] + side * 0.05, outer[1] - 0.045)])
        pen.stroke(wing, lash, 0.018)
    if pen.fine and t.lid_crease > 0.3:
        pen.stroke(head.surface(top[2:-1] - (0, 0.02 + 0.035 * t.lid_crease)), shade(t.skin, 0.5), 0.012, 0.75)


def brows(pen, head, t, m):
    """Both brows."""
    for side in (-1, 1):
        x, y, half = side * t.eye_x, t.eye_y - t.brow_gap - m.brow, t.brow_length
        lean = t.brow_tilt * half
        line = np.array([(x - side * half, y + lean), (x - side * half * 0.2, y - t.brow_arch * 0.6),
                         (x + side * half * 0.45, y - t.brow_arch - lean * 0.4), (x + side * half * 1.05, y - lean + 0.02)])
        thick = np.array([0.9, 1.0, 0.75, 0.15])[:, None] * (0, t.brow_thick / 2)
        shape = np.concatenate([curve(line - thick), curve(line + thick)[::-1]])
        pen.fill(head.surface(shape), t.brow_colour, 0.92)


def nose(pen, head, t, m):
    """The nose."""
    y, w, d, dark = t.nose_y, t.nose_width, t.nose_depth, shade(t.skin, 0.55)
    turn = m.light[0] * 0.6 + head.sin_yaw * 1.5
    side = -1 if turn > 0 else 1
    top = t.eye_y - 0.06
    # The bridge rises from between the brows to the tip; its far side lies in shadow.
    ridge = np.concatenate([head.surface([(side * 0.01, top)]), head.surface([(side * t.nose_bridge * 0.5, top + (y - top) * 0.5)], d * 0.5),
                            head.surface([(side * t.nose_tip * 0.6, y - 0.03)], d)])
    foot = np.concatenate([head.surface([(side * w, y + 0.04)], 0.04), head.surface([(side * t.nose_bridge * 1.6, top + (y - top) * 0.45)]),
                           head.surface([(side * (t.nose_bridge + 0.05), top)])])
    pen.fill(np.concatenate([curve(ridge, 4), curve(foot, 4)]), dark, 0.16 + 0.22 * min(1.0, abs(turn)))
    light = np.concatenate([head.surface([(0, top + 0.05)]), head.surface([(0, y - 0.06)], d)])
    pen.stroke(light, shade(t.skin, 1.35), t.nose_bridge * 0.8, 0.35)
    tip = head.surface([(0, y)], d)[0]
    pen.soft(tip[0], tip[1] + 0.01, t.nose_tip * 2.2, t.nose_tip * 1.9, shade(t.skin, 0.72), 0.35)
    pen.soft(tip[0] + m.light[0] * 0.02, tip[1] - 0.03, t.nose_tip * 1.1, t.nose_tip, (1, 1, 1), 0.35)
    for s in (-1, 1):
        hole = head.surface([(s * w * 0.5, y + 0.075)], d * 0.55)[0]
        pen.fill(ellipse(hole[0], hole[1], w * 0.22, 0.022, 10, s * 0.35), shade(t.skin, 0.28), 0.85)
        wing = np.concatenate([head.surface([(s * w * 0.82, y - 0.03)], d * 0.3), head.surface([(s * w, y + 0.035)], d * 0.22),
                               head.surface([(s * w * 0.82, y + 0.085)], d * 0.3)])
        pen.stroke(curve(wing, 5), dark, 0.022, 0.8)
    base = np.concatenate([head.surface([(-w * 0.35, y + 0.09)], d * 0.5), head.surface([(0, y + t.nose_tip * 1.15)], d * 0.8),
                           head.surface([(w * 0.35, y + 0.09)], d * 0.5)])
    pen.stroke(curve(base, 5), dark, 0.02, 0.85)


def mouth(pen, head, t, m):
    """The mouth."""
    (left, right), cy = corners(t, m)
    w, lift, gap = right[0], -0.075 * m.smile, 0.24 * m.open
    up, low = t.lip_upper, t.lip_lower
    lip = mix(t.skin, (0.72, 0.16, 0.2), 0.28 + 0.5 * t.lip_red)
    lip = shade(lip, 1 - t.lip_dark - 0.08)
    if m.makeup:
        lip = mix(lip, (0.7, 0.05, 0.15), m.makeup)
    middle = cy - 0.15 * lift
    inner_top = curve([left, (-w * 0.5, middle - gap * 0.25), (0, middle - gap * 0.32), (w * 0.5, middle - gap * 0.25), right])
    inner_low = curve([left, (-w * 0.5, middle + gap * 0.6), (0, middle + gap * 0.75), (w * 0.5, middle + gap * 0.6), right])
    outer_top = curve([left, (-w * 0.28, middle - up - gap * 0.3), (0, middle - up + t.lip_bow - gap * 0.3), (w * 0.28, middle - up - gap * 0.3),
                       right])
    outer_low = curve([left, (-w * 0.45, middle + low * 0.85 + gap * 0.65), (0, middle + low + gap * 0.78),
                       (w * 0.45, middle + low * 0.85 + gap * 0.65), right])
    x, y = head.surface([(0, middle + low + gap * 0.78 + 0.06)], 0.03)[0]
    pen.soft(x, y, w * 0.7, 0.06, shade(t.skin, 0.55), 0.5)
    pen.fill(head.surface(np.concatenate([outer_top, inner_top[::-1]]), 0.05), shade(lip, 0.86))
    pen.fill(head.surface(np.concatenate([outer_low, inner_low[::-1]]), 0.05), lip)
    hole = head.surface(np.concatenate([inner_top, inner_low[::-1]]), 0.04)
    if gap > 0.01:
        pen.fill(hole, (0.25, 0.06, 0.07))
        pen.clip(hole)
        teeth = np.concatenate([inner_top - (0, 0.02), inner_top[::-1] + (0, min(gap * 0.5, 0.075))])
        pen.fill(head.surface(teeth, 0.04), (0.95, 0.93, 0.88))
        pen.restore()
    pen.stroke(head.surface(inner_top, 0.05), shade(t.skin, 0.3), 0.02, 0.9)
    shine = head.surface([(-w * 0.25, middle + low * 0.55 + gap * 0.7), (w * 0.2, middle + low * 0.55 + gap * 0.7)], 0.05)
    pen.stroke(shine, (1, 1, 1), low * 0.3, 0.16 + 0.15 * t.lip_red)


def ears(pen, head, t):
    """Both ears; drawn before the head, which hides most of the one that turns away."""
    for side in (-1, 1):
        x, y = head.turn(np.array([side * (0.97 * t.cheek + t.ear_out * 0.6)]), np.array([0.18]), np.array([-0.1]))[0]
        width = t.ear_size * (0.55 + t.ear_out * 2)
        pen.fill(ellipse(x, y, width, t.ear_size * 1.15, 20, side * 0.2), shade(t.skin, 0.93))
        pen.stroke(ellipse(x, y, width, t.ear_size * 1.15, 20, side * 0.2), shade(t.skin, 0.6), 0.02, 0.7, True)
        pen.stroke(ellipse(x, y, width * 0.55, t.ear_size * 0.7, 16, side * 0.2)[(6 if side > 0 else 0):(15 if side > 0 else 9)],
                   shade(t.skin, 0.6), 0.03, 0.7)
        if t.earring:
            pen.fill(ellipse(x, y + t.ear_size * 1.25, 0.06, 0.06, 12), (0.9, 0.78, 0.35))


def marks(pen, head, t):
    """Blush, freckles, moles and the lines that come with age."""
    red = mix(t.skin, (0.85, 0.2, 0.2), 0.7)
    for side in (-1, 1):
        x, y = head.surface([(side * 0.55, 0.45)])[0]
        pen.soft(x, y, 0.32, 0.25, red, t.blush)
        if pen.fine and t.cheek_line > 0.45:
            fold = [(side * (t.nose_width + 0.03), t.nose_y + 0.06), (side * (t.nose_width + 0.16), t.nose_y + 0.2),
                    (side * (t.mouth_width + 0.1), t.nose_y + t.mouth_drop)]
            pen.stroke(head.surface(curve(fold)), shade(t.skin, 0.5), 0.022, (t.cheek_line - 0.35) * 0.8)
        if pen.fine and t.age > 0.6:
            for k in (-1, 0, 1):
                x = side * (t.eye_x + t.eye_width + 0.05)
                pen.stroke(head.surface([(x, t.eye_y + k * 0.03), (x + side * 0.11, t.eye_y + k * 0.08)]), shade(t.skin, 0.45), 0.014,
                           (t.age - 0.5) * 1.2)
    for k in range(3 if t.age > 0.75 else 2 if t.age > 0.55 else 0):
        y = t.eye_y - t.brow_gap - 0.16 - 0.11 * k
        pen.stroke(head.surface(curve([(-0.42, y + 0.03), (0, y), (0.42, y + 0.03)])), shade(t.skin, 0.5), 0.018, (t.age - 0.4) * 0.9)
    if pen.fine and t.freckles:
        rng = np.random.default_rng(t.mark_seed)
        spots = head.surface(rng.normal((0, 0.36), (0.42, 0.12), (t.freckles, 2)))
        for x, y in spots:
            pen.fill(ellipse(x, y, 0.02, 0.02, 6), mix(t.skin, (0.5, 0.25, 0.12), 0.6), 0.75)
    for x, y in head.surface(t.moles) if len(t.moles) else ():
        pen.fill(ellipse(x, y, 0.034, 0.032, 10), shade(mix(t.skin, (0.3, 0.15, 0.1), 0.6), 0.5), 0.95)
