#!/usr/bin/env python3
"""Runs openai.mjs, with the `openai` package from npm, against the server. Skipped (77) where Node or npm is not there, or npm cannot
install the package. The package is kept in the build folder.

usage: test_openai.py OCELLI SLOW_SERVER BUILD_DIR
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
import support

PACKAGE = "openai@6.49.0"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def install(folder):
    """The package in folder/node_modules, once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        skip("node and npm are needed for the test with the openai package")
    if int(subprocess.check_output([node, "--version"], text=True).lstrip("v").split(".")[0]) < 18:
        skip("the openai package needs Node 18 or later")
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != PACKAGE:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private":true}\n')
        try:
            made = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE], cwd=folder, capture_output=True, text=True,
                                  timeout=180)
        except subprocess.TimeoutExpired:
            skip("npm did not install the package within 180 s")
        if made.returncode:
            skip(f"npm cannot install {PACKAGE}: " + made.stderr.strip()[-300:])
        mark.write_text(PACKAGE)
    shutil.copy(HERE / "openai.mjs", folder)
    return node


def main():
    folder = pathlib.Path(sys.argv[3]) / "openai"
    node = install(folder)
    models = str(HERE.parent / "data" / "embed_models")
    failed = 0
    for key, options in [("-", ()), ("sk-one-of-ours-1234567890", ("--api-key", "sk-one-of-ours-1234567890"))]:
        print("with a key" if options else "without keys", flush=True)
        with support.Server("--models", models, *options, binary=support.OCELLI) as server:
            done = subprocess.run([node, "openai.mjs", f"http://127.0.0.1:{server.port}/v1", key], cwd=folder, timeout=250)
        failed |= done.returncode
    sys.exit(failed)


if __name__ == "__main__":
    main()
