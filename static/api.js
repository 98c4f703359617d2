/* Requests to this server, with upload progress, and the same requests as curl lines. */

const KEY = "ocelli-key";
export const getKey = () => sessionStorage.getItem(KEY) ?? "";
export function setKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

export class ApiError extends Error {
  constructor(answer) {
    const body = answer.json ?? {};
    super(body.detail ?? body.message ?? answer.text ?? `status ${answer.status}`);
    this.status = answer.status;
    this.code = body.code ?? "";
    this.answer = answer;
  }
}

const quote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

function target(path, query) {
  const text = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== "" && v !== null)
    .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v).replaceAll("%2C", ",")}`).join("&");
  return path + (text ? `?${text}` : "");
}

/** Where a person has the file: a sample lies in the project's folder. */
const place = (file) => file.sample ?? file.name ?? "picture";

/** The request as a person would type it. */
export function curlLine({method = "POST", path, query, raw, form, json}) {
  const words = ["curl"];
  if (getKey()) words.push('-H "Authorization: Bearer $OCELLI_KEY"');
  if (method !== "GET" && !(raw || form || json)) words.push(`-X ${method}`);
  for (const [name, value] of form ?? []) words.push(`-F ${quote(value instanceof Blob ? `${name}=@${place(value)}` : `${name}=${value}`)}`);
  if (raw) words.push(`--data-binary ${quote(`@${place(raw)}`)}`);
  words.push(quote(location.origin + target(path, query)));
  if (json) words.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(json))}`);
  return words.join(" ");
}

function parseTiming(header) {
  const out = {};
  for (const part of (header ?? "").split(",")) {
    const found = /^\s*(\w+);dur=([\d.]+)/.exec(part);
    if (found) out[found[1]] = Number(found[2]);
  }
  return out;
}

/**
 * One request. raw: a Blob as the body; form: [[name, text or Blob], ...]; json: an object. onUpload(share) while the body goes out, then
 * onSent(). Resolves with {status, json, text, ms, timing, requestId, curl}; rejects with ApiError, or with Error when nothing was answered.
 */
export function call(request) {
  const {method = "POST", path, query, raw, form, json, onUpload, onSent, signal, quiet} = request;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const start = performance.now();
    xhr.open(method, target(path, query));
    if (getKey()) xhr.setRequestHeader("Authorization", `Bearer ${getKey()}`);
    let body = null;
    if (raw) {
      body = raw;
      xhr.setRequestHeader("Content-Type", raw.type || "application/octet-stream");
    } else if (form) {
      body = new FormData();
      for (const [name, value] of form) body.append(name, value);
    } else if (json) {
      body = JSON.stringify(json);
      xhr.setRequestHeader("Content-Type", "application/json");
    }
    xhr.upload.onprogress = (e) => e.lengthComputable && onUpload?.(e.loaded / e.total);
    xhr.upload.onload = () => onSent?.();
    xhr.onerror = () => reject(new Error("the server does not answer"));
    xhr.onabort = () => reject(new DOMException("stopped", "AbortError"));
    xhr.onload = () => {
      const answer = {status: xhr.status, text: xhr.responseText, ms: performance.now() - start, timing: parseTiming(xhr.getResponseHeader("server-timing")),
        type: (xhr.getResponseHeader("content-type") ?? "").split(";")[0], requestId: xhr.getResponseHeader("x-request-id"), curl: curlLine(request)};
      if (answer.type.endsWith("json")) {
        try {
          answer.json = JSON.parse(answer.text);
        } catch {
          return reject(new Error("the answer is not JSON"));
        }
      }
      if (xhr.status >= 200 && xhr.status < 300) return resolve(answer);
      if (xhr.status === 401 && !quiet) dispatchEvent(new CustomEvent("ocelli-key-needed"));
      return reject(new ApiError(answer));
    };
    signal?.addEventListener("abort", () => xhr.abort());
    xhr.send(body);
  });
}

export const get = (path, options) => call({method: "GET", path, ...options});

let models = null;
/** The list of /v1/models; asked for once, or again with `fresh`. */
export function listModels(fresh = false) {
  if (!models || fresh) {
    models = get("/v1/models").then((a) => a.json.data);
    models.catch(() => (models = null));
  }
  return models;
}
addEventListener("ocelli-key-changed", () => (models = null));

/** Models that can do a task, and whether it is the default: [{name, isDefault, starter, info}]. */
export async function modelsFor(task) {
  const able = (info) => info.tasks?.includes(task);
  return (await listModels()).filter(able).map((info) => ({name: info.id, isDefault: (info.parts?.find(able) ?? info).default, starter: info.starter, info}));
}
