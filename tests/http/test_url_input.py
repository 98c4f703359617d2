#!/usr/bin/env python3
"""Pictures by URL: off by default; when on, listed hosts, public addresses, no redirects, limits of size and time."""
import http.server
import socket
import threading
import time

from support import Server, check_problem, clean_environment, equal, run_tests


class Handler(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        Handler.seen.append(self.path)
        if self.path == "/picture":
            self.answer(200, b"some bytes")
        elif self.path == "/redirect":
            self.answer(302, b"", location="/picture")
        elif self.path == "/missing":
            self.answer(404, b"no")
        elif self.path == "/big":
            self.answer(200, b"x" * 3000000)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(4000):
                    self.wfile.write(b"y" * 1000)
            except OSError:
                pass
        elif self.path == "/slow":
            time.sleep(3)
            self.answer(200, b"late")

    def answer(self, status, body, **headers):
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *args):
        pass


web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=web.serve_forever, daemon=True).start()
PORT = web.server_address[1]
server = None


def fetch(url, **headers):
    return server.request("POST", "/fetch", url.encode(), {k.replace("_", "-"): v for k, v in headers.items()})


def test_off_by_default():
    with Server() as other:
        check_problem(other.request("POST", "/fetch", f"http://127.0.0.1:{PORT}/picture".encode()), 403, "forbidden")


def test_a_listed_host_is_fetched():
    answer = fetch(f"http://127.0.0.1:{PORT}/picture")
    equal((answer.status, answer.text), (200, "some bytes"))
    equal(fetch(f"HTTP://127.0.0.1:{PORT}/picture#fragment").text, "some bytes")


def test_everything_else_is_refused():
    before = list(Handler.seen)
    for url in (f"http://localhost:{PORT}/picture",  # listed, but not as private
                f"http://127.0.0.1:{PORT + 1}/x", "http://127.0.0.1/x", f"http://[::1]:{PORT}/x", f"http://0.0.0.0:{PORT}/x", "http://169.254.169.254/latest",
                "http://example.com/", "https://10.0.0.1/", f"ftp://127.0.0.1:{PORT}/x", "gopher://127.0.0.1/",
                f"http://user:secret@127.0.0.1:{PORT}/picture"):
        check_problem(fetch(url), 403, "forbidden")
    for url in (f"http://2130706433:{PORT}/picture", f"http://0x7f.1:{PORT}/picture"):  # 127.0.0.1 in other clothes
        answer = fetch(url)
        assert answer.status in (200, 400, 403), answer.text
        assert answer.status != 200 or answer.text == "some bytes"
    for url in ("", "no url", "http://", "http://%zz/", "file:///etc/passwd", "//127.0.0.1/x"):
        assert fetch(url).status in (400, 403), url
    equal([path for path in Handler.seen[len(before):] if path != "/picture"], [])


def test_redirects_and_errors_are_not_followed():
    problem = check_problem(fetch(f"http://127.0.0.1:{PORT}/redirect"), 400, "bad_request")
    assert "302" in problem["detail"] and "redirect" in problem["detail"], problem
    assert "404" in check_problem(fetch(f"http://127.0.0.1:{PORT}/missing"), 400, "bad_request")["detail"]


def test_size_is_limited():
    for path in ("/big", "/endless"):
        check_problem(fetch(f"http://127.0.0.1:{PORT}{path}"), 413, "body_too_large")


def test_time_is_limited():
    began = time.monotonic()
    check_problem(fetch(f"http://127.0.0.1:{PORT}/slow", x_timeout_ms="300"), 504, "deadline_exceeded")
    assert time.monotonic() - began < 2.5


def test_a_host_that_does_not_answer():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        with Server("--url-input", f"private:127.0.0.1:{s.getsockname()[1]}") as other:
            answer = other.request("POST", "/fetch", f"http://127.0.0.1:{s.getsockname()[1]}/".encode())
    check_problem(answer, 400, "bad_request")


def test_malformed_entries_are_wrong_usage():
    try:
        with Server("--url-input", "http://example.org/"):
            raise ValueError("started")
    except AssertionError as error:
        assert "--url-input" in str(error) and "http://example.org/" in str(error), error


if __name__ == "__main__":
    # a proxy in the environment is not used: it would be the one to resolve
    env = clean_environment(http_proxy="http://127.0.0.1:1", https_proxy="http://127.0.0.1:1", all_proxy="http://127.0.0.1:1")
    with Server("--workers", "2", "--max-body", "1M", "--url-input", f"private:127.0.0.1:{PORT}", "--url-input", f"localhost:{PORT}", env=env) as server:
        failed = run_tests(globals())
    raise SystemExit(failed)
