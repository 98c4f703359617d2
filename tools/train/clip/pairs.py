"""Brings both towers together with SigLIP's loss: every picture with every text, right or wrong. Goes on from clip.train.

    cd tools/train
    python3 -m clip.pairs --steps 800        the same command goes on where it was stopped
"""

import argparse
import concurrent.futures
import os
import sys

import torch
import torch.nn.functional as functional

from clip import clock, corpus, data, keep, net, train, watch

SEED, SIDE, SETTLING = 8, 64, 16


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=corpus.WORK, help="folder of caches and checkpoints")
    parser.add_argument("--size", choices=net.SIZES, default="small")
    clock.add_options(parser, 800)
    parser.add_argument("--images", type=int, default=128, help="pictures a step")
    parser.add_argument("--texts", type=int, default=512, help="texts a step, more than pictures")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--brain16", action="store_true", help="bfloat16 where it does no harm")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch in each of the two threads")
    return parser.parse_args()


def pair_loss(model, images, texts, batch):
    right = batch["labels"][:, None] == batch["labels"][None, :]
    logits = model.logit_scale.exp() * images @ texts.T + model.logit_bias
    loss = functional.softplus(torch.where(right, -logits, logits))
    return loss.masked_fill(batch["unclear"] & ~right, 0).sum() / len(images)


def compose(model, classes):
    """The counts held out get vectors: sums of one for the number and one for the thing, fitted to those of the other counts."""
    counts = [(classes.number[phrase], number, thing, (number, thing) in corpus.COUNTS_HELD_OUT) for phrase, number, thing in corpus.counts()]
    parts = torch.zeros(len(counts), len(corpus.NUMBERS) + len(corpus.THINGS))
    for row, (_, number, thing, _) in zip(parts, counts):
        row[list(corpus.NUMBERS).index(number)] = row[len(corpus.NUMBERS) + list(corpus.THINGS).index(thing)] = 1
    labels, held_out = torch.tensor([label for label, *_ in counts]), torch.tensor([kept for *_, kept in counts])
    with torch.no_grad():
        for anchors in (model.pictures.anchors, model.texts.anchors):
            known = functional.normalize(anchors[labels].cpu(), dim=1)
            fit = torch.linalg.pinv(parts[~held_out]) @ known[~held_out]
            made = functional.normalize(parts[held_out] @ fit, dim=1) * anchors.norm(dim=1).mean().cpu()
            anchors[labels[held_out]] = made.to(anchors.device)


def losses(model, batch, chosen):
    """Pictures and texts against the classes' vectors, and pictures against texts."""
    with train.quick(chosen):
        shown, said = model.pictures.tower(batch["pixels"]), model.texts.tower.embed(batch["ids"])
    shown, said = (part.index_fill(1, batch["held_out"], -1e4) for part in (model.pictures.logits(shown), model.texts.logits(said)))
    pairs = pair_loss(model, model.met(shown, "pictures"), model.met(said[: len(shown)], "texts"), batch)
    return functional.cross_entropy(shown, batch["labels"]), functional.cross_entropy(said, batch["text_labels"]), pairs


def settle(model, source):
    """Batch normalisation measured anew, with the weights that are exported and pictures of the final size."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    with torch.no_grad():
        for at in range(SETTLING):
            model.pictures.tower(source.step(at, SIDE)["pixels"])
    return model.eval()


def start(model, chosen):
    """Both towers as clip.train left them."""
    for name in ("pictures", "texts"):
        kept = keep.load(os.path.join(chosen.work, f"clip-{name}-{chosen.size}.pt"), chosen.device)
        if not kept:
            raise SystemExit(f"first: python3 -m clip.train {name}")
        getattr(model, name).load_state_dict(kept["mean"])
        print(f"{name}: {kept['step']} steps, {kept['spent']:.0f} s")


def main():
    chosen = options()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(SEED)
    source = data.Pairs(chosen.work, chosen.images, chosen.texts, chosen.device)
    source.texts.speller.crowded = train.Texts.CROWDED[1]
    model = net.TwoTowers(chosen.size, len(source.classes.names)).to(chosen.device)
    model.pictures.tower.to(memory_format=torch.channels_last)
    updates = train.optimiser(model, chosen.rate)
    path = os.path.join(chosen.work, f"clip-{chosen.size}.pt")
    kept = keep.load(path, chosen.device) or dict(step=0, spent=0.0, mean=None)
    if kept["step"]:
        model.load_state_dict(kept["model"])
        updates.load_state_dict(kept["updates"])
    else:
        start(model, chosen)
        compose(model, source.classes)
    held_out = torch.tensor(source.classes.held_out(), device=chosen.device)
    mean, time = keep.Mean(model, kept["mean"]), clock.Clock(chosen.steps, chosen.minutes, kept["step"], kept["spent"])
    ahead, totals = concurrent.futures.ThreadPoolExecutor(1), torch.zeros(3)
    order = lambda: ahead.submit(source.step, SEED * 1_000_000 + 2 * time.step, SIDE)
    coming = order()
    while time.share() < 1:
        for group in updates.param_groups:
            group["lr"] = time.rate(chosen.rate, warm=30)
        batch = {**coming.result(), "held_out": held_out}
        time.step += 1
        coming = order()
        updates.zero_grad(set_to_none=True)
        parts = losses(model, batch, chosen)
        sum(parts).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        updates.step()
        mean.follow(model, time.step, 0.99)
        totals += torch.stack([part.detach() for part in parts]).cpu()
        if time.step % 20 == 0:
            image, text, pair = (totals / 20).tolist()
            print(f"step {time.step} pictures {image:.3f} texts {text:.3f} pairs {pair:.3f} scale {model.logit_scale.exp().item():.1f} "
                  f"bias {model.logit_bias.item():.2f} {time.share():.4f} of the whole, {time.spent():.0f} s", flush=True)
            totals.zero_()
        if time.step % 100 == 0 or time.share() >= 1:
            keep.save(path, model=model.state_dict(), updates=updates.state_dict(), mean=mean.state, step=time.step, spent=time.spent())
    model = settle(mean.module(model), source.pictures)
    keep.save(path, model=model.state_dict(), updates=updates.state_dict(), mean=model.state_dict(), step=time.step, spent=time.spent())
    print(f"held back: {watch.pictures(model.pictures, source.pictures)}; {watch.texts(model.texts, source.texts)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
