"""Alignment to 112x112 by five landmarks, as the server does it."""
import numpy as np

SIDE = 112
TEMPLATE = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)])


def similarity(source, target):
    """The turn, scale and shift [2, 3] that takes the source points nearest to the target points (least squares)."""
    p, q = source - source.mean(0), target - target.mean(0)
    d = (p * p).sum()
    a = (p * q).sum() / d
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / d
    turn = np.array([(a, -b), (b, a)])
    return np.concatenate([turn, (target.mean(0) - turn @ source.mean(0))[:, None]], 1)


def warp(picture, matrix, side=SIDE):
    """The picture [h, w, 3] taken through the matrix, side x side, bilinear, 0 outside. Returns float32."""
    turn = np.linalg.inv(matrix[:, :2])
    y, x = np.mgrid[0:side, 0:side].astype(np.float64)
    sx = turn[0, 0] * (x - matrix[0, 2]) + turn[0, 1] * (y - matrix[1, 2])
    sy = turn[1, 0] * (x - matrix[0, 2]) + turn[1, 1] * (y - matrix[1, 2])
    height, width = picture.shape[:2]
    padded = np.zeros((height + 2, width + 2, 3), np.float32)
    padded[1:-1, 1:-1] = picture
    sx, sy = np.clip(sx + 1, 0, width + 0.999), np.clip(sy + 1, 0, height + 0.999)
    ix, iy = sx.astype(int), sy.astype(int)
    fx, fy = (sx - ix)[..., None].astype(np.float32), (sy - iy)[..., None].astype(np.float32)
    top = padded[iy, ix] * (1 - fx) + padded[iy, ix + 1] * fx
    low = padded[iy + 1, ix] * (1 - fx) + padded[iy + 1, ix + 1] * fx
    return top * (1 - fy) + low * fy


def aligned(picture, landmarks):
    """The face with these landmarks, upright, float32 [112, 112, 3]."""
    return warp(picture, similarity(np.asarray(landmarks, float), TEMPLATE))
