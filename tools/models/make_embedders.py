#!/usr/bin/env python3
"""Makes packages of CLIP, SigLIP and BLIP's matching head at their real size (or tiny) with seeded random weights, for tests and measurements.

Needs python3-torch and python3-onnx. Nothing is downloaded; a vocabulary may be given (--tokenizer, a tokenizer.json), otherwise a
small one is made. A package of full size takes 0.6 to 0.8 GB.

usage: make_embedders.py OUT [--shape NAME]... [--layout NAME]... [--combined] [--tokenizer FILE] [--seed N]
"""
import argparse
import pathlib
import tempfile

import tokenizers_made
from networks import spread
from packages import LAYOUTS, blip, matcher, towers

SHAPES = {
    "clip_vit_b32": dict(kind="clip", side=224, patch=32, vision_width=768, vision_layers=12, vision_heads=12, context=77, text_width=512,
                         text_layers=12, text_heads=8, dim=512),
    "siglip_b16_256": dict(kind="siglip", side=256, patch=16, vision_width=768, vision_layers=12, vision_heads=12, context=64, text_width=768,
                           text_layers=12, text_heads=12, dim=768),
    "blip_b16_384": dict(kind="matcher", side=384, patch=16, vision_width=768, vision_layers=12, vision_heads=12, context=512, text_width=768,
                         text_layers=12, text_heads=12),
    "blip_tiny": dict(kind="matcher", side=64, patch=16, vision_width=64, vision_layers=2, vision_heads=4, context=64, text_width=64,
                      text_layers=2, text_heads=4),
    "clip_tiny": dict(kind="clip", side=64, patch=16, vision_width=64, vision_layers=2, vision_heads=4, context=77, text_width=64,
                      text_layers=2, text_heads=4, dim=64),
    "siglip_tiny": dict(kind="siglip", side=64, patch=16, vision_width=64, vision_layers=2, vision_heads=4, context=64, text_width=64,
                        text_layers=2, text_heads=4, dim=64),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--shape", action="append", choices=SHAPES)
    parser.add_argument("--layout", action="append", choices=LAYOUTS)
    parser.add_argument("--combined", action="store_true", help="Hugging Face: both towers in one file; Immich: graphs that take bytes")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name in args.shape or ["clip_vit_b32", "siglip_b16_256"]:
        shape = SHAPES[name]
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = pathlib.Path(folder)
            tokens = tokenizers_made.write(tokenizer, "clip" if shape["kind"] == "matcher" else shape["kind"], args.tokenizer)
            if shape["kind"] == "matcher":
                network = matcher(shape, tokens)
                blip(args.out / "hugging_face" / name, shape, spread(network, args.seed), tokenizer)
                print(args.out / "hugging_face" / name)
                continue
            vision, text = towers(shape, tokens)
            spread(vision, args.seed), spread(text, args.seed + 1)
            for layout in args.layout or LAYOUTS:
                below = pathlib.Path("clip") if layout == "immich" else pathlib.Path()
                target = args.out / layout / below / (name + ("_combined" if args.combined else ""))
                LAYOUTS[layout](target, shape, vision, text, tokenizer, args.combined)
                print(target)


if __name__ == "__main__":
    main()
