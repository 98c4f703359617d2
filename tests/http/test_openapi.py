#!/usr/bin/env python3
"""Runs every example of the OpenAPI document, as a person would in the project's folder, against a server with the starter models: the
status, the content type and the answer must be what the document says, with no member that it does not know. The schemas themselves are
held against JSON Schema's meta-schema. Under a sanitizer one example an operation is run, pictures excepted but where later examples need
what it makes (x-capture).
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is needed")
    sys.exit(77)

TOP = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SLOW = "build-" in support.OCELLI  # a sanitizer's
OPTIONS = ["--models", str(TOP / "models" / "starter")]
warnings.filterwarnings("ignore", category=DeprecationWarning)  # RefResolver: Debian's version knows nothing newer
HINT = "static/openapi/README.md tells what an example is"


def strict(schema):
    """The schema, with objects that list their members closed: what is not documented is an error."""
    if isinstance(schema, list):
        return [strict(v) for v in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: strict(v) for k, v in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


def resolve(document, value):
    while isinstance(value, dict) and "$ref" in value:
        ref, value = value["$ref"], document
        for part in ref.removeprefix("#/").split("/"):
            value = value[part]
    return value


def pointer(value, path):
    for part in path.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():  # as written: later examples use what earlier ones made
            if method in METHODS:
                yield path, method, operation


def schemas_in(value, where=""):
    """Everything that stands where a schema is expected."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "schema":
                yield where + "/schema", inner
            elif key == "schemas":
                yield from ((f"{where}/schemas/{name}", one) for name, one in inner.items())
            yield from schemas_in(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from schemas_in(inner, f"{where}/{i}")


def check_schemas(document):
    n = 0
    for where, schema in schemas_in(document):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            raise AssertionError(f"{where}: {error.message}") from error
        n += 1
    assert n > 50, n
    return n


def check_parameters(document):
    """Every parameter that a handler reads under a name of its own is described somewhere."""
    known, read = json.dumps(document), {}
    for path in sorted((TOP / "handlers").rglob("*.c")):
        for name in re.findall(r'oc_param_\w+\([^"();]*,\s*"(\w+)"', path.read_text()):
            read.setdefault(name, path.relative_to(TOP))
    missing = [f"{name} ({path})" for name, path in read.items() if f'"{name}"' not in known]
    assert len(read) > 40 and not missing, f"parameters that static/openapi does not describe: {', '.join(missing)}; {HINT}"


class Runner:
    def __init__(self, document, port, folder):
        self.document, self.port, self.folder = document, port, folder
        self.validator = jsonschema.RefResolver("", strict(document))
        self.variables = {}

    def curl(self, source):
        """Status, content type and body of one line."""
        assert source.startswith("curl ") and "\n" not in source, f"one line that begins with curl is expected; {HINT}"
        assert "http://127.0.0.1:8080" in source, f"http://127.0.0.1:8080 is expected as the server; {HINT}"
        line = source.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{self.port}")
        body = os.path.join(self.folder, "body")
        line = re.sub(r" -o \S+", "", line).replace("curl ", f"curl -sS -m 60 -o {shlex.quote(body)} -w '%{{http_code}} %{{content_type}}' ", 1)
        pathlib.Path(body).write_bytes(b"")
        done = subprocess.run(["sh", "-c", line], cwd=TOP, env={**support.clean_environment(), **self.variables}, capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr
        status, _, media = done.stdout.partition(" ")
        return int(status), media.split(";")[0].strip(), pathlib.Path(body).read_bytes()

    def validate(self, schema, value):
        errors = list(jsonschema.Draft202012Validator(strict(schema), resolver=self.validator).iter_errors(value))
        if errors:
            worst = jsonschema.exceptions.best_match(errors)
            raise AssertionError(f"the answer does not fit its schema in static/openapi: {worst.json_path}: {worst.message[:400]}")

    def run(self, operation, sample):
        status, media, body = self.curl(sample["source"])
        assert status == sample.get("x-status", 200), f"status {status}: {body[:300]!r}"
        response = resolve(self.document, operation["responses"].get(str(status)))
        assert response, f"status {status} is not among the responses"
        content = response.get("content", {})
        if not content:
            assert not body, "a body where none is documented"
            return
        assert media in content, f"content type {media}; documented: {', '.join(content)}"
        if media.endswith("json"):
            value = json.loads(body)
            self.validate(content[media]["schema"], value)
            self.variables.update({name: str(pointer(value, path)) for name, path in sample.get("x-capture", {}).items()})
        else:
            assert body, "an empty body"


def wanted(sample, index):
    """Under a sanitizer a picture takes seconds: what models do has tests of its own there."""
    return not SLOW or (index == 0 and "@docs/examples" not in sample["source"])


def main():
    failed = run = 0
    with tempfile.TemporaryDirectory() as folder, support.Server(*OPTIONS, "--gallery", os.path.join(folder, "gallery"), binary=support.OCELLI) as server:
        document = server.request("GET", "/openapi.json").json
        assert document["openapi"].startswith("3.1.") and document["info"]["version"] == server.request("GET", "/version").json["version"]
        print(check_schemas(document), "schemas")
        check_parameters(document)
        runner = Runner(document, server.port, folder)
        for path, method, operation in operations(document):
            for index, sample in enumerate(operation["x-codeSamples"]):
                if not wanted(sample, index) and "x-capture" not in sample:
                    continue
                run += 1
                try:
                    runner.run(operation, sample)
                except (AssertionError, ValueError, LookupError) as error:
                    failed += 1
                    print(f"FAIL  {method.upper()} {path}, example '{sample['label']}': {error}\n      {sample['source']}", flush=True)
    print(f"{run} examples, {failed} failed")
    assert run > 30 or SLOW
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
