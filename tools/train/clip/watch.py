"""A look at how training goes: retrieval with renderings as training makes them, from one seed kept aside."""

import torch
import torch.nn.functional as functional

from clip import net, wordings


LOOK = ("en", "ru", "ar", "zh")
SEED = 99


def report(weights, chosen, batches):
    model = net.TwoTowers(chosen.size, len(batches.classes.names)).to(chosen.device)
    model.load_state_dict(weights)
    model.eval()
    count = batches.classes.first_shape
    draw = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        shown = []
        for start in range(0, count, 256):
            which = torch.arange(start, min(start + 256, count))  # sprite n is emoji n
            shown.append(model.image(batches.renderer.render(which, torch.zeros(len(which), dtype=torch.bool), draw)))
        shown = functional.normalize(torch.cat(shown), dim=1)
        anchors = functional.normalize(model.anchors[:count], dim=1)
        targets = torch.arange(count, device=chosen.device)[:, None]
        words = [f"pictures top-1 {hits(shown @ anchors.T, targets, 1):.3f}"]
        for language in LOOK:
            asked = [text for _, text in wordings.queries(batches.words[language], SEED)]
            ids = [batches.tokens.ids_of(text) for text in asked]
            said = model.text.embed(ids)
            words.append(f"{language}: texts top-5 {hits(said @ anchors.T, targets, 5):.3f} recall@5 {hits(said @ shown.T, targets, 5):.3f}")
    return "held back: " + ", ".join(words)


def hits(scores, targets, depth):
    return (scores.topk(depth, 1)[1] == targets).any(1).float().mean().item()
