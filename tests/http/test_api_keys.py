#!/usr/bin/env python3
"""API keys: what is open, what is refused and how, where keys may be, and that none is ever shown."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

SECRET, OTHER = "correct-horse-battery-1", "staple_2"


def test_what_needs_a_key():
    with support.Server("--api-key", SECRET, binary=support.OCELLI) as server:
        for path in ("/health", "/health/live", "/health/ready", "/ping"):
            support.equal(server.request("GET", path).status, 200, path)
        for method, path in (("GET", "/v1/models"), ("GET", "/metrics"), ("GET", "/version"), ("POST", "/v1/detect"), ("GET", "/nothing"),
                             ("DELETE", "/v1/models"), ("HEAD", "/v1/models"), ("GET", "/health/other")):
            answer = server.request(method, path, b"x" if method == "POST" else None)
            support.equal(answer.status, 401, f"{method} {path}")
            support.equal(answer.headers["www-authenticate"], 'Bearer realm="ocelli"', path)
            if method != "HEAD":
                problem = support.check_problem(answer, 401, "unauthorized")
                assert "x-api-key" in problem["detail"], problem
        support.equal(server.request("GET", "/nothing", headers={"x-api-key": SECRET}).status, 404, "who may ask is told")
        support.equal(server.request("DELETE", "/v1/models", headers={"x-api-key": SECRET}).status, 405, "and what is not allowed")


def test_where_a_key_may_be():
    with support.Server("--api-key", SECRET, "--api-key", OTHER, binary=support.OCELLI) as server:
        for headers in ({"Authorization": "Bearer " + SECRET}, {"authorization": "bearer  " + OTHER}, {"X-API-Key": OTHER},
                        {"Authorization": "Bearer wrong", "x-api-key": SECRET}, {"Authorization": "Basic eDp5", "x-api-key": SECRET}):
            support.equal(server.request("GET", "/v1/models", headers=headers).status, 200, headers)
        for headers in ({"Authorization": "Bearer wrong"}, {"x-api-key": ""}, {"x-api-key": SECRET[:-1]}, {"x-api-key": SECRET + "2"},
                        {"Authorization": "Bearer"}, {"Authorization": SECRET}, {"x-api-key": "Bearer " + SECRET}, {"cookie": "x-api-key=" + SECRET}):
            answer = server.request("GET", "/v1/models", headers=headers)
            support.equal(answer.status, 401, headers)
            said = 'error="invalid_token"' in answer.headers["www-authenticate"]
            support.equal(said, "x-api-key" in headers or headers.get("Authorization") == "Bearer wrong", f"wrong or missing: {headers}")
        support.equal(server.request("GET", "/v1/models?api_key=" + SECRET).status, 401, "not in the URL: those are logged")
        refused = server.request("GET", "/metrics", headers={"x-api-key": SECRET}).text
        count = [line for line in refused.splitlines() if line.startswith('ocelli_rejections_total{reason="unauthorized"}')]
        support.equal(count, ['ocelli_rejections_total{reason="unauthorized"} 9'], "counted")


def test_refused_before_the_body_is_read():
    with support.Server("--api-key", SECRET) as server:
        with server.connect() as s:
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
            support.equal(support.read_answer(s).status, 401, "before 100")
        with server.connect() as s:
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 70000000\r\n\r\n")
            support.equal(support.read_answer(s).status, 401, "too much to throw away")
        with server.connect() as s:
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + b"y" * 500000)
            support.equal(support.read_answer(s).status, 401, "thrown away")
            s.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nx-api-key: " + SECRET.encode() + b"\r\nContent-Length: 3\r\n\r\nabc")
            answer = support.read_answer(s)
            support.equal((answer.status, answer.body), (200, b"abc"), "the connection goes on")


def test_the_dialects_own_shape_and_place():
    with support.Server("--api-key", SECRET) as server:
        answer = server.request("POST", "/dialect", b"x")
        support.equal((answer.status, answer.text, answer.headers["content-type"]), (401, '{"error":"unauthorized"}', "application/json"), "shape")
        good = SECRET.encode() + b"\nrest"
        for method in ("POST", "PUT"):  # on a worker, on an HTTP loop
            support.equal(server.request(method, "/keyed", good).body, good, "key in the body")
            support.equal(server.request(method, "/keyed", b"z", {"x-api-key": SECRET}).body, b"z", "or in a header")
            for body, headers in ((b"wrong\nx", {}), (b"", {}), (b"\n", {}), (good, {"x-api-key": "wrong"})):
                answer = server.request(method, "/keyed", body, headers)
                support.equal(answer.status, 401, f"{method} {body} {headers}")
                assert answer.headers["www-authenticate"], "header"
        support.equal(server.request("POST", "/keyed", b"wrong").text, '{"error":"unauthorized"}', "shape")


def test_file_and_hangup():
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as f:
        def write(text):
            f.seek(0)
            f.truncate()
            f.write(text)
            f.flush()

        write("# first\n" + SECRET + "\n")
        with support.Server("--api-key-file", f.name, binary=support.OCELLI) as server:
            def status(key):
                return server.request("GET", "/v1/models", headers={"x-api-key": key}).status

            support.equal((status(SECRET), status(OTHER)), (200, 401), "as read at the start")
            write(OTHER + "\n")
            support.equal((status(SECRET), status(OTHER)), (200, 401), "not read by itself")
            server.process.send_signal(signal.SIGHUP)
            support.until(lambda: (status(SECRET), status(OTHER)) == (401, 200), "the new key to hold")
            write("")
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("API keys not read again")
            support.equal((status(SECRET), status(OTHER)), (401, 200), "a broken file changes nothing")


def test_keys_are_never_shown():
    environment = support.clean_environment(OCELLI_API_KEY=OTHER)
    with support.Server("--log-level", "debug", "--api-key", SECRET, env=environment, binary=support.OCELLI) as server:
        support.equal(server.request("GET", "/v1/models", headers={"x-api-key": OTHER}).status, 401, "the command line replaces the environment")
        texts = [server.request("GET", p, headers={"Authorization": "Bearer " + SECRET}).text for p in ("/v1/models", "/metrics", "/version", "/x")]
        texts.append(server.request("GET", "/v1/models", headers={"x-api-key": "typo-" + SECRET}).text)
        texts.append(pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_text())
        texts.append(pathlib.Path(f"/proc/{server.process.pid}/environ").read_text())
        log = server.log
    for text in texts + ["".join(log)]:
        assert SECRET not in text and OTHER not in text, text
    assert any("api_keys=1" in line for line in log), "their number is logged"
    shown = subprocess.run([support.OCELLI, "serve", "--print-config"], env=environment, capture_output=True, text=True, check=True).stdout
    assert "1, not shown" in shown and OTHER not in shown, shown


def test_mistakes_end_the_start():
    for options, words in ((["--api-key-file", "/nowhere"], "/nowhere"), (["--api-key", "two words"], "--api-key"), (["--api-key="], "1 to 1024"),
                           (["--api-key-file", "/dev/null"], "no key")):
        run = subprocess.run([support.OCELLI, "serve", "--port", "0", *options], env=support.clean_environment(), capture_output=True, text=True,
                             timeout=60)
        support.equal(run.returncode, 2, options)
        assert words in run.stderr and "two words" not in run.stderr, run.stderr


if __name__ == "__main__":
    sys.exit(1 if support.run_tests(globals()) else 0)
