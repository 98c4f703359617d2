/* Things in a picture: boxes, masks and points of /v1/detect, and the map of /v1/segment, over the picture. */
import {h, field, newId, replace, percent} from "./dom.js";
import {call, modelsFor} from "./api.js";
import {begin, box, classColour, css, keyPoints, label, maskLayer, maskOf, outline, readPicture} from "./draw.js";
import {curlBox, jsonBox, modelChoice, noModel, panel, picker, progress, Status, timesBox} from "./parts.js";

const LEAST = 0.05; /* asked of the server; the slider then filters here, without asking again */

export async function make() {
  const [detectors, segmenters] = await Promise.all([modelsFor("detect"), modelsFor("segment")]);
  const section = panel("Detect", "Find things in a picture and colour its regions. Drop, paste or photograph one; move the threshold to see what the model was less sure of.");
  if (!detectors.length && !segmenters.length) {
    section.append(noModel("detection or segmentation"));
    return {section};
  }
  const state = {picture: null, found: null, map: null, layer: null, chosen: -1, abort: null};
  const status = new Status(), curl = curlBox(), json = jsonBox(), times = timesBox();
  const canvas = h("canvas", {hidden: true, role: "img", "aria-label": "No picture yet"});
  const hint = h("div", {class: "hint"}, h("h2", {}, "Choose a picture"), h("p", {}, "Drop it here, paste it, or choose one. It goes to this server and nowhere else."));
  const stage = h("div", {class: "stage"}, canvas, hint);
  const detector = detectors.length ? await modelChoice("Boxes by", detectors, () => (setThreshold(), run())) : null;
  const segmenter = segmenters.length ? await modelChoice("Regions by", segmenters, () => run()) : null;
  const threshold = h("input", {type: "range", min: "0.05", max: "0.95", step: "0.01", value: "0.3", oninput: draw});
  const opacity = h("input", {type: "range", min: "0", max: "1", step: "0.05", value: "0.5", oninput: draw});
  const thresholdText = h("output", {class: "num small"}), opacityText = h("output", {class: "num small"});
  const showBoxes = h("input", {type: "checkbox", checked: true, disabled: !detector, id: newId("boxes"), onchange: () => (state.found ? draw() : run())});
  const showMap = h("input", {type: "checkbox", checked: false, disabled: !segmenter, id: newId("map"), onchange: () => (state.map || !showMap.checked ? draw() : run())});
  const tiles = h("input", {type: "checkbox", disabled: !detector, id: newId("tiles"), onchange: () => run()});
  const list = h("ul", {class: "results"}), count = h("h2", {}, "Nothing yet");

  function setThreshold() {
    const chosen = detectors.find((m) => m.name === detector.value);
    threshold.value = String(chosen?.info.recipe?.thresholds?.score ?? 0.3);
  }
  if (detector) setThreshold();

  const shown = () => (state.found && showBoxes.checked ? state.found.detections.filter((d) => d.score >= Number(threshold.value)) : []);

  function draw() {
    thresholdText.textContent = Number(threshold.value).toFixed(2);
    opacityText.textContent = percent(Number(opacity.value), 0);
    if (!state.picture) return;
    const things = shown(), masks = things.filter(maskOf), context = begin(canvas, state.picture);
    context.globalAlpha = Number(opacity.value);
    if (state.layer && showMap.checked) context.drawImage(state.layer, 0, 0, state.picture.width, state.picture.height);
    if (masks.length) context.drawImage(maskLayer(masks.map((d) => ({mask: maskOf(d), colour: classColour(d.class_id)})), 255), 0, 0, state.picture.width, state.picture.height);
    context.globalAlpha = 1;
    things.slice().reverse().forEach((d, i) => {
      const at = things.length - 1 - i, dim = state.chosen >= 0 && state.chosen !== at, colour = classColour(d.class_id);
      if (d.rotated) outline(context, d.rotated.corners, colour, {dim});
      else box(context, d.box, colour, {dim, fill: state.chosen === at});
      if (d.keypoints && !dim) keyPoints(context, d.keypoints, state.found.keypoint_names, colour);
    });
    things.slice().reverse().forEach((d, i) => {
      const dim = state.chosen >= 0 && state.chosen !== things.length - 1 - i;
      label(context, d.box, `${d.label ?? `#${d.class_id}`} ${d.score.toFixed(2)}`, classColour(d.class_id), {dim, width: state.picture.width});
    });
    describe(things);
  }

  function describe(things) {
    const regions = state.map && showMap.checked ? state.map.classes.filter((c) => c.label !== "background") : [];
    const names = [...new Set(things.map((d) => d.label ?? `class ${d.class_id}`))];
    canvas.setAttribute("aria-label", `${state.picture.file.name}: ${things.length} boxes${names.length ? ` (${names.join(", ")})` : ""}${regions.length ? `; regions: ${regions.map((c) => c.label).join(", ")}` : ""}`);
    count.textContent = state.found || state.map ? `${things.length} thing${things.length === 1 ? "" : "s"}${regions.length ? `, ${regions.length} regions` : ""}` : "Nothing yet";
    if (state.listed === things.length && state.listedMap === regions && list.contains(document.activeElement)) return;
    const pick = (i) => ({onmouseenter: () => choose(i), onmouseleave: () => choose(-1), onfocus: () => choose(i), onblur: () => choose(-1)});
    state.listed = things.length;
    if (state.chosen >= 0) return; /* only the highlight changed */
    replace(list,
      things.map((d, i) => h("li", {}, h("button", {type: "button", ...pick(i)}, swatch(d.class_id), h("span", {}, d.label ?? `#${d.class_id}`), h("span", {class: "num muted"}, d.score.toFixed(3))))),
      regions.map((c) => h("li", {}, h("button", {type: "button"}, swatch(state.mapOffset ? c.class_id - 1 : c.class_id), h("span", {}, c.label ?? `#${c.class_id}`), h("span", {class: "num muted"}, percent(c.fraction))))));
  }
  const swatch = (id) => h("span", {class: "swatch", style: {background: css(classColour(id))}});
  function choose(i) {
    if (state.chosen === i) return;
    state.chosen = i;
    draw();
  }

  function useMap(answer) {
    state.map = answer.json;
    const background = answer.json.classes.some((c) => c.class_id === 0 && c.label === "background");
    state.mapOffset = background;
    const segments = answer.json.mask.segments.filter((g) => !(background && g.class_id === 0));
    state.layer = segments.length ? maskLayer(segments.map((g) => ({mask: g, colour: classColour(g.class_id - (background ? 1 : 0))})), 255) : null;
  }

  async function run() {
    if (!state.picture) return;
    state.abort?.abort();
    pick.refuse(null);
    const abort = (state.abort = new AbortController()), file = state.picture.file, lines = [], answers = {};
    const ask = async (path, query, waiting) => {
      const answer = await call({path, query, raw: file, signal: abort.signal, ...progress(status, file.name, waiting)});
      lines.push(answer.curl);
      times.show(answer);
      return answer;
    };
    try {
      if (detector && showBoxes.checked) {
        const answer = await ask("/v1/detect", {model: detectors.length > 1 ? detector.value : "", score_threshold: LEAST, tile: tiles.checked ? "auto" : ""}, "looking for things");
        state.found = answers.detect = answer.json;
        draw();
      }
      if (segmenter && showMap.checked) {
        const answer = await ask("/v1/segment", {model: segmenters.length > 1 ? segmenter.value : ""}, "colouring regions");
        useMap(answer);
        answers.segment = answer.json;
        draw();
      }
      status.say(`${state.picture.width} × ${state.picture.height} pixels`);
      curl.show(...lines);
      json.show(Object.keys(answers).length === 1 ? Object.values(answers)[0] : answers);
    } catch (error) {
      if (error.name === "AbortError") return;
      status.fail(error);
      pick.refuse(`${file.name}: ${error.message}`);
      count.textContent = "No answer";
      if (error.answer) curl.show(...lines, error.answer.curl);
    }
  }

  async function open([file]) {
    try {
      state.picture = await readPicture(file);
    } catch {
      status.fail(new Error(`this browser cannot show ${file.name}`));
      pick.refuse(`${file.name} cannot be shown: it is broken, or of a kind that this browser does not know. JPEG, PNG or WebP, please.`);
      return;
    }
    Object.assign(state, {found: null, map: null, layer: null, chosen: -1});
    canvas.hidden = false;
    hint.hidden = true;
    draw();
    await run();
  }

  const pick = picker({area: stage, onFiles: open, samples: ["street.jpg", "table.jpg", "meadow.jpg"]});
  hint.append(pick.buttons);
  const again = h("div", {class: "row between"}, pick.samples, status.element);
  new ResizeObserver(() => state.picture && draw()).observe(stage);
  section.append(h("div", {class: "split"},
    h("div", {class: "stack"}, stage, again),
    h("div", {class: "stack"},
      h("div", {class: "card stack"}, h("div", {class: "row"}, h("button", {type: "button", onclick: () => pick.buttons.querySelector("button").click()}, "Another picture")),
        h("label", {class: "check"}, showBoxes, "Boxes"), h("label", {class: "check"}, showMap, "Regions"), h("label", {class: "check"}, tiles, "Small things too: look in tiles"),
        field("Threshold", threshold, thresholdText), field("Opacity", opacity, opacityText),
        detectors.length > 1 ? detector.element : null, segmenters.length > 1 ? segmenter.element : null),
      h("div", {class: "card stack"}, count, list, times.element))), h("div", {class: "stack asked"}, curl.element, json.element));
  draw();
  return {section, paste: pick.paste};
}
