#!/usr/bin/env python3
"""Model directories with things in them that are no good: each is listed with its error, and nothing else suffers."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

import support

DATA = pathlib.Path(__file__).parent.parent / "data" / "models"


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def value_info(name):
    shape = block(2, b"".join(block(1, number(1, d)) for d in (1, 4)))
    return block(1, name) + block(2, block(1, number(1, 1) + shape))


def model(nodes, initializers=()):
    """nodes: (operator, inputs, outputs); the graph takes x and gives y, both float32 of 1x4."""
    graph = b"".join(block(1, b"".join(block(1, i) for i in ins) + b"".join(block(2, o) for o in outs) + block(4, op)) for op, ins, outs in nodes)
    graph += block(2, "g") + b"".join(block(5, t) for t in initializers) + block(11, value_info("x")) + block(12, value_info("y"))
    return number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, 13))


def external(location):
    return number(1, 1) + number(1, 4) + number(2, 1) + block(8, "w") + block(13, block(1, "location") + block(2, location)) + number(14, 1)


def add_external(location):
    return model([("Add", ["x", "w"], ["y"])], [external(location)])


FILES = {  # name: its bytes, and the status and some words of the answer to loading it
    "text.onnx": (b"this is no model\n" * 20, 422, "malformed"),
    "empty.onnx": (b"", 422, "empty"),
    "cut.onnx": ((DATA / "tiny_yolox.onnx").read_bytes()[:100], 422, "malformed"),
    "operator.onnx": (model([("Fancy", ["x"], ["y"])]), 422, "Fancy"),
    "cycle.onnx": (model([("Add", ["x", "b"], ["a"]), ("Relu", ["a"], ["b"]), ("Relu", ["b"], ["y"])]), 422, "cycle"),
    "outside.onnx": (add_external("../../../../etc/passwd"), 422, "leaves the model's folder"),
    "absolute.onnx": (add_external("/etc/passwd"), 422, "not a relative path"),
    "linked_data.onnx": (add_external("link.bin"), 422, "symbolic link"),
    "no_data.onnx": (add_external("nowhere.bin"), 422, "nowhere.bin"),
    "data.onnx": (add_external("data.bin"), 200, ""),
    "p%C3%A4r 100%&?#.onnx": ((DATA / "tiny_yolox.onnx").read_bytes(), 200, ""),
    "päckchen.onnx": ((DATA / "tiny_yolox.onnx").read_bytes(), 200, ""),
}

MANIFESTS = {"brace": "{", "empty_object": "{}", "list": "[]", "task": '{"format":1,"task":"nonsense"}', "deep": "[" * 5000,
             "score": '{"format":1,"task":"detect","thresholds":{"score":7}}', "member": '{"format":1,"task":"detect","nonsense":1}'}


def install(folder):
    for name, (data, _, _) in FILES.items():
        (folder / name).write_bytes(data)
    (folder / "data.bin").write_bytes(bytes(16))
    os.symlink("/etc/passwd", folder / "link.bin")
    os.symlink(".", folder / "loop")
    os.symlink("gone.onnx", folder / "dangling.onnx")
    os.mkfifo(folder / "pipe.onnx")
    (folder / "folder.onnx").mkdir()
    for name, text in MANIFESTS.items():
        package = folder / ("package_" + name)
        package.mkdir()
        shutil.copy(DATA / "tiny_yolox.onnx", package / "model.onnx")
        (package / "model.json").write_text(text)


def path_of(name):
    return "/v1/models/" + urllib.parse.quote(name, safe="")


def test_each_file_says_what_is_wrong():
    listed = {m["id"] for m in server.request("GET", "/v1/models").json["data"]}
    for file, (_, status, words) in FILES.items():
        name = file[:-5]
        assert name in listed, (name, listed)
        answer = server.request("POST", path_of(name) + "/load")
        support.equal(answer.status, status, name + " " + answer.text)
        assert words in answer.text, answer.text
        support.equal(server.request("GET", path_of(name)).json["state"], "ready" if status == 200 else "failed", name)
    support.equal(server.request("GET", "/health").status, 200, "health")


def test_a_broken_package_is_not_the_requests_fault():
    for name in MANIFESTS:
        problem = support.check_problem(server.request("POST", path_of("package_" + name) + "/load"), 422, "invalid_model")
        assert "model.json" in problem["detail"], problem
        support.check_problem(server.request("POST", "/v1/detect?model=package_" + name, b"GIF89a"), 422, "invalid_model")


def test_preloading_all_loads_those_that_can_be():
    with support.Server("--models", str(folder), "--preload", "all", binary=support.OCELLI) as other:
        support.until(lambda: other.request("GET", "/health").status == 200, "ready")
        support.equal(other.request("GET", path_of("päckchen")).json["state"], "ready", "loaded")
    done = subprocess.run([support.OCELLI, "serve", "--port", "0", "--models", str(folder), "--preload", "cycle", "--strict", "on"], capture_output=True,
                          text=True, env=support.clean_environment(), timeout=60)
    support.equal(done.returncode, 1, "one that was named must load")
    assert "cycle" in done.stderr, done.stderr
    done = subprocess.run([support.OCELLI, "serve", "--port", "0", "--models", str(folder / "nowhere"), "--strict", "on"], capture_output=True,
                          text=True, env=support.clean_environment(), timeout=60)
    support.equal(done.returncode, 1, "a directory that is not there")
    assert "nowhere" in done.stderr, done.stderr


def test_a_preload_that_is_not_there_yet():
    """Is a warning and a state; it is loaded when it has come."""
    with tempfile.TemporaryDirectory() as made, support.Server("--models", made, "--preload", "later", binary=support.OCELLI) as other:
        other.wait_log("not preloaded.*later")
        support.until(lambda: other.request("GET", "/health").status == 200, "ready")
        support.equal(other.request("GET", "/health/ready").json, {"status": "ok", "missing": ["later"]}, "state")
        shutil.copy(DATA / "tiny_yolox.onnx", pathlib.Path(made) / "later.onnx")
        other.process.send_signal(signal.SIGHUP)
        support.until(lambda: other.request("GET", "/health/ready").json == {"status": "ok"}, "it has come")


def test_run_goes_on_after_a_bad_picture():
    picture = folder / "grey.bmp"  # 1x1
    picture.write_bytes(b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") +
                        b"\1\0\0\0\1\0\0\0\1\0\x18\0" + bytes(24) + b"\x80\x80\x80\0")
    done = subprocess.run([support.OCELLI, "run", str(DATA / "tiny_yolox.onnx"), "/nowhere", str(folder / "text.onnx"), str(picture), "--json"],
                          capture_output=True, text=True, env=support.clean_environment(), timeout=60)
    support.equal(done.returncode, 1, done.stderr)
    assert "/nowhere" in done.stderr and "text.onnx" in done.stderr, done.stderr
    support.equal(json.loads(done.stdout)["image"]["width"], 1, done.stdout)


def test_a_directory_of_very_many_files():
    with tempfile.TemporaryDirectory() as crowd:
        for i in range(1100):
            (pathlib.Path(crowd) / f"m{i}.onnx").write_bytes(b"\xff")
        done = subprocess.run([support.OCELLI, "models", "--models", crowd, "--json"], capture_output=True, text=True,
                              env=support.clean_environment(), timeout=120)
        support.equal(done.returncode, 0, done.stderr[-300:])
        support.equal(done.stderr.count("too many models"), 1, "said once")


def test_defaults():
    done = subprocess.run([support.OCELLI, "serve", "--port", "0", "--default-models", "nonsense"], capture_output=True, text=True,
                          env=support.clean_environment(), timeout=60)
    support.equal(done.returncode, 2, done.stderr)
    with support.Server("--default-models", "detect=nowhere", binary=support.OCELLI) as other:
        other.wait_log("default model is not installed.*nowhere")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        install(folder)
        with support.Server("--models", made, binary=support.OCELLI) as server:
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
