#!/usr/bin/env python3
"""The queue: full, late, abandoned. One worker and three places, so that every state can be reached."""
import http.client
import socket
import time

from support import PATIENCE, Server, check_problem, equal, in_background, read_all, read_answer, run_tests, until

server = None


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


def hold(ms, **headers):
    """A request that keeps the worker busy; returns once it runs."""
    held = in_background(server.request, "POST", f"/sleep?ms={ms}", b"x", headers)
    server.wait_metric("ocelli_workers_busy", 1)
    return held


def wait_queued(n):
    server.wait_metric("ocelli_queue_depth", n)


def test_a_full_queue_refuses_at_once_and_health_stays_quick():
    first = hold(1500)
    waiting = [in_background(server.request, "POST", "/sleep?ms=1", b"x") for _ in range(3)]
    wait_queued(3)
    for _ in range(5):
        began = time.monotonic()
        answer = server.request("POST", "/sleep?ms=1", b"y" * 100000)
        problem = check_problem(answer, 503, "queue_full")
        assert "3" in problem["detail"], problem
        assert time.monotonic() - began < 0.5
        for path in ("/health", "/metrics", "/ping"):
            began = time.monotonic()
            equal(server.request("GET", path).status, 200)
            assert time.monotonic() - began < 0.5
    equal(server.metric("ocelli_rejections_total", reason="queue_full"), 5)
    for one in [first] + waiting:
        equal(one.result().status, 200)
    equal(server.metric("ocelli_queue_depth"), 0)


def test_order_is_first_come_first_served():
    first, done = hold(300), []

    def ask(i):
        equal(server.request("POST", "/sleep?ms=20", b"x").status, 200)
        done.append(i)

    waiting = []
    for i in range(3):
        waiting.append(in_background(ask, i))
        wait_queued(i + 1)
    for one in [first] + waiting:
        one.result()
    equal(done, [0, 1, 2])


def test_a_deadline_that_passes_in_the_queue():
    first = hold(1500)
    began = time.monotonic()
    answer = server.request("POST", "/sleep?ms=1", b"x", {"x-timeout-ms": "200"})
    check_problem(answer, 504, "deadline_exceeded")
    seconds = time.monotonic() - began
    assert 0.19 < seconds < 1.2, seconds
    equal(first.result().status, 200)


def test_a_deadline_that_passes_while_running():
    began = time.monotonic()
    check_problem(server.request("POST", "/sleep?ms=10000", b"x", {"x-timeout-ms": "150"}), 504, "deadline_exceeded")
    assert 0.14 < time.monotonic() - began < 3
    check_problem(server.request("POST", "/sleep?ms=400&stubborn=1", b"x", {"x-timeout-ms": "50"}), 504, "deadline_exceeded")
    check_problem(server.request("POST", "/sleep?ms=1", b"x", {"x-timeout-ms": "0"}), 504, "deadline_exceeded")
    for odd in ("soon", "-1", "1.5", "", "9" * 30):
        check_problem(server.request("POST", "/sleep?ms=1", b"x", {"x-timeout-ms": odd}), 400, "bad_request")
    equal(server.request("POST", "/sleep?ms=1", b"x", {"x-timeout-ms": "99999999"}).status, 200)
    assert server.metric("ocelli_rejections_total", reason="deadline") >= 3


def abandon(path, abrupt):
    """Sends a request whole and then goes away."""
    s = server.connect()
    s.sendall(head("POST", path, "content-length: 1") + b"x")
    return lambda: (abrupt and s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"), s.close())


def test_a_client_that_goes_away_while_queued():
    for abrupt in (False, True):
        gone = server.metric("ocelli_rejections_total", reason="client_gone")
        first = hold(1500)
        leave = abandon("/sleep?ms=60000", abrupt)
        wait_queued(1)
        leave()
        wait_queued(0)  # long before a worker was free
        equal(server.metric("ocelli_workers_busy"), 1)
        server.wait_metric("ocelli_rejections_total", gone + 1, reason="client_gone")
        equal(first.result().status, 200)


def test_a_client_that_goes_away_while_running():
    for abrupt in (False, True):
        leave = abandon("/sleep?ms=60000", abrupt)
        server.wait_metric("ocelli_workers_busy", 1)
        leave()
        server.wait_metric("ocelli_workers_busy", 0)
    equal(server.request("POST", "/sleep?ms=1", b"x").status, 200)


def test_a_client_that_only_stopped_sending_is_answered():
    for queued in (False, True):
        first = hold(400) if queued else None
        with server.connect() as s:
            s.sendall(head("POST", "/sleep?ms=300", "content-length: 1") + b"x")
            s.shutdown(socket.SHUT_WR)
            data = read_all(s)
        assert b"HTTP/1.1 200 OK" in data and data.endswith(b'"body":1}'), data
        assert data.startswith((b"HTTP/1.1 200", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")), data
        if first:
            first.result()


def test_bodies_in_flight_are_limited():
    """A budget of 1 MiB, of which one address gets half: bodies take room as their bytes arrive, a promise takes none."""
    with server.connect() as idle, server.connect() as s:
        idle.sendall(head("POST", "/echo", f"content-length: {1000 * 1024}"))
        s.sendall(head("POST", "/echo", f"content-length: {420 * 1024}") + b"x" * (400 * 1024))
        server.wait_metric("ocelli_body_bytes_in_flight", 400 * 1024)
        check_problem(server.request("POST", "/echo", b"y" * 200 * 1024), 503, "queue_full")
        equal(server.request("POST", "/echo", b"y" * 50 * 1024).status, 200)
        check_problem(server.request("POST", "/echo", iter([b"z" * 65536] * 4)), 503, "queue_full")
        s.sendall(b"x" * (20 * 1024))
        equal(len(read_answer(s).body), 420 * 1024)
        s.sendall(head("POST", "/echo", f"content-length: {900 * 1024}") + b"x" * (900 * 1024))
        equal(len(read_answer(s).body), 900 * 1024)
    equal(server.metric("ocelli_rejections_total", reason="bodies_in_flight"), 2)
    equal(server.metric("ocelli_body_bytes_in_flight"), 0)


def test_queue_time_is_reported():
    first = hold(300)
    answer = server.request("POST", "/sleep?ms=10", b"x")
    first.result()
    timing = dict(part.strip().split(";dur=") for part in answer.headers["server-timing"].split(","))
    assert 50 < float(timing["queue"]) < 5000, timing
    equal(float(timing["inference"]), 10.0)


def test_many_at_once():
    """Every request is answered exactly once, with 200 or 503."""
    def client(i):
        statuses = []
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        for k in range(40):
            body = b"%d-%d" % (i, k)
            connection.request("POST", "/echo" if k % 2 else "/sleep?ms=1", body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 200 and k % 2:
                equal(text, body)
            statuses.append(answer.status)
        return statuses

    before = sum(server.metric("ocelli_http_requests_total", route=route, method="POST", status=status)
                 for route in ("/echo", "/sleep") for status in ("200", "503"))
    statuses = sum((one.result() for one in [in_background(client, i) for i in range(12)]), [])
    assert set(statuses) <= {200, 503}, set(statuses)
    after = sum(server.metric("ocelli_http_requests_total", route=route, method="POST", status=status)
                for route in ("/echo", "/sleep") for status in ("200", "503"))
    equal(after - before, len(statuses))
    equal((server.metric("ocelli_workers_busy"), server.metric("ocelli_queue_depth")), (0, 0))


if __name__ == "__main__":
    with Server("--workers", "1", "--queue", "3", "--max-body-inflight", "1M", "--max-body", "1M") as server:
        failed = run_tests(globals())
    raise SystemExit(failed)
