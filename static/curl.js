/* Runs the document's curl lines from the browser: the few options they use, files from /examples/. */
import {getKey} from "./api.js";

/** Words of a shell line: blanks separate, single and double quotes hold together. Nothing is expanded but what `variables` knows. */
export function words(line) {
  const out = [];
  let word = null;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === "'" || c === '"') {
      const end = line.indexOf(c, i + 1);
      word = (word ?? "") + line.slice(i + 1, end < 0 ? line.length : end);
      i = end < 0 ? line.length : end;
    } else if (c === " ") {
      if (word !== null) out.push(word);
      word = null;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (word !== null) out.push(word);
  return out;
}

const variables = new Map();
const expand = (text) => text.replace(/\$([A-Z_]+)/g, (whole, name) => variables.get(name) ?? whole);

function parse(line) {
  const list = words(line), request = {method: null, headers: {}, form: [], data: null, file: null, url: ""};
  if (list.shift() !== "curl") return null;
  for (let i = 0; i < list.length; i++) {
    const word = list[i];
    if (word === "-X") request.method = list[++i];
    else if (word === "-H") {
      const [name, ...rest] = list[++i].split(":");
      request.headers[name] = rest.join(":").trim();
    } else if (word === "-F") request.form.push(list[++i]);
    else if (word === "-d") request.data = list[++i];
    else if (word === "--data-binary") request.file = list[++i].replace(/^@/, "");
    else if (word === "-o") i++;
    else if (/^https?:/.test(word)) request.url = expand(word);
    else return null;
  }
  return request.url ? request : null;
}

export const canRun = (line) => parse(line) !== null;

async function file(path) {
  const name = path.split("/").at(-1).split(";")[0], answer = await fetch(`/examples/${name}`);
  if (!answer.ok) throw new Error(`${name} is not among this server's examples`);
  return new File([await answer.blob()], name, {type: answer.headers.get("content-type")});
}

async function bodyOf(request) {
  if (request.file) return file(request.file);
  if (!request.form.length) return request.data ?? undefined;
  const form = new FormData();
  for (const part of request.form) {
    const at = part.indexOf("="), name = part.slice(0, at), value = part.slice(at + 1);
    form.append(name, value.startsWith("@") ? await file(value.slice(1)) : value);
  }
  return form;
}

/** Runs a line; what x-capture names is kept for later lines. */
export async function runCurl(line, sample) {
  const request = parse(line), unknown = /\$[A-Z_]+/.exec(request.url);
  if (unknown) throw new Error(`${unknown[0]} is not known yet: run the example first that makes it`);
  const body = await bodyOf(request), headers = {...request.headers}, start = performance.now();
  if (typeof body === "string" && !headers["Content-Type"]) headers["Content-Type"] = "application/x-www-form-urlencoded";
  if (request.file && !headers["Content-Type"]) headers["Content-Type"] = body.type;
  if (getKey() && !headers.Authorization && !headers["x-api-key"]) headers.Authorization = `Bearer ${getKey()}`;
  const url = new URL(request.url), method = request.method ?? (body === undefined ? "GET" : "POST");
  const answer = await fetch(url.pathname + url.search, {method, headers, body}), blob = await answer.blob();
  const type = (answer.headers.get("content-type") ?? "").split(";")[0], result = {status: answer.status, type, blob, ms: performance.now() - start};
  if (!type.startsWith("image/")) result.text = await blob.text();
  if (type.endsWith("json")) result.json = JSON.parse(result.text);
  for (const [name, pointer] of Object.entries(answer.ok ? sample["x-capture"] ?? {} : {})) variables.set(name, String(pointer.split("/").slice(1).reduce((v, part) => v?.[part], result.json)));
  return result;
}
