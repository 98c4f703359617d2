#!/usr/bin/env python3
"""One meaning, one answer: every route that takes a picture, in every form a request can have, with switches and numbers in the spellings of
Python, JavaScript, YAML, NumPy and spreadsheets, absent, or null; and names of parameters that nobody knows."""
import base64
import gzip
import json
import os
import sys
import urllib.parse
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def example(name):
    with open(os.path.join(ROOT, "docs", "examples", name), "rb") as file:
        return file.read()


PICTURES = {"scene": example("street.jpg"), "faces": example("faces.jpg"), "one": example("dog.jpg")}
TRUE, FALSE = ("true", "True", "TRUE", "1", "yes", "on", "1.0"), ("false", "False", "FALSE", "0", "no", "off", "0.0")
JSON_TRUE, JSON_FALSE = (True, 1, 1.0, "true", "True", "1", "yes"), (False, 0, 0.0, "false", "False", "0", "no")
FIVE, JSON_FIVE = ("5", "5.0", "5e0", " 5"), (5, 5.0, "5", "5.0", " 5 ")
HALF, JSON_HALF = ("0.5", ".5", "5e-1"), (0.5, "0.5", "5e-1")

# route: (picture, {parameter: (kind)})
ROUTES = {
    "/v1/detect": ("scene", {"agnostic": True, "max_detections": 5, "score_threshold": 0.5, "exif": False}),
    "/v1/segment": ("scene", {"exif": True}),
    "/v1/embed": ("one", {"normalize": False, "exif": True}),
    "/v1/classify": ("one", {"top_k": 5, "labels": "cat,dog,tree"}),
    "/v1/faces/detect": ("faces", {"max_faces": 5, "score_threshold": 0.5}),
    "/v1/faces/embed": ("faces", {"max_faces": 5, "score_threshold": 0.5}),
}


def spellings(value):
    """(as text, as JSON) in every way it is written."""
    if value is True:
        return list(TRUE), list(JSON_TRUE)
    if value is False:
        return list(FALSE), list(JSON_FALSE)
    if value == 5:
        return list(FIVE), list(JSON_FIVE)
    if value == 0.5:
        return list(HALF), list(JSON_HALF)
    return [value], [value, value.split(",")]


def multipart(fields, files=()):
    body = b""
    for name, value in fields.items():
        body += b'--BOUND\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
    for name, value in files:
        body += b'--BOUND\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n' % name.encode() + value + b"\r\n"
    return body + b"--BOUND--\r\n", {"Content-Type": "multipart/form-data; boundary=BOUND"}


def requests(path, picture, texts, values):
    """(how, path, body, headers) of the same request in every form."""
    query = "?" + urllib.parse.urlencode(texts) if texts else ""
    plain = base64.b64encode(picture).decode()
    lines = "\r\n".join(plain[i:i + 76] for i in range(0, len(plain), 76))
    url_safe = plain.replace("+", "-").replace("/", "_").rstrip("=")
    as_json = {"Content-Type": "application/json"}
    yield "raw", path + query, picture, {"Content-Type": "image/jpeg"}
    yield "raw, curl's default type", path + query, picture, {"Content-Type": "application/x-www-form-urlencoded"}
    yield "multipart", path, *multipart(texts, [("image", picture)])
    yield "multipart, base64 in a field", path, *multipart({**texts, "image": plain})
    yield "multipart, data URI in a field", path, *multipart({**texts, "image": "data:image/jpeg;base64," + plain})
    for how, text in (("base64", plain), ("base64 in lines", lines), ("base64 for URLs, unpadded", url_safe), ("data URI", "data:image/jpeg;base64," + plain),
                      ("DATA URI", " DATA:Image/JPEG;charset=x;BASE64," + plain), ("untyped data URI", "data:;base64," + plain),
                      ("octet data URI", "data:application/octet-stream;base64," + lines)):
        yield how, path, json.dumps({"image": text, **values}), as_json
    packed = json.dumps({"image": plain, **values}).encode()
    yield "gzip", path, gzip.compress(packed, 1), {**as_json, "Content-Encoding": "gzip"}
    yield "deflate", path, zlib.compress(packed, 1), {**as_json, "Content-Encoding": "deflate"}
    yield "gzip, raw", path + query, gzip.compress(picture, 1), {"Content-Type": "image/jpeg", "Content-Encoding": "gzip"}
    yield "with a byte order mark", path, b"\xef\xbb\xbf" + json.dumps({"image": plain, **values}).encode(), as_json
    yield "curl -d", path, json.dumps({"image": plain, **values}), {"Content-Type": "application/x-www-form-urlencoded"}
    yield "null beside", path, json.dumps({"image": plain, "images": None, "url": None, "file": None, "model": None, **values}), as_json
    if len(picture) < 100_000:
        yield "form", path, urllib.parse.urlencode({"image": plain, **texts}), {"Content-Type": "application/x-www-form-urlencoded"}


def meaning(answer, how):
    support.equal(answer.status, 200, f"{how}: {answer.text[:300]}")
    found = answer.json
    found.pop("timing_ms", None)
    assert "warnings" not in found, (how, found["warnings"])
    return found


def ask(server, how, path, body, headers):
    return meaning(server.request("POST", path, body, headers), f"{path[:60]} {how}")


def check_forms(server, path, picture, parameters):
    texts = {k: spellings(v)[0][0] for k, v in parameters.items()}
    values = {k: spellings(v)[1][0] for k, v in parameters.items()}
    first = None
    for how, where, body, headers in requests(path, picture, texts, values):
        found = ask(server, how, where, body, headers)
        first = first or found
        assert found == first, (path, how)


def check_spellings(server, path, picture, parameters):
    plain, as_json = base64.b64encode(picture).decode(), {"Content-Type": "application/json"}
    fixed = {"labels": "cat,dog,tree"} if "labels" in parameters else {}
    for name, value in parameters.items():
        first = None
        texts, values = spellings(value)
        for text in texts:
            query = urllib.parse.urlencode({**fixed, name: text})
            found = ask(server, f"{name}={text}", f"{path}?{query}", picture, {"Content-Type": "image/jpeg"})
            first = first or found
            assert found == first, (path, name, text)
            assert ask(server, f"{name}={text} as a field", path, *multipart({**fixed, name: text}, [("image", picture)])) == first, (path, name, text)
        for v in values:
            assert ask(server, f"{name}: {v!r}", path, json.dumps({"image": plain, **fixed, name: v}), as_json) == first, (path, name, v)
        if name == "labels":
            continue
        absent = ask(server, f"no {name}", path, json.dumps({"image": plain, **fixed}), as_json)
        assert ask(server, f"{name}: null", path, json.dumps({"image": plain, **fixed, name: None}), as_json) == absent, (path, name)
        assert ask(server, f"{name} empty", path, *multipart({**fixed, name: ""}, [("image", picture)])) == absent, (path, name)
        wrong = server.request("POST", path, json.dumps({"image": plain, **fixed, name: "seven-ish"}), as_json)
        assert "'seven-ish'" in support.check_problem(wrong, 400, "bad_request")["detail"], wrong.text


def check_dialects(server):
    """Where a picture goes in other dialects: every spelling of it is the picture, never text."""
    picture = PICTURES["one"]
    plain, as_json = base64.b64encode(picture).decode(), {"Content-Type": "application/json"}
    vector = ask(server, "native", "/v1/embed", picture, {"Content-Type": "image/jpeg"})["embeddings"][0]["vector"]
    for uri in ("data:image/jpeg;base64," + plain, "data:application/octet-stream;base64," + plain, "data:;base64," + plain, "DATA:image/jpeg;base64," + plain,
                "data:Image/JPEG;charset=utf-8;base64," + plain, "\n data:image/jpeg;base64, " + plain):
        for item in (uri, {"image": uri}, {"image_url": {"url": uri}}):
            body = json.dumps({"model": "starter-clip", "input": [item]})
            found = server.request("POST", "/v1/embeddings", body, as_json)
            assert found.status == 200 and found.json["data"][0]["embedding"] == vector, (uri[:40], found.text[:200])
        found = server.request("POST", "/vectorize", json.dumps({"images": [uri], "texts": []}), as_json)
        assert found.status == 200 and found.json["imageVectors"][0] == vector, (uri[:40], found.text[:200])
        for path, body in (("/v1/embed", {"text": uri}), ("/embed", {"inputs": uri}), ("/vectorize", {"texts": [uri]})):
            found = server.request("POST", path, json.dumps(body), as_json)
            assert found.status == 400 and "data URI" in found.text, (path, found.text[:200])
    for uri, status in (("data:text/plain;base64,aGVsbG8gd29ybGQ=", 415), ("data:image/png,abc", 400), ("data:image/png;base64,%%%%", 400)):
        support.equal(server.request("POST", "/v1/embeddings", json.dumps({"model": "starter-clip", "input": uri}), as_json).status, status, uri)
    prose = server.request("POST", "/v1/embeddings", json.dumps({"model": "starter-clip", "input": "data: we have it, and more"}), as_json)
    support.equal(prose.status, 200, "prose that begins with data:")
    for path, pictures in (("/verify", ("img1", "img2")),):
        face = base64.b64encode(example("face-a1.jpg")).decode()
        answers = []
        for prefix in ("data:image/jpeg;base64,", "DATA:;base64,", ""):
            found = server.request("POST", path, json.dumps({name: prefix + face for name in pictures}), as_json)
            support.equal(found.status, 200, f"{path} {prefix} {found.text[:200]}")
            answers.append(found.json["distance"])
        assert len(set(answers)) == 1, answers
    entries = json.dumps({"clip": {"visual": {"modelName": "starter-clip"}}})
    found = server.request("POST", "/predict", *multipart({"entries": entries}, [("image", picture)]))
    assert found.status == 200 and json.loads(found.json["clip"]) == vector, found.text[:200]


def check_truncate(server):
    as_json, long = {"Content-Type": "application/json"}, "word " * 2000
    for path, body in (("/v1/embeddings", {"model": "starter-clip", "input": long}), ("/embed", {"inputs": long})):
        for value, status in ((True, 200), ("END", 200), ("right", 200), ("True", 200), (1.0, 200), (None, (200, 413)), (False, (400, 413)), ("NONE", (400, 413)), ("START", 400), ("maybe", 400)):
            found = server.request("POST", path, json.dumps({**body, "truncate": value}), as_json).status
            assert found == status or (isinstance(status, tuple) and found in status), (path, value, found)


def check_unknown(server):
    picture = PICTURES["scene"]
    for query, words in (("conf=0.9", "unknown parameter 'conf': did you mean 'score_threshold'?"), ("score_treshold=0.9", "unknown parameter 'score_treshold': did you mean 'score_threshold'?"),
                         ("classes%5B%5D=car", "unknown parameter 'classes[]': did you mean 'classes'?"), ("zzzzzz=1", "unknown parameter 'zzzzzz'")):
        answer = server.request("POST", "/v1/detect?" + query, picture, {"Content-Type": "image/jpeg"})
        support.equal((answer.status, answer.json["warnings"]), (200, [words]), query)
    body = json.dumps({"image": base64.b64encode(picture).decode(), "iou": 0.5, "max_detection": 3})
    answer = server.request("POST", "/v1/detect", body, {"Content-Type": "application/json"})
    support.equal(answer.json["warnings"], ["unknown parameter 'iou': did you mean 'iou_threshold'?", "unknown parameter 'max_detection': did you mean 'max_detections'?"], "JSON")
    answer = server.request("POST", "/v1/embeddings", json.dumps({"model": "starter-clip", "input": "a", "nonsense": 1}), {"Content-Type": "application/json"})
    assert answer.status == 200 and "warnings" not in answer.json, "a dialect's answer stays in its shape"


def check_documents(server):
    """What is no picture is named, whatever the request says that it is."""
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(range(256)) * 8
    for data, words in ((heic, "HEIC"), (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj" + bytes(200), "PDF document"), (b"PK\x03\x04" + bytes(200), "ZIP archive"),
                        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML page"), (b"II*\0" + bytes(300), "TIFF")):
        for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "text/plain", "image/jpeg", ""):
            answer = server.request("POST", "/v1/detect", data, {"Content-Type": kind} if kind else {})
            assert answer.status in (400, 415) and words in answer.json["detail"], (words, kind, answer.text)


def main():
    with support.Server("--models", os.path.join(ROOT, "models", "starter"), binary=support.OCELLI) as server:
        slow = "build-" in support.OCELLI  # a sanitizer's: one route shows what the readers do
        for path, (picture, parameters) in ROUTES.items():
            if slow and path != "/v1/embed":
                continue
            check_forms(server, path, PICTURES[picture], parameters)
            check_spellings(server, path, PICTURES[picture], parameters)
        check_documents(server)
        check_truncate(server)
        if not slow:
            check_unknown(server)
            check_dialects(server)
    print("ok")


if __name__ == "__main__":
    main()
