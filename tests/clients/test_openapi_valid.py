#!/usr/bin/env python3
"""The server's OpenAPI document against the specification's own schema, by a validator from npm. Skipped (77) where Node or npm is not there, or npm
cannot install it. Kept in the build folder.

usage: test_openapi_valid.py OCELLI SLOW_SERVER BUILD_DIR
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
import support

PACKAGE = "@seriousme/openapi-schema-validator@2.11.0"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def install(folder):
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        skip("node and npm are needed for the validator")
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != PACKAGE:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private":true}\n')
        try:
            made = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            skip("npm did not install the validator within 120 s")
        if made.returncode:
            skip(f"npm cannot install {PACKAGE}: " + made.stderr.strip()[-300:])
        mark.write_text(PACKAGE)
    shutil.copy(HERE / "openapi_valid.mjs", folder)
    return node


def main():
    folder = pathlib.Path(sys.argv[3]) / "openapi"
    node = install(folder)
    with support.Server("--models", str(HERE.parent / "data" / "models"), binary=support.OCELLI) as server:
        (folder / "openapi.json").write_bytes(server.request("GET", "/openapi.json").body)
    sys.exit(subprocess.run([node, "openapi_valid.mjs", "openapi.json"], cwd=folder, timeout=100, check=False).returncode)


if __name__ == "__main__":
    main()
