"""Results as Markdown, between the markers of docs/performance.md."""
import math

GROUPS = (("made", "At real size, weights made up by `tools/models`"), ("starter", "The starter models"), ("outside", "Published files (OCELLI_TEST_DATA)"))


def ms(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def engine_table(results):
    lines = []
    used = [t for t in ("1", "2") if any(t in m["threads"] for m in results["models"].values())]
    machine = results["machine"]
    versions = {r["ort_version"] for m in results["models"].values() for r in m["threads"].values() if "ort_version" in r}
    peer = f"ONNX Runtime {', '.join(sorted(versions))}" if versions else "without ONNX Runtime, which was not to be had"
    lines += [f"{machine['cpu']}, {machine['cores']} cores; `ocelli bench --precision f32` against {peer} (all optimisations), processes in turn, {results['rounds']} rounds of "
              f"{results['runs']} runs, medians. Ratio: ONNX Runtime's time over Ocelli's, above 1 Ocelli is faster. Load and peak memory on one core.", ""]
    for kind, title in GROUPS:
        rows = [m for m in results["models"].values() if m["kind"] == kind]
        if not rows:
            continue
        head = ["model", *(c for t in used for c in (f"{t} core{'s' * (t > '1')}: ORT ms", "Ocelli ms", "ratio")), "load ORT / Ocelli ms", "peak ORT / Ocelli MB"]
        lines += [f"{title}:", "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        for m in rows:
            cells = [m["title"]]
            for threads in used:
                r = m["threads"].get(threads)
                if not r or "failed" in r:
                    cells += ["", r["failed"] if r else "", ""]
                else:
                    cells += [ms(r["ort"]["median_ms"]) if "ort" in r else "", ms(r["ocelli"]["median_ms"]), f"{r['ratio']:.2f}" if "ratio" in r else ""]
            r = m["threads"].get("1", {})
            pair = lambda key: f"{r['ort'][key]:.0f} / {r['ocelli'][key]:.0f}" if "ort" in r else f"{r['ocelli'][key]:.0f}" if "ocelli" in r else ""
            lines.append("| " + " | ".join([*cells, pair("load_ms"), pair("peak_rss_mb")]) + " |")
        lines.append("")
    for threads, words in (("1", "one core"), ("2", "two cores")):
        ratios = [m["threads"][threads]["ratio"] for m in results["models"].values() if "ratio" in m["threads"].get(threads, {})]
        if ratios:
            mean = math.exp(sum(math.log(r) for r in ratios) / len(ratios))
            lines.append(f"On {words}: geometric mean {mean:.2f} over {len(ratios)} models, slowest {min(ratios):.2f}.")
    return lines


def server_table(results):
    s = results["server"]
    lines = [f"The same machine, one server with {s['cores']} workers, clients on the same cores. Alone: one request at a time; busy: {2 * s['cores']} connections, each with a request under way.", "",
             "| request | alone p50 ms | p99 | busy: requests/s | p50 ms | p90 | p99 |", "|---|---|---|---|---|---|---|"]
    for r in s["rows"]:
        lines.append(f"| {r['title']} | {ms(r['alone_p50'])} | {ms(r['alone_p99'])} | {r['rate']:.1f} | {ms(r['p50'])} | {ms(r['p90'])} | {ms(r['p99'])} |")
    which = "the starter models and CLIP ViT-B/32" if s["with_clip"] else "the starter models"
    lines += ["", f"Ready {s['start_ms']:.0f} ms after the start with {which} installed and none loaded ({s['idle_mb']:.0f} MB resident), {s['start_loaded_ms']:.0f} ms with all of them "
                  f"loaded ({s['loaded_mb']:.0f} MB; {s['after_mb']:.0f} MB after the load above)."]
    return lines


def write(path, results):
    text = path.read_text()
    for name, lines in (("engine", engine_table(results) if results.get("models") else None),
                        ("server", server_table(results) if results.get("server") else None)):
        begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
        if lines is None:
            continue
        if begin not in text or end not in text:
            raise SystemExit(f"{path}: the markers {begin} and {end} are missing")
        head, rest = text.split(begin, 1)
        text = head + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + rest.split(end, 1)[1]
    path.write_text(text)
