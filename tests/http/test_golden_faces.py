#!/usr/bin/env python3
"""Vectors of a real embedder against recorded ones: the network's own numbers, and the cosines of all pairs of pictures.

OCELLI_TEST_DATA names a folder with models/, images/ and expected/. Without it the test is skipped.
"""
import array
import csv
import io
import json
import os
import pathlib
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

try:
    from PIL import Image
except ImportError:
    Image = None

ROOT = pathlib.Path(os.environ.get("OCELLI_TEST_DATA", "/nonexistent"))
RECORDED = ROOT / "expected" / "face_rec_mobilefacenet.json"
FACES = ROOT / "images" / "faces"
SLOW = 20  # seconds for one picture: no build for real models
# Trained on pictures normalised as ImageNet's: the file alone does not tell.
MANIFEST = {"format": 1, "task": "face_embed", "family": "arcface", "licence": "Apache-2.0",
            "input": {"mean": [123.675, 116.28, 103.53], "scale": [1 / 58.395, 1 / 57.12, 1 / 57.375]}, "thresholds": {"similarity": 0.4}}


def embed(path, query):
    answer = server.request("POST", "/v1/faces/embed?" + query, path.read_bytes(), {"Content-Type": "image/png"}, timeout=120)
    support.equal(answer.status, 200, answer.text[:300])
    return answer.json["faces"]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def read_npy(path):
    data = path.read_bytes()
    at = 10 + struct.unpack("<H", data[8:10])[0]
    return array.array("f", data[at:])


def pairs():
    recorded = json.loads(RECORDED.read_text())
    return recorded["threshold"], {tuple(k.split("|")): v for k, v in recorded["cosine"].items()}


def test_the_networks_own_numbers():
    expected = read_npy(ROOT / "expected" / "io" / "mobilefacenet_obama" / "output.npy")
    raw = embed(FACES / "aligned112" / "fr_obama.png", "aligned=1&normalize=0")[0]["embedding"]
    cosine = dot(raw, expected) / (dot(raw, raw) * dot(expected, expected)) ** 0.5
    assert cosine > 0.9999, cosine
    assert all(abs(a - b) < 1e-2 for a, b in zip(raw, expected)), "not only the direction"


def test_all_pairs_of_aligned_crops():
    threshold, expected = pairs()
    names = sorted({name for pair in expected for name in pair})
    vectors = {n: embed(FACES / "aligned112" / f"{n}.png", "aligned=1")[0]["embedding"] for n in names}
    for (a, b), cosine in expected.items():
        ours = dot(vectors[a], vectors[b])
        assert abs(ours - cosine) < 1e-3, (a, b, ours, cosine)
        assert (ours >= threshold) == (cosine >= threshold), (a, b, ours)


TEMPLATE = [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]


def cut_as_recorded(path, detector):
    """The crop by our points, warped as the recorded ones were: Pillow's transform, to which a pixel's place is its corner plus one half."""
    answer = server.request("POST", f"/v1/faces/detect?max_faces=1&detector={detector}", path.read_bytes(), {"Content-Type": "image/jpeg"}, timeout=120)
    points = list(answer.json["faces"][0]["landmarks"].values())
    mean = [sum(p[i] for p in points) / 5 for i in (0, 1)]
    to = [sum(t[i] for t in TEMPLATE) / 5 for i in (0, 1)]
    pairs_ = [((p[0] - mean[0], p[1] - mean[1]), (t[0] - to[0], t[1] - to[1])) for p, t in zip(points, TEMPLATE)]
    size = sum(x * x + y * y for (x, y), _ in pairs_)
    a = sum(x * u + y * v for (x, y), (u, v) in pairs_) / size
    b = sum(x * v - y * u for (x, y), (u, v) in pairs_) / size
    n = a * a + b * b
    back = (a / n, b / n, mean[0] - (a * to[0] + b * to[1]) / n, -b / n, a / n, mean[1] - (a * to[1] - b * to[0]) / n)
    out = io.BytesIO()
    Image.open(path).convert("RGB").transform((112, 112), Image.AFFINE, back, Image.BILINEAR).save(out, "PNG")
    return out.getvalue()


def test_all_pairs_of_photographs_cut_as_the_recorded_ones():
    if not Image:
        return print("      not asked: python3-pil is missing")
    threshold, expected = pairs()
    names = sorted({name for pair in expected for name in pair if (FACES / f"{name}.jpg").is_file()})
    vectors = {}
    for name in names:
        crop = cut_as_recorded(FACES / f"{name}.jpg", "scrfd_500m")
        vectors[name] = server.request("POST", "/v1/faces/embed?aligned=1", crop, {"Content-Type": "image/png"}, timeout=120).json["faces"][0]["embedding"]
    for (a, b), cosine in expected.items():
        if a in vectors and b in vectors:
            ours = dot(vectors[a], vectors[b])
            assert (ours >= threshold) == (cosine >= threshold) and abs(ours - cosine) < 0.02, (a, b, ours, cosine)


def test_all_pairs_of_photographs():
    """
    From the photograph on. The recorded crops were made with SCRFD's points and half a pixel further (above), so the cosines differ by
    more: all pairs are on the right side of the threshold with either detector.
    """
    threshold, expected = pairs()
    names = sorted({name for pair in expected for name in pair if (FACES / f"{name}.jpg").is_file()})
    assert len(names) >= 5, names
    for detector, off in (("scrfd_500m", 0.06), ("yunet_n_640_640", 0.12)):
        vectors = {n: embed(FACES / f"{n}.jpg", f"max_faces=1&detector={detector}")[0]["embedding"] for n in names}
        for (a, b), cosine in expected.items():
            if a in vectors and b in vectors:
                ours = dot(vectors[a], vectors[b])
                assert (ours >= threshold) == (cosine >= threshold) and abs(ours - cosine) < off, (detector, a, b, ours, cosine)


def test_deepfaces_pairs():
    """Pairs of the list that deepface tests with, where both photographs are here; and the same people against others."""
    with open(FACES / "deepface_pairs_master.csv", newline="") as file:
        rows = [(FACES / f"df_{r['file_x']}", FACES / f"df_{r['file_y']}", r["Decision"] == "Yes") for r in csv.DictReader(file)]
    rows = [r for r in rows if r[0].is_file() and r[1].is_file()]
    assert len(rows) >= 20, rows
    strangers = [p for p in sorted(FACES.glob("*.jpg")) if p.name.startswith(("fr_obama.", "fr_obama2.", "fr_biden.", "lfw_"))]
    rows += [(p, q, False) for p in sorted({p for r in rows for p in r[:2]}) for q in strangers]
    for detector in ("yunet_n_640_640", "scrfd_500m"):
        vectors = {}
        for path in {p for r in rows for p in r[:2]}:
            faces = embed(path, f"detector={detector}")
            vectors[path] = max(faces, key=lambda f: (f["box"]["x2"] - f["box"]["x1"]) * (f["box"]["y2"] - f["box"]["y1"]))["embedding"]
        cosines = [(dot(vectors[a], vectors[b]), same) for a, b, same in rows]
        right = sum((cosine >= 0.4) == same for cosine, same in cosines)
        least, most = min(c for c, same in cosines if same), max(c for c, same in cosines if not same)
        print(f"      {detector}: {right} of {len(rows)} pairs right at 0.4; one person from {least:.3f}, two up to {most:.3f}")
        support.equal(right, len(rows), detector)


def test_verify():
    def verify(a, b, query=""):
        parts = b""
        for name, file in (("image1", a), ("image2", b)):
            parts += f'--X\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'.encode() + (FACES / file).read_bytes() + b"\r\n"
        return server.request("POST", "/v1/faces/verify?" + query, parts + b"--X--\r\n", {"Content-Type": "multipart/form-data; boundary=X"}, timeout=120)

    same = verify("fr_obama.jpg", "fr_obama2.jpg").json
    assert same["verified"] and same["similarity"] > 0.6 and same["threshold_source"] == "package", same
    other = verify("fr_obama.jpg", "fr_biden.jpg").json
    assert not other["verified"] and other["similarity"] < 0.2, other
    both = verify("fr_obama.jpg", "fr_obama_and_biden.jpg", "faces=best").json
    assert both["verified"] and sum(f["image"] == "image2" for f in both["faces"]) >= 2, both
    nobody = verify("fr_obama.jpg", "if_no_face.png")
    support.check_problem(nobody, 422, "no_face")


if __name__ == "__main__":
    if not RECORDED.is_file():
        print("skipped: OCELLI_TEST_DATA names no folder with expected/face_rec_mobilefacenet.json")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder, "mobilefacenet")
        package.mkdir()
        (package / "model.json").write_text(json.dumps(MANIFEST))
        (package / "model.onnx").symlink_to(ROOT / "models" / "face_rec" / "mobilefacenet_foamliu.onnx")
        for detector in ("scrfd_500m", "yunet_n_640_640"):
            pathlib.Path(folder, detector + ".onnx").symlink_to(ROOT / "models" / "face_det" / f"{detector}.onnx")
        with support.Server("--models", folder, "--deadline-ms", "110000", "--precision", "f32", binary=support.OCELLI) as server:
            start = time.monotonic()
            embed(FACES / "aligned112" / "fr_obama.png", "aligned=1")
            slow = time.monotonic() - start > SLOW
            failed = 0 if slow else support.run_tests(globals())
    if slow:
        print("skipped: this build is too slow for real models")
    sys.exit(77 if slow else 1 if failed else 0)
