#!/usr/bin/env python3
"""What a container holds (docker/rootfs), without Docker: small, nothing but the program and its libraries, and it serves from a read-only root
as an ordinary user. usage: test_rootfs.py OCELLI; needs root, for chroot."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
OCELLI = os.path.abspath(sys.argv[1])
MOST_MIB = 120
USER = "65532:65532"
# The mounts that a container runtime makes, in a namespace of their own; then the program takes the shell's place.
MOUNTS = """set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/tmp"
root=$1; shift
exec chroot --userspec={user} "$root" "$@"
""".replace("{user}", USER)


def check_contents(root):
    size = sum(f.lstat().st_size for f in root.rglob("*") if f.is_file() and not f.is_symlink())
    assert size <= MOST_MIB << 20, f"{size / 2**20:.1f} MiB, {MOST_MIB} at most"
    for f in root.rglob("*"):
        assert not f.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID), f"{f} has rights of another user"
    programs = [f for f in root.rglob("*") if f.is_file() and not f.is_symlink() and f.stat().st_mode & 0o111]
    names = sorted(f.name for f in programs)
    assert len(names) == 2 and "ocelli" in names and any(n.startswith("ld-linux") for n in names), names
    writable = [f for f in root.rglob("*") if not f.is_symlink() and f.stat().st_mode & 0o002]
    assert writable == [root / "tmp"], writable
    assert (root / "usr/share/doc/libc6/copyright").exists() and (root / "usr/share/doc/ocelli/copyright").exists()
    return size


def mounts_are_allowed():
    return not subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], stderr=subprocess.DEVNULL).returncode


MOUNTED = mounts_are_allowed()


def inside(root, *command):
    """The command in the root as a user of no rights; where mounts are allowed (not inside another chroot), read-only and with /proc."""
    if not MOUNTED:
        return ["chroot", f"--userspec={USER}", str(root), *command]
    return ["unshare", "--mount", "sh", "-c", MOUNTS, "sh", str(root), *command]


def environment():
    return {"OCELLI_HOST": "127.0.0.1", "OCELLI_PORT": "0", "OCELLI_MODELS": "/models,/usr/share/ocelli/models/starter", "PATH": os.environ["PATH"]}


def serve(root):
    process = subprocess.Popen(inside(root, "/usr/bin/ocelli", "serve"), env=environment(), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        found = re.search(r'listening.*port"?[=:](\d+)', line)
        if found:
            return process, int(found.group(1))
    raise AssertionError("it does not listen")


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"Content-Type": "image/jpeg"} if body else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def check_server(root):
    process, port = serve(root)
    try:
        status, body = ask(port, "POST", "/v1/detect", (TOP / "docs/examples/street.jpg").read_bytes())
        assert status == 200 and json.loads(body)["detections"], (status, body)
        user = pathlib.Path(f"/proc/{process.pid}/status").read_text()  # the one of this system, outside
        assert re.search(r"^Uid:\s+65532\s+65532", user, re.M), user
        probe = subprocess.run(inside(root, "/usr/bin/ocelli", "health"), env={**environment(), "OCELLI_PORT": str(port)}, timeout=30)
        assert probe.returncode == 0, "the health check of the container says no"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, "SIGTERM did not end it well"
    finally:
        process.kill()
    probe = subprocess.run(inside(root, "/usr/bin/ocelli", "health"), env={**environment(), "OCELLI_PORT": str(port)}, timeout=30,
                           stderr=subprocess.DEVNULL)
    assert probe.returncode == 1, "the health check says yes to nobody"


def main():
    if os.geteuid() != 0:
        print("skipped: chroot needs root")
        return 77
    top = pathlib.Path(tempfile.mkdtemp())
    os.chmod(top, 0o755)
    try:
        root = top / "root"
        subprocess.run([TOP / "docker/rootfs", root, OCELLI], check=True, stdout=subprocess.DEVNULL)
        again = subprocess.run([TOP / "docker/rootfs", root, OCELLI], capture_output=True, text=True)
        assert again.returncode == 1 and "not empty" in again.stderr, again
        size = check_contents(root)
        check_server(root)
        print(f"{size / 2**20:.1f} MiB" + ("" if MOUNTED else "; not mounted read-only: mounts are not allowed here"))
    finally:
        shutil.rmtree(top)
    return 0


if __name__ == "__main__":
    sys.exit(main())
