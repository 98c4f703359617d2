#!/usr/bin/env python3
"""Clients that mean no good: idle connections by the thousand, bodies that are promised and never sent, answers that nobody reads, JSON of
millions of values, heads that two servers would read differently, packed bodies that grow, pages of other sites."""
import gzip
import json
import os
import resource
import socket
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(ROOT, "tests", "data")
JSON = {"Content-Type": "application/json"}
INSTRUMENTED = "build-" in support.OCELLI  # a sanitizer's: fewer of everything, the same paths


def picture():
    with open(os.path.join(ROOT, "docs", "examples", "dog.jpg"), "rb") as file:
        return file.read()


def connect(server, source=None):
    s = socket.socket()
    s.settimeout(20)
    if source:
        s.bind((source, 0))
    s.connect(("127.0.0.1", server.port))
    return s


def serve(*options):
    return support.Server("--models", os.path.join(DATA, "embed_models"), *options, binary=support.OCELLI)


def test_thousands_of_idle_connections():
    """Kept open by reconnecting from twenty addresses: health, metrics and a picture never wait, also past the limit."""
    most, count = (200, 400) if INSTRUMENTED else (600, 2000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    count = min(count, min(hard, 8192) - 200)  # and descriptors left to ask with
    with serve("--max-connections", str(most), "--connections-per-address", "100") as server:
        held, stop = [None] * count, threading.Event()

        def keep_open():
            while not stop.is_set():
                for i in range(count):
                    if held[i] is None:
                        if INSTRUMENTED:
                            time.sleep(0.002)  # or a client is the longest idle one between connecting and asking
                        try:
                            held[i] = connect(server, f"127.0.9.{1 + i % 20}")
                            held[i].setblocking(False)
                        except OSError:
                            held[i] = None
                    else:
                        try:
                            if held[i].recv(1) == b"":
                                held[i].close()
                                held[i] = None
                        except BlockingIOError:
                            pass
                        except OSError:
                            held[i] = None
                time.sleep(0.01)

        thread = threading.Thread(target=keep_open, daemon=True)
        thread.start()
        support.until(lambda: server.metric("ocelli_connections_evicted_total") > 0, "connections to be closed for others", 60)
        waits = []
        for _ in range(30):
            start = time.monotonic()
            support.equal(server.request("GET", "/health").status, 200, "health")
            waits.append(time.monotonic() - start)
        open_now = server.metric("ocelli_connections")  # with those that are told to close and not yet gone
        assert open_now <= most * (2 if INSTRUMENTED else 1.25), open_now
        found = server.request("POST", "/v1/embed?model=tiny_clip", picture(), {"Content-Type": "image/jpeg"})
        support.equal(found.status, 200, found.text[:200])
        stop.set()
        thread.join()
        print(f"      {count} idle connections, {most} allowed: /health median {sorted(waits)[15] * 1000:.1f} ms, longest {max(waits) * 1000:.1f} ms")
        for s in held:
            if s:
                s.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_promised_bodies_cost_nothing():
    with serve("--max-body-inflight", "64M") as server:
        held = []
        for _ in range(16):
            s = connect(server)
            s.sendall(b"POST /v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 33554432\r\n\r\n")
            held.append(s)
        for _ in range(5):
            support.equal(server.request("POST", "/v1/embed", '{"text":"a"}', JSON).status, 200, "a small request")
        assert server.metric("ocelli_body_bytes_in_flight") < 1 << 20
        for s in held:
            s.close()


def test_one_address_gets_a_share_and_begun_bodies_end():
    """An address that sends for ever fills half of the room; another one's body still finds its place, and its bytes come back."""
    with serve("--max-body-inflight", "8M", "--max-body", "4M", "--body-seconds", "30") as server:
        piece, held = b"x" * (1 << 20), []
        for _ in range(8):
            s = connect(server, "127.0.11.1")
            s.sendall(b"POST /v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 4194304\r\n\r\n" + piece * 2)
            held.append(s)
        support.until(lambda: 3 << 20 <= server.metric("ocelli_body_bytes_in_flight") <= 4 << 20, "half of the room to be taken")
        support.until(lambda: server.metric("ocelli_rejections_total", reason="bodies_in_flight") > 0,
                      "further bodies of that address to be refused")
        body = b"y" * (1 << 20)
        answer = server.request("POST", "/v1/embed", body, {"Content-Type": "image/jpeg"})
        support.equal(answer.status, 415, "another address is heard: " + answer.text[:100])
        for s in held:
            s.close()
        support.until(lambda: server.metric("ocelli_body_bytes_in_flight") < 1 << 17, "the room to be given back")


def test_answers_that_nobody_reads_are_cut():
    with serve("--answer-seconds", "2") as server:
        body = json.dumps({"model": "tiny_clip", "text": [f"t{i}" for i in range(2048)]}).encode()
        held = []
        for _ in range(10):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(20)
            s.connect(("127.0.0.1", server.port))
            for _ in range(40):  # pipelined, so that the answers are more than the kernel's buffers take
                s.sendall(b"POST /v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body) if len(held) < 1 else None
            held.append(s)
        s, start = held[0], time.monotonic()

        def is_cut():
            return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 1  # not established any more

        support.until(lambda: server.metric("ocelli_rejections_total", reason="answer_timeout") > 0 or is_cut(),
                      "the answer to be cut", 30)
        assert time.monotonic() - start < 25
        for s in held:
            s.close()


def test_json_of_millions_of_values():
    with serve() as server:
        big = b"{" + b",".join(b'"%x":1' % i for i in range(600_000)) + b"}"
        start = time.monotonic()
        problem = support.check_problem(server.request("POST", "/v1/embed", big, JSON), 400, "invalid_json")
        assert "at most 500000 values, there are 600001" in problem["detail"], problem
        assert time.monotonic() - start < (30 if INSTRUMENTED else 3)
        many = json.dumps({"truth": [], "prediction": [0] * 1_500_000}).encode()
        answer = server.request("POST", "/v1/metrics/detection", many, {**JSON, "x-timeout-ms": "20"})
        support.equal(answer.status, 504, answer.text[:200])
        support.equal(server.request("POST", "/v1/embed", '{"text":"a"}', JSON).status, 200, "afterwards")
        support.until(lambda: server.metric("ocelli_memory_bytes", category="json") < 1 << 20, "JSON's memory to be given back")


def head(*lines, body=b""):
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_heads_that_others_read_differently():
    end = head(b"GET /ping HTTP/1.1", b"Host: localhost", b"Connection: close")
    post, host = b"POST /v1/embed HTTP/1.1", b"Host: localhost"
    with serve() as server:
        for name, data in (("a blank before the colon", head(post, host, b"Content-Length : 4", body=b"abcd" + end)),
                           ("the same of a coding", head(post, host, b"Transfer-Encoding : chunked", b"Content-Length: 4", body=b"abcd" + end)),
                           ("a folded length", head(post, host, b"Content-Length:\r\n 4", body=b"abcd" + end)),
                           ("a folded header between others", head(post, host, b"A: b\r\n\tc", b"Content-Length: 4", body=b"abcd" + end)),
                           ("a NUL in the length", head(post, host, b"Content-Length: 4\x001", body=b"abcd" + end)),
                           ("a NUL in the length, between others", head(post, b"Content-Length: 4\x001", host, body=b"abcd" + end)),
                           ("a NUL in the target", head(b"GET /health\x00/v1/models HTTP/1.1", host) + end),
                           ("two hosts", head(b"GET /ping HTTP/1.1", host, b"Host: other") + end),
                           ("two lengths", head(post, host, b"Content-Length: 4", b"Content-Length: 5", body=b"abcde" + end)),
                           ("length and coding", head(post, host, b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + end))):
            found = server.raw(data, 10)
            assert found.startswith(b"HTTP/1.1 400 ") and found.count(b"HTTP/1.1 ") == 1, (name, found[:300])
            assert b"application/problem+json" in found.lower() and b"\r\nconnection: close\r\n" in found.lower(), (name, found[:300])
        body = b'{"text":"a"}'
        for length in (b"Content-Length: 12 ", b"Content-Length: 12\t ", b"Content-Length:12", b"content-length:   12  "):
            found = server.raw(head(post, host, b"Content-Type: application/json", length, b"Connection: close", body=body), 10)
            assert found.startswith(b"HTTP/1.1 200 "), (length, found[:300])
        pair = head(post, host, b"Content-Type: application/json", b"Content-Length: 12 ", body=body) + end
        support.equal(server.raw(pair, 10).count(b"HTTP/1.1 200"), 2, "a body's bytes are left alone, the next request is read")


def test_the_librarys_own_errors_are_problem_documents():
    with serve() as server:
        for data, status in ((head(b"GET / HTTP/3.0", b"Host: localhost"), 505), (head(b"GET /" + b"a" * 200_000 + b" HTTP/1.1", b"Host: localhost"), 414),
                             (head(b"GET /ping HTTP/1.1", b"Host: localhost", b"A: " + b"x" * 200_000), 431), (head(b"GET /ping HTTP/1.1"), 400),
                             (head(b"POST /v1/embed HTTP/1.1", b"Host: localhost", b"Transfer-Encoding: chunked", body=b"zz\r\n"), 400)):
            found = server.raw(data, 10)
            lines, _, document = found.partition(b"\r\n\r\n")
            assert found.startswith(b"HTTP/1.1 %d " % status), (status, found[:200])
            assert b"application/problem+json" in lines.lower(), lines
            problem = json.loads(document)
            support.equal((problem["status"], sorted(problem)), (status, ["code", "detail", "request_id", "status", "title", "type"]), "document")


def test_packed_bodies():
    body = json.dumps({"model": "tiny_clip", "text": ["a red", "a green"]}).encode()
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(body) + raw.flush()
    with serve("--max-body", "8M") as server:
        ask = lambda data, coding: server.request("POST", "/v1/embed", data, {**JSON, "Content-Encoding": coding})
        plain = ask(body, "identity").json["embeddings"]
        for data, coding in ((gzip.compress(body), "gzip"), (gzip.compress(body), "GZIP"), (gzip.compress(body), "x-gzip"), (zlib.compress(body), "deflate"), (bare, "deflate")):
            answer = ask(data, coding)
            support.equal((answer.status, answer.json.get("embeddings")), (200, plain), coding + answer.text[:200])
        for data, coding, status, code, words in (
                (body, "br", 415, "unsupported_media_type", "'br': gzip, deflate or none"), (body, "gzip, gzip", 415, "unsupported_media_type", "gzip, deflate"),
                (body, "gzip", 400, "bad_request", "is not gzip"), (gzip.compress(body)[:-9], "gzip", 400, "bad_request", "no whole stream"),
                (gzip.compress(body) + b"x", "gzip", 400, "bad_request", "no whole stream"), (gzip.compress(bytes(9 << 20)), "gzip", 413, "body_too_large", ""),
                (gzip.compress(bytes(7 << 20)), "gzip", 413, "body_too_large", "grows more than 400 times")):
            problem = support.check_problem(ask(data, coding), status, code)
            assert words in problem["detail"], problem


def test_habits_of_paths():
    with serve() as server:
        for path in ("/v1/embed", "//v1/embed", "/v1/embed/", "/v1//embed//"):
            support.equal(server.request("POST", path, '{"text":"a"}', JSON).status, 200, path)
        for path in ("/", "//"):
            support.equal(server.request("GET", path).status, 200, path)
        problem = support.check_problem(server.request("POST", "/v1/embeding", "{}", JSON), 404, "not_found")
        assert "'/v1/embeding'" in problem["detail"] and "the nearest is '/v1/embed" in problem["detail"], problem
        problem = support.check_problem(server.request("GET", "/wp-login.php"), 404, "not_found")
        assert "'/wp-login.php'; /docs lists them" in problem["detail"], problem


def test_pages_of_other_sites():
    """What changes something is not for them; reading by a name that was made to point here is not either."""
    with serve("--gallery", "none") as server:
        own, port = f"127.0.0.1:{server.port}", server.port
        status = lambda method, path, **headers: server.request(method, path, b"{}" if method == "POST" else None, {k.replace("_", "-"): v for k, v in headers.items()}).status
        writes = (("POST", "/v1/models/tiny_clip/unload"), ("POST", "/v1/models/tiny_clip/load"), ("POST", "/v1/subjects/x/faces"), ("DELETE", "/v1/subjects/x"), ("PATCH", "/v1/subjects/x"),
                  ("POST", "/v1/metrics/segmentation/sessions"), ("POST", "/v1/vision/face/delete"), ("POST", "/v1/vision/face/register"), ("POST", "/api/v1/recognition/faces"),
                  ("DELETE", "/api/v1/recognition/subjects"), ("POST", "/api/v1/recognition/subjects"))
        for method, path in writes:
            for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:1"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
                            {"Origin": f"http://localhost:{port + 1}"}):
                support.equal(status(method, path, Content_Type="text/plain", **headers), 403, f"{method} {path} {headers}")
            for headers in ({}, {"Sec_Fetch_Mode": "cors"}, {"Sec_Fetch_Site": "same-origin", "Origin": "https://proxy.example"}, {"Origin": f"http://{own}"}, {"Sec_Fetch_Site": "none"}):
                assert status(method, path, **headers) != 403, (method, path, headers)
        for host, allowed in (("localhost", True), (own, True), ("127.1.2.3", True), ("[::1]:80", True), ("LocalHost.:9", True), ("evil.example", False), ("127.evil.example", False), ("10.0.0.1", False), ("[fe80::1]", False), ("x", True)):
            support.equal(status("GET", "/v1/models", Host=host), 200 if allowed else 403, host)
        support.equal(status("POST", "/v1/embed", Origin="https://evil.example", Content_Type="application/json"), 400, "what changes nothing is answered as ever")
    with serve("--allowed-host", "photos.example", "--cors-origin", "https://app.example") as server:
        ask = lambda method, path, headers: server.request(method, path, "{}" if method == "POST" else None, headers)
        support.equal(ask("GET", "/v1/models", {"Host": "photos.example:80"}).status, 200, "allowed")
        support.equal(ask("GET", "/v1/models", {"Host": "other.example"}).status, 403, "not allowed")
        app = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
        answer = ask("POST", "/v1/models/tiny_clip/unload", app)
        support.equal((answer.status, answer.headers["access-control-allow-origin"], answer.headers["vary"]), (200, "https://app.example", "origin"), "an allowed origin")
        answer = ask("OPTIONS", "/v1/embed", {**app, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
        support.equal((answer.status, answer.headers["access-control-allow-methods"]), (204, "GET, POST, PUT, PATCH, DELETE"), "preflight")
        answer = ask("GET", "/v1/models", {"Origin": "https://evil.example"})
        assert answer.status == 200 and "access-control-allow-origin" not in answer.headers, "no other origin"
    with serve("--host", "0.0.0.0") as server:
        support.equal(server.request("GET", "/v1/models", headers={"Host": "ocelli"}).status, 200, "in a container, called by a service's name")


if __name__ == "__main__":
    raise SystemExit(1 if support.run_tests(globals()) else 0)
