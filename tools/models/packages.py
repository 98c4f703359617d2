"""Folders as Hugging Face's exporters, open_clip and Immich lay them out, around networks of networks.py."""
import json
import shutil
import warnings

import torch
from torch import nn

from networks import ClipText, ClipVision, Matcher, SiglipText, SiglipVision

MEAN = {"clip": [0.48145466, 0.4578275, 0.40821073], "siglip": [0.5, 0.5, 0.5]}
DEVIATION = {"clip": [0.26862954, 0.26130258, 0.27577711], "siglip": [0.5, 0.5, 0.5]}


class Only(nn.Module):
    """The vector alone, of length 1 where asked for, from bytes where asked for."""

    def __init__(self, network, normalise, kind=None):
        super().__init__()
        self.network, self.normalise, self.kind = network, normalise, kind

    def forward(self, x):
        if self.kind:  # Immich's newer graphs: N,H,W,3 bytes
            mean, deviation = torch.tensor(MEAN[self.kind]), torch.tensor(DEVIATION[self.kind])
            x = ((x.float() / 255 - mean) / deviation).permute(0, 3, 1, 2)
        v = self.network(x)[0]
        return v / v.norm(dim=-1, keepdim=True) if self.normalise else v


class Both(nn.Module):
    """Both towers in one file, as transformers' CLIPModel."""

    def __init__(self, vision, text, scale, bias):
        super().__init__()
        self.vision, self.text = vision, text
        self.logit_scale = nn.Parameter(torch.tensor(scale).log())
        self.logit_bias = nn.Parameter(torch.tensor(bias)) if bias else None

    def forward(self, input_ids, pixel_values):
        unit = lambda v: v / v.norm(dim=-1, keepdim=True)
        text, image = unit(self.text(input_ids)[0]), unit(self.vision(pixel_values)[0])
        logits = text @ image.t() * self.logit_scale.exp()
        if self.logit_bias is not None:
            logits = logits + self.logit_bias
        return logits.t(), logits, text, image


def export(network, inputs, path, input_names, output_names, free=True, sequences=()):
    """free: the batch has any size; so have the second dimensions of `sequences`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} for name in input_names + output_names} if free else None
    for name in sequences:
        axes[name][1] = "sequence_length"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, inputs, str(path), input_names=input_names, output_names=output_names, opset_version=14,
                          dynamic_axes=axes, do_constant_folding=not isinstance(network, Both))


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))


def towers(shape, tokens):
    vision, text = (ClipVision, ClipText) if shape["kind"] == "clip" else (SiglipVision, SiglipText)
    v = vision(shape["side"], shape["patch"], shape["vision_width"], shape["vision_layers"], shape["vision_heads"], shape["dim"])
    t = text(tokens, shape["context"], shape["text_width"], shape["text_layers"], shape["text_heads"], shape["dim"])
    return v, t


def matcher(shape, tokens):
    return Matcher(shape["side"], shape["patch"], shape["vision_width"], shape["vision_layers"], shape["vision_heads"], tokens, shape["context"],
                   shape["text_width"], shape["text_layers"], shape["text_heads"])


def example(shape, whole=torch.int64):
    return torch.randn(1, 3, shape["side"], shape["side"]), torch.ones(1, shape["context"], dtype=whole)


def copy_tokenizer(tokenizer, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)


def model_config(shape):
    """open_clip's description of a network; Immich's config.json is the same."""
    text = {"context_length": shape["context"]}
    config = {"embed_dim": shape["dim"], "vision_cfg": {"image_size": shape["side"]}, "text_cfg": text}
    if shape["kind"] == "siglip":
        config["init_logit_bias"] = -10
        text["tokenizer_kwargs"] = {"clean": "canonicalize"}
    return config


def preprocess_cfg(shape):
    squash = shape["kind"] == "siglip"
    return {"size": [shape["side"]] * 2, "mode": "RGB", "mean": MEAN[shape["kind"]], "std": DEVIATION[shape["kind"]],
            "interpolation": "bicubic", "resize_mode": "squash" if squash else "shortest", "fill_color": 0}


def hugging_face(folder, shape, vision, text, tokenizer, combined):
    pixels, ids = example(shape)
    clip = shape["kind"] == "clip"
    if combined:
        scale, bias = (100.0, 0.0) if clip else (115.0, -12.5)
        export(Both(vision, text, scale, bias), (ids, pixels), folder / "onnx" / "model.onnx", ["input_ids", "pixel_values"],
               ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"])
    else:
        export(vision, pixels, folder / "onnx" / "vision_model.onnx", ["pixel_values"],
               ["image_embeds" if clip else "pooler_output", "last_hidden_state"])
        export(text, ids, folder / "onnx" / "text_model.onnx", ["input_ids"],
               ["text_embeds" if clip else "pooler_output", "last_hidden_state"],
               sequences=["input_ids", "last_hidden_state"] if clip else [])  # as optimum does
    write(folder / "config.json", {"model_type": shape["kind"], "text_config": {"max_position_embeddings": shape["context"]},
                                   "vision_config": {"image_size": shape["side"]}})
    size = {"shortest_edge": shape["side"]} if clip else {"height": shape["side"], "width": shape["side"]}
    pictures = {"do_resize": True, "size": size, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
                "image_mean": MEAN[shape["kind"]], "image_std": DEVIATION[shape["kind"]]}
    if clip:
        pictures.update(do_center_crop=True, crop_size={"height": shape["side"], "width": shape["side"]})
    write(folder / "preprocessor_config.json", pictures)
    copy_tokenizer(tokenizer, folder)


def open_clip(folder, shape, vision, text, tokenizer, combined):
    pixels, ids = example(shape)
    export(Only(vision, False), pixels, folder / "visual.onnx", ["image"], ["embedding"])
    export(Only(text, False), ids, folder / "textual.onnx", ["text"], ["embedding"])
    write(folder / "open_clip_config.json", {"model_cfg": model_config(shape), "preprocess_cfg": preprocess_cfg(shape)})
    copy_tokenizer(tokenizer, folder)


def immich(folder, shape, vision, text, tokenizer, combined):
    """One picture, one text a run, vectors of length 1; combined here means graphs that take bytes."""
    pixels, ids = example(shape, torch.int32)
    if combined:
        pixels = torch.zeros(1, shape["side"], shape["side"], 3, dtype=torch.uint8)
    export(Only(vision, True, shape["kind"] if combined else None), pixels, folder / "visual" / "model.onnx", ["image"], ["embedding"], False)
    export(Only(text, True), ids, folder / "textual" / "model.onnx", ["text"], ["embedding"], False)
    write(folder / "config.json", model_config(shape))
    write(folder / "visual" / "preprocess_cfg.json", preprocess_cfg(shape))
    copy_tokenizer(tokenizer, folder / "textual")


def blip(folder, shape, network, tokenizer):
    """As transformers' BlipForImageTextRetrieval is exported."""
    pixels, ids = example(shape)
    export(network, (pixels, ids, torch.ones_like(ids)), folder / "onnx" / "model.onnx", ["pixel_values", "input_ids", "attention_mask"],
           ["itm_score"], sequences=["input_ids", "attention_mask"])
    write(folder / "config.json", {"model_type": "blip", "projection_dim": 256, "text_config": {"max_position_embeddings": shape["context"]},
                                   "vision_config": {"image_size": shape["side"]}})
    write(folder / "preprocessor_config.json", {"do_resize": True, "size": {"height": shape["side"], "width": shape["side"]}, "resample": 3,
                                                "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": MEAN["clip"],
                                                "image_std": DEVIATION["clip"]})
    copy_tokenizer(tokenizer, folder)


LAYOUTS = {"hugging_face": hugging_face, "open_clip": open_clip, "immich": immich}
