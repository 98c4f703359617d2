#!/usr/bin/env python3
"""/v1/faces/embed and /v1/faces/verify on the small models of tests/data: no outside files are needed."""
import base64
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
RED, GREEN, BLUE, GREY, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (120, 120, 120), (255, 255, 255), (0, 0, 0)


def png(width, height, pixel):
    """pixel(x, y) -> (r, g, b)"""
    raw = b"".join(b"\0" + bytes(c for x in range(width) for c in pixel(x, y)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) +
            chunk(b"IEND", b""))


def unpack(data):
    """Rows of an RGB PNG with no filter or Sub."""
    at, packed = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[at + 8:at + 16])
        packed += data[at + 8:at + 8 + n] if kind == b"IDAT" else b""
        at += n + 12
    raw, rows = zlib.decompress(packed), []
    for y in range(height):
        line = bytearray(raw[y * (3 * width + 1):(y + 1) * (3 * width + 1)])
        for i in range(4, len(line) if line[0] == 1 else 0):
            line[i] = (line[i] + line[i - 3]) & 255
        rows.append([tuple(line[i:i + 3]) for i in range(1, 3 * width + 1, 3)])
    return rows


def scene(cells, around=BLACK, width=64, height=64):
    """Red cells of 16 pixels, which are faces, on a background."""
    return png(width, height, lambda x, y: RED if (x // 16, y // 16) in cells else around)


ONE = scene({(1, 1)})
SAME = scene({(2, 2)})  # the same face elsewhere
OTHER = scene({(1, 1)}, around=GREEN)
TWO = scene({(0, 0), (2, 2)})
NONE = scene(set())


def multipart(*parts):
    """(name, bytes or text): bytes are files."""
    out = b""
    for name, data in parts:
        file = "" if isinstance(data, str) else '; filename="x"'
        out += f'--bOuNd\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        out += (data.encode() if isinstance(data, str) else data) + b"\r\n"
    return out + b"--bOuNd--\r\n", {"Content-Type": "multipart/form-data; boundary=bOuNd"}


def embed(picture, query=""):
    answer = server.request("POST", "/v1/faces/embed?" + query, picture, {"Content-Type": "image/png"})
    support.equal(answer.status, 200, answer.text)
    return answer.json


def verify_raw(*parts, query=""):
    body, headers = multipart(*parts)
    return server.request("POST", "/v1/faces/verify?" + query, body, headers)


def verify(*parts, query=""):
    answer = verify_raw(*parts, query=query)
    support.equal(answer.status, 200, answer.text)
    return answer.json


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))


def close(a, b, off=1e-5):
    return len(a) == len(b) and all(abs(x - y) <= off for x, y in zip(a, b))


def means(rows, mirrored=False):
    """What the network computes, from the 112x112 pixels it sees."""
    out = []
    for c in range(3):
        for by in range(8):
            for bx in range(8):
                xs = [(111 - x if mirrored else x) for x in range(bx * 14, bx * 14 + 14)]
                block = [rows[y][x][c] for y in range(by * 14, by * 14 + 14) for x in xs]
                out.append((sum(block) / len(block) - 127.5) / 127.5)
    return out


def unit(v):
    length = math.sqrt(sum(x * x for x in v))
    return [x / length for x in v]


def noise(x, y):
    return ((x * 37 + y * 11) % 256, (x * y) % 256, (x * 5 ^ y * 3) % 256)


def test_aligned_crops_go_through_unchanged():
    picture = png(112, 112, noise)
    rows = [[noise(x, y) for x in range(112)] for y in range(112)]
    answer = embed(picture, "aligned=1")
    face = answer["faces"][0]
    support.equal((answer["model"], answer["detector"], answer["dim"], len(answer["faces"])), ("tiny_arcface", None, 192, 1), "one face, no detector")
    support.equal((face["box"], face["landmarks"]), ({"x1": 0, "y1": 0, "x2": 112, "y2": 112}, None), "the whole picture")
    assert close(face["embedding"], unit(means(rows))), "normalised means of the blocks"
    raw = embed(picture, "aligned=1&normalize=0")["faces"][0]["embedding"]
    assert close(raw, means(rows)), "the network's own numbers"
    flipped = embed(picture, "aligned=1&normalize=0&flip=1")["faces"][0]["embedding"]
    assert close(flipped, [(a + b) / 2 for a, b in zip(means(rows), means(rows, True))]), "mean with the mirror image"
    text = embed(picture, "aligned=1&normalize=0&encoding=base64")["faces"][0]["embedding"]
    assert base64.b64decode(text) == struct.pack("<192f", *raw), "base64 of the same float32"
    half = embed(png(56, 56, lambda x, y: GREY), "aligned=1&normalize=0")["faces"][0]["embedding"]
    assert close(half, [(120 - 127.5) / 127.5] * 192), "another size is stretched"


def test_faces_are_aligned():
    answer = embed(TWO, "crops=1&normalize=0")
    support.equal((answer["detector"], len(answer["faces"])), ("tiny_yunet", 2), "detected")
    for face in answer["faces"]:
        rows = unpack(base64.b64decode(face["crop"]))
        support.equal((len(rows), len(rows[0])), (112, 112), "crop")
        assert close(face["embedding"], means(rows), 1e-4), "the vector is the crop's"
        # eyes of a square at a quarter and three quarters of its 16 pixels: about 8 pixels become the template's 35
        reds = sum(p[0] > 200 for row in rows for p in row)
        assert abs(reds - (16 * 35.24 / 8) ** 2) < 600, reds
        assert rows[56][56][0] == 255 and rows[2][2] == BLACK, "the face in the middle"


def test_every_batch_gives_the_same_vectors():
    wide = png(256, 256, lambda x, y: RED if x // 64 % 2 == 0 and y // 64 % 2 == 0 else (0, y % 200, x % 256))  # four faces
    expected = embed(wide)["faces"]
    support.equal(len(expected), 4, "faces")
    assert not close(expected[0]["embedding"], expected[3]["embedding"], 1e-3), "they differ"
    for model in ("tiny_arcface_one", "tiny_arcface_three"):
        for query in ("", "&flip=1", "&max_faces=3"):
            found, same = embed(wide, f"model={model}{query}")["faces"], embed(wide, f"model=tiny_arcface{query}")["faces"]
            for a, b in zip(found, same):
                assert close(a["embedding"], b["embedding"]), (model, query)
            support.equal(len(found), 3 if "max" in query else 4, model)


def test_quality():
    face = embed(ONE)["faces"][0]
    quality = face["quality"]
    support.equal(sorted(quality), ["least", "overall", "pitch", "roll", "sharpness", "size", "yaw"], "members")
    support.equal((quality["size"], quality["roll"], quality["yaw"], quality["least"]), (16, 0, 0, "size"), "a small face, looking here")
    assert abs(quality["overall"] - 16 / 112) < 1e-6, quality
    kept = embed(TWO, "min_quality=0.1")["faces"]
    support.equal([f["embedding"] is None for f in kept], [False, False], "good enough")
    refused = embed(TWO, "min_quality=0.2")["faces"]
    support.equal([f["embedding"] for f in refused], [None, None], "listed, not embedded")
    assert all("quality 0.14" in f["refused"] and "min_quality 0.2 because of its size" in f["refused"] for f in refused), refused
    small = embed(TWO, "min_face_size=17")["faces"]
    assert [f["embedding"] for f in small] == [None, None] and "16.0 pixels" in small[0]["refused"] and "min_face_size 17" in small[0]["refused"], small
    assert all("refused" not in f and f["embedding"] for f in embed(TWO, "min_face_size=16")["faces"]), "large enough"
    for least, n in ((16, 2), (17, 0)):
        found = server.request("POST", f"/v1/faces/detect?min_face_size={least}", TWO, {"Content-Type": "image/png"})
        support.equal(len(found.json["faces"]), n, "faces of that size")
    problem = support.check_problem(verify_raw(("image1", ONE), ("image2", SAME), query="min_face_size=20"), 422, "low_quality")
    assert "image1: 16.0 pixels" in problem["detail"] and "min_face_size 20" in problem["detail"], problem
    problem = support.check_problem(verify_raw(("image1", ONE), ("image2", SAME), query="min_quality=0.5"), 422, "low_quality")
    assert "image1" in problem["detail"] and "size" in problem["detail"] and "0.5" in problem["detail"], problem


def test_verify():
    same = verify(("image1", ONE), ("image2", SAME))
    assert same["verified"] and same["similarity"] > 0.99 and abs(same["distance"] - (1 - same["similarity"])) < 1e-6, same
    support.equal((same["threshold"], same["threshold_source"], same["compared"]), (0.4, "default", [0, 1]), "threshold")
    assert "InsightFace" in same["threshold_reason"], same
    support.equal([(f["image"], f["compared"]) for f in same["faces"]], [("image1", True), ("image2", True)], "faces")
    support.equal(same["faces"][1]["box"], {"x1": 32, "y1": 32, "x2": 48, "y2": 48}, "box")
    twice = verify(("image1", ONE), ("image2", ONE))
    assert twice["verified"] and twice["similarity"] > 1 - 1e-6, "the same picture twice"
    other = verify(("image1", ONE), ("image2", OTHER), query="threshold=0.999")
    assert not other["verified"] and other["threshold_source"] == "request", other
    expected = cosine(embed(ONE)["faces"][0]["embedding"], embed(OTHER)["faces"][0]["embedding"])
    assert abs(other["similarity"] - expected) < 1e-5, (other["similarity"], expected)
    assert abs(verify(("image2", OTHER), ("image1", ONE))["similarity"] - expected) < 1e-5, "by name, not by order"
    unnamed = verify(("image", ONE), ("image", OTHER))
    assert abs(unnamed["similarity"] - expected) < 1e-5 and unnamed["faces"][1]["image"] == "image2", unnamed
    body = json.dumps({"images": [base64.b64encode(ONE).decode(), base64.b64encode(OTHER).decode()], "threshold": -1})
    listed = server.request("POST", "/v1/faces/verify", body, {"Content-Type": "application/json"})
    support.equal((listed.status, listed.json["verified"]), (200, True), "two in a JSON list")


def test_which_faces():
    crowd = scene({(0, 0), (2, 2)}, around=GREEN)
    largest = verify(("image1", ONE), ("image2", TWO))
    support.equal(sum(f["image"] == "image2" for f in largest["faces"]), 2, "all are listed")
    mixed = png(64, 64, lambda x, y: RED if (x // 16, y // 16) in {(0, 0), (3, 3)} else GREEN if x + y < 64 else BLACK)
    best = verify(("image1", ONE), ("image2", mixed), query="faces=best")
    every = verify(("image1", ONE), ("image2", mixed), query="faces=all")
    support.equal(best["similarity"], every["similarity"], "the best pair")
    assert "pairs" not in best and len(every["pairs"]) == 2, every
    support.equal([p["similarity"] for p in every["pairs"]], sorted((p["similarity"] for p in every["pairs"]), reverse=True), "best first")
    support.equal(every["pairs"][0]["faces"], every["compared"], "the pair that counts")
    winner = every["faces"][every["compared"][1]]
    assert winner["compared"] and winner["box"]["x1"] >= 40, "the one on black"
    support.equal(len(verify(("image1", crowd), ("image2", TWO), query="faces=all")["pairs"]), 4, "two by two")
    support.equal(len(verify(("image1", crowd), ("image2", TWO), query="faces=all&max_faces=1")["pairs"]), 1, "one by one")


def test_vectors_instead_of_pictures():
    vector, other = embed(ONE)["faces"][0]["embedding"], embed(OTHER)["faces"][0]["embedding"]
    expected = cosine(vector, other)
    text = base64.b64encode(struct.pack("<192f", *other)).decode()
    for parts in ([("image", ONE), ("embedding", json.dumps(other))], [("image1", ONE), ("embedding", text)], [("image1", ONE), ("embedding2", text)],
                  [("image", ONE), ("embedding2", json.dumps(other))], [("embedding1", json.dumps(other)), ("image", ONE)],
                  [("embedding1", json.dumps(vector)), ("embedding2", text)]):
        answer = verify(*parts)
        assert abs(answer["similarity"] - expected) < 1e-5, (parts[0][0], parts[1][0], answer["similarity"], expected)
    support.equal((answer["compared"], answer["faces"], answer["detector"]), ([None, None], [], None), "no picture, no faces")
    mixed = verify(("embedding1", text), ("image2", ONE))
    support.equal((mixed["compared"], mixed["faces"][0]["image"]), ([None, 0], "image2"), "one picture")
    body = json.dumps({"embedding1": vector, "embedding2": [2 * v for v in vector], "threshold": 1})
    answer = server.request("POST", "/v1/faces/verify", body, {"Content-Type": "application/json"})
    assert answer.status == 200 and answer.json["similarity"] > 1 - 1e-6, "length does not matter"


def test_no_face():
    for parts, field in (([("image1", ONE), ("image2", NONE)], "image2"), ([("image1", NONE), ("image2", ONE)], "image1")):
        problem = support.check_problem(verify_raw(*parts), 422, "no_face")
        assert field in problem["detail"] and "tiny_yunet" in problem["detail"], problem
    support.equal(embed(NONE)["faces"], [], "embedding finds none: no error")


def test_mistakes():
    good = json.dumps([1.0] * 192)
    for parts, query, code, words in [
            ([("image1", ONE)], "", "bad_request", "two faces are expected"),
            ([("image1", ONE), ("image2", ONE), ("image", ONE)], "", "bad_request", "3 images"),
            ([("image1", ONE), ("image1", ONE)], "", "bad_request", "two faces are expected"),
            ([("image1", ONE), ("image2", ONE), ("embedding", good)], "", "bad_request", "2 images and 1 embedding"),
            ([("image1", ONE), ("embedding1", good)], "", "bad_request", "two faces are expected"),
            ([("embedding1", good), ("embedding2", "[1,2,3]")], "", "bad_request", "embedding2: 192 numbers are expected for model 'tiny_arcface', there are 3"),
            ([("image1", ONE), ("embedding", "[1,2,3]")], "", "bad_request", "192 numbers"),
            ([("image1", ONE), ("embedding", "[1]")], "", "bad_request", "2..8192"),
            ([("image1", ONE), ("embedding", "[1,NaN]")], "", "invalid_json", "embedding: JSON"),
            ([("image1", ONE), ("embedding", '[1,"a"]')], "", "bad_request", "embedding/1: must be a number"),
            ([("image1", ONE), ("embedding", "[1,1e39]")], "", "bad_request", "embedding/1"),
            ([("image1", ONE), ("embedding", json.dumps([0] * 192))], "", "bad_request", "all 192 numbers are zero"),
            ([("image1", ONE), ("embedding", base64.b64encode(struct.pack("<2f", 1, math.nan)).decode())], "", "bad_request", "embedding/1: must be a finite"),
            ([("image1", ONE), ("embedding", "AAAA")], "", "bad_request", "multiple of 4"),
            ([("image1", ONE), ("embedding", "?")], "", "bad_request", "base64"),
            ([("image1", ONE), ("image2", ONE)], "threshold=1.5", "bad_request", "threshold: must be a number of -1..1"),
            ([("image1", ONE), ("image2", ONE)], "faces=some", "bad_request", "largest, best, all"),
            ([("image1", ONE), ("image2", ONE)], "max_faces=101", "bad_request", "1..100"),
            ([("image1", ONE), ("image2", ONE)], "min_quality=2", "bad_request", "min_quality"),
            ([("image1", ONE), ("image2", ONE)], "model=tiny_yunet", "bad_request", "face_detect"),
            ([("image1", ONE), ("image2", ONE)], "detector=tiny_arcface", "bad_request", "face_embed")]:
        problem = support.check_problem(verify_raw(*parts, query=query), 400, code)
        assert words in problem["detail"], (query, problem["detail"])
    support.check_problem(verify_raw(("image1", ONE), ("image2", ONE), query="model=nope"), 404, "unknown_model")
    support.check_problem(verify_raw(("image1", ONE), ("image2", ONE[:50])), 400, "invalid_image")
    bad = server.request("POST", "/v1/faces/verify", json.dumps({"embedding1": {}, "embedding2": good}), {"Content-Type": "application/json"})
    assert "must be an array of numbers" in support.check_problem(bad, 400, "bad_request")["detail"], bad.text
    for query, words in (("encoding=hex", "float, base64"), ("max_faces=1001", "1..1000"), ("aligned=maybe", "aligned")):
        answer = server.request("POST", "/v1/faces/embed?" + query, ONE, {"Content-Type": "image/png"})
        assert words in support.check_problem(answer, 400, "bad_request")["detail"], answer.text


def test_models_say_their_threshold():
    recipe = server.request("GET", "/v1/models/tiny_arcface").json["recipe"]
    support.equal((recipe["thresholds"], recipe["threshold_source"], recipe["dim"]), ({"similarity": 0.4}, "default", 192), "recipe")
    assert recipe["threshold_reason"], recipe


def test_a_package_brings_its_detector():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a-face", "b-face"):
            for part, model in (("detection", DATA / "models" / "tiny_yunet.onnx"), ("recognition", DATA / "face_models" / "tiny_arcface.onnx")):
                target = pathlib.Path(folder, name, part)
                target.mkdir(parents=True)
                shutil.copy(model, target / "model.onnx")
        pathlib.Path(folder, "b-face", "recognition", "model.json").write_text(json.dumps(
            {"format": 1, "task": "face_embed", "family": "arcface", "thresholds": {"similarity": 0.35}}))
        pathlib.Path(folder, "b-face", "detection", "model.json").write_text(json.dumps(
            {"format": 1, "task": "face_detect", "family": "yunet", "thresholds": {"score": 0.5}}))
        body, headers = multipart(("image1", ONE), ("image2", SAME))
        for options, query, detector in (((), "", "a-face:detection"), ((), "model=b-face", "b-face:detection"),
                                         ((), "model=b-face&detector=a-face", "a-face:detection"),
                                         (("--default-models", "face_detect=a-face"), "model=b-face", "a-face:detection")):
            with support.Server("--models", folder, *options, binary=support.OCELLI) as server:
                answer = server.request("POST", "/v1/faces/verify?" + query, body, headers)
                support.equal((answer.status, answer.json["detector"]), (200, detector), query)
                if "b-face" in query:
                    support.equal((answer.json["threshold"], answer.json["threshold_source"]), (0.35, "package"), "model.json of the part")


def test_without_an_embedder():
    with support.Server("--models", str(DATA / "models"), binary=support.OCELLI) as server:
        body, headers = multipart(("image1", ONE), ("image2", SAME))
        problem = support.check_problem(server.request("POST", "/v1/faces/verify", body, headers), 404, "unknown_model")
        assert "face_embed" in problem["detail"], problem
        pair = {"embedding1": [1, 0, 1], "embedding2": [1, 1, 0]}
        kind = {"Content-Type": "application/json"}
        support.check_problem(server.request("POST", "/v1/faces/verify", json.dumps(pair), kind), 404, "unknown_model")
        answer = server.request("POST", "/v1/faces/verify", json.dumps({**pair, "threshold": 0.4}), kind)
        assert answer.status == 200 and answer.json["verified"] and abs(answer.json["similarity"] - 0.5) < 1e-6, answer.text
        support.equal(answer.json["model"], None, "none was needed")
        answer = server.request("POST", "/v1/faces/verify", json.dumps({"embedding1": [1, 2], "embedding2": [1, 2, 3], "threshold": 0}), kind)
        assert "2 numbers" in support.check_problem(answer, 400, "bad_request")["detail"], answer.text


def predict(entries, *parts):
    body, headers = multipart(("entries", json.dumps(entries)), *parts)
    return server.request("POST", "/predict", body, headers)


def test_immich_faces():
    def entries(**options):
        return {"facial-recognition": {"detection": {"modelName": "tiny_yunet", "options": options}, "recognition": {"modelName": "tiny_arcface"}}}

    answer = predict(entries(minScore=0.7), ("image", TWO))
    support.equal(answer.status, 200, answer.text)
    support.equal(sorted(answer.json), ["facial-recognition", "imageHeight", "imageWidth"], "members")
    expected = embed(TWO, "normalize=0")["faces"]
    faces = answer.json["facial-recognition"]
    support.equal([f["boundingBox"] for f in faces], [f["box"] for f in expected], "boxes")
    support.equal([json.loads(f["embedding"]) for f in faces], [f["embedding"] for f in expected], "raw vectors, as strings")
    support.equal([sorted(f) for f in faces], [["boundingBox", "embedding", "score"]] * 2, "members of a face")
    support.equal(predict(entries(minScore=1), ("image", TWO)).json["facial-recognition"], [], "no face scores that much")
    support.equal(predict(entries(), ("image", NONE)).json["facial-recognition"], [], "none there")
    for wrong, parts, status, words in (
            ({"facial-recognition": {"recognition": {"modelName": "tiny_arcface"}}}, [("image", TWO)], 400, "detection"),
            ({"facial-recognition": {"detection": {"modelName": "tiny_yunet"}}}, [("image", TWO)], 400, "recognition"),
            ({"facial-recognition": {"detection": {"modelName": "tiny_yunet"}, "x": {}}}, [("image", TWO)], 422, "Invalid request format."),
            (entries(minScore="much"), [("image", TWO)], 422, "Invalid request format."),
            (entries(), [("text", "a face")], 400, "image"),
            ({"facial-recognition": {"detection": {"modelName": "none"}, "recognition": {"modelName": "tiny_arcface"}}}, [("image", TWO)], 404, "none")):
        answer = predict(wrong, *parts)
        support.equal(answer.status, status, answer.text)
        assert list(answer.json) == ["detail"] and words in answer.json["detail"], answer.text


def test_small_faces():
    """Of 448 pixels the detector sees 64: faces of 16 vanish, unless the picture is looked at in parts."""
    squares = [(16, 32), (240, 112), (400, 64)]
    wide = png(448, 192, lambda x, y: RED if any(a <= x < a + 16 and b <= y < b + 16 for a, b in squares) else BLACK)
    support.equal(embed(wide)["faces"], [], "too small")
    answer = embed(wide, "tile=64&overlap=0")
    support.equal(sorted((f["box"]["x1"], f["box"]["y1"]) for f in answer["faces"]), squares, "in parts")
    support.equal(answer["tiles"], 22, "parts")
    assert all(close(f["landmarks"]["left_eye"], [f["box"]["x1"] + 4, f["box"]["y1"] + 4], 1e-3) for f in answer["faces"]), answer["faces"]
    found = server.request("POST", "/v1/faces/detect?tile=64&overlap=0", wide, {"Content-Type": "image/png"}).json
    support.equal((len(found["faces"]), found["tiles"]), (3, 22), "detected")
    assert verify(("image1", wide), ("image2", ONE), query="tile=64&overlap=0")["verified"], "compared"
    assert "tile" in support.check_problem(verify_raw(("image1", wide), ("image2", ONE), query="tile=x"), 400, "bad_request")["detail"], "no tile"


def test_three_networks():
    """MTCNN's way on a package of three small networks: what is red is a face."""
    squares = [(10, 20, 40, 50), (70, 40, 110, 80)]
    picture = png(120, 90, lambda x, y: RED if any(a <= x < c and b <= y < d for a, b, c, d in squares) else BLACK)
    package = DATA / "face_packages" / "tiny_mtcnn"
    with support.Server("--models", str(package.parent), binary=support.OCELLI) as server:
        answer = server.request("POST", "/v1/faces/detect", picture, {"Content-Type": "image/png"})
        support.equal((answer.status, answer.json["model"]), (200, "tiny_mtcnn"), answer.text)
        inside = [sum(a - 1 <= f["box"]["x1"] and b - 1 <= f["box"]["y1"] and f["box"]["x2"] <= c and f["box"]["y2"] <= d for f in answer.json["faces"])
                  for a, b, c, d in squares]
        assert all(inside) and sum(inside) == len(answer.json["faces"]), answer.text
        for face in answer.json["faces"]:
            box, eye, mouth = face["box"], face["landmarks"]["left_eye"], face["landmarks"]["mouth_right"]
            width = box["x2"] - box["x1"] + 1
            assert close(eye, [box["x1"] + width / 4 - 1, box["y1"] + width / 4 - 1], 1e-3), face
            assert close(mouth, [box["x1"] + width * 3 / 4 - 1, box["y1"] + width * 3 / 4 - 1], 1e-3), face
        support.equal(len(server.request("POST", "/v1/faces/detect?max_faces=1", picture, {"Content-Type": "image/png"}).json["faces"]), 1, "the best")
        for empty in (NONE, png(1, 300, lambda x, y: RED), png(300, 5, lambda x, y: RED)):
            answer = server.request("POST", "/v1/faces/detect", empty, {"Content-Type": "image/png"})
            support.equal((answer.status, answer.json["faces"]), (200, []), "nothing of 20 pixels")
    with tempfile.TemporaryDirectory() as folder:
        broken = pathlib.Path(folder, "m")
        shutil.copytree(package, broken)
        (broken / "rnet.onnx").unlink()
        shutil.copy(DATA / "face_models" / "tiny_arcface.onnx", broken / "onet.onnx")
        with support.Server("--models", folder, binary=support.OCELLI) as server:
            problem = support.check_problem(server.request("POST", "/v1/faces/detect", picture, {"Content-Type": "image/png"}), 422, "invalid_model")
            assert "rnet.onnx" in problem["detail"], problem
            shutil.copy(package / "rnet.onnx", broken / "rnet.onnx")
            support.equal(server.request("POST", "/v1/models/m/load").status, 200, "now it is there")
            problem = support.check_problem(server.request("POST", "/v1/faces/detect", picture, {"Content-Type": "image/png"}), 422, "invalid_model")
            assert "48x48" in problem["detail"], problem


def test_run_from_the_command_line():
    def run(*args):
        return subprocess.run([support.OCELLI, "run", *args], capture_output=True, text=True, env=support.clean_environment(), timeout=60)

    with tempfile.TemporaryDirectory() as folder:
        picture = os.path.join(folder, "two.png")
        pathlib.Path(picture).write_bytes(TWO)
        model, detector = str(DATA / "face_models" / "tiny_arcface.onnx"), str(DATA / "models" / "tiny_yunet.onnx")
        expected = embed(TWO)["faces"]
        done = run(model, picture, "--models", detector, "--json")
        support.equal(done.returncode, 0, done.stderr)
        shown = json.loads(done.stdout)
        support.equal((shown["model"], shown["detector"], shown["dim"]), ("tiny_arcface", "tiny_yunet", 192), "models")
        support.equal(shown["faces"], expected, "the same objects as over HTTP")
        done = run("tiny_arcface", picture, "--models", str(DATA / "face_models"), "--models", detector, "--detector", "tiny_yunet")
        lines = done.stdout.splitlines()
        support.equal((done.returncode, len(lines)), (0, 5), done.stdout)
        assert close([float(v) for v in lines[2].split()], expected[0]["embedding"]), lines[2]
        support.equal(len(json.loads(run(model, picture, "--aligned", "--json").stdout)["faces"]), 1, "the picture is the face")
        done = run(model, picture)
        assert done.returncode == 1 and "--detector" in done.stderr, done.stderr


if __name__ == "__main__":
    with support.Server("--models", str(DATA / "models" / "tiny_yunet.onnx"), "--models", str(DATA / "face_models"), binary=support.OCELLI) as server:
        failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
