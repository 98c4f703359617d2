#!/usr/bin/env python3
"""The program's words: commands, options, where values come from, exit statuses."""
import os
import re
import socket
import subprocess
import tempfile
import time

from support import OCELLI, Server, clean_environment, equal, run_tests

COMMANDS = ["serve", "run", "models", "tensor", "bench", "inspect", "conformance", "health", "version"]


def run(*args, **env):
    return subprocess.run([OCELLI, *args], capture_output=True, text=True, env=clean_environment(**env), timeout=60)


def test_help():
    for args in (["--help"], ["-h"], ["help"]):
        done = run(*args)
        equal(done.returncode, 0)
        for command in COMMANDS:
            assert command in done.stdout, command
    for command in COMMANDS:
        done = run(command, "--help")
        equal((done.returncode, done.stderr), (0, ""), command)
        assert "usage: ocelli " + command in done.stdout, done.stdout


def test_wrong_usage():
    for args in ([], ["nonsense"], ["serve", "--nonsense"], ["serve", "extra"], ["serve", "--port"], ["health", "--port", "1"],
                 ["health", "--url", "ftp://x"], ["version", "x"]):
        done = run(*args)
        equal((done.returncode, done.stdout), (2, ""), str(args))
        assert "ocelli" in done.stderr, done.stderr


def test_version():
    for args in (["version"], ["--version"]):
        done = run(*args)
        assert done.returncode == 0 and done.stdout.startswith("ocelli "), done


def test_bad_values_name_option_value_and_range():
    done = run("serve", "--port", "123456")
    equal(done.returncode, 2)
    for word in ("port", "123456", "0", "65535"):
        assert word in done.stderr, done.stderr
    done = run("serve", OCELLI_QUEUE="lots")
    equal(done.returncode, 2)
    for word in ("environment", "queue", "lots"):
        assert word in done.stderr, done.stderr
    done = run("serve", "--host", "no.such.host.invalid")
    assert done.returncode != 0 and "no.such.host.invalid" in done.stderr, done


def test_where_values_come_from():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        f.write('{"queue": 7, "port": 1, "deadline-ms": 5, "models": ["/a", "/b"]}')
        f.flush()
        done = run("serve", "--port", "3", "--print-config", OCELLI_CONFIG=f.name, OCELLI_PORT="2", OCELLI_QUEUE="8", OCELLI_LOG_LEVEL="warn")
    equal(done.returncode, 0, done.stderr)
    values = {line.split()[0]: line.split(None, 1)[1] for line in done.stdout.splitlines()}
    equal(values["port"], "3  (command line)")
    equal(values["queue"], "8  (environment)")
    equal(values["deadline-ms"], "5  (file)")
    equal(values["models"], "/a,/b  (file)")
    equal(values["log-level"], "warn  (environment)")
    equal(values["host"], "127.0.0.1  (default)")
    assert run("serve", "--config", "/no/such/file").returncode == 2


def test_the_manual_lists_every_option():
    """docs/operations.md, against the program's own list."""
    manual = open(os.path.join(os.path.dirname(__file__), "..", "..", "docs", "operations.md")).read()
    options = re.findall(r"^  --(\S+) (\S+) .*\n\s+.*default (.*); (OCELLI_\w+)$", run("serve", "--help").stdout, re.M)
    assert len(options) > 20, options
    for name, value, default, variable in options:
        row = [line for line in manual.splitlines() if line.startswith(f"| `--{name} ")]
        assert len(row) == 1 and f"`{variable}` | {default} |" in row[0], (name, row)


def test_the_manual_lists_every_metric():
    manual = open(os.path.join(os.path.dirname(__file__), "..", "..", "docs", "operations.md")).read()
    with Server(binary=OCELLI) as server:
        for name in re.findall(r"^# TYPE (\S+)", server.request("GET", "/metrics").text, re.M):
            assert f"`{name}`" in manual, name


def test_a_port_that_is_taken():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        done = run("serve", "--port", str(port))
        equal(done.returncode, 1)
        assert str(port) in done.stderr and "in use" in done.stderr, done.stderr


def test_health_command():
    with Server(binary=OCELLI) as server:
        url = f"http://127.0.0.1:{server.port}"
        for args in (["--url", url], [f"--url={url}/health"], ["--url", url + "/ping"]):
            equal(run("health", *args).returncode, 0, str(args))
        equal(run("health", OCELLI_PORT=str(server.port)).returncode, 0)
        equal(run("health", OCELLI_PORT=str(server.port), OCELLI_HOST="0.0.0.0").returncode, 0)
        equal(run("health", "--url", url + "/nowhere").returncode, 1)
        port = server.port
    done = run("health", "--url", f"http://127.0.0.1:{port}")
    equal(done.returncode, 1)
    assert str(port) in done.stderr


def test_starts_quickly():
    best = 9
    for _ in range(5):
        began = time.monotonic()
        with Server(binary=OCELLI) as server:
            server.request("GET", "/health")
            best = min(best, time.monotonic() - began)
    assert best < (4 if "build-" in OCELLI else 2), best  # 0.04 s on a quiet machine; what it must not do is load models


def test_all_addresses_and_ipv6():
    for host, peer in (("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("::", "127.0.0.1"), ("localhost", "localhost")):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            if ":" in host:
                continue
        with Server("--host", host, binary=OCELLI) as server:
            with socket.create_connection((peer, server.port), 5) as s:
                s.sendall(b"GET /ping HTTP/1.0\r\n\r\n")
                assert s.recv(1000).startswith(b"HTTP/1.1 200"), (host, peer)


def test_threads_wait_passively():
    """More than one compute thread: the OpenMP runtime is told not to spin, by starting over with the variable set."""
    for given, expected in (({}, b"OMP_WAIT_POLICY=passive"), ({"OMP_WAIT_POLICY": "active"}, b"OMP_WAIT_POLICY=active")):
        with Server("--workers", "1", "--threads", "2", binary=OCELLI, env=clean_environment(**given)) as server:
            with open(f"/proc/{server.process.pid}/environ", "rb") as f:
                assert expected in f.read().split(b"\0"), given
            equal(server.request("GET", "/ping").text, "pong")


if __name__ == "__main__":
    raise SystemExit(run_tests(globals()))
