#!/usr/bin/env python3
"""Model folders as people have them: Hugging Face's cache with its links, downloads that are no models, exports whose sizes are only names, one tower
beside a package of both, and a budget that is too small."""
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from test_broken_models import add_external, block, number, varint

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
TOP = DATA.parent.parent
PICTURE = (TOP / "docs" / "examples" / "dog.jpg").read_bytes()


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """(number, wire type, value or bytes) of a protobuf message."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        elif tag & 7 == 2:
            n, at = read_varint(data, at)
            value, at = data[at:at + n], at + n
        else:
            n = 4 if tag & 7 == 5 else 8
            value, at = data[at:at + n], at + n
        yield tag >> 3, tag & 7, value


def rewrite(data, change):
    out = b""
    for field, wire, value in fields(data):
        value = change(field, value)
        out += number(field, value) if wire == 0 else block(field, value) if wire == 2 else varint(field << 3 | wire) + value
    return out


def with_named_sizes(data, metadata=None):
    """The same model, all sizes of its outputs and all but the channels of its inputs being names, as exporters invent them."""
    def value_info(keep):
        def shape(field, value):
            dims = [d for _, _, d in fields(value)]
            return b"".join(block(1, d if keep is not None and i == keep else block(2, f"Concatoutput0_dim_{i}")) for i, d in enumerate(dims))

        def tensor(field, value):
            return shape(field, value) if field == 2 else value

        def type_(field, value):
            return rewrite(value, tensor) if field == 1 else value

        return lambda field, value: rewrite(value, type_) if field == 2 else value

    def graph(field, value):
        return rewrite(value, value_info(1)) if field == 11 else rewrite(value, value_info(None)) if field == 12 else value

    out = rewrite(data, lambda field, value: rewrite(value, graph) if field == 7 else value)
    for key, text in (metadata or {}).items():
        out += block(14, block(1, key) + block(2, text))
    return out


def listed(server):
    return {m["id"]: m for m in server.request("GET", "/v1/models").json["data"]}


def test_sizes_that_are_only_names(folder):
    plain = (DATA / "models" / "tiny_yolox.onnx").read_bytes()
    (folder / "by_metadata.onnx").write_bytes(with_named_sizes(plain, {"imgsz": "[64, 64]"}))
    (folder / "by_package").mkdir()
    (folder / "by_package" / "model.onnx").write_bytes(with_named_sizes(plain))
    (folder / "by_package" / "model.json").write_text('{"format":1,"task":"detect","family":"yolox","input":{"width":64,"height":64}}')
    real = pathlib.Path(os.environ.get("OCELLI_TEST_DATA", "/nowhere")) / "models" / "detect" / "yolov8n_dequantized_AGPL.onnx"
    if real.exists():
        (folder / "by_guess.onnx").write_bytes(with_named_sizes(real.read_bytes()))
    else:
        print("      OCELLI_TEST_DATA is not set: a real export without sizes is not tried")
    (folder / "plain.onnx").write_bytes(plain)
    with support.Server("--models", str(folder), binary=support.OCELLI) as server:
        found = listed(server)
        for name in ("by_metadata", "by_package"):
            support.equal((found[name]["task"], found[name]["family"], found[name]["error"]), ("detect", "yolox", None), name)
            assert "worked out at 64x64" in found[name]["because"], found[name]["because"]
            answers = [server.request("POST", f"/v1/detect?model={m}&score_threshold=0.01", PICTURE, {"Content-Type": "image/jpeg"}) for m in (name, "plain")]
            support.equal(answers[0].status, 200, answers[0].text[:200])
            support.equal(answers[0].json["detections"], answers[1].json["detections"], name)
        if "by_guess" in found:
            support.equal((found["by_guess"]["family"], found["by_guess"]["recipe"]["input"]["width"]), ("yolov8", 640), str(found["by_guess"]["because"]))
    report = subprocess.run([support.OCELLI, "inspect", str(folder / "by_metadata.onnx")], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Plan for" in report and "1x3x64x64" in report, report[-1500:]


def test_downloads_that_are_no_models(folder):
    for name, data, words in (("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n", "Git LFS pointer"), ("page", b"\n<!DOCTYPE html>\n<html>404</html>", "web page"),
                              ("packed", gzip.compress(b"x" * 100), "gzip file"), ("zip", b"PK\x03\x04" + bytes(60), "ZIP archive"), ("nothing", b"", "is empty"),
                              ("json", b'{"error":"not found"}', "it is JSON"), ("keras", b"\x89HDF\r\n\x1a\n" + bytes(60), "HDF5"), ("lite", bytes(4) + b"TFL3" + bytes(60), "TensorFlow Lite")):
        (folder / f"{name}.onnx").write_bytes(data)
        with support.Server("--models", str(folder / f"{name}.onnx"), binary=support.OCELLI) as server:
            error = listed(server)[name]["error"]
            assert words in error and "malformed" not in error, (name, error)


def test_hugging_faces_cache(folder):
    """Links into blobs/, external data too; refs/main decides; names with and without the organisation."""
    repository = folder / "models--acme--tiny-det"
    blobs = repository / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "aa").write_bytes((DATA / "models" / "tiny_yolox.onnx").read_bytes())
    (blobs / "bb").write_bytes(add_external("model.onnx_data"))
    (blobs / "cc").write_bytes(b"\0" * 16)
    for snapshot, blob in (("1111", "bb"), ("2222", "aa"), ("3333", "bb")):
        place = repository / "snapshots" / snapshot / "onnx"
        place.mkdir(parents=True)
        (place / "model.onnx").symlink_to(f"../../../blobs/{blob}")
        if blob == "bb":
            (place / "model.onnx_data").symlink_to("../../../blobs/cc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("2222")
    other = folder / "models--acme--external" / "snapshots" / "abc"
    other.mkdir(parents=True)
    (other.parent.parent / "blobs").mkdir()
    shutil.copy(blobs / "bb", other / "model.onnx")
    (other.parent.parent / "blobs" / "w").write_bytes(b"\0" * 16)
    (other / "model.onnx_data").symlink_to("../../blobs/w")
    (folder / "escape").mkdir()
    (folder / "escape" / "model.onnx").write_bytes(add_external("secret"))
    with tempfile.NamedTemporaryFile() as outside:
        outside.write(b"\0" * 16)
        outside.flush()
        (folder / "escape" / "secret").symlink_to(outside.name)
        with support.Server("--models", str(folder), binary=support.OCELLI) as server:
            found = listed(server)
            assert {"acme/tiny-det", "acme/external"} <= set(found) and not any(n in found for n in ("1111", "2222", "aa", "onnx")), sorted(found)
            support.equal(found["acme/tiny-det"]["family"], "yolox", "refs/main")
            for name in ("acme/tiny-det", "tiny-det", "acme%2Ftiny-det"):
                answer = server.request("POST", f"/v1/detect?model={name}", PICTURE, {"Content-Type": "image/jpeg"})
                support.equal((answer.status, answer.json.get("model")), (200, "acme/tiny-det"), name)
            support.equal(server.request("POST", "/v1/models/acme%2Fexternal/load").status, 200, "external data behind a link")
            problem = support.check_problem(server.request("POST", "/v1/models/escape/load"), 422, "invalid_model")
            assert "symbolic link that leaves the model directory" in problem["detail"], problem


def test_one_default_for_pictures_and_texts(folder):
    """Beside a package of both towers a lone tower answers nobody who did not name it."""
    shutil.copytree(DATA / "embed_models", folder / "both")
    lone = next(p for p in sorted((folder / "both").rglob("*.onnx")) if "vis" in p.name or "visual" in str(p.parent))
    shutil.copy(lone, folder / "aaa_lone.onnx")
    with support.Server("--models", str(folder), binary=support.OCELLI) as server:
        as_json = {"Content-Type": "application/json"}
        text = server.request("POST", "/v1/embed", '{"text":"a red"}', as_json).json
        picture = server.request("POST", "/v1/embed", PICTURE, {"Content-Type": "image/jpeg"}).json
        support.equal(picture["model"], text["model"], "one default")
        support.equal(picture["dim"], text["dim"], "comparable")
        assert listed(server)["aaa_lone"]["default"] is False


def test_a_model_that_never_fits(folder):
    """Is refused with what it needs and what there is; what was loaded stays."""
    shutil.copy(DATA / "models" / "tiny_yolox.onnx", folder)
    weights = 40 << 20
    (folder / "large.onnx").write_bytes(large(weights))
    with support.Server("--models", str(folder), "--memory-budget", "32M", "--max-body", "1M", binary=support.OCELLI) as server:
        support.equal(server.request("POST", "/v1/models/tiny_yolox/load").status, 200, "a small one")
        for _ in range(3):
            problem = support.check_problem(server.request("POST", "/v1/models/large/load"), 422, "invalid_model")
            assert "it needs at least 40 MiB" in problem["detail"] and "--memory-budget is 32 MiB" in problem["detail"], problem
        support.equal(server.request("GET", "/v1/models/tiny_yolox").json["state"], "ready", "nothing was pushed out")


def large(bytes_):
    """Relu of x, with a weight beside it that is used: y = x + w[0:4]."""
    from test_broken_models import model
    w = number(1, bytes_ // 4) + number(2, 1) + block(8, "w") + block(9, b"\0" * bytes_)
    starts = number(1, 1) + number(2, 7) + block(8, "s") + block(9, b"\0" * 8)
    ends = number(1, 1) + number(2, 7) + block(8, "e") + block(9, (4).to_bytes(8, "little"))
    return model([("Slice", ["w", "s", "e"], ["p"]), ("Add", ["x", "p"], ["y"])], [w, starts, ends])


if __name__ == "__main__":
    failed = 0
    tests = {name: function for name, function in list(globals().items()) if name.startswith("test_") and callable(function)}

    def in_folder(function):
        def run():
            with tempfile.TemporaryDirectory() as made:
                function(pathlib.Path(made))
        return run

    failed = support.run_tests({name: in_folder(function) for name, function in tests.items()})
    sys.exit(1 if failed else 0)
