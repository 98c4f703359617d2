#!/usr/bin/env python3
"""The gallery: its routes with good and bad input, its commands, another model. On the small models of tests/data."""
import base64
import json
import os
import re
import struct
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from gallery_support import MODELS, Box, enrol, identify, line, package, packed, scene, vector

ONE, SAME, OTHER, TWO, NONE = scene({(1, 1)}), scene({(2, 2)}), scene({(1, 1)}, around=(0, 255, 0)), scene({(0, 0), (2, 2)}), scene(set())
SLOW = "build-" in support.OCELLI  # a sanitizer's
STRANGE = "O'Hara \"; DROP TABLE face;-- / 日本"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def quoted(name):
    return urllib.parse.quote(name, safe="")


def get(server, path, status=200):
    answer = server.request("GET", path)
    support.equal(answer.status, status, answer.text)
    return answer.json


def send(server, method, path, body=None, status=200, code=None):
    answer = server.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} if body is not None else {})
    if code:
        return support.check_problem(answer, status, code)
    support.equal(answer.status, status, answer.text)
    return answer.json


def test_people_are_enrolled_found_and_remembered():
    with Box() as box:
        with box.server(*MODELS) as server:
            support.equal(get(server, "/v1/subjects"), {"subjects": [], "next": None, "total": 0, "faces": 0, "searchable": 0, "model": None})
            empty = identify(server, ONE)
            support.equal((empty.status, empty.json["faces"][0]["subject"], empty.json["faces"][0]["candidates"]), (200, None, []), "nobody yet")
            assert not os.path.exists(box.path), "a file before the first face"
            answer = enrol(server, "Ada", ONE)
            support.equal(answer.status, 201, answer.text)
            face = answer.json
            assert ID.fullmatch(face["id"]), face
            support.equal((face["subject"], face["model"], face["detector"]), ("Ada", "tiny_arcface", "tiny_yunet"), "answer")
            support.equal(face["box"], {"x1": 16, "y1": 16, "x2": 32, "y2": 32}, "box")
            assert 0 <= face["quality"]["overall"] <= 1 and face["landmarks"]["nose"], face
            support.equal(answer.headers["location"], f"/v1/subjects/Ada/faces/{face['id']}", "location")
            strange = enrol(server, quoted(STRANGE), OTHER)
            support.equal((strange.status, strange.json["subject"]), (201, STRANGE), "a name with SQL in it")
            support.equal(strange.headers["location"], f"/v1/subjects/{quoted(STRANGE)}/faces/{strange.json['id']}", "location")
            support.equal(os.stat(box.path).st_mode & 0o777, 0o600, "mode")
        with box.server(*MODELS) as server:
            listed = get(server, "/v1/subjects")
            support.equal([(s["name"], s["faces"]) for s in listed["subjects"]], [("Ada", 1), (STRANGE, 1)], "after a restart")
            support.equal((listed["model"]["name"], listed["model"]["dim"], len(listed["model"]["fingerprint"])), ("tiny_arcface", 192, 64), "model")
            for picture, name in ((SAME, "Ada"), (OTHER, STRANGE)):
                found = identify(server, picture, query="top_k=2&threshold=0.9").json["faces"]
                support.equal(found[0]["subject"], name, "who")
                assert found[0]["similarity"] > 0.999 and found[0]["candidates"][0]["similarity"] >= found[0]["candidates"][1]["similarity"], found
                support.equal([len(found), len(found[0]["candidates"])], [1, 2], "candidates")
            both = identify(server, TWO, query="top_k=1").json["faces"]
            support.equal([f["subject"] for f in both], ["Ada", "Ada"], "two faces of a picture")
            support.equal(identify(server, OTHER, query="threshold=1&min_quality=1").json["faces"][0]["candidates"], [], "below min_quality")
            support.equal(server.metric("ocelli_gallery_faces"), 2, "metric")
            assert server.metric("ocelli_gallery_identified_total") >= 3
            assert not any("Hara" in text for text in server.log), "a name is in the log"
        box.check_whole()


def test_vectors_lists_and_pages():
    with Box() as box, box.server(*MODELS) as server:
        embedding = server.request("POST", "/v1/faces/embed", ONE, {"Content-Type": "image/png"}).json["faces"][0]["embedding"]
        enrolled = enrol(server, "v", v=embedding)
        support.equal((enrolled.status, enrolled.json["box"], enrolled.json["detector"]), (201, None, None), "a vector")
        support.equal(identify(server, SAME).json["faces"][0]["subject"], "v", "found by picture")
        found = identify(server, v=[3 * x for x in embedding]).json["faces"][0]
        support.equal((found["subject"], found["candidates"][0]["face_id"], found["box"]), ("v", enrolled.json["id"], None), "found by vector")
        for i in range(5):
            support.equal(enrol(server, f"p{i}", v=vector(i, 192)).status, 201, "enrolled")
        names, after = [], ""
        while after is not None:
            page = get(server, f"/v1/subjects?limit=2&after={after}")
            names += [s["name"] for s in page["subjects"]]
            after = page["next"]
        support.equal(names, ["p0", "p1", "p2", "p3", "p4", "v"], "pages")
        ids = [enrol(server, "v", v=vector(9 + i, 192)).json["id"] for i in range(3)]
        page = get(server, "/v1/subjects/v/faces?limit=2")
        support.equal([f["id"] for f in page["faces"]], [enrolled.json["id"], ids[0]], "first page")
        rest = get(server, f"/v1/subjects/v/faces?after={page['next']}&embeddings=true&encoding=base64")
        support.equal(([f["id"] for f in rest["faces"]], rest["next"]), (ids[1:], None), "second page")
        unit = vector(11, 192)
        length = sum(x * x for x in unit) ** 0.5
        stored = struct.unpack("<192f", base64.b64decode(rest["faces"][1]["embedding"]))
        assert all(abs(a - b / length) < 1e-7 for a, b in zip(stored, unit)), "the vector, of length 1"
        support.equal(len(get(server, "/v1/subjects/v/faces?embeddings=true")["faces"][0]["embedding"]), 192, "numbers")
        support.equal(get(server, "/v1/subjects/v")["faces"], 4, "one subject")


def test_renaming_and_deleting():
    with Box() as box, box.server(*MODELS) as server:
        first = enrol(server, "Ann", ONE).json["id"]
        enrol(server, "Bob", OTHER)
        send(server, "PATCH", "/v1/subjects/Ann", {"name": "Bob"}, 409, "conflict")
        support.equal(send(server, "PATCH", "/v1/subjects/Ann", {"name": " Anne "})["name"], "Anne", "renamed")
        support.equal(identify(server, ONE).json["faces"][0]["subject"], "Anne", "found by the new name")
        merged = send(server, "PATCH", "/v1/subjects/Bob", {"name": "Anne", "merge": True})
        support.equal((merged["name"], merged["faces"], merged["merged"]), ("Anne", 2, True), "merged")
        send(server, "GET", "/v1/subjects/Bob", None, 404, "not_found")
        send(server, "DELETE", f"/v1/subjects/Bob/faces/{first}", None, 404, "not_found")
        support.equal(send(server, "DELETE", f"/v1/subjects/Anne/faces/{first}")["deleted"], True, "deleted")
        send(server, "DELETE", f"/v1/subjects/Anne/faces/{first}", None, 404, "not_found")
        assert identify(server, ONE).json["faces"][0]["similarity"] < 0.999
        support.equal(send(server, "DELETE", "/v1/subjects/Anne"), {"name": "Anne", "deleted": True, "faces": 1}, "deleted")
        support.equal(identify(server, ONE).json["faces"][0]["candidates"], [], "nobody is left")
        for end in ("", "-wal"):
            assert b"Anne" not in open(box.path + end, "rb").read(), f"the name is still in {end or 'the file'}"


def test_bad_input():
    with Box() as box, box.server(*MODELS) as server:
        enrol(server, "Ada", ONE)
        problem = support.check_problem(enrol(server, "Ada", NONE), 422, "no_face")
        assert "tiny_yunet" in problem["detail"], problem
        support.check_problem(identify(server, NONE), 422, "no_face")
        assert "2 faces" in support.check_problem(enrol(server, "Ada", TWO), 422, "several_faces")["detail"]
        support.equal(enrol(server, "Ada", TWO, query="faces=largest").status, 201, "largest")
        support.check_problem(enrol(server, "Ada", ONE, query="min_quality=1"), 422, "low_quality")
        assert "256" in support.check_problem(enrol(server, "a" * 257, ONE), 400, "bad_request")["detail"]
        for name in ("a" * 257, "%01", "%FF", "%20", "%E2%80%8B", "%C2%A0%E2%81%A0", "%E3%85%A4", ".%2E", "%00"):
            for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/faces")):
                answer = server.request(method, f"/v1/subjects/{name}{path}")
                support.check_problem(answer, 400, "bad_request")
        send(server, "PATCH", "/v1/subjects/Ada", {"name": "b" * 257}, 400, "bad_request")
        send(server, "PATCH", "/v1/subjects/Ada", {}, 400, "bad_request")
        send(server, "PATCH", "/v1/subjects/Nobody", {"name": "x"}, 404, "not_found")
        for path in ("/v1/subjects/Nobody", "/v1/subjects/Nobody/faces"):
            send(server, "GET", path, None, 404, "not_found")
        send(server, "DELETE", "/v1/subjects/Nobody", None, 404, "not_found")
        send(server, "DELETE", "/v1/subjects/Ada/faces/1", None, 404, "not_found")
        send(server, "GET", "/v1/subjects?limit=0", None, 400, "bad_request")
        send(server, "GET", "/v1/subjects/Ada/faces?after=x", None, 400, "bad_request")
        for v in ([0] * 192, [1] * 191, [1], [], "x", {"a": 1}, [1] * 191 + ["x"], [[1] * 192], packed([float("nan")] * 192),
                  packed([float("inf")] * 192), packed([1] * 512), "AAA=", [1] * 9000):
            for path in ("/v1/faces/identify", "/v1/subjects/Ada/faces"):
                answer = server.request("POST", path, json.dumps({"embedding": v}), {"Content-Type": "application/json"})
                assert answer.status == 400, (v, answer.text)
        answer = server.request("POST", "/v1/faces/identify", '{"embedding":[1e400' + ",1" * 191 + "]}", {"Content-Type": "application/json"})
        support.check_problem(answer, 400, "invalid_json")
        send(server, "POST", "/v1/faces/identify", {}, 400, "bad_request")
        for query in ("top_k=0", "top_k=101", "threshold=2", "threshold=nan", "model=nobody"):
            assert identify(server, ONE, query=query).status in (400, 404), query
        support.equal(get(server, "/v1/subjects/Ada")["faces"], 2, "nothing was lost or added")
        support.equal(server.request("POST", "/v1/subjects", "{}").status, 405, "method")
    with Box() as box, support.Server("--gallery", "none", *MODELS, binary=support.OCELLI) as server:
        support.check_problem(server.request("GET", "/v1/subjects"), 404, "not_found")


def test_another_model():
    with tempfile.TemporaryDirectory() as folder, Box() as box:
        package(folder, "first")
        package(folder, "second", input={"channels": "bgr"})
        options = ("--models", folder, "--gallery-images", "on")
        with box.server(*options) as server:
            support.equal(enrol(server, "Ada", ONE).json["model"], "first:recognition", "the default")
            kept = enrol(server, "Bob", OTHER).json["id"]
            problem = support.check_problem(enrol(server, "Ada", SAME, query="model=second"), 409, "model_mismatch")
            assert "first:recognition" in problem["detail"] and "second:recognition" in problem["detail"], problem
            support.check_problem(identify(server, ONE, query="model=second"), 409, "model_mismatch")
            assert "another process" in box.command("re-embed", "second", "--models", folder, expect=1).stderr
        with box.server("--models", folder, "--default-models", "face_embed=second") as server:
            support.check_problem(identify(server, ONE), 409, "model_mismatch")
            enrol(server, "Zoe", v=vector(1, 192), query="model=first")  # no picture: it cannot be converted
        report = box.command("re-embed", "second", "--models", folder, expect=1)
        support.equal((report.stdout.count("\n"), report.stdout.startswith("Zoe\t")), (1, True), report.stdout)
        assert "2 faces converted" in report.stderr and "--partial" in report.stderr, report.stderr
        with box.server("--models", folder) as server:
            support.equal(identify(server, ONE).json["faces"][0]["subject"], "Ada", "as it was")
        report = box.command("re-embed", "second", "--models", folder, "--partial")
        assert "0 faces converted, 2 were before, 1 cannot be" in report.stderr, report.stderr
        with box.server("--models", folder, "--default-models", "face_embed=second") as server:
            found = identify(server, OTHER).json["faces"][0]
            support.equal((found["subject"], found["candidates"][0]["face_id"]), ("Bob", kept), "by the new model")
            assert found["similarity"] > 0.999, found
            support.equal([f["searchable"] for f in get(server, "/v1/subjects/Zoe/faces")["faces"]], [False], "left behind")
            listed = get(server, "/v1/subjects")
            support.equal((listed["faces"], listed["searchable"], listed["model"]["name"]), (3, 2, "second:recognition"), "counts")
        box.check_whole()
        assert "2 faces" in box.command("re-embed", "second", "--models", folder, "--drop").stderr + "2 faces"
        support.equal(box.sql("SELECT count(*) FROM face"), [(2,)], "dropped")


def test_commands():
    with Box() as box, Box() as copy:
        assert "no gallery" in box.command("list", expect=1).stderr
        lines = [line("Ada", vector(1)), line("Bob", vector(2), box={"x1": 1, "y1": 2, "x2": 3, "y2": 4}, score=0.5, quality=0.25), '{"subject":"Zoe"}']
        assert "imported 2 faces and 1 subjects" in box.command("import", text="\n".join(lines) + "\n").stdout
        assert "Ada" in box.command("list").stdout and "net, 64 numbers" in box.command("list").stdout
        support.equal([json.loads(text)["faces"] for text in box.command("list", "--json").stdout.splitlines()], [1, 1, 0], "list")
        exported = box.command("export").stdout
        copy.command("import", text=exported)
        support.equal(sorted(copy.command("export").stdout.splitlines()), sorted(exported.splitlines()), "export, import, export")
        assert "enrolled already" in copy.command("import", text=exported, expect=1).stderr
        assert "2 left out" in copy.command("import", "--skip-existing", text=exported).stdout
        support.equal(len(box.command("export", "--subject", "Bob").stdout.splitlines()), 1, "one subject")
        bad = ["{", "[]", "{}", '{"subject":"x","embedding":[1,2]}', line("x", [0] * 64), line("x", vector(1, 63)), line("\x01", vector(1)),
               line("x", vector(1), what=1), line("x", vector(1), id="1"), line("x", [float("nan")] * 64), line("x", vector(1), created=0),
               json.dumps({"subject": "x", "embedding": packed(vector(1)), "model": {"name": "other", "fingerprint": "11" * 32}})]
        report = box.command("import", text="\n".join([line("Eve", vector(3)), *bad]), expect=1).stderr
        for number in range(2, 2 + len(bad)):
            assert f"line {number}: " in report, (number, report)
        assert "nothing was imported" in report, report
        support.equal(len(box.command("export").stdout.splitlines()), 3, "nothing was")
        assert box.command("check").stdout.startswith("ok: 2 faces")
        box.sql("UPDATE vector SET data = zeroblob(256) WHERE face = 1")
        assert "length is 0" in box.command("check", expect=1).stdout
        box.command("frobnicate", expect=2)
        box.command("list", "--frobnicate", expect=2)
        for name in ("list", "export", "import", "re-embed", "check") if not SLOW else ():
            assert f"usage: ocelli gallery {name}" in box.command(name, "--help").stdout


if __name__ == "__main__":
    sys.exit(1 if support.run_tests(globals()) else 0)
