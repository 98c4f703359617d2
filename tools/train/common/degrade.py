"""What cameras and files do to pictures: blur, noise, colour casts, JPEG.

Every function takes a numpy Generator and uint8 [h, w, 3] and gives the same type back; `degrade`
does a random choice of them. `strength` 0..1 scales how much.
"""

import io

import numpy as np
from PIL import Image, ImageFilter


def blur(rng, picture, strength=1.0):
    """Out of focus or shaken: a Gaussian, or a mean along one axis."""
    image = Image.fromarray(picture)
    if rng.random() < 0.7:
        return np.asarray(image.filter(ImageFilter.GaussianBlur(strength * rng.uniform(0.2, 1.3))))
    length = int(rng.integers(2, 3 + round(2 * strength)))
    total, axis = np.zeros(picture.shape, np.float32), int(rng.integers(2))
    for step in range(length):
        total += np.roll(picture, step - length // 2, axis)
    return (total / length).astype(np.uint8)


def noise(rng, picture, strength=1.0):
    """Sensor noise: Gaussian, more of it in one channel than another."""
    amount = strength * 12 * rng.random() ** 2 * rng.uniform(0.6, 1.4, 3).astype(np.float32)
    grain = rng.standard_normal(picture.shape, np.float32) * amount
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def colours(rng, picture, strength=1.0):
    """White balance, exposure, contrast and saturation."""
    middle = float(picture[::8, ::8].mean())
    saturation = 1 + strength * rng.uniform(-0.4, 0.3)
    contrast = 1 + strength * rng.uniform(-0.25, 0.2)
    # All steps are linear in the three channels: one matrix and one offset.
    matrix = saturation * np.eye(3) + (1 - saturation) / 3
    matrix = contrast * (1 + strength * rng.normal(0, 0.05, 3))[:, None] * matrix
    offset = middle * (1 - contrast) + strength * rng.uniform(-28, 28)
    rows = np.concatenate([matrix, np.full((3, 1), offset)], 1).reshape(-1)
    return np.asarray(Image.fromarray(picture).convert("RGB", tuple(rows)))


def jpeg(rng, picture, strength=1.0):
    """Through a JPEG file and back, at quality 95 down to 35."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=int(95 - strength * 60 * rng.random()))
    return np.asarray(Image.open(file).convert("RGB"))


def degrade(rng, picture, strength=1.0):
    """A random choice of all of them, in the order a camera would."""
    for step, chance in ((colours, 0.7), (blur, 0.35), (noise, 0.5), (jpeg, 0.4)):
        if rng.random() < chance:
            picture = step(rng, picture, strength)
    return picture
