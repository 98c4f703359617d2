"""Times a model in ONNX Runtime as `ocelli bench --json` does in Ocelli: 3 runs to warm up, then timed ones, made-up inputs.

usage: ort_bench.py MODEL.onnx [--runs N] [--threads N] [--dim NAME=VALUE]...
"""
import argparse
import json
import resource
import statistics
import time

import numpy
import onnxruntime

TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16, "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32,
         "tensor(uint8)": numpy.uint8, "tensor(bool)": numpy.bool_}


def made_up(node, dims):
    shape = [d if isinstance(d, int) else dims.get(f"{node.name}:{i}", dims.get(d, 1)) for i, d in enumerate(node.shape)]
    kind = TYPES[node.type]
    if kind in (numpy.float32, numpy.float16):
        return numpy.random.default_rng(1).random(shape, numpy.float32).astype(kind)
    return numpy.ones(shape, kind)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dim", action="append", default=[])
    args = parser.parse_args()
    dims = {name: int(value) for name, value in (d.rsplit("=", 1) for d in args.dim)}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = args.threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])
    load = time.perf_counter() - start
    feed = {node.name: made_up(node, dims) for node in session.get_inputs()}
    took = []
    for i in range(3 + args.runs):
        start = time.perf_counter()
        session.run(None, feed)
        if i >= 3:
            took.append(time.perf_counter() - start)
    print(json.dumps({"median_ms": statistics.median(took) * 1000, "min_ms": min(took) * 1000, "load_ms": load * 1000,
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "version": onnxruntime.__version__}))


if __name__ == "__main__":
    main()
