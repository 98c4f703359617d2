/* What is installed: state, memory, the whole recipe; loading and unloading. */
import {h, replace, bytes} from "./dom.js";
import {call, get, listModels} from "./api.js";
import {curlBox, panel, Status} from "./parts.js";

const STATES = {ready: ["good", "loaded"], loading: ["busy", "loading"], installed: ["", "not loaded"], failed: ["bad", "failed"]};

/** A recipe as a list: numbers and words in lines, what is nested indented. */
function tree(value) {
  if (Array.isArray(value)) return value.every((v) => typeof v !== "object") ? h("span", {class: "num"}, value.length > 12 ? `${value.slice(0, 12).join(", ")}, … (${value.length})` : value.join(", ")) : h("ul", {}, value.map((v) => h("li", {}, tree(v))));
  if (value && typeof value === "object") return h("dl", {class: "recipe"}, Object.entries(value).map(([k, v]) => [h("dt", {}, k), h("dd", {}, tree(v))]));
  return h("span", {class: "num"}, value === null ? "–" : String(value));
}

export async function make() {
  const section = panel("Models", "What is installed and how each file was understood. Models load by themselves when they are first asked for; unloading gives their memory back.");
  const status = new Status(), curl = curlBox(), list = h("div", {class: "stack"}), busy = new Set(), open = new Set();
  let timer = null;

  async function act(model, verb) {
    busy.add(model.id);
    const start = performance.now();
    const tick = setInterval(() => status.busy(`${verb}ing ${model.id}, ${((performance.now() - start) / 1000).toFixed(1)} s`), 100);
    refresh();
    try {
      const answer = await call({path: `/v1/models/${encodeURIComponent(model.id)}/${verb}`});
      curl.show(answer.curl);
      status.say(`${model.id} ${verb}ed in ${((performance.now() - start) / 1000).toFixed(2)} s`);
    } catch (error) {
      status.fail(error);
    } finally {
      clearInterval(tick);
      if (status.element.querySelector(".spinner")) status.say("");
      busy.delete(model.id);
      await refresh();
    }
  }

  function details(model) {
    const body = h("div", {class: "inner"});
    const element = h("details", {open: open.has(model.id), ontoggle: async () => {
      if (!element.open) {
        open.delete(model.id);
        return;
      }
      open.add(model.id);
      if (body.childElementCount) return;
      try {
        const answer = await get(`/v1/models/${encodeURIComponent(model.id)}`), m = answer.json;
        replace(body, tree({licence: m.licence, source: m.source, description: m.description, layout: m.layout, "told by": m.because, backend: m.backend, ...(m.recipe ?? {}), ...Object.fromEntries((m.parts ?? []).map((p) => [p.part, p.recipe])), ...(m.labels?.length ? {labels: m.labels} : {})}));
        curl.show(answer.curl);
      } catch (error) {
        status.fail(error);
      }
    }}, h("summary", {}, "Recipe"), body);
    return element;
  }

  function card(model) {
    const waiting = busy.has(model.id), [kind, text] = waiting ? STATES.loading : STATES[model.state] ?? ["", model.state], loaded = model.state === "ready";
    const facts = [model.family, bytes(model.file_bytes), model.precision, model.memory_bytes ? `${bytes(model.memory_bytes)} in memory` : null, `${model.uses.toLocaleString("en")} uses`, model.licence].filter(Boolean);
    return h("article", {class: "card model", "aria-labelledby": `m-${model.id}`},
      h("div", {class: "row between"}, h("div", {class: "row"}, h("h2", {id: `m-${model.id}`}, model.id), h("span", {class: `badge ${kind}`}, text), model.default ? h("span", {class: "badge"}, "default") : null),
        h("button", {type: "button", disabled: waiting, "aria-label": `${loaded ? "Unload" : "Load"} ${model.id}`, onclick: () => act(model, loaded ? "unload" : "load")}, waiting ? [h("span", {class: "spinner"}), "wait"] : loaded ? "Unload" : "Load")),
      h("p", {class: "muted"}, (model.tasks?.length ? model.tasks : [model.task ?? "unknown"]).join(", ")), h("p", {class: "small muted num"}, facts.join(" · ")),
      model.error ? h("p", {class: "notice bad"}, model.error) : null, details(model));
  }

  async function refresh() {
    try {
      const models = await listModels(true), total = models.reduce((sum, m) => sum + m.memory_bytes, 0);
      const focused = document.activeElement?.getAttribute("aria-label")?.split(" ").pop();
      replace(list, models.length ? [h("p", {class: "muted num"}, `${models.length} installed, ${models.filter((m) => m.state === "ready").length} loaded, ${bytes(total)} in memory`), h("div", {class: "models"}, models.map(card))] : h("p", {class: "notice"}, "No model is installed. Start the server with --models DIR."));
      if (focused) [...list.querySelectorAll("button")].find((b) => b.getAttribute("aria-label")?.endsWith(` ${focused}`))?.focus();
    } catch (error) {
      status.fail(error);
    }
  }

  section.append(h("div", {class: "stack"}, status.element, list, curl.element));
  await refresh();
  curl.show((await get("/v1/models")).curl);
  return {section, show: () => {
    clearInterval(timer);
    refresh();
    timer = setInterval(() => !document.hidden && !busy.size && !list.querySelector("details[open]") && refresh(), 5000);
  }, hide: () => clearInterval(timer)};
}
