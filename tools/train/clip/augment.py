"""Whole batches of renderings in torch: sprites on backgrounds, turned, scaled, blurred, noisy, through JPEG."""

import io
import math

import numpy
import torch
import torch.nn.functional as functional
from PIL import Image



class Renderer:
    """Renders sprites of the bank. All randomness comes from the generator given to each call."""

    def __init__(self, bank, device="cpu"):
        self.large = torch.from_numpy(bank["large"]).to(device)
        self.small = torch.from_numpy(bank["small"]).to(device)
        self.backgrounds = torch.from_numpy(bank["backgrounds"]).to(device)
        self.device = device

    def render(self, which, whole, draw, side=64):
        """float32 [n, 3, side, side] in -1..1. which: sprite numbers; whole: bool, keep all of it in the frame (counts)."""
        count = len(which)
        uniform = lambda low, high, *shape: low + (high - low) * torch.rand(count, *shape, generator=draw).to(self.device)
        normal = lambda *shape: torch.randn(count, *shape, generator=draw).to(self.device)
        whole = whole.to(self.device)
        scale = torch.where(whole, uniform(0.85, 1.05), uniform(0.46 if side >= 64 else 0.52, 1.06))
        pasted = self._pasted(which.to(self.device), scale, self._grid(scale, whole, side, uniform, normal))
        picture = self._behind(count, side, draw)
        tint = uniform(0.85, 1.12, 1, 1, 1) * (1 + 0.03 * normal(3, 1, 1))
        picture = picture * (1 - pasted[:, 3:]) + pasted[:, :3] * tint
        picture = self._blurred(self._coloured(picture, uniform, normal), uniform)
        strength = 0.05 * uniform(0, 1, 1, 1, 1) ** 2 * (uniform(0, 1, 1, 1, 1) < 0.6)
        picture = (picture + strength * normal(3, side, side)).clamp_(0, 1)
        self._through_jpeg(picture, draw)
        return (picture * 2 - 1).contiguous(memory_format=torch.channels_last)

    def _grid(self, scale, whole, side, uniform, normal):
        turn = (normal() * 8).clamp(-24, 24) * math.pi / 180
        turn = torch.where(whole, turn * 0.5, turn)
        narrow = torch.exp(uniform(-0.14, 0.14))  # pictures are squashed to a square
        wide, high = scale * narrow, scale / narrow
        room = (1.03 - torch.maximum(wide, high)).clamp(min=0.02)
        x, y = uniform(-1, 1) * room, uniform(-1, 1) * room
        cosine, sine, shear = torch.cos(turn), torch.sin(turn), normal() * 0.06
        rows = torch.stack([
            torch.stack([cosine / wide, (sine + shear) / wide, -(cosine * x + (sine + shear) * y) / wide], 1),
            torch.stack([-sine / high, cosine / high, (sine * x - cosine * y) / high], 1),
        ], 1)
        return functional.affine_grid(rows, (len(scale), 4, side, side), align_corners=False)

    def _pasted(self, which, scale, grid):
        side = grid.shape[1]
        pasted = torch.empty(len(which), 4, side, side, device=self.device)
        near = scale * side >= 42
        for chosen, source in ((near, self.large), (~near, self.small)):
            if chosen.any():
                sprite = source[which[chosen]].float() / 255
                pasted[chosen] = functional.grid_sample(sprite, grid[chosen], mode="bilinear", align_corners=False)
        return pasted

    def _behind(self, count, side, draw):
        """Crops of the backgrounds, near or from twice as far, mirrored half the time; some plain, many of those white."""
        behind = torch.empty(count, 3, side, side, device=self.device)
        numbers = torch.randint(len(self.backgrounds), (count,), generator=draw).tolist()
        corners = torch.rand(count, 2, generator=draw).tolist()
        chances = torch.rand(count, 2, generator=draw).tolist()
        plain = torch.rand(count, 3, 1, 1, generator=draw)
        for at, (number, (top, left), (kind, mirrored)) in enumerate(zip(numbers, corners, chances)):
            if kind < 0.1:
                behind[at] = 1.0
            elif kind < 0.2:
                behind[at] = plain[at].to(self.device)
            else:
                step = 2 if kind < 0.6 else 1
                top, left = (int(corner * (self.backgrounds.shape[-1] - side * step + 1)) for corner in (top, left))
                crop = self.backgrounds[number, :, top : top + side * step : step, left : left + side * step : step].float() / 255
                behind[at] = crop.flip(-1) if mirrored < 0.5 else crop
        return behind

    def _coloured(self, picture, uniform, normal):
        grey = picture.mean(1, keepdim=True)
        picture = grey + (picture - grey) * uniform(0.6, 1.3, 1, 1, 1)
        picture = picture * (1 + 0.05 * normal(3, 1, 1))
        middle = picture.mean((1, 2, 3), keepdim=True)
        return middle + (picture - middle) * uniform(0.75, 1.2, 1, 1, 1) + uniform(-0.11, 0.11, 1, 1, 1)

    def _blurred(self, picture, uniform):
        count, side = len(picture), picture.shape[-1]
        soft = uniform(0, 1) < 0.4
        deviation = 0.25 + 0.75 * uniform(0, 1) ** 2
        some = soft.nonzero()[:, 0]
        if len(some):
            offsets = torch.arange(-2, 3, device=self.device).float()
            kernel = torch.exp(-0.5 * (offsets / deviation[some, None]) ** 2)
            kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)
            flat = functional.pad(picture[some], (2, 2, 2, 2), mode="reflect").reshape(1, -1, side + 4, side + 4)
            flat = functional.conv2d(flat, kernel[:, None, None, :], groups=len(kernel))
            flat = functional.conv2d(flat, kernel[:, None, :, None], groups=len(kernel))
            picture[some] = flat.reshape(len(some), 3, side, side)
        coarse = int(uniform(28, side)[0])
        few = slice(0, count // 12)  # the batch is in random order: a few lose detail
        less = functional.interpolate(picture[few], size=(coarse, coarse), mode="bilinear", antialias=True)
        picture[few] = functional.interpolate(less, size=(side, side), mode="bilinear")
        return picture

    def _through_jpeg(self, picture, draw):
        chosen = (torch.rand(len(picture), generator=draw) < 0.15).nonzero()[:, 0].tolist()
        qualities = torch.randint(35, 95, (len(picture),), generator=draw).tolist()
        for at in chosen:
            file = io.BytesIO()
            pixels = (picture[at].permute(1, 2, 0) * 255).round().byte().cpu().numpy()
            Image.fromarray(pixels).save(file, "JPEG", quality=qualities[at])
            read = numpy.asarray(Image.open(file).convert("RGB"))
            picture[at] = torch.from_numpy(read.copy()).permute(2, 0, 1).float().to(self.device) / 255
