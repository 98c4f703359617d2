/* A map of classes against the truth: the scores, class by class, and the confusion matrix in colour. */
import {h, field, replace, percent} from "./dom.js";
import {call, get, listModels} from "./api.js";
import {curlBox, jsonBox, panel, picker, progress, sample, Status, timesBox} from "./parts.js";

const TILES = [["mean_iou", "mean IoU"], ["pixel_accuracy", "pixel accuracy"], ["mean_pixel_accuracy", "mean accuracy"], ["frequency_weighted_iou", "weighted IoU"], ["mean_dice", "mean Dice"], ["kappa", "kappa"]];
const MOST = 40; /* classes that a matrix is drawn for */

function slot(name, onFiles) {
  const image = h("img", {alt: `${name}: none yet`, hidden: true});
  const hint = h("div", {class: "hint"}, h("h2", {}, name), h("p", {}, "A PNG whose palette index or grey level is the class."));
  const stage = h("div", {class: "stage small"}, image, hint);
  const pick = picker({area: stage, onFiles, label: `Choose the ${name.toLowerCase()}`, accept: "image/png", camera: false});
  hint.append(pick.buttons);
  return {name, image, hint, stage, pick, file: null};
}

export async function make() {
  const section = panel("Scores", "How good is a segmentation? Give the true map and the predicted one; the server counts every pixel.");
  const status = new Status(), curl = curlBox(), json = jsonBox(), times = timesBox();
  const slots = ["Truth", "Prediction"].map((name, i) => slot(name, (files) => put(i, files)));
  const labels = h("input", {type: "text", placeholder: "background, person, …", autocomplete: "off"});
  const out = h("div", {class: "stack"});
  let abort = null;

  function classRows(scores, present) {
    return h("div", {class: "scroll", tabindex: "0", role: "group", "aria-label": "Scores by class"}, h("table", {}, h("caption", {}, "By class"), h("thead", {}, h("tr", {}, ["Class", "IoU", "Recall", "Precision", "Dice", "True pixels"].map((t, i) => h("th", {scope: "col", class: i ? "n" : ""}, t)))),
      h("tbody", {}, present.map((c) => h("tr", {}, h("th", {scope: "row"}, c.label ?? `#${c.class_id}`), ["iou", "recall", "precision", "dice"].map((k) => h("td", {class: "n"}, percent(c[k]))), h("td", {class: "n"}, c.truth_pixels.toLocaleString("en")))))));
  }

  /* Each row is shared out among columns: the darker, the more of a true class went there. Right ones green, wrong ones red. */
  function matrix(scores, present) {
    const name = (c) => c.label ?? `#${c.class_id}`;
    const rows = present.slice(0, MOST).map((truth) => {
      const row = scores.confusion_matrix[truth.class_id], sum = row.reduce((a, b) => a + b, 0);
      return h("tr", {}, h("th", {scope: "row"}, name(truth)), present.slice(0, MOST).map((p) => {
        const share = sum ? row[p.class_id] / sum : 0, right = p.class_id === truth.class_id;
        return h("td", {class: right ? "right" : "wrong", style: {"--share": String(Math.sqrt(share))}, title: `${name(truth)} taken for ${name(p)}: ${row[p.class_id].toLocaleString("en")} pixels, ${percent(share)}`},
          share >= 0.005 ? String(Math.round(100 * share)) : h("span", {class: "visually-hidden"}, "0"));
      }));
    });
    return h("div", {class: "scroll", tabindex: "0", role: "group", "aria-label": "Confusion matrix"}, h("table", {class: "matrix"}, h("caption", {}, "Confusion: true classes in rows, predicted in columns, percent of the row"),
      h("thead", {}, h("tr", {}, h("td", {}), present.slice(0, MOST).map((p) => h("th", {scope: "col"}, h("span", {}, name(p)))))), h("tbody", {}, rows)));
  }

  function show(scores) {
    const present = scores.classes.filter((c) => c.truth_pixels || c.predicted_pixels);
    replace(out, h("div", {class: "tiles"}, TILES.map(([key, text]) => h("div", {class: "card tile"}, h("div", {class: "value"}, scores[key] === null ? "–" : key === "kappa" ? scores[key].toFixed(3) : percent(scores[key])), h("div", {class: "name"}, text)))),
      h("div", {class: "score-parts"}, h("div", {class: "card"}, matrix(scores, present)), h("div", {class: "card"}, classRows(scores, present))));
  }

  async function run() {
    if (!slots.every((s) => s.file)) return;
    abort?.abort();
    abort = new AbortController();
    const form = [["truth", slots[0].file], ["prediction", slots[1].file]], names = labels.value.split(",").map((t) => t.trim()).filter(Boolean);
    if (names.length) form.push(["labels", names.join(",")]);
    try {
      const answer = await call({path: "/v1/metrics/segmentation", form, signal: abort.signal, ...progress(status, "two maps", "counting")});
      show(answer.json);
      status.say(`${answer.json.pixels.toLocaleString("en")} pixels`);
      times.show(answer);
      curl.show(answer.curl);
      json.show(answer.json);
    } catch (error) {
      replace(out);
      status.fail(error);
      if (error.answer) curl.show(error.answer.curl);
    }
  }

  async function put(i, [file]) {
    const s = slots[i];
    if (s.url) URL.revokeObjectURL(s.url);
    s.file = file;
    s.url = s.image.src = URL.createObjectURL(file);
    s.image.alt = `${s.name}: ${file.name}`;
    s.image.hidden = false;
    s.hint.hidden = true;
    s.pick.refuse(null);
    s.image.onerror = () => {
      s.image.hidden = true;
      s.hint.hidden = false;
      s.file = null;
      s.pick.refuse(`${file.name} cannot be read as a picture: choose another PNG.`);
    };
    if (slots.every((one) => one.file)) await run();
    else status.say(`Choose the ${slots.find((one) => !one.file).name.toLowerCase()} as well.`);
  }

  async function useSamples() {
    const scene = (await listModels()).find((m) => m.id === "starter-scene");
    if (scene) labels.value = ["background", ...(await get("/v1/models/starter-scene")).json.labels].join(", ");
    slots[0].file = null;
    await put(1, [await sample("street-prediction.png")]);
    await put(0, [await sample("street-truth.png")]);
  }

  section.append(h("div", {class: "stack"},
    h("div", {class: "pair"}, slots.map((s) => h("div", {class: "stack"}, s.stage, h("button", {type: "button", class: "quiet small", onclick: () => s.pick.buttons.querySelector("button").click()}, `Another ${s.name.toLowerCase()}`)))),
    h("form", {class: "card row searchline", onsubmit: (e) => (e.preventDefault(), run())}, h("div", {class: "grow"}, field("Names of the classes, in order (optional)", labels)), h("button", {type: "submit"}, "Score"), h("button", {type: "button", onclick: useSamples}, "Use the samples")),
    status.element, out, times.element, curl.element, json.element));
  return {section};
}
