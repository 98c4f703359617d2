/* Two faces compared: what was found in both pictures, the crops that were compared, and how near they are. */
import {h, field, replace} from "./dom.js";
import {call, modelsFor} from "./api.js";
import {alignedCrop, begin, box, dots, label, readPicture} from "./draw.js";
import {curlBox, jsonBox, modelChoice, noModel, panel, picker, progress, sample, Status, timesBox} from "./parts.js";

const CHOSEN = [47, 191, 113], OTHER = [160, 160, 160], POINTS = [255, 210, 74];
const PAIRS = [["One person", "face-a1.jpg", "face-a2.jpg"], ["Two people", "face-a1.jpg", "face-b1.jpg"], ["One among seven", "faces.jpg", "face-b2.jpg"]];

function slot(number, onFiles, samples) {
  const canvas = h("canvas", {hidden: true, role: "img", "aria-label": `Picture ${number}: none yet`});
  const hint = h("div", {class: "hint"}, h("h2", {}, `Picture ${number}`));
  const stage = h("div", {class: "stage small"}, canvas, hint);
  const pick = picker({area: stage, onFiles, samples, label: `Choose picture ${number}`});
  hint.append(pick.buttons);
  return {canvas, hint, stage, pick, picture: null, faces: []};
}

export async function make() {
  const embedders = await modelsFor("face_embed"), detectors = await modelsFor("face_detect");
  const section = panel("Faces", "Are two faces of one person? Both are found, turned upright by their eyes, nose and mouth, and compared as vectors.");
  if (!embedders.length || !detectors.length) {
    section.append(noModel("finding and comparing faces"));
    return {section};
  }
  const status = new Status(), curl = curlBox(), json = jsonBox(), times = timesBox();
  const choice = await modelChoice("Model", embedders, () => run());
  const threshold = h("input", {type: "range", min: "-1", max: "1", step: "0.01", value: "0.4", disabled: true, oninput: () => judge()}), thresholdText = h("output", {class: "num small"});
  const verdict = h("div", {class: "verdict", role: "status"}, h("h2", {}, "Two pictures, please"), h("p", {class: "muted"}, "The largest face of each is compared."));
  const crops = h("div", {class: "crops", hidden: true}), gauge = h("div", {class: "gauge", hidden: true});
  const slots = [1, 2].map((n) => slot(n, (files) => put(n - 1, files), []));
  let result = null, abort = null;

  function drawSlot(s) {
    if (!s.picture) return;
    const context = begin(s.canvas, s.picture);
    s.faces.forEach((f) => {
      box(context, f.box, f.compared ? CHOSEN : OTHER);
      if (f.landmarks) dots(context, Object.values(f.landmarks), POINTS, 2.2);
      label(context, f.box, f.score.toFixed(2), f.compared ? CHOSEN : OTHER, {width: s.picture.width});
    });
  }

  /* Where a detector gives no points the server cuts a square by the box. */
  function cropByBox(canvas, picture, b) {
    const side = 1.08 * (b.y2 - b.y1), x = (b.x1 + b.x2 - side) / 2, y = (b.y1 + b.y2 - side) / 2 - 0.11 * (b.y2 - b.y1), k = picture.scale;
    canvas.width = canvas.height = 112;
    canvas.getContext("2d").drawImage(picture.bitmap, x * k, y * k, side * k, side * k, 0, 0, 112, 112);
  }

  function showCrops() {
    replace(crops, slots.map((s, i) => {
      const face = s.faces.find((f) => f.compared), canvas = h("canvas", {role: "img", "aria-label": `Aligned face of picture ${i + 1}`});
      if (face?.landmarks) alignedCrop(canvas, s.picture, face.landmarks, 112);
      else if (face) cropByBox(canvas, s.picture, face.box);
      return h("figure", {}, canvas, h("figcaption", {class: "small muted num"}, face ? `quality ${face.quality.overall.toFixed(2)} (${face.quality.least})` : ""));
    }));
    crops.hidden = false;
  }

  function judge() {
    if (!result) return;
    const t = Number(threshold.value), same = result.similarity >= t, place = (v) => `${((Math.max(-0.2, Math.min(1, v)) + 0.2) / 1.2) * 100}%`;
    thresholdText.textContent = t.toFixed(2);
    replace(verdict, h("h2", {class: same ? "yes" : "no"}, same ? "One person" : "Two people"), h("p", {class: "muted num"}, `cosine ${result.similarity.toFixed(3)}, threshold ${t.toFixed(2)}${t === result.shownThreshold ? ` (${result.threshold_source})` : ""}`));
    replace(gauge, h("div", {class: "mark", style: {left: place(t)}}), h("div", {class: `dot ${same ? "yes" : "no"}`, style: {left: place(result.similarity)}}));
    gauge.hidden = false;
  }

  async function run() {
    if (!slots.every((s) => s.picture)) return;
    abort?.abort();
    abort = new AbortController();
    const form = slots.map((s, i) => [`image${i + 1}`, s.picture.file]);
    if (embedders.length > 1) form.push(["model", choice.value]);
    try {
      const answer = await call({path: "/v1/faces/verify", form, signal: abort.signal, ...progress(status, "two pictures", "comparing")});
      result = answer.json;
      result.shownThreshold = Number(result.threshold.toFixed(2));
      slots.forEach((s, i) => (s.faces = result.faces.filter((f) => f.image === `image${i + 1}`)));
      slots.forEach(drawSlot);
      slots.forEach((s, i) => s.canvas.setAttribute("aria-label", `Picture ${i + 1}, ${s.picture.file.name}: ${s.faces.length} face${s.faces.length === 1 ? "" : "s"}`));
      threshold.disabled = false;
      threshold.value = String(result.shownThreshold);
      showCrops();
      judge();
      status.say("");
      times.show(answer);
      curl.show(answer.curl);
      json.show(answer.json);
    } catch (error) {
      if (error.name === "AbortError") return;
      result = null;
      crops.hidden = gauge.hidden = true;
      replace(verdict, h("h2", {}, error.code === "no_face" ? "No face found" : "Not compared"));
      status.fail(error);
      if (error.answer) curl.show(error.answer.curl);
    }
  }

  async function put(i, [file]) {
    const s = slots[i];
    try {
      s.picture = await readPicture(file);
    } catch {
      status.fail(new Error(`this browser cannot show ${file.name}`));
      return;
    }
    s.faces = [];
    s.canvas.hidden = false;
    s.hint.hidden = true;
    drawSlot(s);
    if (slots.every((one) => one.picture)) await run();
    else status.say("one more picture");
  }

  async function usePair(names) {
    const files = await Promise.all(names.map(sample));
    slots[0].picture = null;
    await put(1, [files[1]]);
    await put(0, [files[0]]);
  }

  new ResizeObserver(() => slots.forEach(drawSlot)).observe(slots[0].stage);
  section.append(h("div", {class: "split"},
    h("div", {class: "stack"}, h("div", {class: "pair"}, slots.map((s, i) => h("div", {class: "stack"}, s.stage, h("button", {type: "button", class: "quiet small", onclick: () => s.pick.buttons.querySelector("button").click()}, `Another picture ${i + 1}`)))),
      h("div", {class: "row between"}, h("div", {class: "row", role: "group", "aria-label": "Sample pairs"}, PAIRS.map(([name, ...files]) => h("button", {type: "button", onclick: () => usePair(files)}, name))), status.element)),
    h("div", {class: "stack"}, h("div", {class: "card stack"}, verdict, crops, gauge, field("Threshold", threshold, thresholdText), embedders.length > 1 ? choice.element : null), h("div", {class: "card stack"}, h("h2", {}, "Time"), times.element))), h("div", {class: "stack asked"}, curl.element, json.element));
  return {section, paste: (e) => slots[slots[0].picture && !slots[1].picture ? 1 : 0].pick.paste(e)};
}
