"""Models in Ocelli and in ONNX Runtime, process by process in turn, on one core and on two."""
import json
import os
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent

# Outside data (OCELLI_TEST_DATA): the file below models/, what it is called, and its free dimensions.
OUTSIDE = [
    ("detect/yolov8n_dequantized_AGPL.onnx", "YOLOv8n 640", []),
    ("detect/yolox_nano_kazuhito.onnx", "YOLOX-nano 416", []),
    ("detect/nanodet_m_hpc203.onnx", "NanoDet-m 416", []),
    ("detect/fastestdet.onnx", "FastestDet 352", []),
    ("face_det/scrfd_500m.onnx", "SCRFD-500M 640", ["input.1:2=640", "input.1:3=640"]),
    ("face_det/ultraface_version-RFB-320.onnx", "UltraFace RFB-320", []),
    ("face_det/yunet_n_640_640.onnx", "YuNet 640", []),
    ("face_det/yunet_n_320_320.onnx", "YuNet 320", []),
    ("face_rec/mobilefacenet_foamliu.onnx", "MobileFaceNet 112", []),
    ("segment/deeplab_v3_mnv2_dm05_voc.onnx", "DeepLabv3-MNv2", []),
    ("segment/mediapipe_selfie.onnx", "MediaPipe selfie 256", []),
    ("tiny/super_resolution.onnx", "super_resolution 224", []),
    ("tiny/mnist-8.onnx", "mnist-8", []),
]
MADE = [
    ("embedders/open_clip/clip_vit_b32/visual.onnx", "CLIP ViT-B/32, pictures", []),
    ("embedders/open_clip/clip_vit_b32/textual.onnx", "CLIP ViT-B/32, texts of 77 ids", []),
    ("embedders/open_clip/siglip_b16_256/visual.onnx", "SigLIP B/16-256, pictures", []),
    ("embedders/open_clip/siglip_b16_256/textual.onnx", "SigLIP B/16-256, texts of 64 ids", []),
    ("convolutions/arcface_r50.onnx", "ArcFace R50 112", []),
    ("convolutions/yolov8n_shape.onnx", "YOLOv8n's shape 640", []),
    ("convolutions/mobilenet_v2.onnx", "MobileNetV2 224", []),
]
STARTER = [
    ("starter-clip/onnx/vision_model.onnx", "starter-clip, pictures", []),
    ("starter-clip/onnx/text_model.onnx", "starter-clip, texts", []),
    ("starter-scene/model.onnx", "starter-scene", []),
    ("starter-face/detection/model.onnx", "starter-face, detector", []),
    ("starter-face/recognition/model.onnx", "starter-face, embedder", []),
]


def models(made, root):
    """Those that are there: (path, title, dimensions, where from)."""
    data = os.environ.get("OCELLI_TEST_DATA")
    lists = [(made, MADE, "made"), (root / "models/starter", STARTER, "starter")]
    if data:
        lists.append((pathlib.Path(data) / "models", OUTSIDE, "outside"))
    found = [(folder / file, title, dims, kind) for folder, rows, kind in lists for file, title, dims in rows]
    return [row for row in found if row[0].exists()]


def call(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["?"])[-1][:200]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def middle(rows, key):
    return statistics.median(row[key] for row in rows)


def compare(model, dims, threads, options):
    """One row of the table: medians over the rounds of medians over the runs; the two programs take turns."""
    dims = [a for d in dims for a in ("--dim", d)]
    how = ["--threads", str(threads), "--runs", str(options.runs), *dims]
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(call([options.ocelli, "bench", str(model), "--precision", "f32", "--json", *how]))
        if options.ort:
            theirs.append(call([options.ort, str(HERE / "ort_bench.py"), str(model), *how]))
    for who, rows in (("Ocelli", ours), ("ONNX Runtime", theirs)):
        failed = next((row["failed"] for row in rows if "failed" in row), None)
        if failed:
            return {"failed": f"{who}: {failed}"}
    keys = ("median_ms", "min_ms", "load_ms", "peak_rss_mb")
    row = {"ocelli": {k: middle(ours, k) for k in keys}}
    if theirs:
        row["ort"] = {k: middle(theirs, k) for k in keys}
        row["ratio"] = statistics.median(b["median_ms"] / a["median_ms"] for a, b in zip(ours, theirs))
        row["ort_version"] = theirs[0]["version"]
    return row
