#!/usr/bin/env python3
"""Clients that take their time, on purpose or not, and addresses that open too many connections."""
import socket
import time

from support import OCELLI, Server, equal, in_background, read_all, read_answer, run_tests

server = None


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


def trickle(data, pause, start=b""):
    """Sends start, then data a byte at a time; what came back, and after how many seconds."""
    began = time.monotonic()
    with server.connect(15) as s:
        s.sendall(start)
        s.settimeout(pause)
        got = b""
        for i in range(len(data)):
            try:
                s.sendall(data[i:i + 1])
                piece = s.recv(65536)
                if not piece:
                    return got, time.monotonic() - began
                got += piece
            except socket.timeout:
                continue
            except OSError:
                return got, time.monotonic() - began
    return got, time.monotonic() - began


def test_a_body_a_byte_at_a_time_is_cut_off():
    slow = [in_background(trickle, b"x" * 100, 0.2, head("POST", "/echo", "content-length: 100")) for _ in range(4)]
    end = time.monotonic() + 2
    while time.monotonic() < end:  # the others do not notice
        began = time.monotonic()
        equal(server.request("POST", "/echo", b"quick").text, "quick")
        assert time.monotonic() - began < 1
        time.sleep(0.05)
    for one in slow:
        answer, seconds = one.result()
        assert answer.startswith(b"HTTP/1.1 408 "), answer
        assert b"application/problem+json" in answer and b'"status":408' in answer and b'"code":"deadline_exceeded"' in answer, answer
        assert 1.5 < seconds < 8, seconds
    equal(server.metric("ocelli_rejections_total", reason="body_timeout"), 4)
    equal(server.metric("ocelli_http_requests_total", route="/echo", status="408"), 4)
    equal(server.metric("ocelli_body_bytes_in_flight"), 0)


def test_a_body_that_stops_is_cut_off():
    for start in (head("POST", "/echo", "content-length: 100") + b"some", head("POST", "/echo", "transfer-encoding: chunked") + b"5\r\nhe"):
        data = server.raw(start, 15)
        assert data.startswith(b"HTTP/1.1 408 "), data


def test_an_early_error_does_not_wait_for_ever():
    data = server.raw(head("POST", "/nowhere", "content-length: 100") + b"some", 15)
    assert data.startswith(b"HTTP/1.1 408 ") or data.startswith(b"HTTP/1.1 404 "), data


def test_a_head_a_byte_at_a_time_is_cut_off():
    answer, seconds = trickle(b"GET /ping HTTP/1.1\r\n" + b"x-long: value\r\n" * 20, 0.2)
    assert answer.startswith(b"HTTP/1.1 408 "), answer
    assert 1.5 < seconds < 8, seconds
    assert server.metric("ocelli_rejections_total", reason="header_timeout") >= 1


def test_silent_connections_are_closed_without_a_word():
    began = time.monotonic()
    equal(server.raw(b"", 15), b"")
    assert 1.5 < time.monotonic() - began < 8
    with server.connect(15) as s:  # after an answer
        s.sendall(head("GET", "/ping"))
        equal(read_answer(s).text, "pong")
        equal(read_all(s), b"")


def test_a_request_that_runs_longer_than_those_limits_is_left_alone():
    equal(server.request("POST", "/sleep?ms=4000", b"x").json["slept"], 4000)


def test_a_slow_reader_gets_everything():
    with server.connect(15) as s:
        s.sendall(head("POST", "/big?bytes=30000000", "connection: close"))
        data = b""
        while len(data) < 15000000:
            data += s.recv(1 << 20)
            time.sleep(0.2)
        data += read_all(s)
        equal(len(data.partition(b"\r\n\r\n")[2]), 30000000)


def test_connections_from_one_address_are_limited():
    with Server("--connections-per-address", "8", binary=OCELLI) as limited:
        held = [limited.connect(3) for _ in range(8)]
        for s in held:
            s.sendall(head("GET", "/ping"))
            equal(read_answer(s).text, "pong")
        for _ in range(3):  # accepted by the kernel, closed by the server
            with limited.connect(3) as s:
                try:
                    s.sendall(head("GET", "/ping"))
                    data = read_all(s)
                except ConnectionError:
                    data = b""
                equal(data, b"", "ninth connection")
        for s in held:  # those that are in are served
            s.sendall(head("GET", "/ping"))
            equal(read_answer(s).text, "pong")
            s.close()
        for attempt in range(100):
            try:
                equal(limited.request("GET", "/ping").text, "pong")
                break
            except (ConnectionError, OSError):
                time.sleep(0.05)
        else:
            raise AssertionError("still refused")


if __name__ == "__main__":
    with Server("--workers", "2", "--body-seconds", "2", "--header-seconds", "2") as server:
        failed = run_tests(globals())
    raise SystemExit(failed)
