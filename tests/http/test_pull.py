#!/usr/bin/env python3
"""`ocelli pull` against mirrors that behave badly: whatever they do, no broken model is ever installed."""
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from support import OCELLI, clean_environment

STARTER = pathlib.Path(__file__).resolve().parents[2] / "models/starter/starter-scene"
MODEL = (STARTER / "model.onnx").read_bytes()
RECIPE = json.loads((STARTER / "model.json").read_text())
RECIPE["labels"] = (STARTER / "labels.txt").read_text().split("\n")[:-1]
requests = []  # (path, Range) of each


class Mirror(http.server.BaseHTTPRequestHandler):
    """The first part of the path says how it misbehaves; the rest is the file: always the model."""
    protocol_version = "HTTP/1.1"
    served = {}  # path: how often

    def log_message(self, *args):
        pass

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def head(self, status, length, **more):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in more.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def drop(self):
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(2)

    def do_GET(self):
        mode = self.path.split("/")[1]
        span = self.headers.get("Range")
        requests.append((self.path, span))
        count = Mirror.served[self.path] = Mirror.served.get(self.path, 0) + 1
        try:
            getattr(self, "mode_" + mode.replace("-", "_"))(span, count)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def mode_good(self, span, count):
        if span:
            start = int(span.removeprefix("bytes=").rstrip("-"))
            if start >= len(MODEL):
                return self.head(416, 0)
            self.head(206, len(MODEL) - start, Content_Range=f"bytes {start}-{len(MODEL) - 1}/{len(MODEL)}")
            return self.wfile.write(MODEL[start:])
        self.head(200, len(MODEL))
        self.wfile.write(MODEL)

    def mode_no_ranges(self, span, count):
        self.head(200, len(MODEL))
        self.wfile.write(MODEL)

    def mode_truncated(self, span, count):
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        self.head(206 if span else 200, len(MODEL) - start, **({"Content_Range": f"bytes {start}-{len(MODEL) - 1}/{len(MODEL)}"} if span else {}))
        self.wfile.write(MODEL[start:start + 1000])
        self.drop()

    def mode_truncated_quietly(self, span, count):  # no length: only the end of the connection ends it
        self.head(200, None, Connection="close")
        self.wfile.write(MODEL[:1000])
        self.drop()

    def mode_truncated_once(self, span, count):
        if count == 1:
            self.mode_truncated(span, count)
        else:
            self.mode_good(span, count)

    def mode_too_short(self, span, count):
        self.head(200, 500)
        self.wfile.write(MODEL[:500])

    def mode_too_long(self, span, count):
        self.head(200, len(MODEL) + 7)
        self.wfile.write(MODEL + b"garbage")

    def mode_endless(self, span, count):
        self.head(200, None, Connection="close")
        for _ in range(10000):
            self.wfile.write(b"\0" * 65536)
        self.drop()

    def mode_wrong_bytes(self, span, count):
        self.head(200, len(MODEL))
        self.wfile.write(MODEL[:-1] + bytes([MODEL[-1] ^ 1]))

    def mode_garbage(self, span, count):
        self.head(200, 5000)
        self.wfile.write(b"<html>not a model</html>" + b"\0" * 4976)

    def mode_etag(self, span, count):  # as Hugging Face states the digest of a large file, here of another one
        self.head(302, 0, Location="/good/x", X_Linked_ETag='"' + "0" * 64 + '"')

    def mode_stalled(self, span, count):
        self.head(200, len(MODEL))
        self.wfile.write(MODEL[:100])
        self.wfile.flush()
        time.sleep(6)

    def mode_slow(self, span, count):
        self.head(200, len(MODEL))
        for start in range(0, len(MODEL), 4096):
            self.wfile.write(MODEL[start:start + 4096])
            self.wfile.flush()
            time.sleep(0.02)

    def mode_redirected(self, span, count):
        self.head(302, 0, Location=self.path.replace("/redirected/", "/good/"))

    def mode_circle(self, span, count):
        self.head(302, 0, Location=self.path)

    def mode_to_a_file(self, span, count):
        self.head(302, 0, Location="file:///etc/passwd")

    def mode_missing(self, span, count):
        self.head(404, 4)
        self.wfile.write(b"gone")

    def mode_error_once(self, span, count):
        if count == 1:
            self.head(503, 5)
            return self.wfile.write(b"later")
        self.mode_good(span, count)


def catalogue(place, **changes):
    """A catalogue of one model, and where it lies."""
    file = {"path": "model.onnx", "url": "https://invalid.example/model.onnx", "size": len(MODEL), "sha256": hashlib.sha256(MODEL).hexdigest()}
    file.update(changes.pop("file", {}))
    file = {k: v for k, v in file.items() if v is not None}
    entry = {"name": "scene", "task": "detect", "licence": "Apache-2.0", "source": "here", "files": [file], "model_json": RECIPE, **changes}
    path = pathlib.Path(place) / "catalogue.json"
    path.write_text(json.dumps({"version": 1, "models": [entry]}))
    return path


class Place:
    """A model directory, and pulls into it."""

    def __init__(self, port):
        self.port = port
        self.top = tempfile.TemporaryDirectory()
        self.models = pathlib.Path(self.top.name) / "models"
        self.target = self.models / "scene" / "model.onnx"

    def command(self, mode, *options, **changes):
        mirror = mode if mode.startswith("/") else f"http://127.0.0.1:{self.port}/{mode}"
        return [OCELLI, "pull", "scene", "--models", str(self.models), "--mirror", mirror, "--pause-ms", "10",
                "--catalogue", str(catalogue(self.top.name, **changes)), *options]

    def pull(self, mode, *options, **changes):
        return subprocess.run(self.command(mode, *options, **changes), env=clean_environment(), capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)

    def expect_refused(self, mode, word, *options, **changes):
        there = self.target.read_bytes() if self.target.exists() else None
        done = self.pull(mode, *options, **changes)
        assert done.returncode == 1 and word in done.stderr, (mode, done)
        assert (self.target.read_bytes() if self.target.exists() else None) == there, f"{mode} changed what is installed"
        listed = subprocess.run([OCELLI, "models", "--models", str(self.models), "--json"], env=clean_environment(), capture_output=True, text=True)
        assert len(json.loads(listed.stdout)) == (there is not None), (mode, listed)
        return done

    def expect_installed(self, mode, *options, **changes):
        done = self.pull(mode, *options, **changes)
        assert done.returncode == 0 and self.target.read_bytes() == MODEL, (mode, done)
        assert not list(self.models.rglob("*.part")), mode
        return done


def bad_mirrors(place):
    for mode, word in [("truncated", "partial file"), ("truncated_quietly", "ended after|cannot go on"),
                       ("too_short", "announces"), ("too_long", "announces"), ("endless", "more than"), ("wrong_bytes", "SHA-256"),
                       ("circle", "redirect"), ("to_a_file", "redirects to something"), ("missing", "status 404")]:
        done = place.pull(mode, "--attempts", "2")
        assert done.returncode == 1 and any(w in done.stderr.lower() for w in word.lower().split("|")), (mode, done)
        assert not place.target.exists(), mode
        shutil.rmtree(place.models, ignore_errors=True)
    start = time.monotonic()
    place.expect_refused("stalled", "nothing came", "--attempts", "1", "--stall-seconds", "1")
    assert time.monotonic() - start < 6, "the stall was not noticed"
    shutil.rmtree(place.models)
    gone = place.expect_refused("missing", "by hand")
    assert f"{place.models}/scene/model.onnx" in gone.stderr and hashlib.sha256(MODEL).hexdigest() in gone.stderr


def without_digest(place):
    """Nothing to hold the bytes against: they must at least be a model, and the source's own digest counts."""
    unknown = {"file": {"sha256": None, "size": None}}
    place.expect_refused("garbage", "cannot be served", **unknown)
    place.expect_refused("truncated", "partial", "--attempts", "1", **unknown)
    shutil.rmtree(place.models)
    place.expect_refused("etag", "its source says", **unknown)
    done = place.expect_installed("good", **unknown)
    assert "UNVERIFIED" in done.stderr and hashlib.sha256(MODEL).hexdigest() in done.stderr, done
    record = json.loads((place.models / "scene/ocelli-source.json").read_text())
    assert record["files"][0]["verified"] is False and record["files"][0]["size"] == len(MODEL), record
    shutil.rmtree(place.models)


def resuming(place):
    place.expect_installed("truncated_once")
    assert ("/truncated_once/scene/model.onnx", "bytes=1000-") in requests, "the second try began at the start"
    shutil.rmtree(place.models)
    place.expect_refused("truncated", "", "--attempts", "1")
    place.expect_installed("no_ranges")  # a mirror that cannot go on: from the start
    shutil.rmtree(place.models)
    place.expect_refused("truncated", "", "--attempts", "1")
    part = place.models / ".ocelli-pull/scene/model.onnx.part"
    part.write_bytes(b"x" * 1000)  # what is there is not the beginning of the file
    place.expect_installed("good")
    shutil.rmtree(place.models)
    place.expect_installed("error_once")
    shutil.rmtree(place.models)
    place.expect_installed("redirected")


def installed(place):
    """Something is installed by now: it is left alone, replaced whole, or kept."""
    assert "already in" in place.expect_installed("missing").stderr, "an installed model was asked for again"
    place.expect_refused("wrong_bytes", "SHA-256", "--force")
    place.expect_refused("truncated", "", "--force", "--attempts", "1")
    place.expect_installed("good", "--force")
    place.target.write_bytes(b"damaged")
    place.expect_installed("good")
    old = place.models / ".ocelli-pull/scene.old"
    (place.models / "scene").rename(old)  # a pull that died between its two renames
    assert "already in" in place.expect_installed("missing").stderr and not old.exists()
    record = json.loads((place.models / "scene/ocelli-source.json").read_text())
    assert record["files"][0]["sha256"] == hashlib.sha256(MODEL).hexdigest() and record["files"][0]["verified"] is True
    mirror = pathlib.Path(place.top.name) / "mirror"
    shutil.copytree(place.models, mirror)  # an installed model directory is a mirror
    shutil.rmtree(place.models)
    place.expect_installed(str(mirror))
    (mirror / "scene/model.onnx").write_bytes(MODEL[:-1])
    place.expect_refused(str(mirror), "bytes", "--force")
    shutil.rmtree(place.models)


def broken_off(place):
    for number in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(place.command("slow"), env=clean_environment(), stderr=subprocess.PIPE, text=True)
        part = place.models / ".ocelli-pull/scene/model.onnx.part"
        while not (part.exists() and part.stat().st_size > 20000):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        second = place.pull("good")
        assert second.returncode == 1 and "another pull" in second.stderr, second
        process.send_signal(number)
        _, text = process.communicate(timeout=20)
        assert process.returncode == (1 if number == signal.SIGINT else -number), (process.returncode, text)
        assert not place.target.exists() and part.stat().st_size > 20000, "what had come was thrown away"
        requests.clear()
        place.expect_installed("good")
        assert requests[0][1], "it did not go on where it was"
        shutil.rmtree(place.models)


def licences_and_catalogues(place):
    place.expect_refused("good", "--accept-licence", restricted=True)
    place.expect_installed("good", "--accept-licence", restricted=True)
    shutil.rmtree(place.models)
    for change, word in [({"file": {"path": "../model.onnx"}}, "path"), ({"file": {"path": "/etc/x"}}, "path"), ({"folder": "a/../../b"}, "folder"),
                         ({"file": {"url": "http://example.org/x"}}, "https"), ({"file": {"sha256": "12"}}, "sha256"), ({"surprise": 1}, "surprise"),
                         ({"name": ".hidden"}, "name"), ({"files": []}, "files"), ({"template": "none"}, "template")]:
        done = place.pull("good", **change)
        assert done.returncode == 1 and word in done.stderr and not place.models.exists(), (change, done)


def built_in():
    listed = subprocess.run([OCELLI, "pull", "--list", "--json"], env=clean_environment(), capture_output=True, text=True)
    names = {m["name"]: m for m in json.loads(listed.stdout)}
    for wanted in ["yunet", "sface", "yolox-s", "yolox-tiny", "nanodet-plus-m-1.5x", "rtdetr-r18", "clip-vit-base-patch32", "pphumanseg",
                   "ViT-B-32__openai", "buffalo_l"]:
        assert wanted in names, wanted
    assert names["buffalo_l"]["restricted"] and not names["yunet"]["restricted"] and names["yunet"]["verified"]
    unknown = subprocess.run([OCELLI, "pull", "SigLIP"], env=clean_environment(), capture_output=True, text=True)
    assert unknown.returncode == 1 and "ViT-B-16-SigLIP__webli" in unknown.stderr, unknown
    for wrong in [[], ["--what"], ["yunet", "--attempts", "0"], ["yunet", "--mirror", "/nowhere"]]:
        assert subprocess.run([OCELLI, "pull", *wrong], env=clean_environment(), capture_output=True).returncode == 2, wrong


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = Place(server.server_address[1])
    bad_mirrors(place)
    without_digest(place)
    resuming(place)
    installed(place)
    broken_off(place)
    licences_and_catalogues(place)
    built_in()
    server.shutdown()


if __name__ == "__main__":
    main()
    sys.exit(0)
