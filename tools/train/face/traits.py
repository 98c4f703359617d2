"""Who a drawn face is: fifty traits drawn from one number.

The same number always gives the same face. What changes from picture to picture of one face (pose, light, expression) is in moment.py.
Lengths are in head units: the face is about 2 wide, eyes lie near y = 0, the chin near y = 1.35, y grows downwards.
"""
from types import SimpleNamespace

import numpy as np

SKINS = np.array([(250, 220, 196), (240, 200, 166), (226, 177, 137), (205, 148, 104), (165, 108, 70), (116, 72, 48), (78, 49, 36)]) / 255
HAIRS = np.array([(24, 20, 22), (52, 34, 26), (88, 56, 34), (122, 74, 40), (112, 44, 26), (178, 82, 34), (196, 148, 78), (228, 198, 132),
                  (140, 138, 138), (222, 220, 216), (58, 92, 170), (206, 86, 140), (72, 140, 96), (126, 76, 168)]) / 255
HAIR_ODDS = np.array([20, 16, 13, 9, 5, 6, 9, 7, 6, 5, 1, 1, 1, 1]) / 100
IRISES = np.array([(58, 34, 20), (98, 62, 30), (128, 104, 48), (84, 122, 66), (70, 120, 168), (120, 150, 170), (44, 74, 120)]) / 255
FRAMES = np.array([(22, 22, 24), (92, 52, 28), (150, 24, 36), (40, 70, 140), (190, 160, 80), (140, 144, 150), (40, 110, 84)]) / 255

STYLES = ("bald", "buzz", "short", "side", "quiff", "fringe", "curly", "afro", "bob", "long", "wavy", "bun", "receding", "mohawk")
MAN_ODDS = np.array([9, 12, 16, 14, 12, 6, 10, 5, 1, 3, 2, 2, 7, 1]) / 100
WOMAN_ODDS = np.array([1, 2, 6, 8, 3, 12, 8, 7, 15, 15, 13, 9, 0, 1]) / 100
BEARDS = ("none", "stubble", "moustache", "goatee", "full", "strap")
GLASSES = ("none", "round", "square", "wide", "cat")

# The continuous traits and their ranges; an embedding may be asked for them while it is trained.
RANGES = {
    "forehead": (0.84, 1.05), "cheek": (0.90, 1.06), "jaw": (0.62, 0.98), "jaw_y": (0.70, 0.98), "chin_width": (0.20, 0.52),
    "chin": (1.22, 1.55), "skull": (1.28, 1.48), "ear_size": (0.17, 0.32), "ear_out": (0.00, 0.14),
    "eye_x": (0.35, 0.49), "eye_y": (-0.08, 0.08), "eye_width": (0.13, 0.205), "eye_open": (0.055, 0.115), "eye_tilt": (-0.22, 0.26),
    "iris_size": (0.064, 0.096), "lid_crease": (0.0, 1.0), "lash": (0.0, 1.0), "eye_bag": (0.0, 1.0),
    "brow_gap": (0.19, 0.34), "brow_length": (0.19, 0.31), "brow_thick": (0.022, 0.085), "brow_arch": (0.0, 0.11), "brow_tilt": (-0.25, 0.25),
    "nose_y": (0.40, 0.62), "nose_width": (0.115, 0.25), "nose_bridge": (0.03, 0.085), "nose_depth": (0.12, 0.34), "nose_tip": (0.04, 0.10),
    "mouth_drop": (0.27, 0.42), "mouth_width": (0.21, 0.40), "lip_upper": (0.022, 0.085), "lip_lower": (0.03, 0.115), "lip_bow": (0.0, 0.05),
    "lip_red": (0.0, 1.0), "lip_dark": (0.0, 0.35), "blush": (0.0, 0.35), "hairline": (0.70, 1.02), "hair_volume": (0.04, 0.20),
    "hair_skew": (-1.0, 1.0), "melanin": (0.0, 1.0), "undertone": (-1.0, 1.0), "age": (0.0, 1.0), "cheek_line": (0.0, 1.0),
}


def skin_colour(melanin, undertone):
    """The skin's colour: a place on the scale of SKINS, redder or more yellow."""
    place = melanin * (len(SKINS) - 1)
    i = min(int(place), len(SKINS) - 2)
    base = SKINS[i] + (SKINS[i + 1] - SKINS[i]) * (place - i)
    return np.clip(base + undertone * np.array([0.016, -0.012, -0.022]), 0, 1)


def pick(rng, names, odds):
    """One of the names with these odds."""
    return names[int(rng.choice(len(names), p=np.asarray(odds) / np.sum(odds)))]


def identity(number):
    """The face of this number."""
    rng = np.random.default_rng([7411, number])
    t = SimpleNamespace(number=number, man=bool(rng.random() < 0.5))
    for name, (low, high) in RANGES.items():
        setattr(t, name, float(rng.uniform(low, high)))
    t.skin = skin_colour(t.melanin, t.undertone)
    odds = HAIR_ODDS * np.where(np.arange(len(HAIRS)) < 2, 1 + 3 * t.melanin, 1.25 - t.melanin)
    odds = odds * np.where(np.isin(np.arange(len(HAIRS)), (8, 9)), 0.3 + 2.5 * t.age, 1)
    t.hair_index = int(rng.choice(len(HAIRS), p=odds / odds.sum()))
    t.hair = np.clip(HAIRS[t.hair_index] * rng.uniform(0.85, 1.15) + rng.uniform(-0.02, 0.02, 3), 0, 1)
    t.style = pick(rng, STYLES, MAN_ODDS if t.man else WOMAN_ODDS)
    t.beard = pick(rng, BEARDS, (46, 14, 10, 10, 14, 6)) if t.man else "none"
    t.beard_colour = np.clip(t.hair * rng.uniform(0.7, 1.1), 0, 1) if t.hair_index < 10 else HAIRS[1]
    t.brow_colour = (t.hair if t.hair_index < 10 else HAIRS[2]) * rng.uniform(0.55, 0.95)
    t.iris_index = int(rng.choice(len(IRISES), p=_iris_odds(t.melanin)))
    t.iris = np.clip(IRISES[t.iris_index] * rng.uniform(0.85, 1.2), 0, 1)
    t.glasses = pick(rng, GLASSES, (72, 8, 8, 7, 5))
    t.frame_index = int(rng.integers(len(FRAMES)))
    t.frame_thick = float(rng.uniform(0.018, 0.05))
    t.freckles = int(rng.integers(18, 46)) if rng.random() < 0.18 and t.melanin < 0.6 else 0
    t.moles = rng.uniform((-0.75, 0.15), (0.75, 1.1), (int(rng.choice(3, p=(0.6, 0.28, 0.12))), 2))
    t.earring = bool(rng.random() < (0.08 if t.man else 0.35))
    t.mark_seed = int(rng.integers(1 << 31))
    if t.man:
        t.lip_red *= 0.35
        t.lash *= 0.35
        t.blush *= 0.4
    return t


def _iris_odds(melanin):
    odds = np.array([4 + 8 * melanin, 3, 2, 2, 2.5, 1.5, 1]) * np.array([1, 1, 1] + [1.1 - 0.9 * melanin] * 4)
    return odds / odds.sum()


def vector(t):
    """The traits as numbers: the continuous ones -1..1, then colours, then one of each kind. Used as a second aim in training."""
    out = [(getattr(t, name) - low) / (high - low) * 2 - 1 for name, (low, high) in RANGES.items()]
    out += list(t.skin * 2 - 1) + list(t.hair * 2 - 1) + list(t.iris * 2 - 1)
    for value, names in ((t.style, STYLES), (t.beard, BEARDS), (t.glasses, GLASSES)):
        out += [1.0 if value == name else -1.0 for name in names]
    out += [1.0 if t.freckles else -1.0, 1.0 if len(t.moles) else -1.0]
    return np.array(out, np.float32)
