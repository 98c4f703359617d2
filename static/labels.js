/* Zero-shot: which of one's own labels fits a picture. */
import {h, field, newId, replace, percent} from "./dom.js";
import {call, modelsFor} from "./api.js";
import {begin, readPicture} from "./draw.js";
import {curlBox, jsonBox, modelChoice, noModel, panel, picker, progress, Status, timesBox} from "./parts.js";

export async function make() {
  const models = await modelsFor("embed"), texts = new Set((await modelsFor("embed_text")).map((m) => m.name)), both = models.filter((m) => texts.has(m.name));
  const section = panel("Labels", "Ask which of your own words fits a picture, without training anything.");
  if (!both.length) {
    section.append(noModel("pictures and texts"));
    return {section};
  }
  const state = {picture: null, abort: null};
  const status = new Status(), curl = curlBox(), json = jsonBox(), times = timesBox();
  const choice = await modelChoice("Model", both, () => run());
  const canvas = h("canvas", {hidden: true, role: "img", "aria-label": "No picture yet"});
  const hint = h("div", {class: "hint"}, h("h2", {}, "A picture, please"), h("p", {}, "Drop it here, paste it, or choose one."));
  const stage = h("div", {class: "stage small"}, canvas, hint);
  const labels = h("textarea", {rows: "3", id: newId("labels")}, "dog, cat, strawberry, bicycle, bus, pizza");
  const template = h("input", {type: "text", placeholder: "the model's own", autocomplete: "off", "aria-describedby": "template-help"});
  const bars = h("ol", {class: "bars", "aria-label": "Labels, the best first"}), scoring = h("p", {class: "small muted"});

  async function run(e) {
    e?.preventDefault();
    if (!state.picture) return;
    state.abort?.abort();
    const abort = (state.abort = new AbortController()), file = state.picture.file;
    const list = labels.value.split(/[,\n]/).map((t) => t.trim()).filter(Boolean);
    if (!list.length) {
      status.fail(new Error("one label or more, please"));
      return;
    }
    const form = [["image", file], ["labels", list.join(",")]];
    if (template.value.trim()) form.push(["template", template.value.trim()]);
    if (both.length > 1) form.push(["model", choice.value]);
    try {
      const answer = await call({path: "/v1/classify", form, signal: abort.signal, ...progress(status, file.name, "comparing")});
      const best = answer.json.results[0];
      replace(bars, answer.json.results.map((r) => h("li", {}, h("div", {class: "row between"}, h("span", {}, r.label), h("span", {class: "num muted"}, `${percent(r.probability)} · cosine ${r.similarity.toFixed(3)}`)),
        h("div", {class: "track", "aria-hidden": "true"}, h("div", {class: "fill", style: {width: `${Math.max(0.5, 100 * r.probability)}%`}})))));
      scoring.textContent = answer.json.scoring === "softmax" ? "Probabilities add up to one: the labels compete." : "Each label has a probability of its own: several may fit, or none.";
      status.say(`best: ${best.label}`);
      times.show(answer);
      curl.show(answer.curl);
      json.show(answer.json);
    } catch (error) {
      status.fail(error);
      if (error.answer) curl.show(error.answer.curl);
    }
  }

  async function open([file]) {
    try {
      state.picture = await readPicture(file);
    } catch {
      status.fail(new Error(`this browser cannot show ${file.name}`));
      return;
    }
    canvas.hidden = false;
    hint.hidden = true;
    begin(canvas, state.picture);
    canvas.setAttribute("aria-label", file.name);
    await run();
  }

  const pick = picker({area: stage, onFiles: open, samples: ["dog.jpg", "strawberry.jpg", "bicycle.jpg"]});
  hint.append(pick.buttons);
  section.append(h("div", {class: "split"},
    h("div", {class: "stack"}, stage, h("div", {class: "row between"}, pick.samples, status.element), h("div", {class: "card stack"}, bars, scoring)),
    h("form", {class: "card stack", onsubmit: run}, h("button", {type: "button", onclick: () => pick.buttons.querySelector("button").click()}, "Another picture"),
      field("Labels, separated by commas", labels), field("Template", template),
      h("p", {class: "small muted", id: "template-help"}, "A sentence with {} where the label goes, such as “a photo of a {}.”; {} alone takes labels as they are."),
      both.length > 1 ? choice.element : null, h("button", {type: "submit", class: "primary"}, "Compare"), times.element)), h("div", {class: "stack asked"}, curl.element, json.element));
  return {section, paste: pick.paste};
}
