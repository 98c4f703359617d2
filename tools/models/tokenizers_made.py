"""Small tokenizers in the forms of CLIP's and SigLIP's tokenizer.json, for when no real vocabulary is given."""
import json


def byte_characters():
    """GPT-2's bytes_to_unicode: a printable character for every byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(len(rest))]


PAIRS = "th he in er an re on at en nd st es ng ed to it ou ea hi is or ti as te et ar al ne ro ll om ca do gr de lo mo".split()


def clip_like():
    characters = byte_characters()
    vocab = characters + [c + "</w>" for c in characters]
    merges = [f"{a} {b}" for a, b in PAIRS] + [f"{a} {b}</w>" for a, b in PAIRS]
    vocab += [m.replace(" ", "") for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    ids = {token: i for i, token in enumerate(dict.fromkeys(vocab))}
    start, end = ids["<|startoftext|>"], ids["<|endoftext|>"]
    pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    special = lambda i, s: {"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(start, "<|startoftext|>"), special(end, "<|endoftext|>")],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                                                           {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", end], "cls": ["<|startoftext|>", start], "trim_offsets": False,
                           "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
                  "fuse_unk": False, "vocab": ids, "merges": merges},
    }, "<|endoftext|>"


def siglip_like():
    """No start token, </s> = 1 at the end and as padding, lower case."""
    made, _ = clip_like()
    ids = {"<pad>": 0, "</s>": 1}
    for token in made["model"]["vocab"]:
        if not token.startswith("<|"):
            ids[token] = len(ids)
    made["model"].update(vocab=ids, unk_token="</s>")
    made["added_tokens"] = [dict(made["added_tokens"][0], id=1, content="</s>")]
    made["post_processor"] = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                              "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                              "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}}
    return made, "</s>"


def write(folder, kind, given):
    """Puts a tokenizer into the folder; how many tokens it has."""
    folder.mkdir(parents=True, exist_ok=True)
    if given:
        made, pad = json.loads(given.read_text()), "<|endoftext|>" if kind == "clip" else "</s>"
    else:
        made, pad = clip_like() if kind == "clip" else siglip_like()
    (folder / "tokenizer.json").write_text(json.dumps(made))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": pad}))
    vocab = made["model"]["vocab"]
    highest = max(vocab.values()) if isinstance(vocab, dict) else len(vocab) - 1
    return 1 + max([highest] + [t["id"] for t in made["added_tokens"]])
