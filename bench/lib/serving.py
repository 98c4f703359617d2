"""Requests through a running server: how many a second, how long they take, what memory it holds, and how long until it is ready."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time

import load

ROOT = pathlib.Path(__file__).resolve().parents[2]


def json_request(path, document):
    body = json.dumps(document).encode()
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def again(request):
    while True:
        yield request


def image_requests(path, image):
    return again(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(image)}\r\n\r\n".encode() + image)


def new_texts(model):
    """A few words, never the same."""
    n = 0
    while True:
        n += 1
        yield json_request("/v1/embed", {"model": model, "text": f"a small dog and {n} red balls at the sea"})


def cases(image, face, clip):
    """(title, requests) on the starter models, and on CLIP's full size where it was made."""
    rows = [("`/v1/detect`, starter-scene, 640x480 JPEG", image_requests("/v1/detect?model=starter-scene", image)),
            ("`/v1/faces/detect`, starter-face, 640x480 JPEG", image_requests("/v1/faces/detect?model=starter-face", face)),
            ("`/v1/embed`, starter-clip, 640x480 JPEG", image_requests("/v1/embed?model=starter-clip", image)),
            ("`/v1/embed`, starter-clip, a new text", new_texts("starter-clip"))]
    if clip:
        rows += [("`/v1/embed`, CLIP ViT-B/32, 640x480 JPEG", image_requests("/v1/embed?model=clip_vit_b32", image)),
                 ("`/v1/embed`, CLIP ViT-B/32, a new text", new_texts("clip_vit_b32")),
                 ("`/v1/embed`, CLIP ViT-B/32, the same text", again(json_request("/v1/embed", {"model": "clip_vit_b32", "text": "the sea"})))]
    return rows


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:")) / 1024


def start(ocelli, folders, *options):
    """A server that is ready: process, port, seconds that it took."""
    port = load.free_port()
    paths = [a for f in folders for a in ("--models", str(f))]
    began = time.perf_counter()
    process = subprocess.Popen([ocelli, "serve", "--port", str(port), "--log-level", "error", *paths, *options])
    load.wait_ready(port, process)
    return process, port, time.perf_counter() - began


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))] * 1000


def measure(made, options, picture, face):
    """Rows of requests, and what starting takes."""
    folders = [ROOT / "models/starter"]
    clip = made / "embedders/hugging_face/clip_vit_b32"
    with tempfile.TemporaryDirectory() as below:
        if clip.exists():
            os.symlink(clip, pathlib.Path(below) / clip.name)
            folders.append(below)
        began = []
        for _ in range(options.rounds):
            process, port, took = start(options.ocelli, folders)
            began.append(took)
            idle = resident_mb(process.pid)
            stop(process)
        process, port, loaded = start(options.ocelli, folders, "--preload", "all")
        rows, full = [], resident_mb(process.pid)
        try:
            for title, requests in cases(picture, face, clip.exists()):
                load.closed_loop(port, 2, requests, 1)  # warms up
                latencies, took = load.closed_loop(port, 1, requests, options.seconds)
                busy, busy_took = load.closed_loop(port, 2 * options.workers, requests, options.seconds)
                rows.append({"title": title, "alone_p50": percentile(latencies, 0.5), "alone_p99": percentile(latencies, 0.99),
                             "rate": len(busy) / busy_took, "p50": percentile(busy, 0.5), "p90": percentile(busy, 0.9),
                             "p99": percentile(busy, 0.99)})
                print(f"  {title}: {rows[-1]['rate']:.1f}/s", flush=True)
            peak = resident_mb(process.pid)
        finally:
            stop(process)
    return {"rows": rows, "start_ms": statistics.median(began) * 1000, "start_loaded_ms": loaded * 1000, "idle_mb": idle, "loaded_mb": full,
            "after_mb": peak, "with_clip": clip.exists(), "cores": options.workers}
