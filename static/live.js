/* The server as it is now: rates, latencies and queue from /metrics, every two seconds while this panel is seen. */
import {h, s, replace, bytes, ms} from "./dom.js";
import {call, get} from "./api.js";
import {curlBox, panel, sample, Status} from "./parts.js";

const EVERY = 2000, KEPT = 150; /* five minutes */
const STAGES = ["queue", "decode", "preprocess", "inference", "postprocess"];

/** Prometheus text: [{name, labels, value}]. */
export function parseMetrics(text) {
  const out = [];
  for (const line of text.split("\n")) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found) continue;
    const labels = {};
    for (const [, k, v] of (found[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[k] = v.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
    out.push({name: found[1], labels, value: Number(found[3].replace("Inf", "Infinity"))});
  }
  return out;
}

const isWork = (labels) => labels.route?.startsWith("/v1/") || ["/predict", "/embed", "/vectorize"].includes(labels.route);

/** What is charted, as sums over all routes that do work; histograms as counts by upper bound. */
export function summarise(samples) {
  const sum = (name, ok = () => true) => samples.filter((m) => m.name === name && ok(m.labels)).reduce((t, m) => t + m.value, 0);
  const buckets = new Map();
  for (const m of samples) if (m.name === "ocelli_http_request_duration_seconds_bucket" && isWork(m.labels)) buckets.set(Number(m.labels.le.replace("+Inf", "Infinity")), (buckets.get(Number(m.labels.le.replace("+Inf", "Infinity"))) ?? 0) + m.value);
  return {
    requests: sum("ocelli_http_requests_total", isWork), buckets,
    stages: Object.fromEntries(STAGES.map((stage) => [stage, {sum: sum("ocelli_stage_duration_seconds_sum", (l) => l.stage === stage), count: sum("ocelli_stage_duration_seconds_count", (l) => l.stage === stage)}])),
    queue: sum("ocelli_queue_depth"), queueLimit: sum("ocelli_queue_limit"), busy: sum("ocelli_workers_busy"), workers: sum("ocelli_workers"),
    memory: sum("ocelli_memory_bytes"), budget: sum("ocelli_memory_budget_bytes"), resident: sum("process_resident_memory_bytes"), uptime: sum("ocelli_uptime_seconds"), cpu: sum("process_cpu_seconds_total"),
    rejections: samples.filter((m) => m.name === "ocelli_rejections_total" && m.value).map((m) => [m.labels.reason, m.value]),
  };
}

/** A quantile of what came between two snapshots, in seconds; linear within its bucket, as Prometheus does. NaN when nothing came. */
export function quantile(before, now, q) {
  const bounds = [...now.keys()].sort((a, b) => a - b), counts = bounds.map((b) => now.get(b) - (before.get(b) ?? 0)), total = counts.at(-1);
  if (!total) return NaN;
  const at = counts.findIndex((c) => c >= q * total), low = at ? bounds[at - 1] : 0, below = at ? counts[at - 1] : 0;
  if (!Number.isFinite(bounds[at])) return low;
  return low + ((bounds[at] - low) * (q * total - below)) / Math.max(counts[at] - below, 1e-9);
}

/** A line chart: series [{name, colour, values}], NaN leaves a gap. */
function chart(title, series, unit, top) {
  const width = innerWidth < 600 ? 330 : 520, height = 150, left = 50, bottom = 18, values = series.flatMap((one) => one.values).filter(Number.isFinite);
  const most = Math.max(top ?? 0, ...values, 1e-9), step = 10 ** Math.floor(Math.log10(most)), ceiling = Math.ceil(most / step) * step;
  const x = (i, n) => left + ((width - left - 6) * (i + KEPT - n)) / (KEPT - 1), y = (v) => 8 + (height - bottom - 8) * (1 - v / ceiling);
  const last = series.map((one) => `${one.name} ${Number.isFinite(one.values.at(-1)) ? unit(one.values.at(-1)) : "none"}`).join(", ");
  const heading = h("figcaption", {class: "row between"}, h("h2", {}, title), h("span", {class: "legend"}, series.map((one) => h("span", {class: `key ${one.colour}`}, one.name))));
  if (!values.length) return h("figure", {class: "card chart"}, heading, h("p", {class: "muted small"}, "Nothing measured yet: it begins with the next request."));
  const svg = s("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}, now: ${last}`});
  for (const share of [0, 0.5, 1]) svg.append(s("line", {x1: left, x2: width - 6, y1: y(share * ceiling), y2: y(share * ceiling), class: "rule"}), s("text", {x: left - 6, y: y(share * ceiling) + 4, class: "tick", "text-anchor": "end"}, unit(share * ceiling)));
  svg.append(s("text", {x: left, y: height - 3, class: "tick"}, "5 min ago"), s("text", {x: width - 6, y: height - 3, class: "tick", "text-anchor": "end"}, "now"));
  for (const {values: list, colour} of series) {
    let pen = false, path = "";
    list.forEach((v, i) => {
      if (Number.isFinite(v)) path += `${pen ? "L" : "M"}${x(i, list.length).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = Number.isFinite(v);
    });
    svg.append(s("path", {d: path, class: `series ${colour}`}));
    list.forEach((v, i) => Number.isFinite(v) && !Number.isFinite(list[i - 1]) && !Number.isFinite(list[i + 1]) && svg.append(s("circle", {cx: x(i, list.length), cy: y(v), r: 2.5, class: `point ${colour}`})));
  }
  return h("figure", {class: "card chart"}, heading, svg);
}

export async function make() {
  const section = panel("Live", "What this server is doing, from /metrics, every two seconds.");
  const status = new Status(), curl = curlBox(), tiles = h("div", {class: "tiles"}), charts = h("div", {class: "charts"}), table = h("div", {});
  const track = {time: [], rate: [], p50: [], p95: [], queue: [], busy: [], memory: []};
  let before = null, timer = null, last = 0;

  function push(name, value) {
    track[name].push(value);
    if (track[name].length > KEPT) track[name].shift();
  }

  function show(now, stages) {
    const tile = (name, value) => h("div", {class: "card tile"}, h("div", {class: "value"}, value), h("div", {class: "name"}, name)), seconds = (v) => `${ms(1000 * v)} ms`;
    const end = (name) => track[name].at(-1);
    replace(tiles, tile("requests a second", Number.isFinite(end("rate")) ? end("rate").toFixed(1) : "–"), tile("median", Number.isFinite(end("p50")) ? seconds(end("p50")) : "–"), tile("95th percentile", Number.isFinite(end("p95")) ? seconds(end("p95")) : "–"),
      tile("waiting", `${now.queue} of ${now.queueLimit}`), tile("workers busy", `${now.busy} of ${now.workers}`), tile("memory of the process", bytes(now.resident)));
    replace(charts, chart("Latency", [{name: "median", colour: "c1", values: track.p50}, {name: "95 %", colour: "c2", values: track.p95}], (v) => (v ? `${ms(1000 * v)} ms` : "0")),
      chart("Requests a second", [{name: "requests", colour: "c1", values: track.rate}], (v) => v.toFixed(v < 10 ? 1 : 0), 1),
      chart("Queue and workers", [{name: "waiting", colour: "c2", values: track.queue}, {name: "busy", colour: "c1", values: track.busy}], (v) => v.toFixed(v % 1 ? 1 : 0), now.workers),
      chart("Memory counted", [{name: "models, pictures, answers", colour: "c1", values: track.memory}], bytes));
    const rows = STAGES.map((stage) => h("tr", {}, h("th", {scope: "row"}, stage), h("td", {class: "n"}, now.stages[stage].count.toLocaleString("en")), h("td", {class: "n"}, now.stages[stage].count ? ms((1000 * now.stages[stage].sum) / now.stages[stage].count) : "–"), h("td", {class: "n"}, Number.isFinite(stages[stage]) ? ms(1000 * stages[stage]) : "–")));
    replace(table, h("div", {class: "card"}, h("table", {}, h("caption", {}, "Stages, mean milliseconds"), h("thead", {}, h("tr", {}, ["Stage", "Requests", "Since the start", "Just now"].map((t, i) => h("th", {scope: "col", class: i ? "n" : ""}, t)))), h("tbody", {}, rows)),
      now.rejections.length ? h("p", {class: "small muted"}, `Refused since the start: ${now.rejections.map(([reason, n]) => `${reason} ${n}`).join(", ")}`) : null));
  }

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await get("/metrics"), now = summarise(parseMetrics(answer.text)), at = performance.now();
      const span = before ? (at - last) / 1000 : NaN, stages = {};
      push("rate", before ? (now.requests - before.requests) / span : NaN);
      push("p50", before ? quantile(before.buckets, now.buckets, 0.5) : NaN);
      push("p95", before ? quantile(before.buckets, now.buckets, 0.95) : NaN);
      push("queue", now.queue);
      push("busy", now.busy);
      push("memory", now.memory);
      for (const stage of STAGES) stages[stage] = before ? (now.stages[stage].sum - before.stages[stage].sum) / (now.stages[stage].count - before.stages[stage].count) : NaN;
      before = now;
      last = at;
      show(now, stages);
      if (!curl.element.childElementCount) curl.show(answer.curl);
    } catch (error) {
      status.fail(error);
    }
  }

  /* Something to look at on an idle server: eight requests, two at a time. */
  async function send(button) {
    button.disabled = true;
    try {
      const file = await sample("street.jpg");
      let done = 0;
      const one = async () => {
        while (done < 8) {
          status.busy(`request ${++done} of 8`);
          const answer = await call({path: "/v1/detect", raw: file});
          curl.show(answer.curl);
        }
      };
      await Promise.all([one(), one()]);
      status.say("8 requests answered");
    } catch (error) {
      status.fail(error);
    }
    button.disabled = false;
    await look();
  }

  const button = h("button", {type: "button", onclick: () => send(button)}, "Send eight pictures");
  section.append(h("div", {class: "stack"}, h("div", {class: "row"}, button, status.element), tiles, charts, table, curl.element));
  return {section, show: () => {
    clearInterval(timer);
    look();
    timer = setInterval(look, EVERY);
  }, hide: () => clearInterval(timer)};
}
