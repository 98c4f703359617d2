/* What the panels are made of: choosing pictures, telling how far a request is, and showing what was asked and answered. */
import {h, newId, replace, ms} from "./dom.js";
import {ApiError} from "./api.js";

export function panel(title, about) {
  const id = newId("title");
  return h("section", {class: "panel", "aria-labelledby": id}, h("div", {class: "panel-head"}, h("h1", {id}, title), h("p", {}, about)));
}

/** One line that says what is going on. Announced by screen readers. */
export class Status {
  constructor() {
    this.element = h("div", {class: "status", role: "status"});
  }
  say(...what) {
    this.element.classList.remove("error");
    replace(this.element, ...what);
  }
  busy(text) {
    this.say(h("span", {class: "spinner", "aria-hidden": "true"}), text);
  }
  upload(name, share) {
    this.element.classList.remove("error");
    if (this.bar?.isConnected) {
      this.bar.value = share;
      return;
    }
    this.bar = h("progress", {max: 1, value: share, "aria-label": `Upload of ${name}`});
    replace(this.element, this.bar, `sending ${name}`);
  }
  fail(error) {
    if (error?.name === "AbortError") return;
    this.element.classList.add("error");
    requestAnimationFrame(() => this.element.scrollIntoView({block: "nearest"})); /* never below the fold */
    replace(this.element, error instanceof ApiError ? `${error.message} (${error.status}${error.code ? ` ${error.code}` : ""})` : String(error.message ?? error));
  }
}

/** Options of call() that show a request's progress in a status line. */
export const progress = (status, name, waiting) => ({
  onUpload: (share) => status.upload(name, share),
  onSent: () => status.busy(waiting),
});

/** The curl lines of what was just run. */
export function curlBox() {
  const element = h("div", {class: "curls"});
  return {
    element,
    show(...lines) {
      replace(element, lines.filter(Boolean).map((line) => {
        const copy = h("button", {type: "button", class: "quiet small", "aria-label": "Copy the curl line", onclick: async () => {
          await copyText(line);
          copy.textContent = "Copied";
          setTimeout(() => (copy.textContent = "Copy"), 1500);
        }}, "Copy");
        return h("figure", {class: "curl"}, h("figcaption", {}, h("span", {}, "The same in a terminal"), copy), h("pre", {tabindex: "0", "aria-label": "curl line"}, h("code", {}, line)));
      }));
    },
  };
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text); /* only where the page is secure: localhost or TLS */
  const area = h("textarea", {}, text);
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  return area.remove();
}

/** Long lists of numbers are shortened, so that an answer can be read. */
function shorten(value) {
  if (Array.isArray(value)) {
    if (value.length > 24 && value.every((v) => typeof v === "number")) return [...value.slice(0, 6), `… ${value.length} numbers`];
    return value.map(shorten);
  }
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shorten(v)]));
  return typeof value === "string" && value.length > 240 ? `${value.slice(0, 200)}… ${value.length} characters` : value;
}

export function jsonBox() {
  const code = h("code", {});
  const element = h("details", {class: "json", hidden: true}, h("summary", {}, "The answer as JSON"), h("pre", {tabindex: "0", "aria-label": "Answer"}, code));
  return {
    element,
    show(value) {
      element.hidden = value === undefined;
      code.textContent = JSON.stringify(shorten(value), null, 2);
    },
  };
}

const STAGES = ["queue", "decode", "preprocess", "inference", "postprocess"];
/** Where the time of a request went: a bar, and the numbers. */
export function timesBox() {
  const element = h("div", {class: "times", hidden: true});
  return {
    element,
    show({timing, ms: total}) {
      element.hidden = false;
      const bar = h("div", {class: "bar", "aria-hidden": "true"}, STAGES.filter((name) => timing[name]).map((name) => h("span", {class: `s-${name}`, style: {"flex-grow": String(timing[name])}})));
      replace(element, bar, h("ul", {}, STAGES.map((name) => h("li", {class: `s-${name}`}, `${name} ${ms(timing[name] ?? 0)}`)), h("li", {}, `in all ${ms(total)} ms`)));
    },
  };
}

/** Models of a task to choose from; empty when there is none. */
export async function modelChoice(label, models, onchange) {
  const id = newId("model");
  const select = h("select", {id, onchange}, models.map((m) => h("option", {value: m.name, selected: m.isDefault}, m.name + (m.isDefault && models.length > 1 ? " (default)" : ""))));
  return {element: h("div", {class: "field"}, h("label", {for: id}, label), select), get value() { return select.value; }, select};
}

/** A sample of the server's as a File that knows where it lies in the project. */
export async function sample(name) {
  const answer = await fetch(`/examples/${name}`);
  if (!answer.ok) throw new Error(`no sample ${name}`);
  const file = new File([await answer.blob()], name, {type: answer.headers.get("content-type")});
  file.sample = `docs/examples/${name}`;
  return file;
}

/**
 * Ways to give a panel pictures: a button, the camera, pasting, dropping on `area`, and samples. onFiles gets a list of Files, never empty.
 */
export function picker({area, onFiles, samples = [], multiple = false, label = "Choose a picture", accept = "image/*", camera = true}) {
  const refusal = h("p", {class: "notice bad refusal", role: "alert", hidden: true});
  area.append(refusal);
  /** Says in the place of the picture what is wrong with it; nothing: all is well. */
  const refuse = (text) => {
    refusal.hidden = !text;
    refusal.textContent = text ?? "";
  };
  const take = (list) => {
    const all = [...list], files = all.filter((f) => f.type.startsWith("image/") || /\.(jpe?g|png|webp|bmp|gif|heic|heif|avif|tiff?)$/i.test(f.name));
    const others = all.filter((f) => !files.includes(f)).map((f) => f.name);
    refuse(others.length ? `${others.join(", ")}: no picture. JPEG, PNG, WebP, BMP or GIF, please.` : null);
    if (files.length) onFiles(multiple ? files : files.slice(0, 1));
  };
  const input = (attributes) => h("input", {type: "file", accept, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", ...attributes, onchange: (e) => {
    take(e.target.files);
    e.target.value = "";
  }});
  const file = input({multiple}), photo = input({capture: "environment"});
  const buttons = [h("button", {type: "button", class: "primary", onclick: () => file.click()}, label), file];
  if (camera) buttons.push(h("button", {type: "button", class: "photo", onclick: () => photo.click()}, "Take a photo"), photo);
  area.addEventListener("dragover", (e) => {
    e.preventDefault();
    area.classList.add("drop-over");
  });
  area.addEventListener("dragleave", (e) => !area.contains(e.relatedTarget) && area.classList.remove("drop-over"));
  area.addEventListener("drop", (e) => {
    e.preventDefault();
    area.classList.remove("drop-over");
    take(e.dataTransfer.files);
  });
  const useSamples = async (names) => onFiles(await Promise.all(names.map(sample)));
  return {
    buttons: h("div", {class: "row"}, buttons),
    samples: samples.length ? h("div", {class: "samples", role: "group", "aria-label": "Sample pictures"}, h("span", {class: "small muted"}, "or a sample:"),
      samples.map((name) => h("button", {type: "button", "aria-label": `Sample ${name.replace(/\..*/, "")}`, onclick: () => useSamples([name])}, h("img", {src: `/examples/${name}`, alt: "", loading: "lazy"})))) : null,
    paste: (e) => take(e.clipboardData?.files ?? []),
    refuse,
    useSamples,
  };
}

export const noModel = (task) => h("p", {class: "notice"}, `No model for ${task} is installed here. Start the server with --models DIR.`);
