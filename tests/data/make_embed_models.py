#!/usr/bin/env python3
"""Writes the small embedders that tests run. A picture's vector is its mean colour (R, G, B, 0) in 0..1; a text's is the mean of its words':
red (1,0,0,0), green, blue, and (0,0,0,1) for every other word. So the text "red" is nearest to a red picture, and every vector can be
computed by hand. Only the standard library is used.

clip/tiny_clip       both towers as Immich keeps them; softmax
tiny_siglip          both towers as Hugging Face exports them, with a model.json that says sigmoid
tiny_words           texts alone
tiny_colours.onnx    pictures alone
tiny_matcher         a picture and a text at once: the logits are 0 and 10 s - 5, where s is the picture's mean colour times the sum of the words'

usage: make_embed_models.py OUT_DIR
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_models import block, node, number, tensor

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # openai/CLIP
SIDE, LENGTH, DIM = 32, 16, 4
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "a", "photo", "of", "colour", "dark", "##er", "."]
VECTORS = {"red": (1, 0, 0, 0), "green": (0, 1, 0, 0), "blue": (0, 0, 1, 0)}


def value(name, kind, shape):
    """A dimension is a number, or the name of a free one."""
    dims = b"".join(block(1, block(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, dims)))


def model(nodes, constants, inputs, outputs):
    graph = nodes + block(2, "tiny") + constants + b"".join(block(11, i) for i in inputs) + b"".join(block(12, o) for o in outputs)
    return number(1, 8) + block(2, "ocelli-tests") + block(7, graph) + block(8, block(1, "") + number(2, 13))


def pictures(input_name, output_name, mean, std):
    """What the preprocessing took away is put back: the mean colour of 0..1."""
    weights = [std[c] if c == d else 0.0 for d in range(DIM) for c in range(3)]
    bias = [*mean, 0.0]
    nodes = (node("GlobalAveragePool", [input_name], ["mean"]) + node("Conv", ["mean", "weights", "bias"], ["colour"], kernel_shape=[1, 1]) +
             node("Flatten", ["colour"], [output_name], axis=1))
    constants = block(5, tensor("weights", [DIM, 3, 1, 1], floats=weights)) + block(5, tensor("bias", [DIM], floats=bias))
    return model(nodes, constants, [value(input_name, 1, ["batch", 3, SIDE, SIDE])], [value(output_name, 1, ["batch", DIM])])


def words(input_name, output_name):
    rows = []
    for word in WORDS:
        silent = word in ("[PAD]", "[CLS]", "[SEP]")
        rows += [LENGTH * x for x in ((0, 0, 0, 0) if silent else VECTORS.get(word, (0, 0, 0, 1)))]
    nodes = node("Gather", ["table", input_name], ["rows"]) + node("ReduceMean", ["rows"], [output_name], axes=[1], keepdims=0)
    constants = block(5, tensor("table", [len(WORDS), DIM], floats=rows))
    return model(nodes, constants, [value(input_name, 7, ["batch", LENGTH])], [value(output_name, 1, ["batch", DIM])])


def matcher():
    """Free batch and length; padding is hidden by the mask."""
    rows = []
    for word in WORDS:
        rows += (0, 0, 0, 0) if word in ("[PAD]", "[CLS]", "[SEP]") else VECTORS.get(word, (0, 0, 0, 1))
    colour = [STD[c] if c == d else 0.0 for d in range(DIM) for c in range(3)]
    nodes = (node("GlobalAveragePool", ["pixel_values"], ["mean"]) + node("Conv", ["mean", "weights", "bias"], ["spot"], kernel_shape=[1, 1]) +
             node("Flatten", ["spot"], ["colour"], axis=1) + node("Gather", ["table", "input_ids"], ["rows"]) +
             node("Cast", ["attention_mask"], ["real"], to=1) + node("Unsqueeze", ["real", "one"], ["line"]) +
             node("MatMul", ["line", "rows"], ["total"]) + node("Flatten", ["total"], ["words"], axis=1) +
             node("Mul", ["colour", "words"], ["both"]) + node("MatMul", ["both", "head"], ["product"]) +
             node("Add", ["product", "offset"], ["itm_score"]))
    constants = b"".join(block(5, t) for t in (
        tensor("weights", [DIM, 3, 1, 1], floats=colour), tensor("bias", [DIM], floats=[*MEAN, 0.0]), tensor("table", [len(WORDS), DIM], floats=rows),
        tensor("head", [DIM, 2], floats=[0.0, 10.0] * DIM), tensor("offset", [2], floats=[0.0, -5.0]), tensor("one", [1], ints=[1])))
    ids = ["batch", "sequence_length"]
    return model(nodes, constants, [value("pixel_values", 1, ["batch", 3, SIDE, SIDE]), value("input_ids", 7, ids), value("attention_mask", 7, ids)],
                 [value("itm_score", 1, ["batch", 2])])


def tokenizer():
    special = [{"id": i, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for i, w in enumerate(WORDS) if w.startswith("[")]
    piece = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
    ids = {w: {"id": w, "ids": [WORDS.index(w)], "tokens": [w]} for w in ("[CLS]", "[SEP]")}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing", "single": list(piece), "pair": list(piece), "special_tokens": ids}, "decoder": None,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                      "vocab": {w: i for i, w in enumerate(WORDS)}}}


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else (json.dumps(data, indent=1) + "\n").encode())


def main():
    out = pathlib.Path(sys.argv[1])
    half = (0.5,) * 3
    write(out / "clip/tiny_clip/visual/model.onnx", pictures("image", "embedding", MEAN, STD))
    write(out / "clip/tiny_clip/textual/model.onnx", words("text", "embedding"))
    write(out / "clip/tiny_clip/textual/tokenizer.json", tokenizer())
    write(out / "tiny_siglip/onnx/vision_model.onnx", pictures("pixel_values", "image_embeds", half, half))
    write(out / "tiny_siglip/onnx/text_model.onnx", words("input_ids", "text_embeds"))
    write(out / "tiny_siglip/tokenizer.json", tokenizer())
    write(out / "tiny_siglip/model.json", {"format": 1, "task": "embed", "family": "siglip", "licence": "0BSD",
                                           "embed": {"scoring": "sigmoid", "logit_scale": 10, "logit_bias": -5, "resize": "squash",
                                                     "context_length": LENGTH, "pad_id": 0, "template": "a {label}"}})
    write(out / "tiny_words/model.onnx", words("input_ids", "text_embeds"))
    write(out / "tiny_words/tokenizer.json", tokenizer())
    write(out / "tiny_words/model.json", {"format": 1, "task": "embed_text", "family": "embedder", "licence": "0BSD"})
    write(out / "tiny_matcher/onnx/model.onnx", matcher())
    write(out / "tiny_matcher/tokenizer.json", tokenizer())
    write(out / "tiny_matcher/config.json", {"model_type": "blip", "projection_dim": 4, "text_config": {"max_position_embeddings": 20}})
    write(out / "tiny_colours.onnx", pictures("pixel_values", "image_embeds", MEAN, STD))


if __name__ == "__main__":
    main()
