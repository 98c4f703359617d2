/* Which panel is shown, the key, the theme, and whether the server is well. A panel is made when it is first looked at. */
import {h, replace} from "./dom.js";
import {get, getKey, setKey} from "./api.js";

const NAMES = ["detect", "search", "labels", "faces", "scores", "models", "live"];
const main = document.getElementById("main"), panels = new Map();
let current = null;

function wanted() {
  const name = location.hash.slice(1);
  return NAMES.includes(name) ? name : NAMES[0];
}

async function makePanel(name) {
  try {
    return await (await import(`./${name}.js`)).make();
  } catch (error) {
    const again = h("button", {type: "button", onclick: () => show(true)}, "Try again");
    return {failed: true, section: h("section", {}, h("div", {class: "notice bad stack"}, h("p", {}, `This panel cannot be shown: ${error.message}`), h("div", {}, again)))};
  }
}

async function show(again = false) {
  const name = wanted();
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.hash === `#${name}` && link.pathname === location.pathname) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({block: "nearest", inline: "nearest"});
    } else {
      link.removeAttribute("aria-current");
    }
  }
  document.title = `Ocelli: ${name}`;
  current?.hide?.();
  if (!panels.has(name) || again || (await panels.get(name)).failed) panels.set(name, makePanel(name));
  const panel = await panels.get(name);
  if (name !== wanted()) return;
  current = panel;
  replace(main, panel.section);
  panel.show?.();
}

document.querySelector(".skip").addEventListener("click", (e) => {
  e.preventDefault(); /* the fragment names the panel */
  main.focus();
});
addEventListener("hashchange", () => show().then(() => main.focus()));
addEventListener("paste", (e) => {
  if (!(e.target instanceof HTMLInputElement || e.target instanceof HTMLTextAreaElement)) current?.paste?.(e);
});
/* A picture dropped beside its place would otherwise replace the page. */
for (const kind of ["dragover", "drop"]) addEventListener(kind, (e) => e.preventDefault());

/* the key */
const dialog = document.getElementById("key-dialog"), keyInput = document.getElementById("key-input"), keyButton = document.getElementById("key-button");
const showKey = () => (keyButton.textContent = getKey() ? "API key set" : "API key");
function askKey(why) {
  if (dialog.open) return;
  const note = document.getElementById("key-error");
  note.hidden = typeof why !== "string";
  note.textContent = typeof why === "string" ? why : "";
  keyInput.value = getKey();
  dialog.returnValue = "";
  dialog.showModal();
}
keyButton.addEventListener("click", askKey);
dialog.addEventListener("close", () => {
  if (dialog.returnValue === "use") setKey(keyInput.value.trim());
  else if (dialog.returnValue === "forget") setKey("");
  else return;
  keyInput.value = "";
  showKey();
  dispatchEvent(new CustomEvent("ocelli-key-changed"));
  panels.clear();
  show();
});
addEventListener("ocelli-key-needed", () => askKey(getKey() ? "The server does not know this key. Check it, or ask whoever runs the server." : "This server asks for a key."));

/* light and dark */
const root = document.documentElement;
if (localStorage.getItem("ocelli-theme")) root.dataset.theme = localStorage.getItem("ocelli-theme");
document.getElementById("theme-button").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("ocelli-theme", root.dataset.theme);
});

/* health: every ten seconds while the page is seen */
const health = document.getElementById("health");
async function ask() {
  if (document.hidden) return;
  let good = false, text = "no answer";
  try {
    const answer = await get("/health");
    good = answer.status === 200;
    text = "ready";
  } catch (error) {
    text = error.message.slice(0, 40);
  }
  health.className = `health ${good ? "good" : "bad"}`;
  if (health.textContent !== text) health.textContent = text;
}
setInterval(ask, 10000);
document.addEventListener("visibilitychange", ask);
ask();
showKey();
show();
