#!/usr/bin/env python3
"""
CompreFace, deepface and DeepStack's faces: the calls of their own documentation, run with curl as written there, on the starter models and
the example pictures that come with the project; then what each does with mistakes. Where the starter models are too slow (sanitizers) the
small models of tests/data stand in.
"""
import base64
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from embed_support import multipart, png

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = TOP / "tests" / "data"
EXAMPLES = TOP / "docs" / "examples"
SLOW = 2  # seconds for one picture
SECRET = "correct-horse-battery-2"
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def curl(*args, status=200, key=SECRET, parse=True):
    """curl with those arguments after the address; {A1} and the like are files."""
    files = {name: str(path) for name, path in pictures.items()}
    line = ["curl", "-sS", "-w", "\n%{http_code} %{content_type}", *(["-H", f"x-api-key: {key}"] if key else [])]
    for i, arg in enumerate(args):
        if len(arg) > 100000: # more than a command line takes
            pictures["TEXT"].with_name(f"body{i}").write_text(arg)
            arg = f"@{pictures['TEXT'].with_name(f'body{i}')}"
        for name, path in files.items():
            arg = arg.replace("{" + name + "}", path)
        line.append(f"http://127.0.0.1:{server.port}{arg}" if arg.startswith(("/api", "/represent", "/verify", "/v1")) else arg)
    done = subprocess.run(line, capture_output=True, timeout=150, check=True)
    body, _, last = done.stdout.rpartition(b"\n")
    code, _, kind = last.decode().partition(" ")
    support.equal(int(code), status, (args, body[:300]))
    if not parse:
        return body, kind
    support.equal(kind, "application/json", args)
    return json.loads(body)


def base64_of(name):
    return base64.b64encode(pictures[name].read_bytes()).decode()


JSON = ("-H", "Content-Type: application/json")


def check(value, shape, where=""):
    """shape: a type, a tuple of types, {member: shape} with exactly those members, or [shape] for lists that are not empty."""
    if isinstance(shape, dict):
        support.equal(sorted(value), sorted(shape), where)
        for name, inner in shape.items():
            check(value[name], inner, f"{where}/{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list) and value, (where, value)
        for item in value:
            check(item, shape[0], where + "/0")
    else:
        assert isinstance(value, shape) and not (isinstance(value, bool) and shape is not bool), (where, value, shape)


NUMBER = (int, float)
BOX = {"probability": NUMBER, "x_max": int, "y_max": int, "x_min": int, "y_min": int}
POINTS = [[int]]
TIMES = {"detector": NUMBER, "calculator": NUMBER}
VERSIONS = {"detector": str, "calculator": str}
FULL = {"box": BOX, "landmarks": POINTS, "embedding": [NUMBER], "execution_time": TIMES}
ALL = "face_plugins=landmarks,gender,age,calculator,mask&status=true"


def test_compreface_detection():
    answer = curl(f"/api/v1/detection/detect?limit=0&det_prob_threshold=0.4&{ALL}", "-F", "file=@{A1}")
    check(answer, {"result": [FULL], "plugins_versions": VERSIONS})
    support.equal(len(answer["result"][0]["landmarks"]), 5, "five points")
    same = curl("/api/v1/detection/detect?det_prob_threshold=0.4", *JSON, "-d", json.dumps({"file": base64_of("A1")}))
    check(same, {"result": [{"box": BOX}]})
    support.equal(same["result"][0]["box"], answer["result"][0]["box"], "base64")
    crowd = curl("/api/v1/detection/detect?face_plugins=landmarks,pose", "-F", "file=@{MANY}")
    check(crowd, {"result": [{"box": BOX, "landmarks": POINTS, "pose": {"pitch": NUMBER, "roll": NUMBER, "yaw": NUMBER}}]})
    sizes = [(f["box"]["x_max"] - f["box"]["x_min"]) * (f["box"]["y_max"] - f["box"]["y_min"]) for f in crowd["result"]]
    assert len(sizes) >= 2 and all(a > b * 0.97 for a, b in zip(sizes, sizes[1:])), sizes
    support.equal(curl("/api/v1/detection/detect?limit=1", "-F", "file=@{MANY}")["result"][0]["box"], crowd["result"][0]["box"], "the biggest")
    support.equal(curl("/api/v1/detection/detect?det_prob_threshold=1", "-F", "file=@{MANY}", status=400)["code"], 28, "none scores that much")


def test_compreface_verification():
    answer = curl(f"/api/v1/verification/verify?limit=0&prediction_count=1&{ALL}", "-F", "source_image=@{A1}", "-F", "target_image=@{A2}")
    check(answer, {"result": [{"source_image_face": FULL, "face_matches": [{**FULL, "similarity": NUMBER}], "plugins_versions": VERSIONS}]})
    a, b = answer["result"][0]["source_image_face"]["embedding"], answer["result"][0]["face_matches"][0]["embedding"]
    cosine = sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    distance, edge = math.sqrt(max(0, 2 - 2 * cosine)), math.sqrt(2 - 2 * threshold)
    expected = (math.tanh((edge - distance) * 6) + 1) / 2
    assert abs(answer["result"][0]["face_matches"][0]["similarity"] - expected) < 1e-4, (expected, answer["result"][0]["face_matches"][0]["similarity"])
    assert expected > 0.5, "0.5 is where the same person begins"
    body = json.dumps({"source_image": base64_of("A1"), "target_image": base64_of("MANY")})
    crowd = curl("/api/v1/verification/verify", *JSON, "-d", body)
    check(crowd, {"result": [{"source_image_face": {"box": BOX}, "face_matches": [{"box": BOX, "similarity": NUMBER}]}]})
    assert len(crowd["result"][0]["face_matches"]) >= 2, crowd
    by_vector = curl("/api/v1/verification/embeddings/verify", *JSON, "-d", json.dumps({"source": a, "targets": [a, b]}))
    check(by_vector, {"result": [{"embedding": [NUMBER], "similarity": NUMBER}]})
    assert abs(by_vector["result"][1]["similarity"] - expected) < 1e-4 and by_vector["result"][0]["similarity"] > 0.99, by_vector["result"]


def test_compreface_recognition():
    subjects = "/api/v1/recognition/subjects"
    support.equal(curl(subjects + "/", *JSON), {"subjects": []}, "nobody")
    support.equal(curl("-X", "POST", subjects, *JSON, "-d", '{"subject": "Ada"}', status=201), {"subject": "Ada"}, "made")
    support.equal(curl("-X", "POST", subjects, *JSON, "-d", '{"subject": "Ada"}', status=400)["code"], 43, "made twice")
    empty = curl("/api/v1/recognition/recognize", "-F", "file=@{A1}")
    support.equal(empty["result"][0]["subjects"], [], "nobody to be recognised")
    added = curl("-X", "POST", "/api/v1/recognition/faces?subject=Ada&det_prob_threshold=0.4", "-F", "file=@{A1}", status=201)
    check(added, {"image_id": str, "subject": str})
    assert UUID.match(added["image_id"]) and added["subject"] == "Ada", added
    other = curl("-X", "POST", "/api/v1/recognition/faces?subject=Bob%20B", *JSON, "-d", json.dumps({"file": base64_of("B1")}), status=201)
    found = curl("-X", "POST", f"/api/v1/recognition/recognize?limit=0&prediction_count=2&det_prob_threshold=0.4&{ALL}", "-F", "file=@{A2}")
    check(found, {"result": [{**FULL, "subjects": [{"subject": str, "similarity": NUMBER}]}], "plugins_versions": VERSIONS})
    support.equal([s["subject"] for s in found["result"][0]["subjects"]], ["Ada", "Bob B"], "the most similar first")
    vector = found["result"][0]["embedding"]
    support.equal(len(curl("/api/v1/recognition/recognize", "-F", "file=@{A2}")["result"][0]["subjects"]), 1, "one by default")
    by_vector = curl("/api/v1/recognition/embeddings/recognize?prediction_count=2", *JSON, "-d", json.dumps({"embeddings": [vector, vector]}))
    check(by_vector, {"result": [{"embedding": [NUMBER], "similarities": [{"subject": str, "similarity": NUMBER}]}]})
    support.equal(by_vector["result"][1]["similarities"][0]["subject"], "Ada", "by vector")
    stored = f"/api/v1/recognition/faces/{added['image_id']}"
    verified = curl(f"{stored}/verify?limit=1&{ALL}", "-F", "file=@{A2}")
    check(verified, {"result": [{**FULL, "similarity": NUMBER}], "plugins_versions": VERSIONS})
    assert abs(verified["result"][0]["similarity"] - found["result"][0]["subjects"][0]["similarity"]) < 1e-5, "the same pair"
    again = curl(f"/api/v1/recognition/embeddings/faces/{added['image_id']}/verify", *JSON, "-d", json.dumps({"embeddings": [vector]}))
    check(again, {"result": [{"embedding": [NUMBER], "similarity": NUMBER}]})
    assert abs(again["result"][0]["similarity"] - verified["result"][0]["similarity"]) < 1e-5, "the same pair"
    page = curl("/api/v1/recognition/faces?page=0&size=1", *JSON)
    check(page, {"faces": [{"image_id": str, "subject": str}], "page_number": int, "page_size": int, "total_pages": int, "total_elements": int})
    support.equal((page["faces"][0], page["total_pages"], page["total_elements"]), (added, 2, 2), "page")
    support.equal(curl("/api/v1/recognition/faces?page=1&size=1")["faces"], [other], "second page")
    support.equal(curl("/api/v1/recognition/faces?page=7&size=1")["faces"], [], "past the end")
    support.equal(curl("/api/v1/recognition/faces?subject=Nobody")["faces"], [], "of nobody")
    support.equal(curl("/api/v1/recognition/faces?subject=Ada")["faces"], [added], "of one")
    for path, key in ((f"{stored}/img", SECRET), (f"/api/v1/static/{SECRET}/images/{added['image_id']}", None)):
        body, kind = curl(path, key=key, parse=False)
        assert body == pictures["A1"].read_bytes() and kind == ("image/jpeg" if pictures["A1"].suffix == ".jpg" else "image/png"), (path, kind, len(body))
    support.equal(curl(f"/api/v1/recognition/faces/{'0' * 8}-0000-4000-8000-{'0' * 12}/img", parse=False)[0], b"", "no such picture")
    curl(f"/api/v1/static/wrong/images/{added['image_id']}", key=None, status=401)
    support.equal(curl("-X", "PUT", f"{subjects}/Ada", *JSON, "-d", '{"subject": "Ada L."}'), {"updated": True}, "renamed")
    support.equal(curl(subjects), {"subjects": ["Ada L.", "Bob B"]}, "names")
    support.equal(curl("-X", "DELETE", stored), {"image_id": added["image_id"], "subject": "Ada L."}, "deleted")
    support.equal(curl("-X", "DELETE", stored, status=404)["code"], 11, "deleted twice")
    support.equal(curl("-X", "POST", "/api/v1/recognition/faces/delete", *JSON, "-d", json.dumps([added["image_id"], other["image_id"]])), [other], "a list")
    curl("-X", "POST", "/api/v1/recognition/faces?subject=Bob%20B", "-F", "file=@{B1}", status=201)
    support.equal(curl("-X", "DELETE", "/api/v1/recognition/faces?subject=Bob%20B", *JSON), {"deleted": 1}, "faces of a subject")
    support.equal(curl("-X", "DELETE", f"{subjects}/Bob%20B"), {"subject": "Bob B"}, "a subject")
    support.equal(curl("-X", "DELETE", f"{subjects}/Bob%20B", status=404)["code"], 42, "who is not there")
    support.equal(curl("-X", "DELETE", subjects), {"deleted": 1}, "all")


def test_compreface_mistakes():
    detect = "/api/v1/detection/detect"
    for args, status, code, words in (
            ((detect, "-F", "file=@{NOBODY}"), 400, 28, "No face is found in the given image"),
            (("/api/v1/verification/verify", "-F", "source_image=@{MANY}", "-F", "target_image=@{A1}"), 400, 31, "more than one face"),
            (("/api/v1/recognition/faces?subject=x", "-F", "file=@{MANY}"), 400, 31, "more than one face"),
            ((detect, "-F", "other=@{A1}"), 400, 34, "'file' is not present"),
            (("/api/v1/verification/verify", "-F", "source_image=@{A1}"), 400, 34, "'target_image' is not present"),
            (("/api/v1/recognition/faces", "-F", "file=@{A1}"), 400, 33, "'subject' is not present"),
            ((detect, "-F", "file=@{TEXT}"), 400, 21, ""),
            ((detect + "?limit=-1", "-F", "file=@{A1}"), 400, 26, "limit"),
            ((detect + "?det_prob_threshold=2", "-F", "file=@{A1}"), 400, 26, "det_prob_threshold"),
            ((detect, *JSON, "-d", '{"file": 7}'), 400, 26, "file"),
            ((detect, *JSON, "-d", '{"file": '), 400, 26, "JSON"),
            (("/api/v1/verification/embeddings/verify", *JSON, "-d", '{"source": [1, 2], "targets": [[1, 2]]}'), 400, 37, "numbers are expected"),
            (("/api/v1/verification/embeddings/verify", *JSON, "-d", '{"targets": [[1, 2]]}'), 400, 33, "source"),
            (("/api/v1/recognition/embeddings/recognize", *JSON, "-d", '{"embeddings": []}'), 400, 37, "embeddings"),
            (("/api/v1/recognition/embeddings/recognize", *JSON, "-d", '{"embeddings": [["a"]]}'), 400, 37, "embeddings"),
            (("/api/v1/recognition/recognize?prediction_count=0", "-F", "file=@{A1}"), 400, 26, "prediction_count"),
            (("/api/v1/recognition/faces/nothing/verify", "-F", "file=@{A1}"), 404, 11, "Image nothing"),
            (("-X", "PUT", "/api/v1/recognition/subjects/Nobody", *JSON, "-d", '{"subject": "x"}'), 404, 42, "Nobody"),
            (("-X", "POST", "/api/v1/recognition/subjects", *JSON, "-d", '{"subject": " "}'), 400, 26, ""),
            (("-X", "POST", "/api/v1/recognition/subjects", *JSON, "-d", json.dumps({"subject": "x" * 2000})), 400, 26, ""),
            (("-X", "POST", "/api/v1/recognition/faces/delete", *JSON, "-d", '{"a": 1}'), 400, 26, "array"),
            (("-X", "POST", "/api/v1/recognition/faces/delete", *JSON, "-d", '["a"]'), 400, 26, "/0")):
        answer = curl(*args, status=status)
        check(answer, {"message": str, "code": int}, args[0])
        support.equal(answer["code"], code, (args, answer))
        assert words in answer["message"], (args, answer)
    support.equal(curl(detect, "-F", "file=@{A1}", status=401, key=None)["code"], 20, "no key")
    support.equal(curl(detect, "-F", "file=@{A1}", status=401, key="wrong")["code"], 10, "another key")


AREA = {"x": int, "y": int, "w": int, "h": int, "left_eye": [int], "right_eye": [int]}


def test_deepface_represent():
    answer = curl("-X", "POST", "/represent", "-F", "img=@{A1}", "-F", "model_name=ArcFace")
    check(answer, {"results": [{"embedding": [NUMBER], "facial_area": AREA, "face_confidence": NUMBER}]})
    area = answer["results"][0]["facial_area"]
    assert area["left_eye"][0] > area["right_eye"][0], "a person's own left is on the picture's right"
    raw = server.request("POST", "/v1/faces/embed?normalize=0", pictures["A1"].read_bytes(), {"Content-Type": "image/jpeg", "x-api-key": SECRET}).json
    assert max(abs(a - b) for a, b in zip(answer["results"][0]["embedding"], raw["faces"][0]["embedding"])) < 1e-5, "the network's own numbers"
    for member in ("img", "img_path"):
        uri = "data:image/jpeg;base64," + base64_of("A1")
        same = curl("-X", "POST", "/represent", *JSON, "-d", json.dumps({"model_name": "ArcFace", "detector_backend": "retinaface", member: uri}))
        support.equal(same, answer, "a data URI")
    support.equal(len(curl("/represent", "-F", "img=@{MANY}", "-F", "max_faces=2")["results"]), 2, "max_faces")
    whole = curl("/represent", "-F", "img=@{NOBODY}", "-F", "enforce_detection=false")["results"]
    support.equal((len(whole), whole[0]["face_confidence"], whole[0]["facial_area"]["x"], whole[0]["facial_area"]["left_eye"]), (1, 0, 0, None), "the whole picture")
    support.equal(len(curl("/represent", "-F", "img=@{MANY}", "-F", "detector_backend=skip")["results"]), 1, "nothing is detected")
    boxed = curl("/represent", "-F", "img=@{A1}", "-F", "align=false")["results"][0]
    assert boxed["facial_area"] == area and boxed["embedding"] != answer["results"][0]["embedding"], "cut by the box"


def test_deepface_verify():
    verified = {"verified": bool, "distance": NUMBER, "threshold": NUMBER, "confidence": NUMBER, "model": str, "detector_backend": str,
                "similarity_metric": str, "facial_areas": {"img1": AREA, "img2": AREA}, "time": NUMBER}
    answer = curl("-X", "POST", "/verify", "-F", "img1=@{A1}", "-F", "img2=@{A2}", "-F", "model_name=ArcFace", "-F", "distance_metric=cosine")
    check(answer, verified)
    assert answer["verified"] is True and answer["distance"] <= answer["threshold"] and 50 < answer["confidence"] <= 100, answer
    limit = 1 - threshold if from_package else 0.68
    assert abs(answer["threshold"] - limit) < 1e-5, "the model's own, else deepface's for ArcFace"
    cosine = 1 - answer["distance"]
    for metric, distance, limit in (("euclidean_l2", math.sqrt(max(0, 2 - 2 * cosine)), math.sqrt(2 - 2 * threshold) if from_package else 1.13),
                                    ("angular", math.acos(min(1, cosine)) / math.pi, math.acos(threshold) / math.pi if from_package else 0.39),
                                    ("euclidean", None, 4.15)):
        body = json.dumps({"img1": base64_of("A1"), "img2": base64_of("A2"), "model_name": "ArcFace", "distance_metric": metric})
        other = curl("-X", "POST", "/verify", *JSON, "-d", body)
        check(other, verified)
        assert distance is None or abs(other["distance"] - distance) < 1e-3, (metric, other["distance"], distance)
        assert abs(other["threshold"] - limit) < 1e-4, (metric, other["threshold"], limit)
    stranger = curl("/verify", "-F", "img1=@{A1}", "-F", "img2=@{B1}", "-F", "threshold=0.0001")
    assert stranger["verified"] is False and stranger["confidence"] < 50 and stranger["threshold"] == 0.0001, stranger
    crowd = curl("/verify", "-F", "img1=@{MANY}", "-F", "img2=@{MANY}")
    assert crowd["distance"] < 1e-5 and crowd["facial_areas"]["img1"] == crowd["facial_areas"]["img2"], "the closest pair"


def test_deepface_mistakes():
    for args, member, words in (
            (("/represent", *JSON, "-d", '{"model_name": "ArcFace"}'), "exception", "'img' not found"),
            (("/verify", "-F", "img1=@{A1}"), "exception", "'img2' not found"),
            (("/represent", *JSON, "-d", '{"img": "/etc/passwd"}'), "error", "not read"),
            (("/represent", *JSON, "-d", '{"img": "dataset/img1.jpg"}'), "error", "not read"),
            (("/represent", *JSON, "-d", '{"img": "../../../../../../../../../../../../../../../../../../../../../../../etc/passwd"}'), "error", "not read"),
            (("/represent", *JSON, "-d", '{"img_path": "https://example.org/a.jpg"}'), "error", "not read"),
            (("/represent", *JSON, "-d", '{"img": 5}'), "error", "img"),
            (("/represent", *JSON, "-d", json.dumps({"img": "A" * 100 + "?"})), "error", "img"),
            (("/represent", "-F", "img=@{TEXT}"), "error", "img"),
            (("/represent", "-F", "img=@{NOBODY}"), "error", "Face could not be detected"),
            (("/represent", "-F", "img=@{A1}", "-F", "model_name=VGG-Face"), "error", "--model-aliases"),
            (("/represent", "-F", "img=@{A1}", "-F", "detector_backend=nothing"), "error", "detector_backend"),
            (("/represent", "-F", "img=@{A1}", "-F", "anti_spoofing=true"), "error", "anti_spoofing"),
            (("/represent", "-F", "img=@{A1}", "-F", "max_faces=0"), "error", "max_faces"),
            (("/verify", "-F", "img1=@{A1}", "-F", "img2=@{A1}", "-F", "distance_metric=manhattan"), "error", "cosine"),
            (("/verify", "-F", "img1=@{A1}", "-F", "img2=@{A1}", "-F", "distance_metric=euclidean"), "error", "euclidean_l2")):
        answer = curl(*args, status=400)
        support.equal(list(answer), [member], (args, answer))
        assert words in answer[member], (args, answer)
    support.equal(list(curl("/represent", "-F", "img=@{A1}", status=401, key=None)), ["message"], "401")
    bearer = curl("/represent", "-F", "img=@{A1}", "-H", f"Authorization: Bearer {SECRET}", key=None)
    assert bearer["results"], "the token as deepface takes it"


SPOT = {"y_min": int, "x_min": int, "y_max": int, "x_max": int}
CPAI = {"success": bool, "duration": int, "command": str, "moduleName": (str, type(None)), "code": int, "inferenceMs": int, "processMs": int,
        "analysisRoundTripMs": int, "inferenceDevice": str, "processedBy": str, "requestId": str}
KEY = ("-F", f"api_key={SECRET}")


def test_deepstack_faces():
    face = "/v1/vision/face"
    found = curl("-X", "POST", face, "-F", "image=@{MANY}", "-F", "min_confidence=0.3", *KEY, key=None)
    check(found, {**CPAI, "predictions": [{**SPOT, "confidence": NUMBER}], "count": int})
    assert len(found["predictions"]) >= 2 and found["success"], found
    support.equal(curl(face, "-F", "image=@{NOBODY}")["predictions"], [], "none")
    match = curl("-X", "POST", face + "/match", "-F", "image1=@{A1}", "-F", "image2=@{A2}", *KEY, key=None)
    check(match, {**CPAI, "similarity": NUMBER})
    other = curl(face + "/match", "-F", "image1=@{A1}", "-F", "image2=@{B1}")
    assert 0 <= other["similarity"] < match["similarity"] <= 1 and match["similarity"] > (1 + threshold) / 2, (match, other)
    unknown = curl(face + "/recognize", "-F", "image=@{A1}")
    support.equal([(p["userid"], p["confidence"]) for p in unknown["predictions"]], [("unknown", 0)], "nobody is known")
    added = curl("-X", "POST", face + "/register", "-F", "userid=Ada", "-F", "image1=@{A1}", "-F", "image2=@{NOBODY}", *KEY, key=None)
    check(added, {**CPAI, "message": str})
    support.equal(added["message"], "face added", "registered")
    support.equal(curl(face + "/register", "-F", "userid=Ada", "-F", "image=@{A1}")["message"], "face updated", "again")
    known = curl("-X", "POST", face + "/recognize", "-F", "image=@{A2}", *KEY, key=None)
    check(known, {**CPAI, "predictions": [{**SPOT, "confidence": NUMBER, "userid": str}], "count": int})
    support.equal(known["predictions"][0]["userid"], "Ada", "recognised")
    assert abs(known["predictions"][0]["confidence"] - match["similarity"]) < 1e-5, "(cosine + 1) / 2"
    support.equal(curl(face + "/recognize", "-F", "image=@{B1}", "-F", "min_confidence=0.9999")["predictions"][0]["userid"], "unknown", "not that sure")
    listed = curl("-X", "POST", face + "/list", *KEY, key=None)
    check(listed, {**CPAI, "faces": [str]})
    support.equal(listed["faces"], ["Ada"], "list")
    for _ in range(2):
        check(curl("-X", "POST", face + "/delete", "-F", "userid=Ada", *KEY, key=None), CPAI)
    support.equal(curl("-X", "POST", face + "/list", *KEY, key=None)["faces"], [], "forgotten")


def test_deepstack_mistakes():
    face = "/v1/vision/face"
    for args, words in (((face, "-F", "image=@{TEXT}"), ""), ((face, "-F", "min_confidence=0.3"), "image"), ((face, "-F", "image=@{A1}", "-F", "min_confidence=x"), "min_confidence"),
                        ((face + "/match", "-F", "image1=@{A1}", "-F", "image2=@{NOBODY}"), "no face found"), ((face + "/match", "-F", "image1=@{A1}"), "image2"),
                        ((face + "/register", "-F", "userid=x", "-F", "image=@{NOBODY}"), "no face detected"), ((face + "/register", "-F", "image=@{A1}"), "userid"),
                        ((face + "/register", "-F", "userid=x", "-F", "a=b"), "image1"), ((face + "/register", "-F", "userid= ", "-F", "image=@{A1}"), ""),
                        ((face + "/delete", "-F", "a=b"), "userid")):
        answer = curl(*args, status=400)
        check(answer, {"success": bool, "error": str, "code": int, "duration": int}, args[0])
        assert answer["success"] is False and words in answer["error"], (args, answer)
    support.equal(curl(face, "-F", "image=@{A1}", "-F", "api_key=wrong", status=401, key=None)["error"], "Incorrect api key", "key")


def test_switched_off():
    with support.Server(*models, "--dialects", "openai", "--gallery", "none", binary=support.OCELLI) as other:
        for path in ("/represent", "/verify", "/api/v1/detection/detect", "/api/v1/recognition/recognize", "/v1/vision/face"):
            support.equal(other.request("POST", path, b"x").status, 404, path)
    with support.Server(*models, "--gallery", "none", binary=support.OCELLI) as other:
        body, types = multipart(("file", pictures["A1"].read_bytes()))
        answer = other.request("POST", "/api/v1/recognition/recognize", body, types)
        assert answer.status == 404 and "gallery" in answer.json["message"], answer.text
        answer = other.request("POST", "/v1/vision/face/list")
        assert answer.status == 404 and "gallery" in answer.json["error"], answer.text


def small_pictures(folder):
    """For the small models of tests/data: red cells of 16 pixels are faces."""
    import test_faces
    made = {"A1": test_faces.ONE, "A2": test_faces.SAME, "B1": test_faces.OTHER, "MANY": test_faces.TWO, "NOBODY": test_faces.NONE}
    for name, data in made.items():
        (folder / f"{name}.png").write_bytes(data)
    return {name: folder / f"{name}.png" for name in made}


def is_fast():
    with support.Server("--models", str(TOP / "models" / "starter"), binary=support.OCELLI) as probe:
        start = time.monotonic()
        answer = probe.request("POST", "/v1/faces/embed", (EXAMPLES / "face-a1.jpg").read_bytes(), {"Content-Type": "image/jpeg"}, timeout=120)
        return answer.status == 200 and time.monotonic() - start < SLOW


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fast = "build-" not in support.OCELLI and is_fast()  # a sanitizer's build is in a folder of that name
        if fast:
            models = ("--models", str(TOP / "models" / "starter"))
            pictures = {"A1": EXAMPLES / "face-a1.jpg", "A2": EXAMPLES / "face-a2.jpg", "B1": EXAMPLES / "face-b1.jpg", "MANY": EXAMPLES / "faces.jpg",
                        "NOBODY": folder / "nobody.png"}
            (folder / "nobody.png").write_bytes(png((120, 130, 140), 300, 300))
        else:
            models = ("--models", str(DATA / "models" / "tiny_yunet.onnx"), "--models", str(DATA / "face_models" / "tiny_arcface.onnx"))
            pictures = small_pictures(folder)
        (folder / "text.jpg").write_text("this is no picture, whatever its name says")
        pictures["TEXT"] = folder / "text.jpg"
        with support.Server(*models, "--gallery", str(folder / "gallery.sqlite"), "--gallery-images", "on", "--api-key", SECRET, binary=support.OCELLI) as server:
            listed = server.request("GET", "/v1/models", headers={"x-api-key": SECRET}).json["data"]
            recipe = next(m["recipe"] for package in listed for m in package.get("parts", [package]) if m["task"] == "face_embed")
            threshold, from_package = recipe["thresholds"]["similarity"], recipe["threshold_source"] == "package"
            failed = support.run_tests(globals())
    sys.exit(1 if failed else 0)
