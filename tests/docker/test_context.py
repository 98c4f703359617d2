#!/usr/bin/env python3
"""What the image is built from: the project without what .dockerignore leaves out is built as the Dockerfile does it, and the page of that program
has its pictures. usage: test_context.py OCELLI (its build folder says with what to build)"""
import fnmatch
import http.client
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "http"))
sys.dont_write_bytecode = True
import support


def ignored(path, patterns):
    """Docker's rule for patterns without a slash in front: the path, or a folder above it, fits."""
    parts = pathlib.PurePosixPath(path).parts
    return any(fnmatch.fnmatch("/".join(parts[:n]), pattern) for pattern in patterns for n in range(1, len(parts) + 1))


def copy_context(to):
    patterns = [line.strip() for line in (TOP / ".dockerignore").read_text().splitlines() if line.strip() and not line.startswith("#")]
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=TOP, capture_output=True)
    if listed.returncode:
        print("skipped: no git checkout here")
        sys.exit(77)
    names = [n for n in listed.stdout.decode().split("\0") if n and (TOP / n).exists() and not ignored(n, patterns)]
    for name in names:
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOP / name, target, follow_symlinks=False)
    return names


def main():
    with tempfile.TemporaryDirectory() as made:
        context = pathlib.Path(made) / "src"
        names = copy_context(context)
        assert not any(n.startswith(("tests/", "bench/", ".git/")) for n in names) and "docs/examples/dog.jpg" in names, names[:5]
        build = context / "build"
        # What tools/build does, but without optimisation: it is the program's contents that are tried, and minutes count.
        for command in (["cmake", "-G", "Ninja", "-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O0", "-DBUILD_TESTING=OFF"],
                        ["cmake", "--build", "build", "--target", "ocelli"]):
            done = subprocess.run(command, cwd=context, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        with support.Server("--models", str(context / "models" / "starter"), binary=str(build / "ocelli")) as server:
            page = server.request("GET", "/", headers={"Accept": "text/html"})
            support.equal(page.status, 200, "page")
            scripts = {name for f in (context / "static").glob("*.js") for name in re.findall(r'"([\w-]+\.(?:jpg|png))"', f.read_text())}
            assert len(scripts) >= 8, scripts
            for name in sorted(scripts):
                answer = server.request("GET", f"/examples/{name}")
                assert answer.status == 200 and len(answer.body) > 1000, (name, answer.status)
    print("ok")


if __name__ == "__main__":
    main()
