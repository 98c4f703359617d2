/* Shows /openapi.json: routes by tag, their parameters, bodies, answers and schemas; runs the document's examples from the browser. */
import {h, replace} from "./dom.js";
import {canRun, runCurl} from "./curl.js";

const METHODS = ["get", "put", "post", "patch", "delete"];
const main = document.getElementById("main"), index = document.getElementById("index"), filter = document.getElementById("filter");
let spec;

function resolve(value) {
  for (let i = 0; value?.$ref && i < 8; i++) value = value.$ref.slice(2).split("/").reduce((at, part) => at?.[part], spec);
  return value ?? {};
}
const refName = (value) => value?.$ref?.split("/").at(-1);

/** Descriptions hold paragraphs, `code` and **bold**, no more. */
function prose(text) {
  return (text ?? "").split("\n\n").map((p) => h("p", {}, p.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) =>
    part.startsWith("`") ? h("code", {}, part.slice(1, -1)) : part.startsWith("**") ? h("strong", {}, part.slice(2, -2)) : part)));
}

function typeOf(schema) {
  const name = refName(schema), v = resolve(schema);
  if (v.const !== undefined) return JSON.stringify(v.const);
  if (v.enum) return v.enum.map((e) => JSON.stringify(e)).join(" | ");
  if (v.oneOf) return name ?? v.oneOf.map(typeOf).join(" or ");
  if (v.type === "array") return name && v.prefixItems ? name : `array of ${typeOf(v.items ?? (v.prefixItems ?? [{}])[0])}`;
  const type = Array.isArray(v.type) ? v.type.join(" | ") : v.type ?? "any";
  const range = [v.minimum !== undefined ? `≥ ${v.minimum}` : v.exclusiveMinimum !== undefined ? `> ${v.exclusiveMinimum}` : "", v.maximum !== undefined ? `≤ ${v.maximum}` : ""].filter(Boolean).join(", ");
  return (name && type === "object" ? name : type + (v.format ? ` (${v.format})` : "") + (v.contentEncoding ? ` (${v.contentEncoding})` : "")) + (range ? ` ${range}` : "");
}

/** Members of an object, or of the objects in an array; deeper ones open on demand. */
function members(schema, depth = 0) {
  let v = resolve(schema);
  if (v.type === "array") v = resolve(v.items);
  if (v.oneOf) {
    const inner = v.oneOf.map((o) => members(o, depth)).filter(Boolean);
    return inner.length ? inner : null;
  }
  if (!v.properties || depth > 6) return null;
  return h("ul", {}, Object.entries(v.properties).map(([name, p]) => {
    const head = [h("span", {}, name, v.required?.includes(name) ? "" : "?"), ": ", h("span", {class: "type"}, typeOf(p))], note = resolve(p).description;
    const inner = members(p, depth + 1), line = [head, note ? [" ", h("span", {class: "note"}, note)] : null];
    return h("li", {}, inner ? h("details", {}, h("summary", {}, line), inner) : line);
  }));
}

function schemaBox(schema) {
  const inner = members(schema);
  return h("div", {class: "schema"}, h("span", {class: "type"}, typeOf(schema)), inner);
}

const table = (label, ...rows) => h("div", {class: "scroll", tabindex: "0", role: "group", "aria-label": label}, h("table", {}, rows));

function parameterRow(p) {
  const fallback = p.schema?.default !== undefined ? h("span", {class: "small muted"}, ` = ${JSON.stringify(p.schema.default)}`) : null;
  const where = p.in !== "query" ? h("span", {class: "small muted"}, ` ${p.in}`) : null;
  return h("tr", {}, h("td", {}, h("code", {}, p.name), p.required ? h("strong", {title: "required"}, " *") : null, where), h("td", {}, h("code", {}, typeOf(p.schema)), fallback), h("td", {}, prose(p.description)));
}

function parameters(list) {
  if (!list?.length) return null;
  const head = h("thead", {}, h("tr", {}, ["Name", "Type", "Meaning"].map((t) => h("th", {scope: "col"}, t))));
  return h("div", {}, h("h4", {}, "Parameters"), table("Parameters", head, h("tbody", {}, list.map((p) => parameterRow(resolve(p))))));
}

function requestBody(body) {
  if (!body) return null;
  const b = resolve(body);
  return h("div", {}, h("h4", {}, `Body${b.required ? "" : " (optional)"}`), b.description ? prose(b.description) : null,
    Object.entries(b.content).map(([type, c]) => h("div", {}, h("code", {}, type), resolve(c.schema).properties || resolve(c.schema).oneOf ? schemaBox(c.schema) : null)));
}

function answerBox([status, r]) {
  return h("div", {}, h("p", {}, h("code", {}, status), " ", r.description),
    Object.entries(r.content ?? {}).map(([type, c]) => h("div", {}, h("code", {class: "small muted"}, type), type.endsWith("json") ? schemaBox(c.schema) : null)));
}

function responses(map) {
  const all = Object.entries(map).map(([status, r]) => [status, resolve(r)]), good = all.filter(([status]) => status < "400"), bad = all.filter(([status]) => status >= "400");
  const rows = bad.map(([status, r]) => h("tr", {}, h("td", {}, h("code", {}, status)), h("td", {}, prose(r.description))));
  return [h("div", {}, h("h4", {}, "Answers"), good.map(answerBox)),
    bad.length ? h("details", {}, h("summary", {class: "muted"}, `Errors: ${bad.map(([status]) => status).join(", ")}`), table("Errors", h("tbody", {}, rows))) : null];
}

function example(sample) {
  const line = sample.source.replaceAll("http://127.0.0.1:8080", location.origin), answer = h("div", {class: "answer", "aria-live": "polite"});
  const copy = h("button", {type: "button", class: "quiet small", onclick: async () => {
    await navigator.clipboard?.writeText(line);
    copy.textContent = "Copied";
  }}, "Copy");
  const run = h("button", {type: "button", class: "quiet small", onclick: async () => {
    run.disabled = true;
    replace(answer, h("p", {class: "status"}, h("span", {class: "spinner"}), "running"));
    try {
      replace(answer, shown(await runCurl(line, sample)));
    } catch (error) {
      replace(answer, h("p", {class: "status error"}, error.message));
    }
    run.disabled = false;
  }}, "Run");
  return h("figure", {class: "curl"}, h("figcaption", {}, h("span", {}, sample.label), h("span", {}, canRun(line) ? run : null, copy)), h("pre", {tabindex: "0", "aria-label": `curl line: ${sample.label}`}, h("code", {}, line)), answer);
}

function shown(result) {
  const head = h("p", {class: "small muted num"}, `${result.status} ${result.type}, ${result.ms.toFixed(0)} ms, ${result.blob.size.toLocaleString("en")} bytes`);
  if (result.type.startsWith("image/")) return [head, h("img", {src: URL.createObjectURL(result.blob), alt: "The answer, a picture"})];
  const text = result.json !== undefined ? JSON.stringify(result.json, null, 1) : result.text;
  return [head, h("pre", {tabindex: "0", "aria-label": "Answer"}, h("code", {}, text.length > 6000 ? `${text.slice(0, 6000)}\n…` : text))];
}

function operation(path, method, op) {
  const body = h("div", {class: "body"}), id = op.operationId;
  const details = h("details", {ontoggle: () => {
    if (!details.open || body.childElementCount) return;
    body.append(...[prose(op.description), (op["x-codeSamples"] ?? []).length ? h("div", {}, h("h4", {}, "Examples"), op["x-codeSamples"].map(example)) : null,
      parameters(op.parameters), requestBody(op.requestBody), responses(op.responses)].flat(2).filter(Boolean));
  }}, h("summary", {}, h("span", {class: `method m-${method}`}, method), h("h3", {}, path), h("span", {class: "muted"}, op.summary)), body);
  return h("section", {class: "card op", id}, details);
}

function build() {
  const byTag = new Map(spec.tags.map((t) => [t.name, []]));
  for (const [path, item] of Object.entries(spec.paths)) for (const method of METHODS) if (item[method]) byTag.get(item[method].tags[0])?.push([path, method, item[method]]);
  replace(main, h("div", {class: "intro"}, h("h1", {}, `${spec.info.title} API`), h("p", {class: "muted"}, `${spec.info.summary} Version ${spec.info.version}.`), prose(spec.info.description)),
    spec.tags.filter((t) => byTag.get(t.name).length).map((t) => [h("div", {class: "tag"}, h("h2", {}, t.name), h("div", {class: "muted"}, prose(t.description))), byTag.get(t.name).map((o) => operation(...o))]).map((group) => h("div", {class: "group"}, group)));
  replace(index, spec.tags.filter((t) => byTag.get(t.name).length).map((t) => h("div", {}, h("h2", {}, t.name),
    h("ul", {}, byTag.get(t.name).map(([path, method, op]) => h("li", {}, h("a", {href: `#${op.operationId}`}, h("span", {class: `method m-${method}`}, method), path)))))));
}

/* A fragment that names nothing is no mistake: the page then begins at its beginning. */
function open() {
  const at = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null, details = at?.querySelector("details");
  for (const link of index.querySelectorAll("a")) {
    if (link.hash === location.hash) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!details) return;
  details.open = true;
  at.scrollIntoView();
  details.querySelector("summary").focus({preventScroll: true});
}

filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase();
  for (const item of index.querySelectorAll("li")) item.hidden = !item.textContent.toLowerCase().includes(words);
  for (const section of main.querySelectorAll(".op")) section.hidden = !section.querySelector("summary").textContent.toLowerCase().includes(words);
  for (const group of index.children) group.hidden = !group.querySelector("li:not([hidden])");
  for (const group of main.querySelectorAll(".group")) group.hidden = !group.querySelector(".op:not([hidden])");
});
const root = document.documentElement;
if (localStorage.getItem("ocelli-theme")) root.dataset.theme = localStorage.getItem("ocelli-theme");
document.getElementById("theme-button").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("ocelli-theme", root.dataset.theme);
});
addEventListener("hashchange", open);
try {
  spec = await (await fetch("/openapi.json")).json();
  build();
  open();
} catch (error) {
  replace(main, h("p", {class: "notice bad"}, `The document cannot be read: ${error.message}`));
}
