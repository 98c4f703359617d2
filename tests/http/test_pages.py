#!/usr/bin/env python3
"""The page and its files: who gets HTML and who Immich's answer, caching, the policy, and that nothing in them is from elsewhere."""
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

TOP = pathlib.Path(__file__).resolve().parents[2]
MODELS = str(TOP / "tests" / "data" / "models")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_root_is_for_browsers_and_immich():
    page = server.request("GET", "/", headers=BROWSER)
    support.equal((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"), "page")
    assert b"<title>Ocelli" in page.body
    for accept in ("application/json", "application/json, text/plain, */*"):
        answer = server.request("GET", "/", headers={"Accept": accept})
        support.equal((answer.status, answer.json), (200, {"message": "Immich ML"}), f"accept {accept}")
    for accept in ("*/*", None):
        answer = server.request("GET", "/", headers={"Accept": accept} if accept else {})
        support.equal(answer.headers["content-type"], "text/html; charset=utf-8", f"accept {accept}")
    support.equal(server.request("HEAD", "/", headers=BROWSER).status, 200, "HEAD")


def test_policy_and_caching():
    for path in ("/docs", "/openapi.json", "/static/app.js", "/static/style.css", "/static/icon.svg", "/examples/dog.jpg"):
        answer = server.request("GET", path)
        support.equal(answer.status, 200, path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy and "*" not in policy, policy
        support.equal(answer.headers["x-content-type-options"], "nosniff", path)
        support.equal(answer.headers.get_all("cache-control"), ["no-cache"], path)
        tag = answer.headers["etag"]
        for tags in (tag, f'"other", W/{tag}', "*"):
            again = server.request("GET", path, headers={"If-None-Match": tags})
            support.equal((again.status, again.body, again.headers["etag"]), (304, b"", tag), f"{path} with {tags}")
        support.equal(server.request("GET", path, headers={"If-None-Match": '"other"'}).status, 200, path)
    support.equal(server.request("GET", "/ping").headers.get_all("cache-control"), ["no-store"], "others")


def test_types():
    for name, kind in [("app.js", "text/javascript; charset=utf-8"), ("style.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")]:
        support.equal(server.request("GET", "/static/" + name).headers["content-type"], kind, name)
    for name in ("dog.jpg", "street-truth.png"):
        answer = server.request("GET", "/examples/" + name)
        support.equal(answer.body, (TOP / "docs" / "examples" / name).read_bytes(), name)


def test_names_that_are_none():
    for path in ("/static/", "/static/nothing", "/static/..%2fapp.js", "/static/%2e%2e", "/static/app.js%00", "/examples/README.md", "/examples/app.js", "/static/a/b"):
        assert server.request("GET", path).status in (400, 404), path
    support.check_problem(server.request("POST", "/docs", b"x"), 405, "method_not_allowed")


def test_nothing_from_elsewhere():
    """What a policy would stop at run time is not there in the first place."""
    for path in sorted((TOP / "static").glob("*.*")):
        text = path.read_text()
        found = set(re.findall(r"https?://[\w.-]+", text)) - {"http://www.w3.org", "http://127.0.0.1", "http://HOST"}
        assert not found, (path.name, found)
        if path.suffix == ".html":
            assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), path.name


def test_open_with_keys_and_without_the_dialect():
    with support.Server("--models", MODELS, "--api-key", "secret-1", "--dialects", "none", binary=support.OCELLI) as other:
        for path in ("/", "/docs", "/openapi.json", "/static/app.js", "/examples/dog.jpg"):
            support.equal(other.request("GET", path).status, 200, path)
        assert b"<title>Ocelli" in other.request("GET", "/", headers={"Accept": "application/json"}).body, "there is nothing else to say"
        support.equal(other.request("GET", "/v1/models").status, 401, "models")
        support.equal(other.request("GET", "/v1/models", headers={"x-api-key": "secret-1"}).status, 200, "models")


if __name__ == "__main__":
    with support.Server("--models", MODELS, binary=support.OCELLI) as server:
        sys.exit(support.run_tests(dict(globals())))
