"""Networks of the shapes that CLIP and SigLIP publish, with seeded random weights.

Shapes after Radford et al., arXiv 2103.00020, and Zhai et al., arXiv 2303.15343. The weights mean nothing; they are scaled so
that every block changes what passes through it and different inputs give clearly different vectors.
"""
import torch
from torch import nn

QUICK = 1.702  # QuickGELU: x * sigmoid(1.702 x)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, keys=None, mask=None):
        keys = x if keys is None else keys
        n, length, width = x.shape
        split = lambda t: t.reshape(n, -1, self.heads, width // self.heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(keys)), split(self.v(keys))
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width))


class Block(nn.Module):
    def __init__(self, width, heads, quick):
        super().__init__()
        self.quick = quick
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask=None):
        x = x + self.attention(self.norm1(x), mask=mask)
        y = self.up(self.norm2(x))
        y = y * torch.sigmoid(QUICK * y) if self.quick else nn.functional.gelu(y, approximate="tanh")
        return x + self.down(y)


class Stack(nn.Module):
    def __init__(self, width, heads, layers, quick):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads, quick) for _ in range(layers))

    def forward(self, x, mask=None):
        for block in self.blocks:
            x = block(x, mask)
        return x


class ClipVision(nn.Module):
    """pixels -> vector, and the whole sequence as further output."""

    def __init__(self, side, patch, width, layers, heads, dim):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch, bias=False)
        self.first = nn.Parameter(torch.randn(width) * 0.1)
        self.places = nn.Parameter(torch.randn((side // patch) ** 2 + 1, width) * 0.1)
        self.norm_in, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.stack = Stack(width, heads, layers, quick=True)
        self.project = nn.Linear(width, dim, bias=False)

    def forward(self, pixels):
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.shape[0], 1, -1), x], 1) + self.places
        x = self.stack(self.norm_in(x))
        return self.project(self.norm_out(x[:, 0])), x


class ClipText(nn.Module):
    """ids -> vector at the first of the highest ids, which is the end token."""

    def __init__(self, tokens, context, width, layers, heads, dim):
        super().__init__()
        self.tokens = nn.Embedding(tokens, width)
        self.places = nn.Parameter(torch.randn(context, width) * 0.1)
        self.stack = Stack(width, heads, layers, quick=True)
        self.norm_out = nn.LayerNorm(width)
        self.project = nn.Linear(width, dim, bias=False)
        self.register_buffer("mask", torch.full((context, context), -1e4).triu(1))

    def forward(self, ids):
        length = ids.shape[1]
        x = self.tokens(ids) + self.places[:length]
        x = self.norm_out(self.stack(x, self.mask[:length, :length]))
        return self.project(x[torch.arange(ids.shape[0]), ids.argmax(-1)]), x


class SiglipVision(nn.Module):
    """pixels -> vector by an attention over all patches with one learned question."""

    def __init__(self, side, patch, width, layers, heads, dim):
        super().__init__()
        assert width == dim
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.places = nn.Parameter(torch.randn((side // patch) ** 2, width) * 0.1)
        self.stack = Stack(width, heads, layers, quick=False)
        self.norm_out, self.norm_head = nn.LayerNorm(width), nn.LayerNorm(width)
        self.question = nn.Parameter(torch.randn(1, 1, width))
        self.attention = Attention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, pixels):
        x = self.patches(pixels).flatten(2).transpose(1, 2) + self.places
        x = self.norm_out(self.stack(x))
        y = self.attention(self.question.expand(x.shape[0], -1, -1), x)
        y = y + self.down(nn.functional.gelu(self.up(self.norm_head(y)), approximate="tanh"))
        return y[:, 0], x


class SiglipText(nn.Module):
    """ids -> vector at the last place, padding or not."""

    def __init__(self, tokens, context, width, layers, heads, dim):
        super().__init__()
        self.tokens = nn.Embedding(tokens, width)
        self.places = nn.Parameter(torch.randn(context, width) * 0.1)
        self.stack = Stack(width, heads, layers, quick=False)
        self.norm_out = nn.LayerNorm(width)
        self.head = nn.Linear(width, dim)

    def forward(self, ids):
        x = self.norm_out(self.stack(self.tokens(ids) + self.places))
        return self.head(x[:, -1]), x


class MatcherBlock(nn.Module):
    """A block of text that also looks at the picture."""

    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.own, self.picture = Attention(width, heads), Attention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, patches, mask):
        x = self.norm1(x + self.own(x, mask=mask))
        x = self.norm2(x + self.picture(x, patches))
        return self.norm3(x + self.down(nn.functional.gelu(self.up(x))))


class Matcher(nn.Module):
    """pixels, ids and their mask -> two logits, as BLIP's image-text matching head (arXiv 2201.12086)."""

    def __init__(self, side, patch, vision_width, vision_layers, vision_heads, tokens, context, text_width, text_layers, text_heads):
        super().__init__()
        assert vision_width == text_width
        self.vision = ClipVision(side, patch, vision_width, vision_layers, vision_heads, 2)
        self.tokens = nn.Embedding(tokens, text_width)
        self.places = nn.Parameter(torch.randn(context, text_width) * 0.1)
        self.norm_in, self.norm_patches = nn.LayerNorm(text_width), nn.LayerNorm(text_width)
        self.blocks = nn.ModuleList(MatcherBlock(text_width, text_heads) for _ in range(text_layers))
        self.head = nn.Linear(text_width, 2)

    def forward(self, pixels, ids, mask):
        patches = self.norm_patches(self.vision(pixels)[1])
        x = self.norm_in(self.tokens(ids) + self.places[:ids.shape[1]])
        hidden = (1 - mask.float())[:, None, None] * -1e4
        for block in self.blocks:
            x = block(x, patches, hidden)
        return self.head(x[:, 0])


def spread(network, seed):
    """Weights that pass variance on; what is left of a common direction goes out of the last layer's rows."""
    torch.manual_seed(seed)
    for name, p in network.named_parameters():
        if p.dim() >= 2 and "places" not in name and "question" not in name:
            nn.init.normal_(p, std=(p.numel() / p.shape[0]) ** -0.5 if "tokens" not in name else 1.0)
        elif name.endswith("bias"):
            nn.init.normal_(p, std=0.05)
    return network.eval()
