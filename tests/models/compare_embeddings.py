#!/usr/bin/env python3
"""Vectors of `ocelli run` against Pillow, tokenizers and ONNX Runtime, which do every step by themselves here.

Skipped without onnxruntime, tokenizers, Pillow and numpy, and without models: packages made by tools/models/make_embedders.py below the
folder that OCELLI_EMBEDDERS names. Pictures are those of OCELLI_TEST_DATA. Prints the smallest cosine of each package.

usage: compare_embeddings.py build/ocelli [PACKAGE]...
"""
import json
import os
import pathlib
import string
import subprocess
import sys

SKIPPED = 77
TEXTS = ["a photo of a dog", "a photo of a cat", "Two people, smiling!", "an aerial view of a city at night", "don't   panic", "ein Hund im Schnee",
         "red car", "blue sky", "a plate of food with vegetables", "children playing football", "x", "", "1234567890", "snake_case_name",
         "ÀÉÎ Ünïcödé", "日本の山", "😀 smile", "a very long text " * 40, "the end", "screenshot of an invoice", "sunset over the sea",
         "wedding", "birthday cake with candles", "a black and white photo", "mountains", "a giraffe eating leaves", "an eagle in flight",
         "street with a bus", "two wolves", "handwritten note"]


def load_libraries():
    try:
        import numpy
        import onnxruntime
        import PIL.Image
        import tokenizers
    except ImportError as e:
        print(f"skipped: {e}")
        raise SystemExit(SKIPPED)
    return numpy, onnxruntime, PIL.Image, tokenizers


np, ort, Image, tokenizers = load_libraries()
FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}


def pictures():
    root = os.environ.get("OCELLI_TEST_DATA")
    if not root:
        print("skipped: OCELLI_TEST_DATA names no test data")
        raise SystemExit(SKIPPED)
    found = [p for d in ("photos", "coco", "det_gt", "seg_gt", "faces") for p in sorted((pathlib.Path(root) / "images" / d).glob("*.jpg"))]
    return [p for p in found if Image.open(p).getexif().get(0x112, 1) == 1][:30]


def packages():
    given = [pathlib.Path(p) for p in sys.argv[2:]]
    if not given and "OCELLI_EMBEDDERS" in os.environ:
        given = sorted({p.parent.parent if p.parent.name in ("onnx", "visual") else p.parent
                        for p in pathlib.Path(os.environ["OCELLI_EMBEDDERS"]).rglob("*.onnx") if p.parent.name != "textual"})
    if not given:
        print("skipped: OCELLI_EMBEDDERS names no models")
        raise SystemExit(SKIPPED)
    return given


class Package:
    """What the configuration of a package says, read the way its own program does."""

    def __init__(self, folder):
        self.immich = (folder / "visual").is_dir()
        self.folder, read = folder, lambda p: json.loads(p.read_text())
        if self.immich or (folder / "open_clip_config.json").exists():
            config = read(folder / "config.json") if self.immich else read(folder / "open_clip_config.json")
            pre = read(folder / "visual" / "preprocess_cfg.json") if self.immich else config["preprocess_cfg"]
            model = config if self.immich else config["model_cfg"]
            self.side, self.mean, self.std = pre["size"][0], pre["mean"], pre["std"]
            self.squash = pre["resize_mode"] == "squash"
            self.context = model["text_cfg"]["context_length"]
            self.canonicalize = model["text_cfg"].get("tokenizer_kwargs", {}).get("clean") == "canonicalize"
            files = ("visual/model.onnx", "textual/model.onnx") if self.immich else ("visual.onnx", "textual.onnx")
        else:
            pre, config = read(folder / "preprocessor_config.json"), read(folder / "config.json")
            self.squash = "shortest_edge" not in pre["size"]
            self.side = pre["size"]["height" if self.squash else "shortest_edge"]
            self.mean, self.std = pre["image_mean"], pre["image_std"]
            self.context = config["text_config"]["max_position_embeddings"]
            self.canonicalize = False
            files = ("onnx/vision_model.onnx", "onnx/text_model.onnx")
        self.lower = config.get("model_type") == "siglip"
        self.files = [folder / f for f in files] if (folder / files[0]).exists() else [folder / "onnx" / "model.onnx"] * 2
        where = folder / "textual" if self.immich else folder
        self.tokenizer = tokenizers.Tokenizer.from_file(str(where / "tokenizer.json"))
        pad = read(where / "tokenizer_config.json")["pad_token"]
        self.tokenizer.enable_padding(length=self.context, pad_token=pad, pad_id=self.tokenizer.token_to_id(pad))
        self.tokenizer.enable_truncation(self.context)

    def cut(self, im):
        """8-bit pixels."""
        s, (w, h) = self.side, im.size
        if self.squash:
            return im.resize((s, s), Image.BICUBIC)
        if self.immich:
            im = im.resize((s, int((h / w) * s)) if w < h else (int((w / h) * s), s), Image.BICUBIC)
            left, top = int(im.size[0] / 2 - s / 2), int(im.size[1] / 2 - s / 2)
        else:
            im = im.resize((s, int(s * h / w)) if w <= h else (int(s * w / h), s), Image.BICUBIC)
            left, top = int(round((im.size[0] - s) / 2.0)), int(round((im.size[1] - s) / 2.0))
        return im.crop((left, top, left + s, top + s))

    def clean(self, text):
        if self.immich:
            text = " ".join(text.split())
            return text.translate(str.maketrans("", "", string.punctuation)).lower() if self.canonicalize else text
        if self.canonicalize:
            text = text.replace("_", " ").translate(str.maketrans("", "", string.punctuation))
            return " ".join(text.lower().split())
        return " ".join(text.lower().split()) if self.lower else text

    def sessions(self):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        return [ort.InferenceSession(str(f), options, providers=["CPUExecutionProvider"]) for f in self.files]


def only(session, wanted, feeds):
    """The wanted output; inputs of the other tower get a minimal dummy."""
    full = {}
    for i in session.get_inputs():
        if i.name in feeds:
            full[i.name] = feeds[i.name].astype({"tensor(int32)": np.int32, "tensor(int64)": np.int64}.get(i.type, feeds[i.name].dtype))
        else:
            full[i.name] = np.zeros([1 if not isinstance(d, int) else d for d in i.shape], np.float32 if "float" in i.type else np.int64)
    name = next(n for n in wanted if n in [o.name for o in session.get_outputs()])
    return session.run([name], full)[0][0]


def ocelli(binary, package, precision, files, texts):
    args = [binary, "run", str(package), *map(str, files), "--json"]
    for t in texts:
        args += ["--text", t]
    done = subprocess.run(args, capture_output=True, text=True, env=dict(os.environ, OCELLI_PRECISION=precision))
    assert done.returncode == 0, done.stderr
    return [np.array(json.loads(line)["vector"], np.float64) for line in done.stdout.splitlines()]


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def compare(binary, folder, files):
    p = Package(folder)
    vision, text = p.sessions()
    expected = []
    for f in files:
        pixels = np.asarray(p.cut(Image.open(f).convert("RGB")))
        first = next(i for i in vision.get_inputs() if len(i.shape) == 4)
        if first.type == "tensor(uint8)":
            value = pixels[None]
        else:
            value = ((pixels.astype(np.float32) / 255 - np.float32(p.mean)) / np.float32(p.std)).transpose(2, 0, 1)[None]
        expected.append(only(vision, ("image_embeds", "pooler_output", "embedding"), {first.name: value}))
    for t in TEXTS:
        ids = np.array([p.tokenizer.encode(p.clean(t)).ids])
        expected.append(only(text, ("text_embeds", "pooler_output", "embedding"), {"input_ids": ids, "text": ids}))
    bad = 0
    for precision, least in (("f32", 0.9999), ("auto", 0.999)):
        got = ocelli(binary, folder, precision, files, TEXTS)
        assert len(got) == len(expected), (len(got), len(expected))
        cosines = [cosine(a, b) for a, b in zip(got, expected)]
        pictures_, texts_ = cosines[:len(files)], cosines[len(files):]
        spread = cosine(expected[0], expected[1]), cosine(expected[-1], expected[-2])
        print(f"{folder}: {precision}: pictures {min(pictures_):.7f}, texts {min(texts_):.7f}; "
              f"two pictures {spread[0]:.3f}, two texts {spread[1]:.3f}")
        for what, c in zip([*map(str, files), *TEXTS], cosines):
            if not c >= least:
                bad += 1
                print(f"  {what[:60]!r}: {c:.6f}, at least {least} is wanted")
    return bad


def main():
    binary, files = os.path.abspath(sys.argv[1]), pictures()
    raise SystemExit(1 if sum([compare(binary, p, files) for p in packages()]) else 0)


if __name__ == "__main__":
    main()
