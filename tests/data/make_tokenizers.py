#!/usr/bin/env python3
"""Makes tests/data/tokenizers: small tokenizers trained on this project's documents, and the ids that other implementations give for
the texts of tests/text/strings.py's kinds. Needs tokenizers (PyPI) and sentencepiece (Debian's python3-sentencepiece); the versions are written
into ids.json.
"""
import io
import os
import json
import pathlib
import random
import sys

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, models, normalizers, pre_tokenizers, processors, trainers

top = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(top / "tests/text"))
import strings

out = top / "tests/data/tokenizers"
docs = [line for p in sorted(top.glob("docs/*.md")) + [top / "README.md"] for line in p.read_text().split("\n") if line.strip()]
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def clip():
    t = tokenizers.Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(False)])
    t.train_from_iterator(docs, trainers.BpeTrainer(vocab_size=1000, show_progress=False, end_of_word_suffix="</w>",
                                                    special_tokens=["<|startoftext|>", "<|endoftext|>"],
                                                    initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), add_prefix_space=False)
    t.enable_truncation(77)
    t.enable_padding(length=77, pad_id=1, pad_token="<|endoftext|>")
    return t


def llama3():
    t = tokenizers.Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)])
    t.train_from_iterator(docs, trainers.BpeTrainer(vocab_size=700, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.add_special_tokens([AddedToken("<s>", special=True, lstrip=True, rstrip=True), AddedToken("</s>", special=True)])
    t.add_tokens([AddedToken("cat", single_word=True), AddedToken("photo", normalized=True)])
    t.post_processor = processors.Sequence([processors.ByteLevel(), processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", t.token_to_id("<s>")), ("</s>", t.token_to_id("</s>"))])])
    return t


def bert():
    t = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(docs, trainers.WordPieceTrainer(vocab_size=800, show_progress=False, initial_alphabet=["猫", "е"],
                                                          special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return t


def mixed():
    """Steps that the others do not have, one after the other."""
    t = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Strip(), normalizers.Nmt(),
                                         normalizers.Replace("--", "—"), normalizers.Replace(Regex("[0-9]{2,}"), "7")])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("merged_with_previous"),
                                               pre_tokenizers.Digits(True), pre_tokenizers.Split("ing", "merged_with_next")])
    t.train_from_iterator(docs, trainers.WordPieceTrainer(vocab_size=500, show_progress=False, special_tokens=["[UNK]", "[PAD]"]))
    t.enable_padding(direction="left", pad_id=1, pad_token="[PAD]", pad_to_multiple_of=8)
    t.enable_truncation(40, direction="left")
    return t


def spm(kind, **options):
    model = io.BytesIO()
    rules = out / "rules.tsv"  # its name ends up in the model: relative, so that it says nothing of the machine
    rules.write_text("FF21\t41\nFF22\t42\n3000\t20\nA\t20\n9\t20\nC9\t45 301\nFB01\t66 69\nAD\t\n")
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(docs), model_writer=model, model_type=kind, minloglevel=2,
                                             normalization_rule_tsv=os.path.relpath(rules), num_threads=1, **options)
    rules.unlink()
    return model.getvalue()


def unigram(model):
    """The unigram model as a tokenizer.json, with its character map."""
    p = sentencepiece.SentencePieceProcessor(model_proto=model)
    import sentencepiece.sentencepiece_model_pb2 as pb
    proto = pb.ModelProto.FromString(model)
    t = tokenizers.Tokenizer(models.Unigram([(x.piece, x.score) for x in proto.pieces], unk_id=p.unk_id()))
    t.normalizer = normalizers.Sequence([normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
                                         normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    return t


def main():
    out.mkdir(exist_ok=True)
    made = {"clip": clip(), "llama3": llama3(), "bert": bert(), "mixed": mixed()}
    uni = spm("unigram", vocab_size=600, byte_fallback=False, user_defined_symbols=["<mask>", "JPEG"])
    bpe = spm("bpe", vocab_size=800, byte_fallback=True, character_coverage=.98, user_defined_symbols=["PNG"])
    (out / "unigram.model").write_bytes(uni)
    (out / "bpe.model").write_bytes(bpe)
    try:
        made["unigram"] = unigram(uni)
    except ImportError:
        print("without protobuf's Python module unigram.json is not made again")
    texts = [t for t in strings.texts(7, 1100) if len(t) < 400 and t == t.decode("utf-8", "replace").encode()]
    texts = random.Random(3).sample(texts, 120)
    ids = {"made by": f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}", "texts": [t.decode() for t in texts], "ids": {}}
    for name, t in made.items():
        t.save(str(out / f"{name}.json"), pretty=False)
        ids["ids"][f"{name}.json"] = [t.encode(x).ids for x in ids["texts"]]
    for name in ("unigram", "bpe"):
        p = sentencepiece.SentencePieceProcessor(model_file=str(out / f"{name}.model"))
        ids["ids"][f"{name}.model"] = [p.encode(x) for x in ids["texts"]]
    (out / "ids.json").write_text(json.dumps(ids, ensure_ascii=True).replace("], [", "],\n[") + "\n")


main()
