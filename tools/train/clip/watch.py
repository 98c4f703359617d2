"""A look at how training goes, with seeds kept aside: renderings as training makes them, wordings of the kinds held out."""

import torch

from clip import wordings

LOOK = ("en", "ru", "ar", "zh")
SEED = 99


def pictures(model, source):
    """How many emoji are told from all others in one rendering each."""
    hits, count, draw = 0, source.classes.first_shape, torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for start in range(0, count, 256):
            which = torch.arange(start, min(start + 256, count))  # sprite n is emoji n
            pixels = source.renderer.render(which, torch.zeros(len(which), dtype=torch.bool), draw)
            hits += (model.logits(model.tower(pixels)).argmax(1) == which.to(pixels.device)).sum().item()
    return f"top-1 {hits / count:.3f}"


def texts(model, source):
    """The share of queries with their class among the first five."""
    found = []
    with torch.no_grad():
        for language in LOOK:
            known = [(at, entry) for at, entry in enumerate(source.words[language]) if entry]
            asked = [text for _, text in wordings.queries([entry for _, entry in known], SEED)]
            logits = model.logits(model.tower.embed([source.tokens.ids_of(text) for text in asked]))
            targets = torch.tensor([at for at, _ in known], device=logits.device)[:, None]
            found.append(f"{language} top-5 {(logits.topk(5, 1)[1] == targets).any(1).float().mean().item():.3f}")
    return ", ".join(found)
