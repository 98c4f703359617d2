"""Starts servers for the scripts in this folder and speaks HTTP to them, byte by byte where that is the point."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

OCELLI = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "build/ocelli"
SLOW_SERVER = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else "build/tests/slow_server"
PATIENCE = 20  # seconds; sanitizer builds on a busy machine are slow


def clean_environment(**extra):
    env = {k: v for k, v in os.environ.items() if not k.startswith("OCELLI_")}
    env["XDG_STATE_HOME"] = "/nonexistent"  # a gallery of whoever runs the tests is none of theirs
    env.pop("STATE_DIRECTORY", None)
    env.update(extra)
    return env


class Server:
    """A running server on a free port; use it in a with statement: leaving it stops the server and checks that it ended well."""

    def __init__(self, *options, binary=None, env=None, expect_exit=0, wait_ready=True):
        self.expect_exit = expect_exit
        self.log = []
        self.process = subprocess.Popen([binary or SLOW_SERVER, "serve", "--port", "0", *options],
                                        stderr=subprocess.PIPE, text=True, env=env or clean_environment())
        self.port = None
        self.seen_port, self.seen_ready = threading.Event(), threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self.seen_port.wait(PATIENCE) or self.port is None:
            self.process.kill()
            raise AssertionError("the server does not listen:\n" + "".join(self.log))
        if wait_ready and not self.seen_ready.wait(PATIENCE):
            self.process.kill()
            raise AssertionError("the server does not become ready:\n" + "".join(self.log))

    def _read(self):
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r'listening.*port"?[=:](\d+)', line)
            if found:
                self.port = int(found.group(1))
                self.seen_port.set()
            elif re.search(r'Z info  ready\b|"event":"ready"', line):
                self.seen_ready.set()
        self.seen_port.set()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE + 20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed: it did not stop"
        self.reader.join(5)
        text = "".join(self.log)
        if kind is not None:
            sys.stderr.write(text[-2000:])
        elif status != self.expect_exit or "Sanitizer" in text:
            raise AssertionError(f"exit status {status}, expected {self.expect_exit}\n{text[-6000:]}")

    def connect(self, timeout=PATIENCE):
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def request(self, method, path, body=None, headers=None, timeout=PATIENCE):
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def raw(self, data, timeout=PATIENCE):
        """Sends bytes, returns all that comes back until the server closes or is silent for `timeout`."""
        with self.connect(timeout) as s:
            s.sendall(data)
            return read_all(s)

    def metric(self, name, **labels):
        """The value of one sample, 0 when it is not there."""
        for line in self.request("GET", "/metrics").text.splitlines():
            if line.startswith(name + "{") or line.startswith(name + " "):
                if all(f'{k}="{v}"' in line for k, v in labels.items()):
                    return float(line.rsplit(" ", 1)[1])
        return 0.0

    def wait_metric(self, name, value, **labels):
        """Waits until a sample has that value."""
        until(lambda: self.metric(name, **labels) == value, f"{name} {labels} to become {value}")

    def wait_log(self, pattern):
        until(lambda: any(re.search(pattern, line) for line in self.log), f"a log line like {pattern}")
        return next(line for line in self.log if re.search(pattern, line))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.text = self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.text)


def read_all(s):
    parts = []
    try:
        while True:
            data = s.recv(65536)
            if not data:
                break
            parts.append(data)
    except (socket.timeout, ConnectionResetError):
        pass
    return b"".join(parts)


def read_answer(s):
    """One answer off a connection that stays open: (status, headers, body)."""
    response = http.client.HTTPResponse(s)
    response.begin()
    answer = Answer(response)
    return answer


def until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s for {what}")


def in_background(function, *args, **kwargs):
    """Runs it in a thread; .result() gives what it returned, or raises what it raised."""
    return Background(function, args, kwargs)


class Background:
    def __init__(self, function, args, kwargs):
        self.value = self.error = None

        def work():
            try:
                self.value = function(*args, **kwargs)
            except BaseException as error:  # handed to whoever asks for the result
                self.error = error

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def result(self, timeout=PATIENCE + 10):
        self.thread.join(timeout)
        if self.thread.is_alive():
            raise AssertionError("still not done")
        if self.error:
            raise self.error
        return self.value


def equal(found, expected, what=""):
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, expected {expected!r}")


def check_problem(answer, status, code):
    """A complete problem document that agrees with the response's head."""
    equal(answer.status, status, "status of " + answer.text)
    equal(answer.headers["content-type"], "application/problem+json", "content type")
    problem = answer.json
    equal(sorted(problem), ["code", "detail", "request_id", "status", "title", "type"], "members")
    equal((problem["status"], problem["code"]), (status, code), "problem")
    equal(problem["request_id"], answer.headers["x-request-id"], "request id")
    assert problem["detail"], "no detail"
    if status == 503:
        assert 1 <= int(answer.headers["retry-after"]) <= 60, answer.headers["retry-after"]
    return problem


def run_tests(namespace):
    """Runs every function called test_*; says how many failed."""
    failed = 0
    for name, function in list(namespace.items()):
        if name.startswith("test_") and callable(function):
            start = time.monotonic()
            try:
                function()
                print(f"ok    {name} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                import traceback
                traceback.print_exc()
                print(f"FAIL  {name}: {error}", flush=True)
    return failed
