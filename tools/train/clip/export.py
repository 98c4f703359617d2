"""Writes the package models/starter/starter-clip from a checkpoint, and refuses unless Ocelli gives PyTorch's numbers.

    cd tools/train
    python3 -m clip.export

Batch normalisation is folded into the convolutions, weights are rounded to half precision and tables to int8 before anything
is compared: the files hold them so, with a Cast behind, which an engine folds when it loads them.
"""

import argparse
import json
import os
import shutil
import sys

import numpy
import torch
import torch.nn.functional as functional

from clip import augment, bank, corpus, net, package
from common import half, ocelli

TOLERANCE = 1e-4
NAMES = 20  # how long a list of names is that the probabilities are made for
DESCRIPTION = "Image and text embedder for trying the server: emoji, coloured shapes and counts, names in 15 languages"


def calibrated(image, text, work, tokens):
    """Scale and bias of the probability, fitted to renderings and English wordings as training makes them.

    Logistic regression of right and wrong pairs, in which one pair in NAMES is right: a list of names to choose from.
    """
    sprites, draw = augment.Renderer(bank.load(work)), torch.Generator().manual_seed(11)
    words = corpus.emoji_wordings("en", work)
    shown, said = [], []
    with torch.no_grad():
        for start in range(0, len(words), 256):
            which = torch.arange(start, min(start + 256, len(words)))
            shown.append(image(sprites.render(which, torch.zeros(len(which), dtype=torch.bool), draw)))
            said.append(text(torch.tensor([tokens.encode(words[at].name) for at in which])))
        cosines = functional.normalize(torch.cat(shown), dim=1) @ functional.normalize(torch.cat(said), dim=1).T
    right = torch.eye(len(words), dtype=torch.bool)
    weight = torch.where(right, 1.0, (NAMES - 1) / (len(words) - 1))
    values = torch.tensor([10.0, -5.0], requires_grad=True)
    fit = torch.optim.LBFGS([values], max_iter=60, line_search_fn="strong_wolfe")

    def error():
        fit.zero_grad()
        logits = values[0] * cosines + values[1]
        loss = (functional.softplus(torch.where(right, -logits, logits)) * weight).mean()
        loss.backward()
        return loss

    fit.step(error)
    return values.tolist()


def compare(path, tower, input_name, example):
    """The largest difference between Ocelli and PyTorch; over TOLERANCE is an error."""
    with torch.no_grad():
        wanted = tower(example).numpy()
    worst = float(numpy.abs(ocelli.tensor(path, {input_name: example.numpy()})["pooler_output"] - wanted).max())
    print(f"{os.path.basename(path)}: batch of {len(example)}, largest difference {worst:.2e} of values up to {numpy.abs(wanted).max():.2f}")
    if worst > TOLERANCE:
        raise SystemExit(f"{path}: Ocelli and PyTorch differ by {worst}, more than {TOLERANCE}")


def configurations(size, scale, bias):
    """The package's JSON files."""
    form = net.SIZES[size]
    text = {
        "model_type": "siglip_text_model", "vocab_size": net.VOCABULARY, "max_position_embeddings": net.CONTEXT, "hidden_size": form["text"],
        "num_hidden_layers": form["layers"], "projection_size": net.DIMENSION, "pad_token_id": net.PAD, "eos_token_id": 1,
    }
    vision = {"model_type": "siglip_vision_model", "image_size": 64, "num_channels": 3, "hidden_size": form["widths"][-1], "projection_size": net.DIMENSION}
    return {
        "config.json": {"model_type": "siglip", "projection_dim": net.DIMENSION, "text_config": text, "vision_config": vision},
        "preprocessor_config.json": {
            "image_processor_type": "SiglipImageProcessor", "do_resize": True, "size": {"height": 64, "width": 64}, "resample": 3,
            "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
            "do_convert_rgb": True,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": net.CONTEXT, "pad_token": "<pad>", "eos_token": "</s>",
            "padding_side": "right", "truncation_side": "right", "clean_up_tokenization_spaces": False,
        },
        "model.json": {
            "format": 1, "task": "embed", "starter": True, "description": DESCRIPTION, "licence": "Apache-2.0",
            "source": "trained by tools/train/clip on Noto Color Emoji and Unicode CLDR",
            "embed": {
                "scoring": "sigmoid", "logit_scale": round(scale, 4), "logit_bias": round(bias, 4), "template": "{}",
            },
        },
    }


def towers(model):
    """Both towers as the files hold them: float32 numbers that half precision and int8 hold as well."""
    model.texts.tower.tokens = net.ByteEmbedding(model.texts.tower.tokens.weight)
    parts = [net.Recalling(model, tower) for tower in ("pictures", "texts")]
    half.fold(parts[0].tower)
    return [half.rounded(part, half.large(part)) for part in parts]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default=corpus.WORK)
    parser.add_argument("--size", choices=net.SIZES, default="small")
    parser.add_argument("--out", default=package.FOLDER)
    return parser.parse_args()


def main():
    chosen = options()
    torch.set_num_threads(1)
    kept = torch.load(os.path.join(chosen.work, f"clip-{chosen.size}.pt"), map_location="cpu")
    model = net.TwoTowers(chosen.size, len(kept["mean"]["pictures.anchors"]))
    model.load_state_dict(kept["mean"])
    image, text = towers(model.eval())
    os.makedirs(os.path.join(chosen.out, "onnx"), exist_ok=True)
    tokens = corpus.tokens(chosen.work, net.VOCABULARY, net.CONTEXT)
    for name, made in configurations(chosen.size, *calibrated(image, text, chosen.work, tokens)).items():
        with open(os.path.join(chosen.out, name), "w", encoding="utf-8") as file:
            file.write(json.dumps(made, indent=2) + "\n")
    shutil.copyfile(os.path.join(chosen.work, "clip-tokenizer.json"), os.path.join(chosen.out, "tokenizer.json"))
    texts = ["a red apple", "ein sehr langer Satz " * 12, "", "猫", "🍎 قطة"]
    ids = torch.tensor([tokens.encode(text) for text in texts])
    pixels = torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(3)) * 2 - 1
    paths = [os.path.join(chosen.out, "onnx", name) for name in ("vision_model.onnx", "text_model.onnx")]
    half.write(image, pixels, ["pixel_values"], ["pooler_output"], paths[0], "starter-clip, image tower", folding=False, whole=half.large(image))
    half.write(text, ids, ["input_ids"], ["pooler_output"], paths[1], "starter-clip, text tower", folding=False)
    for count in (1, 5):
        compare(paths[0], image, "pixel_values", pixels[:count])
        compare(paths[1], text, "input_ids", ids[:count])
    total = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(chosen.out) for name in names)
    print(f"step {kept['step']}, the package has {total} bytes")


if __name__ == "__main__":
    sys.exit(main())
