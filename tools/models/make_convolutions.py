#!/usr/bin/env python3
"""Makes ArcFace R50, a network of YOLOv8n's shape and MobileNetV2 at their real size with seeded random weights, for measurements.

Needs python3-torch and python3-onnx; nothing is downloaded. The weights mean nothing.

usage: make_convolutions.py OUT [NAME]...
"""
import argparse
import pathlib
import warnings

import torch

from convolutions import NETWORKS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NETWORKS))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.names or NETWORKS:
        network, side, output = NETWORKS[name]
        torch.manual_seed(1)
        path = args.out / f"{name}.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(network().eval(), torch.randn(1, 3, side, side), str(path), input_names=["images"], output_names=[output],
                              opset_version=14)
        print(path)


if __name__ == "__main__":
    main()
