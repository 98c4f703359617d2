#!/usr/bin/env python3
"""/v1/embed, /v1/classify and /v1/similarity on small models whose vectors can be told by hand."""
import base64
import json
import math
import os
import re
import struct
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from embed_support import BLUE, GREEN, MODELS, RED, as_json, close, float32, multipart, png, unit

PICTURES = {"red": png(RED), "green": png(GREEN), "blue": png(BLUE)}
TEXT64 = {name: base64.b64encode(data).decode() for name, data in PICTURES.items()}


def post(path, body, headers, status=200):
    answer = server.request("POST", path, body, headers)
    support.equal(answer.status, status, answer.text)
    return answer


def embed(*parts, query=""):
    return post("/v1/embed" + query, *multipart(*parts)).json


def test_pictures_and_texts_together():
    answer = embed(("image", PICTURES["red"]), ("text", "red"), ("text", "a photo of blue colour"), ("image", PICTURES["green"]), ("text", "dark"),
                   query="?normalize=false")
    support.equal(answer["model"], "tiny_clip", "the package, and the one that has both towers")
    support.equal(answer["dim"], 4, "dim")
    support.equal([(e["kind"], e["index"]) for e in answer["embeddings"]],
                  [("image", 0), ("image", 1), ("text", 0), ("text", 1), ("text", 2)], "pictures, then texts, each in order")
    for found, expected in zip(answer["embeddings"], [(1, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 1, 4), (0, 0, 0, 1)]):
        close(found["vector"], expected)
    support.equal((answer["tokens"], answer["truncated_texts"]), (3 + 7 + 3, 0), "tokens, with start and end")
    support.equal(sorted(answer["timing_ms"]), ["decode", "inference", "postprocess", "preprocess", "queue"], "timing")


def test_vectors_are_of_length_one_unless_told_otherwise():
    answer = embed(("text", "a blue"), ("image", png((100, 100, 200))))
    close(answer["embeddings"][1]["vector"], unit((0, 0, 1, 1)))
    close(answer["embeddings"][0]["vector"], unit((100, 100, 200, 0)))
    answer = embed(("text", "a blue"), ("normalize", "no"))
    close(answer["embeddings"][0]["vector"], (0, 0, 1, 1))
    support.equal(list(answer)[:3], ["model", "dim", "embeddings"], "members")


def test_every_way_to_send_them():
    expected = [e["vector"] for e in embed(("image", PICTURES["red"]), ("image", PICTURES["blue"]), ("text", "red"), ("text", "a green"))["embeddings"]]
    pictures = [TEXT64["red"], "data:image/png;base64," + TEXT64["blue"]]
    for body, headers, query in [
            (*as_json(images=pictures, texts=["red", "a green"]), ""),
            (*as_json(image=pictures, text=["red", "a green"]), ""),
            (*as_json(image=pictures[0], images=pictures[1:], text="red", texts=["a green"]), ""),
            (*as_json(images=pictures), "?text=red&text=a+green"),
            (json.dumps({"images": pictures, "texts": ["red", "a green"]}), {"Content-Type": "application/x-www-form-urlencoded"}, ""),
            (*multipart(("image", PICTURES["red"]), ("file", PICTURES["blue"]), ("text", "red"), ("text", b"a green", "t.txt")), "")]:
        answer = post("/v1/embed" + query, body, headers).json
        support.equal([e["vector"] for e in answer["embeddings"]], expected, str(headers) + str(body)[:100])
    answer = post("/v1/embed", PICTURES["red"], {"Content-Type": "image/png"}).json
    support.equal([e["vector"] for e in answer["embeddings"]], expected[:1], "a raw body")
    answer = post("/v1/embed", "text=red&text=a+green", {"Content-Type": "application/x-www-form-urlencoded"}).json
    support.equal([e["vector"] for e in answer["embeddings"]], expected[2:], "a form")


def test_base64_is_the_same_numbers():
    parts = (("image", png((13, 77, 140))), ("text", "a photo of red green"))
    texts = re.findall(r'"vector":\[([^]]*)\]', post("/v1/embed", *multipart(*parts)).text)
    for found, text in zip(embed(*parts, query="?encoding=base64")["embeddings"], texts, strict=True):
        numbers = struct.unpack("<4f", base64.b64decode(found["vector"], validate=True))
        support.equal(numbers, tuple(float32(t) for t in text.split(",")), "little-endian float32")


def test_many_in_order():
    """More pictures than are decoded at once; their order is kept."""
    levels = [(3 * i, 255 - 3 * i, 7) for i in range(64)]
    answer = embed(*[("image", png(c, 9, 9)) for c in levels], query="?normalize=false")
    for i, (e, c) in enumerate(zip(answer["embeddings"], levels, strict=True)):
        support.equal(e["index"], i, "index")
        close(e["vector"], [x / 255 for x in c] + [0], 2e-3)
    words = ["red", "green", "blue", "a"]
    texts = [" ".join(words[(i >> 2 * k) % 4] for k in range(5)) for i in range(1000)]
    answer = post("/v1/embed", *as_json(texts=texts, normalize=False)).json
    for t, e in zip(texts, answer["embeddings"], strict=True):
        close(e["vector"], [t.split().count(w) for w in words])


def test_model_by_name():
    for name, word in [("tiny_siglip", "tiny_siglip"), ("tiny_clip:textual", "tiny_clip"), ("tiny_words", "tiny_words")]:
        answer = embed(("text", "red"), ("model", name))
        support.equal(answer["model"], word, name)
    support.equal(embed(("image", PICTURES["red"]), ("model", "tiny_colours"))["model"], "tiny_colours", "pictures alone")
    support.equal(embed(("image", PICTURES["red"]))["model"], "tiny_clip", "the default has both towers, though tiny_colours is found first")
    support.equal(embed(("image", PICTURES["red"]), ("text", "red"), ("model", "tiny_clip:visual"))["model"], "tiny_clip", "a tower names its package")
    support.equal(embed(("text", "red"), ("model", "other-name"))["model"], "tiny_siglip", "an alias")


def test_exif():
    tall = png(RED, 12, 40, exif=6)
    for query in ("", "?exif=0"):
        close(embed(("image", tall), query=query)["embeddings"][0]["vector"], (1, 0, 0, 0))


def test_long_texts_are_cut():
    answer = embed(("text", "red " * 100), ("text", "blue"))
    support.equal((answer["truncated_texts"], answer["tokens"]), (1, 16 + 3), "cut to what the model reads")


def classify(*parts, query=""):
    return post("/v1/classify" + query, *multipart(*parts)).json


def test_classify():
    answer = classify(("image", PICTURES["blue"]), ("labels", "red, green,blue"))
    support.equal([r["label"] for r in answer["results"]][0], "blue", "best first")
    support.equal((answer["model"], answer["scoring"]), ("tiny_clip", "softmax"), "head")
    assert abs(sum(r["probability"] for r in answer["results"]) - 1) < 1e-5, answer
    # "a photo of a blue ." is (0, 0, 1, 5)
    close([answer["results"][0]["similarity"]], [1 / math.sqrt(26)])
    answer = classify(("image", PICTURES["blue"]), ("labels", "red"), ("labels", "blue"), ("template", "{}"), ("top_k", "1"))
    support.equal([r["label"] for r in answer["results"]], ["blue"], "top_k")
    close([answer["results"][0]["similarity"]], [1])
    answer = post("/v1/classify", *as_json(image=TEXT64["red"], labels=["red", "green, or so"], template="{label} {label} photo")).json
    support.equal([r["label"] for r in answer["results"]], ["red", "green, or so"], "a comma inside a label")
    close([answer["results"][0]["similarity"]], [2 / math.sqrt(5)])


def test_classify_by_sigmoid():
    answer = classify(("image", PICTURES["red"]), ("labels", "red,red photo,blue"), ("template", "{}"), ("model", "tiny_siglip"))
    support.equal(answer["scoring"], "sigmoid", "as the model says")
    expected = [("red", 1), ("red photo", math.sqrt(0.5)), ("blue", 0)]
    for found, (label, cosine) in zip(answer["results"], expected, strict=True):
        support.equal(found["label"], label, "order")
        close([found["similarity"], found["probability"]], [cosine, 1 / (1 + math.exp(-(10 * cosine - 5)))])


def test_classify_by_the_models_own_template():
    answer = classify(("image", PICTURES["red"]), ("labels", "red"), ("model", "tiny_siglip"))
    close([answer["results"][0]["similarity"]], [math.sqrt(0.5)])  # "a red" is (1, 0, 0, 1)
    recipe = server.request("GET", "/v1/models/tiny_siglip").json["recipe"]
    support.equal(recipe["embed"]["template"], "a {label}", "shown")


def test_classify_several():
    answer = classify(("image", PICTURES["red"]), ("image", PICTURES["green"]), ("labels", "red,green"), ("top_k", "1"))
    support.equal([(i["index"], i["results"][0]["label"]) for i in answer["images"]], [(0, "red"), (1, "green")], "each picture")
    assert "results" not in answer, answer


def test_similarity():
    answer = post("/v1/similarity", *multipart(("image", PICTURES["red"]), ("image", PICTURES["blue"]), ("text", "red"), ("text", "red blue"))).json
    support.equal(answer["a"], [{"kind": "image", "index": 0}, {"kind": "image", "index": 1}], "a: pictures")
    support.equal(answer["b"], [{"kind": "text", "index": 0}, {"kind": "text", "index": 1}], "b: texts")
    half = math.sqrt(0.5)
    for found, expected in zip(answer["similarity"], [[1, half], [0, half]], strict=True):
        close(found, expected)
    answer = post("/v1/similarity", *as_json(texts=["red", "red blue", "green"])).json
    support.equal(answer["a"], answer["b"], "one kind: all with all")
    for found, expected in zip(answer["similarity"], [[1, half, 0], [half, 1, 0], [0, 0, 1]], strict=True):
        close(found, expected)
    groups = {"a": {"images": [TEXT64["red"]], "text": "green"}, "b": {"texts": ["red"], "image": TEXT64["green"]}}
    in_parts = [("a_image", PICTURES["red"]), ("a_text", "green"), ("b_text", "red"), ("b_image", PICTURES["green"])]
    for body, headers in [as_json(**groups), multipart(*in_parts)]:
        answer = post("/v1/similarity", body, headers).json
        support.equal([[i["kind"] for i in answer[g]] for g in "ab"], [["image", "text"]] * 2, "kinds")
        for found, expected in zip(answer["similarity"], [[0, 1], [1, 0]], strict=True):
            close(found, expected)


def match_probability(words):
    """tiny_matcher on a picture of pure colours: how many of the words are the picture's colour."""
    return 1 / (1 + math.exp(5 - 10 * words))


def test_matching():
    parts = [("image", PICTURES["red"]), ("image", PICTURES["blue"]), ("text", "red"), ("text", "a photo of red, blue and red"), ("text", "dark")]
    answer = post("/v1/similarity", *multipart(*parts, ("scoring", "matching"))).json
    support.equal((answer["model"], answer["scoring"]), ("tiny_matcher", "matching"), "the default of the task")
    support.equal((len(answer["a"]), len(answer["b"])), (2, 3), "groups")
    for found, counts in zip(answer["similarity"], [(1, 2, 0), (0, 1, 0)], strict=True):
        close(found, [match_probability(n) for n in counts], 1e-4)
    texts_first = {"a": {"texts": ["red " * 17, "red " * 30]}, "b": {"image": TEXT64["red"]}, "scoring": "matching", "model": "tiny_matcher"}
    answer = post("/v1/similarity", *as_json(**texts_first)).json
    for found, n in zip(answer["similarity"], (17, 18), strict=True):  # cut to 20 ids, two of which are start and end
        close(found, [match_probability(n)], 1e-4)
    shown = server.request("GET", "/v1/models/tiny_matcher").json
    support.equal((shown["task"], shown["family"], shown["recipe"]["embed"]["context_length"]), ("match", "matcher", 20), "recipe")
    support.equal(shown["recipe"]["embed"]["resize"], "squash", "as BLIP's pictures are")
    assert "scoring" not in shown["recipe"]["embed"] and "dim" not in shown["recipe"], shown


def test_mistakes_of_matching():
    red, scoring = ("image", PICTURES["red"]), ("scoring", "matching")
    for parts, code, status, words in [
            ([red, scoring], "bad_request", 400, "one group of each kind"),
            ([("text", "a"), ("text", "b"), scoring], "bad_request", 400, "one group of each kind"),
            ([("a_image", PICTURES["red"]), ("a_text", "a"), ("b_text", "b"), scoring], "bad_request", 400, "one group of each kind"),
            ([red, ("text", "a"), ("scoring", "softmax")], "bad_request", 400, "scoring: must be one of cosine, matching, is 'softmax'"),
            ([red, ("text", "a"), scoring, ("model", "tiny_clip")], "bad_request", 400, "not match; installed for it: tiny_matcher"),
            ([red, ("text", "a"), ("model", "tiny_matcher")], "bad_request", 400, "model 'tiny_matcher' is for match, not embed"),
            ([red, ("image", b"GIF89a"), ("text", "a"), scoring], "invalid_image", 400, "image 1: "),
            ([red] * 3 + [("text", "a")] * 1366 + [scoring], "bad_request", 400, "at most 4096 pairs")]:
        check("/v1/similarity", *multipart(*parts), status, code, words)


def check(path, body, headers, status, code, words):
    problem = support.check_problem(server.request("POST", path, body, headers), status, code)
    assert words in problem["detail"], (path, words, problem["detail"])


def test_mistakes_of_embed():
    red = ("image", PICTURES["red"])
    for body, headers, status, code, words in [
            (*multipart(("x", "y")), 400, "bad_request", "an image or a text is expected"),
            (*as_json(), 400, "bad_request", "an image or a text is expected"),
            (b"", {}, 400, "bad_request", "an image or a text is expected"),
            (*as_json(texts=[]), 400, "bad_request", "texts: the list is empty"),
            (*as_json(images=[]), 400, "bad_request", "images: the list is empty"),
            (*as_json(image=[], text="a"), 400, "bad_request", "image: the list is empty"),
            (*as_json(texts=["a", " data:;base64,AAAA"]), 400, "bad_request", "texts: text 1 is a data URI"),
            (*as_json(texts=["a", "b\0c"]), 400, "invalid_json", "in /texts/1: \\u0000 is not allowed"),
            (*as_json(texts=["a", 3]), 400, "bad_request", "texts: text 1 must be a string, is number"),
            (*as_json(texts={"a": 1}), 400, "bad_request", "must be a string, is object"),
            (*as_json(images=[TEXT64["red"], 7]), 400, "bad_request", "/images/1: must be base64"),
            (*as_json(images=["?"]), 400, "bad_request", "base64"),
            (*multipart(("text", b"\xff\xfe", "t")), 400, "bad_request", "not UTF-8"),
            (*as_json(texts=["a"] * 2049), 400, "bad_request", "texts: at most 2048 texts"),
            (*multipart(*[("image", png(RED, 2, 2))] * 65), 400, "bad_request", "at most 64 images"),
            (*as_json(text="x" * (2**20 + 1)), 413, "body_too_large", "text 0 has 1048577 bytes, 1048576 at most"),
            (*multipart(("text", "x" * (2**20 + 1))), 413, "body_too_large", "1048576 at most"),
            (*as_json(text="a", normalize="maybe"), 400, "bad_request", "normalize: must be true or false"),
            (*as_json(text="a", encoding="hex"), 400, "bad_request", "encoding: must be one of float, base64, is 'hex'"),
            (*as_json(text="a", model=7), 400, "bad_request", "model: must be a string"),
            (*as_json(text="a", model="nope"), 404, "unknown_model", "no model 'nope'"),
            (*as_json(text="a", model="tiny_colours"), 400, "bad_request", "model 'tiny_colours' is for embed, not embed_text"),
            (*multipart(red, ("model", "tiny_words")), 400, "bad_request", "model 'tiny_words' is for embed_text, not embed"),
            (*multipart(red, ("text", "a"), ("model", "tiny_colours")), 400, "bad_request", "not embed_text"),
            (*multipart(red, ("image", PICTURES["red"][:60]), red), 400, "invalid_image", "image 1: "),
            (*multipart(red, red, ("image", b"%PDF-1.4")), 415, "unsupported_media_type", "image 2: "),
            (*multipart(red, ("image", b"")), 400, "invalid_image", "image 1: "),
            (b"{", {"Content-Type": "application/json"}, 400, "invalid_json", "line 1"),
            (b'{"text":"a","text":"b"}', {"Content-Type": "application/json"}, 400, "invalid_json", "duplicate"),
            (b'{"text":NaN}', {"Content-Type": "application/json"}, 400, "invalid_json", "NaN"),
            (b"[]", {"Content-Type": "application/json"}, 400, "bad_request", "must be an object")]:
        check("/v1/embed", body, headers, status, code, words)
    answer = post("/v1/embed", *as_json(text="red", no_such_field=[1, {}])).json
    support.equal(answer["model"], "tiny_clip", "fields nobody knows are ignored")


def test_mistakes_of_classify():
    red = ("image", PICTURES["red"])
    for body, headers, words in [
            (*multipart(red), "labels: a list of one label or more is expected"),
            (*multipart(("labels", "a")), "an image is expected"),
            (*as_json(image=TEXT64["red"], labels=[]), "labels: the list is empty"),
            (*as_json(image=TEXT64["red"], labels=["a", ""]), "labels: one of them is empty"),
            (*as_json(image=TEXT64["red"], labels=["a", True]), "labels/1: must be a string"),
            (*as_json(image=TEXT64["red"], labels=["a"] * 2049), "labels: at most 2048 items"),
            (*multipart(red, ("labels", "a"), ("template", "no place")), "template: must have {} or {label}"),
            (*multipart(red, ("labels", "a"), ("top_k", "0")), "top_k"),
            (*multipart(red, ("labels", "a"), ("top_k", "nan")), "top_k: must be a whole number"),
            (*multipart(red, ("labels", "a"), ("text", "b")), "text: labels are expected in 'labels'"),
            (*multipart(red, ("labels", "a"), ("model", "tiny_colours")), "not embed_text")]:
        check("/v1/classify", body, headers, 400, "bad_request", words)
    check("/v1/classify", *as_json(image=TEXT64["red"], labels=["x" * 1000], template="{}" * 1100), 413, "body_too_large", "labels: a label")


def test_mistakes_of_similarity():
    for body, headers, words in [
            (*as_json(), "images and texts are expected"),
            (*as_json(a={"texts": ["a"]}), "b: must be an object of images and texts, is missing"),
            (*as_json(a={"texts": ["a"]}, b=[]), "b: must be an object of images and texts, is array"),
            (*as_json(a={"texts": ["a"]}, b={}), "group b has neither image nor text"),
            (*as_json(a={"texts": []}, b={"text": "b"}), "a/texts: the list is empty"),
            (*as_json(a={"texts": ["a", 1]}, b={"text": "b"}), "a/texts: text 1 must be a string"),
            (*as_json(a={"images": [3]}, b={"text": "b"}), "/a/images/0: must be base64"),
            (*as_json(a={"text": "a"}, b={"text": "b"}, texts=["c"]), "either in the groups a and b or outside"),
            (*multipart(("a_text", "a")), "group b has neither"),
            (*multipart(("a_text", "a"), ("b_text", "b"), ("image", PICTURES["red"])), "either in the groups")]:
        check("/v1/similarity", body, headers, 400, "bad_request", words)
    broken = base64.b64encode(PICTURES["red"][:60]).decode()
    check("/v1/similarity", *as_json(a={"images": [TEXT64["red"], broken]}, b={"text": "b"}), 400, "invalid_image", "a/images")


def test_defaults_make_a_pair():
    """What is configured for pictures counts for texts too; a request of both kinds never mixes packages."""
    for default, model in [("embed=tiny_siglip", "tiny_siglip"), ("embed_text=tiny_words", "tiny_clip")]:
        with support.Server("--models", str(MODELS), "--default-models", default, binary=support.OCELLI) as other:
            answer = other.request("POST", "/v1/embed", *multipart(("image", PICTURES["red"]), ("text", "red")))
            support.equal((answer.status, answer.json.get("model")), (200, model), default)
    with support.Server("--models", str(MODELS), "--default-models", "embed=tiny_colours", binary=support.OCELLI) as other:
        answer = other.request("POST", "/v1/embed", *multipart(("image", PICTURES["red"]), ("text", "red")))
        problem = support.check_problem(answer, 404, "unknown_model")
        assert "'tiny_colours' does not embed both" in problem["detail"], problem
    with tempfile.TemporaryDirectory() as empty, support.Server("--models", empty, binary=support.OCELLI) as other:
        for parts, words in [((("text", "a"),), "no model is installed for embed_text"), ((("image", PICTURES["red"]), ("text", "a")), "both pictures and texts")]:
            problem = support.check_problem(other.request("POST", "/v1/embed", *multipart(*parts)), 404, "unknown_model")
            assert words in problem["detail"], problem


def test_large_pictures_are_not_held_at_once():
    """Ten pictures of 12 megapixels are 360 MB of pixels; the server may have less than half of that."""
    large = png(RED, 4000, 3000)
    with support.Server("--models", str(MODELS), "--memory-budget", "160M", "--deadline-ms", "300000", binary=support.OCELLI) as other:
        answer = other.request("POST", "/v1/embed", *multipart(*[("image", large)] * 10), timeout=300)
        support.equal(answer.status, 200, answer.text[:500])
        support.equal(len(answer.json["embeddings"]), 10, "all of them")


if __name__ == "__main__":
    with support.Server("--models", str(MODELS), "--model-aliases", "other-name=tiny_siglip", binary=support.OCELLI) as server:
        sys.exit(support.run_tests(dict(globals())))
