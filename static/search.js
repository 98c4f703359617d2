/* Pictures found by words: each picture is embedded once, then every search is one text and cosines computed here. */
import {h, field, replace} from "./dom.js";
import {call, modelsFor} from "./api.js";
import {curlBox, jsonBox, modelChoice, noModel, panel, picker, progress, Status, timesBox} from "./parts.js";

const TOGETHER = 4; /* pictures in one request */
const SAMPLES = ["dog.jpg", "strawberry.jpg", "bicycle.jpg", "street.jpg", "table.jpg", "meadow.jpg"];

/** Little-endian float32 in base64. */
function floats(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0); /* vectors have length 1 */

export async function make() {
  const images = await modelsFor("embed"), texts = new Set((await modelsFor("embed_text")).map((m) => m.name)), both = images.filter((m) => texts.has(m.name));
  const section = panel("Search", "Find your pictures by what is in them. They are turned into vectors once; then words find them, in any language the model knows.");
  if (!both.length) {
    section.append(noModel("pictures and texts"));
    return {section};
  }
  const state = {items: [], query: null, running: false};
  const status = new Status(), curl = curlBox(), json = jsonBox(), times = timesBox();
  const choice = await modelChoice("Model", both, () => restart());
  const model = () => (both.length > 1 ? choice.value : "");
  const input = h("input", {type: "search", placeholder: "a strawberry", enterkeyhint: "search", autocomplete: "off", disabled: true});
  const grid = h("ul", {class: "grid", "aria-label": "Pictures, the best match first"});
  const zone = h("div", {class: "stage dropzone"}, h("div", {class: "hint"}, h("h2", {}, "Choose some pictures"), h("p", {}, "Drop a handful here, paste or choose them. Vectors stay in this tab.")));

  async function embed() {
    if (state.running) return;
    state.running = true;
    let waiting;
    try {
      while ((waiting = state.items.filter((i) => !i.vector && !i.failed)).length) {
        const batch = waiting[0].alone ? waiting.slice(0, 1) : waiting.filter((i) => !i.alone).slice(0, TOGETHER), done = state.items.length - waiting.length;
        const answer = await call({path: "/v1/embed", query: {model: model(), encoding: "base64"}, form: batch.map((i) => ["image", i.file]),
          ...progress(status, `${done + 1} to ${done + batch.length} of ${state.items.length}`, `embedding ${done + batch.length} of ${state.items.length}`)});
        answer.json.embeddings.forEach((e) => (batch[e.index].vector = floats(e.vector)));
        times.show(answer);
        curl.show(answer.curl);
        show();
      }
      const embedded = state.items.filter((i) => i.vector), refused = state.items.filter((i) => i.failed);
      if (refused.length) status.fail(new Error(`${refused.map((i) => i.file.name).join(", ")}: ${refused[0].failed}`)); /* what came after it must not hide it */
      else status.say(`${embedded.length} pictures, ${embedded[0]?.vector.length ?? 0} numbers each`);
      input.disabled = !embedded.length;
    } catch (error) {
      const batch = waiting?.[0].alone ? waiting.slice(0, 1) : (waiting ?? []).filter((i) => !i.alone).slice(0, TOGETHER);
      if (batch.length > 1) {
        batch.forEach((i) => (i.alone = true)); /* one of them: ask again, one by one, to learn which */
      } else {
        batch.forEach((i) => (i.failed = error.message));
        status.fail(new Error(`${batch[0]?.file.name}: ${error.message}`));
      }
      if (state.items.some((i) => !i.vector && !i.failed)) setTimeout(embed);
    }
    state.running = false;
    show();
  }

  function add(files) {
    for (const file of files) if (!state.items.some((i) => i.file.name === file.name && i.file.size === file.size)) state.items.push({file, url: URL.createObjectURL(file)});
    zone.querySelector(".hint h2").textContent = "More pictures";
    show();
    embed();
  }

  function remove(item) {
    URL.revokeObjectURL(item.url);
    state.items = state.items.filter((i) => i !== item);
    show();
    status.say(`${state.items.length} pictures`);
  }

  function restart() {
    state.items.forEach((i) => (i.vector = i.failed = null));
    state.query = null;
    input.disabled = true;
    embed();
  }

  function show() {
    const q = state.query;
    for (const i of state.items) i.score = q && i.vector ? dot(q, i.vector) : null;
    const ordered = state.items.slice().sort((a, b) => (b.score ?? -2) - (a.score ?? -2)), top = ordered[0]?.score ?? 1, low = Math.min(...state.items.map((i) => i.score ?? 0));
    replace(grid, ordered.map((i, rank) => h("li", {class: q && rank === 0 ? "best" : ""},
      h("img", {src: i.url, alt: i.file.name, loading: "lazy"}),
      h("div", {class: "caption"}, h("span", {class: "name"}, i.file.name), i.failed ? h("span", {class: "badge bad", title: i.failed}, "refused") : i.score !== null ? h("span", {class: "num"}, i.score.toFixed(3)) : i.vector ? null : h("span", {class: "spinner"})),
      i.failed ? h("p", {class: "small bad"}, i.failed) : null,
      h("button", {type: "button", class: "quiet small", "aria-label": `Remove ${i.file.name}`, onclick: () => remove(i)}, "Remove"),
      i.score !== null ? h("div", {class: "meter", "aria-hidden": "true"}, h("div", {style: {width: `${Math.max(2, (100 * (i.score - Math.min(low, 0))) / Math.max(top - Math.min(low, 0), 1e-6))}%`}})) : null)));
  }

  async function search(e) {
    e?.preventDefault();
    const text = input.value.trim();
    if (!text) {
      state.query = null;
      return show();
    }
    try {
      const answer = await call({path: "/v1/embed", query: {}, json: {text, ...(model() ? {model: model()} : {})}, onSent: () => status.busy("embedding the text")});
      state.query = Float32Array.from(answer.json.embeddings[0].vector);
      times.show(answer);
      curl.show(answer.curl);
      json.show(answer.json);
      show();
      const best = state.items.slice().sort((a, b) => b.score - a.score)[0];
      return status.say(best ? `best match: ${best.file.name}` : "");
    } catch (error) {
      return status.fail(error);
    }
  }

  const pick = picker({area: zone, onFiles: add, multiple: true, label: "Choose pictures", samples: []});
  pick.buttons.append(h("button", {type: "button", onclick: () => pick.useSamples(SAMPLES)}, "Use the samples"));
  zone.querySelector(".hint").append(pick.buttons);
  section.append(h("div", {class: "stack"}, zone,
    h("form", {class: "card row searchline", onsubmit: search}, h("div", {class: "grow"}, field("Words to look for", input)), both.length > 1 ? choice.element : null, h("button", {type: "submit", class: "primary"}, "Search")),
    status.element, grid, times.element, curl.element, json.element));
  return {section, paste: pick.paste};
}
