#!/usr/bin/env python3
"""Runs immich.mjs, which needs nothing but Node, against the server. Skipped (77) where Node is not there.

usage: test_immich.py OCELLI SLOW_SERVER BUILD_DIR
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
import support
from embed_support import BLUE, MODELS, png


def main():
    node = shutil.which("node")
    if not node:
        print("skipped: node is needed")
        sys.exit(77)
    with tempfile.NamedTemporaryFile(suffix=".png") as picture, support.Server("--models", str(MODELS), binary=support.OCELLI) as server:
        picture.write(png(BLUE, 50, 30))
        picture.flush()
        done = subprocess.run([node, str(HERE / "immich.mjs"), f"http://127.0.0.1:{server.port}", picture.name], timeout=100)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
