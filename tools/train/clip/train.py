"""Trains both towers together: a sigmoid loss on pairs, and a softmax of each tower against one vector a class.

    cd tools/train
    python3 -m clip.train --steps 2000      the same command goes on where it was stopped
    python3 -m clip.train --work DIR --size large --steps 60000 --images 1024 --texts 4096 --device cuda
"""

import argparse
import concurrent.futures
import copy
import math
import os
import sys
import time

import torch
import torch.nn.functional as functional

from clip import corpus, data, net, tokenizer, watch


SEED = 7
EARLY_SIDE, LATE_SIDE, EARLY = 48, 64, 0.9  # small pictures at first: nearly twice as many of them

SETTLING = 16  # batches


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=corpus.WORK, help="folder of caches and checkpoints")
    parser.add_argument("--size", choices=net.SIZES, default="small")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--images", type=int, default=160, help="pictures a step")
    parser.add_argument("--texts", type=int, default=640, help="texts a step, at least as many as pictures")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch in each of the three threads")
    return parser.parse_args()


def pair_loss(model, images, texts, batch, batches):
    """SigLIP's: every picture with every text, right or wrong; pairs nobody could tell apart are left out."""
    labels, count = batch["labels"], len(images)
    right = labels[:, None] == labels[None, :]
    numbers = {}
    said = torch.tensor([numbers.setdefault(text.casefold(), len(numbers)) for text in batch["texts"][:count]], device=images.device)
    unclear = ~right & (batches.same_picture(labels) | (said[:, None] == said[None, :]))
    logits = model.logit_scale.exp() * images @ texts.T + model.logit_bias
    loss = functional.softplus(torch.where(right, -logits, logits))
    return loss.masked_fill(unclear, 0).sum() / count


def losses(model, images, texts, batch, batches):
    """Three losses of embeddings: pictures and texts against the classes' vectors, pictures against texts."""
    anchors = functional.normalize(model.anchors, dim=1)
    sharp = model.sharpness.exp().clamp(max=40)
    by_image = functional.cross_entropy(sharp * images @ anchors.T, batch["labels"])
    by_text = functional.cross_entropy(sharp * texts @ anchors.T, batch["text_labels"])
    return by_image, by_text, pair_loss(model, images, texts[: len(images)], batch, batches)


def gradients(model, batch, batches, aside):
    """Fills in all gradients, the towers side by side: `aside` does the texts meanwhile. The three losses."""
    waiting = aside.submit(model.text.embed, batch["ids"])
    images = functional.normalize(model.image(batch["pixels"]), dim=1)
    texts = waiting.result()
    image_ends, text_ends = images.detach().requires_grad_(), texts.detach().requires_grad_()
    parts = losses(model, image_ends, text_ends, batch, batches)
    sum(parts).backward()
    waiting = aside.submit(texts.backward, text_ends.grad)
    images.backward(image_ends.grad)
    waiting.result()
    return torch.stack([part.detach() for part in parts]).cpu()


def optimiser(model, rate):
    decayed = [value for value in model.parameters() if value.dim() > 1 and value is not model.text.tokens.weight]
    plain = [value for value in model.parameters() if not any(value is other for other in decayed)]
    groups = [{"params": decayed, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def rate_at(step, steps, peak):
    warm = min(1.0, (step + 1) / 100)
    return peak * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


def follow(slow, model, step):
    """The slow copy, a running mean of the weights, is what gets exported."""
    keep = min(0.98, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                slow[name].mul_(keep).add_(value, alpha=1 - keep)
            else:
                slow[name].copy_(value)


def settle(slow, model, batches, seed):
    """The slow copy's batch normalisation measured anew, with its own weights and pictures of the final size."""
    model.load_state_dict(slow)
    norms = [module for module in model.image.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
    with torch.no_grad():
        for at in range(SETTLING):
            model.image(batches.step(seed + at, LATE_SIDE)["pixels"])
    return {name: value.clone() for name, value in model.state_dict().items()}


def save(path, **parts):
    torch.save(parts, path + ".unfinished")
    os.replace(path + ".unfinished", path)


def main():
    chosen = options()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(SEED)
    os.makedirs(chosen.work, exist_ok=True)
    batches = data.Batches(chosen.work, corpus.tokens(chosen.work, net.VOCABULARY, net.CONTEXT), chosen.images, chosen.texts, chosen.device)
    model = net.TwoTowers(chosen.size, len(batches.classes.names)).to(chosen.device)
    model.image.to(memory_format=torch.channels_last)
    updates = optimiser(model, chosen.rate)
    slow = {name: value.clone() for name, value in model.state_dict().items()}
    path, first = os.path.join(chosen.work, f"clip-{chosen.size}.pt"), 0
    if os.path.exists(path):
        kept = torch.load(path, map_location=chosen.device)
        model.load_state_dict(kept["model"])
        updates.load_state_dict(kept["updates"])
        slow, first = kept["slow"], kept["step"]
        print(f"goes on at step {first}", flush=True)
    began, totals = time.time(), torch.zeros(3)
    aside, ahead = (concurrent.futures.ThreadPoolExecutor(1) for _ in range(2))
    side = lambda step: EARLY_SIDE if step < EARLY * chosen.steps else LATE_SIDE
    order = lambda step: ahead.submit(batches.step, SEED * 1_000_000 + step, side(step))
    coming = order(first)
    for step in range(first, chosen.steps):
        for group in updates.param_groups:
            group["lr"] = rate_at(step, chosen.steps, chosen.rate)
        batch, coming = coming.result(), order(step + 1)
        updates.zero_grad(set_to_none=True)
        totals += gradients(model, batch, batches, aside)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        updates.step()
        follow(slow, model, step)
        if (step + 1) % 20 == 0:
            image, text, pair = (totals / 20).tolist()
            print(f"step {step + 1} image {image:.3f} text {text:.3f} pair {pair:.3f} scale {model.logit_scale.exp().item():.1f} "
                  f"bias {model.logit_bias.item():.2f} sharp {model.sharpness.exp().item():.1f} {time.time() - began:.0f} s", flush=True)
            totals.zero_()
        if (step + 1) % 50 == 0:
            save(path, model=model.state_dict(), updates=updates.state_dict(), slow=slow, step=step + 1, size=chosen.size)
        if (step + 1) % 300 == 0:
            print(watch.report(slow, chosen, batches), flush=True)
    kept = dict(model=model.state_dict(), updates=updates.state_dict(), step=chosen.steps, size=chosen.size)
    slow = settle(slow, copy.deepcopy(model), batches, SEED * 1_000_000 + chosen.steps + 1)
    save(path, slow=slow, **kept)
    print(watch.report(slow, chosen, batches), flush=True)


if __name__ == "__main__":
    sys.exit(main())
