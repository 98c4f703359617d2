#!/usr/bin/env python3
"""The models that come with the project, served as tools/run serves them, asked with the example pictures that come with it too."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
STARTER = os.path.join(TOP, "models", "starter")
EXAMPLES = os.path.join(TOP, "docs", "examples")
LIMIT = 8 * 1000 * 1000  # bytes of the folder
PLACED = {"street": {"bus", "car", "train", "truck", "person", "bicycle", "motorcycle", "dog", "traffic light"},
          "table": {"clock", "laptop", "bottle", "cup", "banana", "apple", "pizza", "cake"},
          "meadow": {"elephant", "horse", "sheep", "cow", "cat", "dog", "boat"}}


def run_line(line, folder):
    """A curl line as a person would run it from the project's folder; files it writes go to `folder`."""
    command = re.sub(r" -o (\S+)", lambda found: f" -o {folder}/{found.group(1)}", line).replace("curl ", "curl -sS ", 1)
    done = subprocess.run(["sh", "-c", command], cwd=TOP, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (line, done.stderr)
    return done.stdout


def printed_lines(port):
    text = subprocess.run([os.path.join(TOP, "tools", "first_requests"), "127.0.0.1", str(port)], capture_output=True, text=True,
                          timeout=60, check=True, env=support.clean_environment(OCELLI=support.OCELLI)).stdout
    assert f"http://127.0.0.1:{port}" in text, text
    return [line.strip() for line in text.splitlines() if line.startswith("  curl ")]


def line_for(lines, route):
    return next(line for line in lines if route in line)


def check_printed_lines(server):
    lines = printed_lines(server.port)
    assert len(lines) >= 6, lines
    with tempfile.TemporaryDirectory() as folder:
        answers = {line: run_line(line, folder) for line in lines}
        with open(os.path.join(folder, "overlay.jpg"), "rb") as picture:
            assert picture.read(3) == b"\xff\xd8\xff"
    said = {route: json.loads(answers[line_for(lines, route)]) for route in
            ("/v1/detect", "/v1/classify", "/v1/similarity", "/v1/faces/verify", "/v1/metrics/segmentation")}
    assert {"bus", "person"} <= {thing["label"] for thing in said["/v1/detect"]["detections"]}
    assert said["/v1/classify"]["results"][0]["label"] == "dog", said["/v1/classify"]
    matrix = said["/v1/similarity"]["similarity"]
    assert matrix[0][0] > matrix[0][1] and matrix[1][1] > matrix[1][0], matrix
    assert said["/v1/faces/verify"]["verified"] is True, said["/v1/faces/verify"]
    assert said["/v1/metrics/segmentation"]["mean_iou"] > 0.3


def check_one_scene(server, name="street"):
    """Two thirds of what was placed in an example is found, under its name."""
    with open(os.path.join(EXAMPLES, f"{name}.jpg"), "rb") as picture:
        answer = server.request("POST", "/v1/detect", picture.read(), {"content-type": "image/jpeg"})
    assert answer.status == 200, answer.text
    missing = PLACED[name] - {thing["label"] for thing in answer.json["detections"]}
    assert len(missing) <= len(PLACED[name]) // 3, (name, "not found:", missing)


def check_scenes(server):
    for name in PLACED:
        check_one_scene(server, name)


def check_faces(server):
    with open(os.path.join(EXAMPLES, "faces.jpg"), "rb") as picture:
        answer = server.request("POST", "/v1/faces/detect", picture.read(), {"content-type": "image/jpeg"})
    assert answer.status == 200 and len(answer.json["faces"]) == 7, answer.text
    url = f"http://127.0.0.1:{server.port}/v1/faces/verify"
    for first, second, same in (("a1", "a2", True), ("b1", "b2", True), ("a1", "b1", False), ("a2", "b2", False)):
        answer = json.loads(run_line(f"curl -F image1=@docs/examples/face-{first}.jpg -F image2=@docs/examples/face-{second}.jpg {url}", "."))
        assert answer["verified"] is same, (first, second, answer)


def check_list(server):
    answer = server.request("GET", "/v1/models")
    models = {model["id"]: model for model in answer.json["data"]}
    wanted = {"starter-clip", "starter-scene", "starter-face"}
    assert answer.status == 200 and wanted <= set(models), sorted(models)
    for name in wanted:
        assert models[name]["starter"] is True and models[name]["licence"] == "Apache-2.0", models[name]
    parts = {part["id"] for model in models.values() for part in model.get("parts", [])}
    assert {"starter-clip:visual", "starter-clip:textual", "starter-face:detection", "starter-face:recognition"} == parts, parts
    assert models["starter-clip"]["tasks"] == ["embed", "embed_text"], models["starter-clip"]
    for name in (*wanted, *parts):
        one = server.request("GET", f"/v1/models/{name}").json
        assert one["id"] == name and ("parts" in one) == (name in ("starter-clip", "starter-face")), one
    size = sum(os.path.getsize(os.path.join(folder, file)) for folder, _, files in os.walk(STARTER) for file in files)
    assert size <= LIMIT, size


def main():
    with support.Server("--models", STARTER, binary=support.OCELLI) as server:
        check_list(server)
        if "build-" in support.OCELLI:  # a sanitizer's: minutes for what models do, which the small ones of tests/data show it too
            check_one_scene(server)
        else:
            check_printed_lines(server)
            check_scenes(server)
            check_faces(server)
    print("ok")


if __name__ == "__main__":
    main()
