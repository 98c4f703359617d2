#!/usr/bin/env python3
"""The foreign protocols of embeddings, byte for byte as their clients send them: OpenAI, Immich, text-embeddings-inference, Weaviate."""
import base64
import json
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from embed_support import BLUE, GREEN, MODELS, RED, close, float32, multipart, png, unit

RED64 = base64.b64encode(png(RED)).decode()
JSON = {"Content-Type": "application/json"}


def post(path, body, headers=None, status=200):
    if isinstance(body, dict):
        body, headers = json.dumps(body), {**JSON, **(headers or {})}
    answer = server.request("POST", path, body, headers)
    support.equal(answer.status, status, answer.text)
    support.equal(answer.headers["content-type"], "application/json", "content type")
    return answer.json


# OpenAI


def openai(status=200, **body):
    return post("/v1/embeddings", body, status=status)


def test_openai_shape():
    answer = openai(input="red", model="tiny_clip", user="somebody")
    support.equal(list(answer), ["object", "data", "model", "usage"], "members")
    support.equal(answer["object"], "list", "object")
    support.equal(answer["data"], [{"object": "embedding", "index": 0, "embedding": [1, 0, 0, 0]}], "data")
    support.equal((answer["model"], answer["usage"]), ("tiny_clip", {"prompt_tokens": 3, "total_tokens": 3}), "model and usage")
    support.equal(post("/embeddings", {"input": "red", "model": "tiny_clip"}), answer, "a base URL without /v1")
    with_key = post("/v1/embeddings", {"input": "red", "model": "tiny_clip"}, {"Authorization": "Bearer sk-anything"})
    support.equal(with_key, answer, "a key is fine where none is asked for")


def test_openai_lists_and_pictures():
    answer = openai(model="tiny_clip", input=["blue", "data:image/png;base64," + RED64, {"text": "green"}, {"image": RED64},
                                              {"type": "image_url", "image_url": {"url": "data:image/png;base64," + RED64}}, "red"])
    support.equal([d["index"] for d in answer["data"]], list(range(6)), "order")
    for found, expected in zip(answer["data"], [BLUE, RED, GREEN, RED, RED, RED], strict=True):
        close(found["embedding"], [x / 255 for x in expected] + [0])
    support.equal(answer["usage"]["total_tokens"], 9, "tokens of the texts")
    answer = openai(model="tiny_colours", input=RED64, modality="image")
    close(answer["data"][0]["embedding"], (1, 0, 0, 0))


def test_openai_base64_and_dimensions():
    answer = openai(model="tiny_clip", input=["red blue blue a a", "green"], encoding_format="base64")
    close(struct.unpack("<4f", base64.b64decode(answer["data"][0]["embedding"], validate=True)), unit((1, 0, 2, 2)))
    answer = openai(model="tiny_clip", input=["red blue blue a a", "blue"], dimensions=2)
    close(answer["data"][0]["embedding"], (1, 0))
    close(answer["data"][1]["embedding"], (0, 0))
    answer = openai(model="tiny_clip", input=["red blue blue a a", {"image": RED64}], dimensions=3, encoding_format="float")
    close(answer["data"][0]["embedding"], unit((1, 0, 2)))
    close(answer["data"][1]["embedding"], (1, 0, 0))


def test_openai_aliases():
    support.equal(openai(input="red", model="text-embedding-3-small")["model"], "tiny_siglip", "as --model-aliases says")


def test_openai_long_texts():
    text = "red " * 100
    support.equal(openai(input=text, model="tiny_clip")["usage"]["total_tokens"], 16, "cut")
    error = openai(input=["a", text], model="tiny_clip", truncate=False, status=400)["error"]
    assert "1 of the texts are longer than the model reads (16 tokens)" in error["message"], error


def test_openai_mistakes():
    for body, status, type_, param, code, words in [
            ({"model": "tiny_clip"}, 400, "invalid_request_error", "input", None, "is missing"),
            ({"model": "tiny_clip", "input": None}, 400, "invalid_request_error", "input", None, "is missing"),
            ({"model": "tiny_clip", "input": []}, 400, "invalid_request_error", "input", None, "1..2048 items"),
            ({"model": "tiny_clip", "input": ["a"] * 2049}, 400, "invalid_request_error", "input", None, "there are 2049"),
            ({"model": "tiny_clip", "input": [["a dog"]]}, 400, "invalid_request_error", "input", None, "input/0: a list in the list"),
            ({"model": "tiny_clip", "input": [1, 2, 3]}, 400, "invalid_request_error", "input", None, "token ids are not taken"),
            ({"model": "tiny_clip", "input": [[1, 2], [3]]}, 400, "invalid_request_error", "input", None, "token ids are not taken"),
            ({"model": "tiny_clip", "input": 5}, 400, "invalid_request_error", "input", None, "token ids"),
            ({"model": "tiny_clip", "input": [True]}, 400, "invalid_request_error", "input", None, "must be a string"),
            ({"model": "tiny_clip", "input": {"a": 1}}, 400, "invalid_request_error", "input", None, "one of 'text', 'image'"),
            ({"model": "tiny_clip", "input": [{"text": "a", "image": RED64}]}, 400, "invalid_request_error", "input", None, "one of"),
            ({"model": "tiny_clip", "input": [{"text": 1}]}, 400, "invalid_request_error", "input", None, "must be a string"),
            ({"model": "tiny_clip", "input": ["a", "data:image/png;base64," + RED64[:80]]}, 400, "invalid_request_error", "input", "invalid_image",
             "input/1: "),
            ({"model": "tiny_clip", "input": ["data:image/png;base64," + RED64] * 65}, 400, "invalid_request_error", None, None, "at most 64 images"),
            ({"model": "tiny_clip", "input": "x" * (2**20 + 1)}, 413, "invalid_request_error", "input", "body_too_large", "1048577 bytes"),
            ({"model": "tiny_clip", "input": [{"image": "https://localhost/a.png"}]}, 403, "invalid_request_error", "input", "forbidden", "URL"),
            ({"model": "tiny_clip", "input": "a", "encoding_format": "int8"}, 400, "invalid_request_error", "encoding_format", None, "float, base64"),
            ({"model": "tiny_clip", "input": "a", "dimensions": 0}, 400, "invalid_request_error", "dimensions", None, "must be a whole number of 1.."),
            ({"model": "tiny_clip", "input": "a", "dimensions": 5}, 400, "invalid_request_error", "dimensions", None, "at most 4"),
            ({"model": "tiny_clip", "input": "a", "dimensions": 2.5}, 400, "invalid_request_error", "dimensions", None, "whole number"),
            ({"model": "tiny_clip", "input": "a", "user": 1}, 400, "invalid_request_error", "user", None, "must be a string"),
            ({"model": 1, "input": "a"}, 400, "invalid_request_error", "model", None, "must be a string"),
            ({"model": "gpt", "input": "a"}, 404, "invalid_request_error", "model", "model_not_found", "no model 'gpt'"),
            ({"model": "tiny_colours", "input": "a"}, 400, "invalid_request_error", None, None, "is for embed, not embed_text")]:
        error = post("/v1/embeddings", body, status=status)
        support.equal(list(error), ["error"], "the only member")
        error = error["error"]
        support.equal(sorted(error), ["code", "message", "param", "type"], "members")
        support.equal((error["type"], error["param"], error["code"]), (type_, param, code), str(error))
        assert words in error["message"], error
    for body, headers in [(b"{", JSON), (b"[]", JSON), (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}), (png(RED), {"Content-Type": "image/png"})]:
        error = post("/v1/embeddings", body, headers, 400)["error"]
        support.equal(error["type"], "invalid_request_error", str(error))
    answer = server.request("GET", "/v1/embeddings")
    support.equal((answer.status, answer.headers["allow"], answer.json["error"]["code"]), (405, "POST", "method_not_allowed"), "method")
    support.equal(openai(input="red", model="tiny_clip", no_such_field=1)["model"], "tiny_clip", "fields nobody knows are ignored")


def test_openai_lists_models():
    listing = server.request("GET", "/v1/models").json
    support.equal(listing["object"], "list", "object")
    for m in listing["data"]:
        assert isinstance(m["id"], str) and m["object"] == "model" and isinstance(m["created"], int) and isinstance(m["owned_by"], str), m


# Immich: the requests are those of its server (FormData of a browser's kind: entries, then image or text)


def immich(entries, *payload, status=200):
    return post("/predict", *multipart(("entries", entries if isinstance(entries, str) else json.dumps(entries)), *payload), status=status)


def vector(text):
    """As Immich's clients read it: a string that holds a JSON array, without blanks."""
    assert isinstance(text, str) and text[0] == "[" and text[-1] == "]" and " " not in text, text
    numbers = json.loads(text)
    for part, number in zip(text[1:-1].split(","), numbers, strict=True):
        support.equal(float32(part), float32(number), part)
    return numbers


def test_immich_visual():
    answer = immich('{"clip":{"visual":{"modelName":"tiny_clip"}}}', ("image", png(RED, 60, 40), "blob"))
    support.equal(list(answer), ["clip", "imageHeight", "imageWidth"], "members in Immich's order")
    support.equal((answer["imageHeight"], answer["imageWidth"]), (40, 60), "size")
    close(vector(answer["clip"]), (1, 0, 0, 0))
    exact = server.request("POST", "/v1/embed?encoding=base64", png(RED, 60, 40), {"Content-Type": "image/png"}).json["embeddings"][0]["vector"]
    support.equal(tuple(float32(x) for x in vector(answer["clip"])), struct.unpack("<4f", base64.b64decode(exact)), "reads back to the same float32")


def test_immich_textual():
    answer = immich('{"clip":{"textual":{"modelName":"tiny_clip","options":{"language":"en"}}}}', ("text", "a blue"))
    support.equal(list(answer), ["clip"], "members")
    close(vector(answer["clip"]), unit((0, 0, 1, 1)))


def test_immich_both():
    entries = {"clip": {"visual": {"modelName": "tiny_clip"}, "textual": {"modelName": "tiny_clip"}}}
    answer = immich(entries, ("image", png(RED)), ("text", "blue"))
    close(vector(answer["clip"]["visual"]), (1, 0, 0, 0))
    close(vector(answer["clip"]["textual"]), (0, 0, 1, 0))


def test_immich_leaves_pictures_as_stored():
    answer = immich({"clip": {"visual": {"modelName": "tiny_clip"}}}, ("image", png(RED, 60, 40, exif=6)))
    support.equal((answer["imageHeight"], answer["imageWidth"]), (40, 60), "not turned")


def test_immich_names():
    for name in ("immich-app/tiny_clip", "tiny.clip".replace(".", "_"), "some:where/tiny_clip", "tiny_.clip", "text-embedding-3-small"):
        immich({"clip": {"textual": {"modelName": name}}}, ("text", "red"))
    error = immich({"clip": {"textual": {"modelName": "ViT-B-32__openai"}}}, ("text", "red"), status=404)
    support.equal(list(error), ["detail"], "error")
    assert "no model 'ViT-B-32__openai'" in error["detail"], error


def test_immich_mistakes():
    visual, textual = {"clip": {"visual": {"modelName": "tiny_clip"}}}, {"clip": {"textual": {"modelName": "tiny_clip"}}}
    red = ("image", png(RED))
    for entries, payload, status, detail in [
            (visual, (), 400, "Either image or text must be provided"),
            (visual, (("text", ""),), 400, "Either image or text must be provided"),
            (visual, (("text", "a"),), 400, "needs an image"),
            (textual, (red,), 400, "needs a text"),
            (visual, (red, red), 400, "one image is expected"),
            (visual, (("image", b"no picture"),), 415, "image: "),
            (visual, (("image", png(RED)[:50]),), 400, "image: "),
            ("", (red,), 422, "Invalid request format."),
            ("{", (red,), 422, "Invalid request format."),
            ("[]", (red,), 422, "Invalid request format."),
            ("{}", (red,), 422, "Invalid request format."),
            ({"clip": []}, (red,), 422, "Invalid request format."),
            ({"clip": {}}, (red,), 422, "Invalid request format."),
            ({"clip": {"visual": {}}}, (red,), 422, "Invalid request format."),
            ({"clip": {"visual": {"modelName": ""}}}, (red,), 422, "Invalid request format."),
            ({"clip": {"visual": {"modelName": 5}}}, (red,), 422, "Invalid request format."),
            ({"clip": {"visual": {"modelName": "tiny_clip", "options": 5}}}, (red,), 422, "Invalid request format."),
            ({"clip": {"sideways": {"modelName": "tiny_clip"}}}, (red,), 422, "Invalid request format."),
            ({"ocr": {"detection": {"modelName": "PP-OCRv5_mobile"}}}, (red,), 422, "Task ocr is not offered"),
            ({"clip": {"textual": {"modelName": "tiny_colours"}}}, (("text", "a"),), 400, "not embed_text"),
            (textual, (("text", "x" * (2**20 + 1)),), 413, "1048576 at most")]:
        error = immich(entries, *payload, status=status)
        support.equal(list(error), ["detail"], "error")
        assert detail in error["detail"], (entries, error)
    error = post("/predict", *multipart(red), status=422)
    support.equal(error, {"detail": "Invalid request format."}, "no entries")
    support.equal(immich({"clip": {"visual": {"modelName": "tiny_clip", "more": 1, "options": {"x": 2}}}}, red)["imageWidth"], 40, "more members")


def test_immich_health():
    answer = server.request("GET", "/", headers={"Accept": "application/json"})
    support.equal((answer.status, answer.json), (200, {"message": "Immich ML"}), "root")
    answer = server.request("GET", "/ping")
    support.equal((answer.status, answer.body), (200, b"pong"), "ping")


# text-embeddings-inference


def test_tei():
    support.equal(post("/embed", {"inputs": "red"}), [[1, 0, 0, 0]], "one")
    answer = post("/embed", {"inputs": ["a blue", "green"], "truncate": True, "normalize": True, "truncation_direction": "Right", "prompt_name": None})
    close(answer[0], unit((0, 0, 1, 1)))
    close(answer[1], (0, 1, 0, 0))
    close(post("/embed", {"inputs": ["a blue"], "normalize": False})[0], (0, 0, 1, 1))
    close(post("/embed", {"inputs": ["red blue blue a"], "dimensions": 3})[0], unit((1, 0, 2)))
    support.equal(post("/embed", '{"inputs":["red"]}', {"Content-Type": "application/x-www-form-urlencoded"}), [[1, 0, 0, 0]], "curl -d")
    info = server.request("GET", "/info").json
    support.equal((info["model_id"], info["max_input_length"], info["max_client_batch_size"]), ("tiny_clip:textual", 16, 2048), "info")


def test_tei_mistakes():
    for body, status, type_, words in [
            ({}, 400, "Validation", "inputs: is missing"), ({"inputs": []}, 400, "Validation", "empty"), ({"inputs": ""}, 400, "Validation", "empty"),
            ({"inputs": [1]}, 400, "Validation", "must be a string"), ({"inputs": "red " * 99}, 413, "Validation", "more than 16 tokens"),
            ({"inputs": "x" * (2**20 + 1)}, 413, "Validation", "1048576 at most"), ({"inputs": "a", "truncate": 2}, 400, "Validation", "truncate"),
            ({"inputs": "a", "prompt_name": "query"}, 400, "Validation", "prompt_name"), ({"inputs": "a", "dimensions": 9}, 400, "Validation", "at most 4"),
            ({"inputs": "a", "truncation_direction": "left"}, 400, "Validation", "truncation_direction")]:
        error = post("/embed", body, status=status)
        support.equal(sorted(error), ["error", "error_type"], "members")
        support.equal(error["error_type"], type_, str(error))
        assert words in error["error"], error


# Weaviate


def test_weaviate():
    answer = post("/vectorize", {"texts": ["a blue", "red"], "images": [RED64]})
    support.equal(list(answer), ["textVectors", "imageVectors"], "members")
    close(answer["textVectors"][0], unit((0, 0, 1, 1)))
    close(answer["textVectors"][1], (1, 0, 0, 0))
    close(answer["imageVectors"][0], (1, 0, 0, 0))
    support.equal(post("/vectorize", {"texts": ["red"], "images": []}), {"textVectors": [[1, 0, 0, 0]], "imageVectors": []}, "texts alone")
    support.equal(post("/vectorize", {"images": [], "texts": None}), {"textVectors": [], "imageVectors": []}, "nothing at all")
    for path in ("/.well-known/live", "/.well-known/ready"):
        answer = server.request("GET", path)
        support.equal((answer.status, answer.body), (204, b""), path)
    support.equal(server.request("GET", "/meta").json["model"], "tiny_clip", "meta")


def test_weaviate_mistakes():
    for body, status, words in [({"texts": "a", "images": [7]}, 400, "/images/0"), ({"texts": ["data:text/plain;base64,YQ=="]}, 400, "data URI"),
                                ({"images": [RED64, RED64[:80]]}, 400, "image 1: ")]:
        error = post("/vectorize", body, status=status)
        support.equal(list(error), ["error"], "members")
        assert words in error["error"], error


# All of them


def test_dialects_can_be_switched_off():
    paths = {"openai": ("POST", "/v1/embeddings"), "immich": ("POST", "/predict"), "tei": ("POST", "/embed"), "weaviate": ("POST", "/vectorize")}
    for value, there in [("tei", {"tei"}), ("none", set())]:
        with support.Server("--models", str(MODELS), "--dialects", value, binary=support.OCELLI) as other:
            for name, (method, path) in paths.items():
                status = other.request(method, path, b"{}", JSON).status
                support.equal(status != 404, name in there, f"{name} with --dialects {value}")
            support.equal(other.request("POST", "/v1/embed", b'{"text":"red"}', JSON).status, 200, "our own are always there")
            support.equal(other.request("GET", "/v1/models").status, 200, "models")


def test_a_full_queue_is_said_in_the_dialects_own_way():
    with support.Server("--models", str(MODELS), "--workers", "1", "--queue", "1", binary=support.OCELLI) as other:
        body = json.dumps({"input": ["red %d" % i for i in range(2000)], "model": "tiny_clip"})
        pending = [support.in_background(other.request, "POST", "/v1/embeddings", body, JSON) for _ in range(24)]
        answers = [p.result() for p in pending]
        busy = [a for a in answers if a.status != 200]
        assert busy and len(busy) < 24, [a.status for a in answers]
        for a in busy:
            support.equal((a.status, a.json["error"]["type"], a.json["error"]["code"]), (429, "rate_limit_error", "rate_limit_exceeded"), a.text)
            assert 1 <= int(a.headers["retry-after"]) <= 60, a.headers["retry-after"]


if __name__ == "__main__":
    with support.Server("--models", str(MODELS), "--model-aliases", "text-embedding-3-small=tiny_siglip", binary=support.OCELLI) as server:
        sys.exit(support.run_tests(dict(globals())))
