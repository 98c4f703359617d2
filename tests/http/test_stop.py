#!/usr/bin/env python3
"""Stopping: what was accepted is answered, what is new is refused, and a second signal does not wait."""
import signal
import threading
import time

from support import OCELLI, Server, check_problem, equal, in_background, read_answer, run_tests, until


INSTRUMENTED = "build-" in OCELLI


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


def test_idle_stops_at_once():
    for number in (signal.SIGTERM, signal.SIGINT):
        with Server() as server:
            keep = server.connect()
            keep.sendall(head("GET", "/ping"))
            equal(read_answer(keep).text, "pong")
            began = time.monotonic()
            server.process.send_signal(number)
            equal(server.process.wait(10), 0)
            assert time.monotonic() - began < 5
            keep.close()


def test_a_signal_at_any_moment_of_the_start():
    """Also before main waits for it, and when another thread gets it."""
    for pause in range(20):
        with Server(wait_ready=False) as server:
            time.sleep(pause / 2000)
            server.process.send_signal(signal.SIGTERM)
            equal(server.process.wait(10), 0)


def test_accepted_requests_are_answered_and_new_ones_refused():
    with Server("--workers", "1") as server:
        running = in_background(server.request, "POST", "/sleep?ms=1500", b"x")
        server.wait_metric("ocelli_workers_busy", 1)
        queued = in_background(server.request, "POST", "/sleep?ms=10", b"x")
        server.wait_metric("ocelli_queue_depth", 1)
        server.process.send_signal(signal.SIGTERM)
        server.wait_log("stopping signal=SIGTERM")
        until(lambda: server.request("GET", "/health").status == 503, "not ready")
        check_problem(server.request("GET", "/health"), 503, "model_not_ready")
        answer = server.request("POST", "/sleep?ms=1", b"x")
        check_problem(answer, 503, "queue_full")
        equal(answer.headers["connection"].lower(), "close")
        equal(server.request("GET", "/ping").text, "pong")
        equal(running.result().status, 200)
        equal(queued.result().status, 200)
        equal(server.process.wait(10), 0)


def test_what_takes_too_long_is_refused():
    with Server("--workers", "1", "--drain-ms", "300") as server:
        running = in_background(server.request, "POST", "/sleep?ms=60000", b"x")
        server.wait_metric("ocelli_workers_busy", 1)
        queued = [in_background(server.request, "POST", "/sleep?ms=10", b"x") for _ in range(3)]
        server.wait_metric("ocelli_queue_depth", 3)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        for one in [running] + queued:
            check_problem(one.result(), 503, "queue_full")
        equal(server.process.wait(10), 0)
        assert time.monotonic() - began < 8


def test_a_second_signal_does_not_wait():
    with Server("--workers", "1", expect_exit=1) as server:
        running = in_background(server.request, "POST", "/sleep?ms=60000&stubborn=1", b"x")
        server.wait_metric("ocelli_workers_busy", 1)
        server.process.send_signal(signal.SIGTERM)
        server.wait_log("stopping")
        time.sleep(0.2)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        equal(server.process.wait(10), 1)
        assert time.monotonic() - began < 3
        try:
            running.result()
            raise AssertionError("answered")
        except OSError:
            pass


def test_hangup_changes_nothing():
    with Server() as server:
        for _ in range(3):
            server.process.send_signal(signal.SIGHUP)
        equal(server.request("GET", "/ping").text, "pong")
    for _ in range(5):  # one that comes with, or after, the signal to stop
        with Server() as server:
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP, signal.SIGHUP):
                server.process.send_signal(number)
            equal(server.process.wait(10), 0)


def test_stop_in_the_middle_of_traffic():
    """Whatever a client is doing, it gets an answer or a closed connection, never silence; and the server ends."""
    for round in range(3):
        with Server("--workers", "2", "--queue", "4", "--drain-ms", "200") as server:
            def client(i):
                counts = {}
                for k in range(100000):
                    try:
                        status = server.request("POST", f"/sleep?ms={k % 20}", b"x" * 1000).status
                    except OSError:
                        return counts
                    counts[status] = counts.get(status, 0) + 1

            clients = [in_background(client, i) for i in range(8)]
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            equal(server.process.wait(20), 0)
            for one in clients:
                assert set(one.result()) <= {200, 503}, one.result()


def test_clients_that_come_and_go_while_it_stops():
    """New connections at the moment of stopping: many short lives, since what went wrong here did so once in seventy."""
    for _ in range(10 if INSTRUMENTED else 60):
        with Server("--workers", "1") as server:
            stopped = threading.Event()

            def client():
                while not stopped.is_set():
                    try:
                        with server.connect() as s:
                            s.sendall(head("GET", "/ping"))
                            s.recv(1000)
                    except OSError:
                        pass

            clients = [in_background(client) for _ in range(3)]
            time.sleep(0.02)
            server.process.send_signal(signal.SIGTERM)
            equal(server.process.wait(20), 0)
            stopped.set()
            for one in clients:
                one.result()


def test_clients_in_the_middle_of_a_body_do_not_keep_it_up():
    with Server("--drain-ms", "300") as server:
        s = server.connect()
        s.sendall(head("POST", "/echo", "content-length: 1000") + b"abc")
        server.wait_metric("ocelli_body_bytes_in_flight", 3)
        server.process.send_signal(signal.SIGTERM)
        equal(server.process.wait(10), 0)
        s.close()


if __name__ == "__main__":
    raise SystemExit(run_tests(globals()))
