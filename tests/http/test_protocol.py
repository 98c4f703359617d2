#!/usr/bin/env python3
"""HTTP as clients speak it, well and badly: methods, paths, bodies, lengths, keep-alive, garbage."""
import http.client
import re
import socket
import time

from support import OCELLI, Server, check_problem, equal, read_all, read_answer, run_tests

MIB = 1 << 20
server = None


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


def test_health_and_ping():
    for path in ("/health", "/health/live", "/health/ready"):
        answer = ocelli.request("GET", path)
        equal((answer.status, answer.json["status"]), (200, "ok"), path)
    answer = ocelli.request("GET", "/ping")
    equal((answer.status, answer.text, answer.headers["content-type"]), (200, "pong", "text/plain; charset=utf-8"))
    equal(ocelli.request("GET", "/version").json["name"], "ocelli")


def test_every_answer_has_an_id_and_timing():
    for path in ("/health", "/nowhere"):
        answer = ocelli.request("GET", path)
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"]), answer.headers
        for word in ("decode", "preprocess", "queue", "inference", "postprocess"):
            assert re.search(word + r";dur=\d+\.\d+", answer.headers["server-timing"]), answer.headers["server-timing"]
    ids = {ocelli.request("GET", "/health").headers["x-request-id"] for _ in range(50)}
    equal(len(ids), 50, "distinct ids")


def test_a_sane_request_id_is_kept():
    for sane in ("abc-123", "x" * 128, "with space; and=signs"):
        equal(ocelli.request("GET", "/nowhere", headers={"x-request-id": sane}).headers["x-request-id"], sane)
    for odd in ("x" * 129, "tab\there", "caf\xe9"):
        kept = ocelli.request("GET", "/nowhere", headers={"x-request-id": odd.encode("latin-1")}).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{16}", kept), kept


def test_not_found_and_method_not_allowed():
    check_problem(ocelli.request("GET", "/nowhere"), 404, "not_found")
    check_problem(ocelli.request("GET", "/health/x"), 404, "not_found")
    equal(ocelli.request("GET", "/health/").status, 200, "a slash too many")
    check_problem(ocelli.request("GET", "/" + "a/" * 40), 404, "not_found")
    answer = ocelli.request("POST", "/health", b"x")
    check_problem(answer, 405, "method_not_allowed")
    equal(answer.headers["allow"], "GET, HEAD")
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        equal(ocelli.request(method, "/health").status, 405, method)
    answer = server.request("PATCH", "/show/x")
    equal(sorted(answer.headers["allow"].split(", ")), ["DELETE", "GET", "HEAD"])
    equal(sorted(server.request("GET", "/echo").headers["allow"].split(", ")), ["POST", "PUT"])


def test_head_has_the_length_and_no_body():
    for path, length in (("/ping", "4"), ("/nowhere", None)):
        with ocelli.connect(3) as s:
            s.sendall(head("HEAD", path, "connection: close"))
            data = read_all(s)
        start, _, rest = data.partition(b"\r\n\r\n")
        equal(rest, b"", "body after HEAD")
        assert re.search(rb"content-length: [1-9]", start, re.I), start
        if length:
            assert b"Content-Length: " + length.encode() in start, start
    with server.connect(3) as s:  # through a worker, and the connection goes on
        s.sendall(head("HEAD", "/sleep?ms=1") + head("GET", "/ping", "connection: close"))
        first, _, second = read_all(s).partition(b"\r\n\r\n")  # both answers may come in one piece
        assert first.startswith(b"HTTP/1.1 200 "), first
        assert second.startswith(b"HTTP/1.1 200 ") and second.endswith(b"\r\n\r\npong"), second


def test_paths_and_queries_are_decoded_once():
    lines = server.request("GET", "/show/a%2Fb%25?x=1+2&x=%2B%00%ff&empty=&flag&%6eame=v&&", headers={"x-test": "yes", "Accept": "a/b"}).text
    assert "arg a/b%\n" in lines and "path /show/a/b%\n" in lines, lines
    for part in ("query x=312032\n", "query x=2b00ff\n", "query empty=\n", "query flag=\n", "query name=76\n", "accept a/b\n", "x-test yes\n"):
        assert part in lines, (part, lines)
    lines = server.request("GET", "/show/one/of/two%20words").text
    assert "arg one\narg2 two words\n" in lines, lines
    equal(server.request("GET", "/show/literal").status, 201, "a literal segment wins")
    equal(server.request("GET", "/show/%6Citeral").status, 201, "an encoded letter is that letter")
    assert "arg .." in server.request("GET", "/show/..").text
    check_problem(server.request("GET", "/show//of/x"), 404, "not_found")


def test_odd_encodings_are_refused():
    for path in ("/show/%", "/show/%4", "/show/%zz", "/show/%00", "/show/a%00b", "/show?x=%", "/show?x=%g1", "/show?%00=1"):
        check_problem(server.request("GET", path), 400, "bad_request")
    check_problem(server.request("GET", "/show?" + "a=1&" * 300), 400, "bad_request")
    equal(server.request("GET", "/show?" + "a=1&" * 200).status, 200)
    check_problem(server.request("GET", "/show?a=" + "x" * 70000), 400, "bad_request")


def test_absolute_form_and_fragment():
    for target in ("http://example.org/ping", "HTTP://example.org:80/ping?x=1"):
        with server.connect(3) as s:
            s.sendall(head("GET", target, "connection: close"))
            data = read_all(s)
        assert data.startswith(b"HTTP/1.1 200") and data.endswith(b"pong"), data


def test_bodies_come_through():
    for size in (0, 1, 1000, 65536, 3 * MIB + 17):
        body = bytes(i * 7 % 251 for i in range(min(size, 70000))) * (size // 70000 + 1)
        body = body[:size]
        for method in ("POST", "PUT"):
            equal(server.request(method, "/echo", body).body, body, f"{method} of {size} bytes")
    pieces = [b"a" * 5, b"", b"b" * 70000, b"c"]
    equal(server.request("POST", "/echo", iter(pieces)).body, b"".join(pieces), "chunked")


def test_response_heads():
    answer = server.request("GET", "/show/literal")
    equal((answer.headers["location"], answer.headers["x-extra"], answer.headers["x-more"]), ("/show", "one", "two"))
    answer = server.request("DELETE", "/show/x")
    equal((answer.status, answer.body, answer.headers["content-type"]), (204, b"", None))
    equal(len(server.request("POST", "/big?bytes=5000000").body), 5000000)


def test_handlers_errors_become_problems():
    codes = {"OC_E_INVALID": (400, "bad_request"), "OC_E_UNKNOWN_MODEL": (404, "unknown_model"), "OC_E_METHOD": (405, "method_not_allowed"),
             "OC_E_NO_FACE": (422, "no_face")}
    for name, (status, code) in codes.items():
        problem = check_problem(server.request("GET", f"/fail?status={name}&why=a%22b%5Cc%0a%01%c3%a9%ff"), status, code)
        equal(problem["detail"], 'asked for: "a"b\\c\n\x01\u00e9?"')
    answer = server.request("GET", "/fail?status=OC_E_INTERNAL&why=secret")
    check_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    server.wait_log("internal error.*secret")
    check_problem(server.request("GET", "/fail?status=OC_E_INVALID&silent=1"), 400, "bad_request")
    answer = server.request("POST", "/dialect?status=OC_E_INVALID", b"x")
    equal((answer.status, answer.json, answer.headers["content-type"]), (400, {"error": "bad_request"}, "application/json"))


def test_too_large_by_length():
    body = b"x" * (40 * MIB)
    start = time.monotonic()
    answer = server.request("POST", "/echo", body)
    problem = check_problem(answer, 413, "body_too_large")
    assert "41943040" in problem["detail"] and "33554432" in problem["detail"], problem
    assert server.metric("ocelli_memory_bytes", category="body") < MIB
    assert time.monotonic() - start < 15
    with server.connect() as s:  # more than is thrown away: answered without waiting for it
        s.sendall(head("POST", "/echo", f"content-length: {1 << 40}"))
        check_problem(read_answer(s), 413, "body_too_large")
    with server.connect() as s:  # thrown away, and the connection is still good
        size = 33 * MIB
        s.sendall(head("POST", "/echo", f"content-length: {size}"))
        s.sendall(b"y" * size)
        check_problem(read_answer(s), 413, "body_too_large")
        s.sendall(head("GET", "/ping"))
        equal(read_answer(s).text, "pong")


def chunks(s, total):
    """Sends chunked bytes as far as the server takes them."""
    piece = b"%x\r\n" % MIB + b"z" * MIB + b"\r\n"
    try:
        for _ in range(total // MIB):
            s.sendall(piece)
        s.sendall(b"0\r\n\r\n")
    except (ConnectionError, socket.timeout):
        pass


def test_too_large_in_chunks():
    with server.connect() as s:
        s.sendall(head("POST", "/echo", "transfer-encoding: chunked"))
        chunks(s, 40 * MIB)
        check_problem(read_answer(s), 413, "body_too_large")
    with server.connect() as s:  # goes on and on: told, and cut off
        s.sendall(head("POST", "/echo", "transfer-encoding: chunked"))
        chunks(s, 200 * MIB)
        data = read_all(s)
        assert data == b"" or b" 413 " in data, data[:200]
    equal(server.metric("ocelli_body_bytes_in_flight"), 0, "budget given back")
    equal(server.metric("ocelli_memory_bytes", category="body"), 0, "memory given back")


def test_a_path_without_body_throws_it_away():
    equal(server.request("GET", "/ping", b"x" * 100000).text, "pong")
    check_problem(server.request("POST", "/ping", b"x" * 100000), 405, "method_not_allowed")


def test_expect_continue():
    with server.connect() as s:
        s.sendall(head("POST", "/echo", "content-length: 5", "expect: 100-continue"))
        equal(s.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
        s.sendall(b"hello")
        equal(read_answer(s).text, "hello")
    for lines, status in ((("content-length: 99999999",), b"413"), (("content-length: 5", "x-timeout-ms: never"), b"400")):
        with server.connect() as s:
            s.sendall(head("POST", "/echo", "expect: 100-continue", *lines))
            data = read_all(s)
            assert data.startswith(b"HTTP/1.1 " + status), data
            assert b"100 Continue" not in data
    with server.connect() as s:
        s.sendall(head("POST", "/nowhere", "content-length: 5", "expect: 100-continue"))
        assert read_all(s).startswith(b"HTTP/1.1 404")


def test_lengths_that_contradict_are_refused():
    for lines in (("content-length: 5", "transfer-encoding: chunked"), ("transfer-encoding: gzip, chunked",),
                  ("content-length: 5", "content-length: 6")):
        with server.connect(3) as s:
            s.sendall(head("POST", "/echo", "connection: close", *lines) + b"0\r\n\r\n")
            s.shutdown(socket.SHUT_WR)
            data = read_all(s)
            assert data.startswith(b"HTTP/1.1 400") or data == b"", data
            assert b" 200 " not in data, data
    for length in ("-1", "abc", "5, 6", "99999999999999999999999"):
        data = server.raw(head("POST", "/echo", f"content-length: {length}"), 3)
        assert not re.match(rb"HTTP/1.1 (2|5)", data), data


def test_keep_alive_and_pipelining():
    with server.connect() as s:
        for i in range(20):
            s.sendall(head("POST", f"/sleep?ms={i % 3}", "content-length: 4") + b"body")
            equal(read_answer(s).json, {"slept": i % 3, "body": 4})
    with server.connect() as s:
        s.sendall(head("GET", "/sleep?ms=30") + head("GET", "/ping") + head("POST", "/echo", "content-length: 3") + b"abc" +
                  head("GET", "/nowhere") + head("GET", "/show/last", "connection: close"))
        data = read_all(s)
        equal([int(n) for n in re.findall(rb"HTTP/1.1 (\d+) ", data)], [200, 200, 200, 404, 200])
        assert data.index(b"slept") < data.index(b"pong") < data.index(b"abc") < data.index(b"arg last"), data


def test_http_1_0():
    data = server.raw(b"GET /ping HTTP/1.0\r\n\r\n", 3)
    assert b" 200 " in data.split(b"\r\n")[0] and data.endswith(b"pong"), data


def test_garbage_hurts_nobody():
    junk = [b"\x00" * 200 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
            b"GET /ping HTTP/1.1\r\n\r\n", b"GET /ping HTTP/1.1\r\nhost x\r\n\r\n", b"\r\n\r\n\r\n\r\n", b"POST /echo HTTP/1.1\r\nhost: x\r\n"
            b"transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n", b"GET /ping HTTP/1.1\r\nhost: x\r\n: empty\r\n\r\n", b"A" * 300000]
    for data in junk:
        answer = server.raw(data, 0.5)
        assert not re.match(rb"HTTP/1.1 50[0-4]", answer), (data[:60], answer[:200])
    equal(server.request("GET", "/ping").text, "pong")


def test_huge_headers():
    data = server.raw(head("GET", "/ping", "x-big: " + "y" * 200000), 3)
    assert re.match(rb"HTTP/1.[01] (431|413|400)", data) or data == b"", data[:100]
    data = server.raw(head("GET", "/" + "p" * 200000), 3)
    assert re.match(rb"HTTP/1.[01] (414|431|413|400)", data) or data == b"", data[:100]
    data = server.raw(head("GET", "/ping", "connection: close", *[f"x-{i}: {i}" for i in range(500)]), 3)
    assert data.startswith(b"HTTP/1.1 200"), data[:100]
    equal(server.request("GET", "/ping").text, "pong")


def test_queries_of_many_parameters_are_refused_at_once():
    for n, name in (300, "a"), (3000, "a"), (20000, "a"), (900, "a" * 100), (256, "a" * 480):  # libmicrohttpd's own pool is full but once
        data = server.raw(head("GET", "/ping?" + (name + "&") * n, "connection: close"), 5)
        assert data.startswith(b"HTTP/1.1 400") and b"parameters" in data, (n, data[:200])
    equal(server.request("GET", "/ping?" + "a&" * 200).text, "pong")


def test_connections_that_break():
    for data in (b"", b"GE", b"GET /ping HT", head("POST", "/echo", "content-length: 100") + b"abc",
                 head("POST", "/echo", "transfer-encoding: chunked") + b"5\r\nab"):
        for abrupt in (False, True):
            s = server.connect()
            s.sendall(data)
            if abrupt:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.close()
    server.wait_metric("ocelli_body_bytes_in_flight", 0)
    server.wait_metric("ocelli_requests_in_flight", 1)  # the one that asks
    server.wait_metric("ocelli_connections", 1)


if __name__ == "__main__":
    with Server(binary=OCELLI) as ocelli, Server("--workers", "2") as server:
        failed = run_tests(globals())
    raise SystemExit(failed)
