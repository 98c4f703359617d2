#!/usr/bin/env python3
"""/metrics against a strict reading of the Prometheus text format, and against what was really asked for."""
import json
import re
import shutil
import subprocess

from support import OCELLI, Server, equal, in_background, run_tests

server = None

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)\Z')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|\Z)')


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"labels: {text!r} at {at}"
        assert match.group(1) not in labels, f"label twice: {text!r}"
        labels[match.group(1)] = match.group(2)
        at = match.end()
    return labels


def parse(text):
    """{family: (type, [(name, labels, value)])}; fails on anything the format does not allow."""
    assert text.endswith("\n")
    families, current, seen = {}, None, set()
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, help_text = line[7:].split(" ", 1)
            assert NAME.match(name) and help_text and name not in families, line
            families[name] = [None, []]
            current = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == current and families[name][0] is None and not families[name][1], line
            assert kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            families[name][0] = kind
        else:
            match = SAMPLE.match(line)
            assert match, f"not a sample: {line!r}"
            name, labels, value = match.group(1), parse_labels(match.group(2) or ""), float(match.group(3))
            base = re.sub("_(bucket|sum|count)$", "", name) if families[current][0] == "histogram" else name
            assert base == current, f"{line!r} is not of {current}"
            key = (name, tuple(sorted(labels.items())))
            assert key not in seen, f"twice: {line!r}"
            seen.add(key)
            families[current][1].append((name, labels, value))
    return families


def check_histogram(name, samples):
    series = {}
    for sample, labels, value in samples:
        key = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series.setdefault(key, {"buckets": []})
        if sample == name + "_bucket":
            series[key]["buckets"].append((float(labels["le"]), value))
        else:
            series[key][sample[len(name) + 1:]] = value
    for key, s in series.items():
        bounds = [b for b, _ in s["buckets"]]
        counts = [c for _, c in s["buckets"]]
        assert bounds == sorted(bounds) and bounds[-1] == float("inf"), (name, key)
        assert counts == sorted(counts) and counts[-1] == s["count"] and s["sum"] >= 0, (name, key, s)


def check(text):
    families = parse(text)
    for name, (kind, samples) in families.items():
        assert kind, f"{name} has no type"
        for _, _, value in samples:
            assert kind == "gauge" or value >= 0, name
        if kind == "histogram":
            check_histogram(name, samples)
    return families


def test_the_format():
    for one in (server, ocelli):
        answer = one.request("GET", "/metrics")
        equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        check(answer.text)
    for method, path in (("GET", "/ping"), ("GET", "/nowhere"), ("POST", "/sleep?ms=3"), ("GET", "/fail?status=OC_E_INVALID"), ("PUT", "/metrics")):
        server.request(method, path, b"x" if method == "POST" else None)
    families = check(server.request("GET", "/metrics").text)
    for name in ("ocelli_build_info", "ocelli_http_requests_total", "ocelli_http_request_duration_seconds", "ocelli_stage_duration_seconds",
                 "ocelli_queue_depth", "ocelli_workers_busy", "ocelli_memory_bytes", "ocelli_memory_budget_bytes", "ocelli_rejections_total",
                 "ocelli_uptime_seconds", "process_resident_memory_bytes", "ocelli_model_memory_bytes"):
        assert name in families, name
    if shutil.which("promtool"):
        checked = subprocess.run(["promtool", "check", "metrics"], input=server.request("GET", "/metrics").text, text=True, capture_output=True)
        equal(checked.returncode, 0, checked.stdout + checked.stderr)


def test_requests_are_counted():
    before = server.metric("ocelli_http_requests_total", route="/sleep", method="POST", status="200")
    inference = server.metric("ocelli_model_inference_duration_seconds_count", model="sleeper")
    for one in [in_background(server.request, "POST", "/sleep?ms=5", b"12345") for _ in range(10)]:
        equal(one.result().status, 200)
    equal(server.metric("ocelli_http_requests_total", route="/sleep", method="POST", status="200"), before + 10)
    equal(server.metric("ocelli_model_inference_duration_seconds_count", model="sleeper"), inference + 10)
    text = server.request("GET", "/metrics").text
    assert re.search(r'ocelli_http_request_duration_seconds_count\{route="/sleep",method="POST"\} \d\d', text), text


def test_the_access_log():
    answer = server.request("POST", "/sleep?ms=5", b"12345", {"x-request-id": "find-me", "x-secret": "hidden"})
    equal(answer.status, 200)
    line = server.wait_log("find-me")
    for part in ("method=POST", "route=/sleep", "status=200", "model=sleeper", "bytes_in=5", f"bytes_out={len(answer.body)}", "inference_ms=5.000", "client=127.0.0.1"):
        assert part in line, (part, line)
    assert "hidden" not in line and "ms=5 " not in line
    server.request("GET", "/show/Jane%20Doe", headers={"x-request-id": "person"})
    assert "Jane" not in server.wait_log("person")
    with Server("--log-format", "json", "--log-level", "debug") as other:
        other.request("GET", "/ping", headers={"x-request-id": 'quo"te'})
        found = [json.loads(line) for line in [other.wait_log('quo.+te')]]
        equal((found[0]["id"], found[0]["event"], found[0]["level"], found[0]["status"]), ('quo"te', "request", "debug", 200))
        for line in list(other.log):
            json.loads(line)


if __name__ == "__main__":
    with Server(binary=OCELLI) as ocelli, Server("--workers", "2", "--queue", "32") as server:
        failed = run_tests(globals())
    raise SystemExit(failed)
