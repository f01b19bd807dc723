// Keeps a page up to date: when an event reports a change, it fetches the parts of the page that show sweeps again.
// It also sends what buttons and forms ask for.
"use strict";

const LEAST_MILLISECONDS = 1000;
const WITHOUT_EVENTS = ["queued", "starting", "stopping"];
const live = document.getElementById("live");
const now = () => document.getElementById("now");
const told = () => document.getElementById("told");
let waiting = false, last = 0, seen = null;

const tell = (text, wrong) => {
  const element = told();
  element.className = wrong ? "wrong" : "";
  element.textContent = text;
};

// The field for an extension offers twice the present number of trials of the chosen arm until the user types into it.
const showTrials = () => {
  const field = document.getElementById("extend"), arm = document.getElementById("arm");
  if (!field || !now() || field.value !== field.defaultValue) { return; }
  const number = JSON.parse(now().dataset.efforts)[arm?.value || "rts"];
  field.min = number + 1;
  field.value = field.defaultValue = 2 * number;
};

// A part that the user is working in is left as it is until the next change.
const inUse = (part) => part.querySelector("details[open]") || part.matches(":focus-within") && part.contains(document.activeElement.closest("input, select, textarea"));

const replaceParts = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html"), said = told()?.textContent, wrong = told()?.className;
  const fresh = [...page.querySelectorAll("[data-live]")];
  for (const part of fresh) {
    const old = document.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!old) { live.append(part); continue; }
    if (old.innerHTML !== part.innerHTML && !inUse(old)) { old.replaceWith(part); }
  }
  if (said && told()) { tell(said, wrong); }
  localTimes(live);
};

const refresh = async () => {
  waiting = false;
  last = Date.now();
  const answer = await fetch(live.dataset.part);
  if (answer.status === 404) { location.assign("/"); return; }
  const hadNoTrials = now() && !document.getElementById("board");
  const chosen = new Set([...live.querySelectorAll("input:checked")].map((box) => box.value));
  if (answer.ok) { replaceParts(await answer.text()); }
  for (const box of live.querySelectorAll("input[type=checkbox]")) { box.checked = chosen.has(box.value); }
  if (hadNoTrials && document.getElementById("board")) { location.reload(); return; }
  if (typeof refreshFigures === "function") { await refreshFigures(); }
  last = Date.now();
};

const changed = () => {
  if (waiting) { return; }
  waiting = true;
  setTimeout(refresh, Math.max(0, LEAST_MILLISECONDS - (Date.now() - last)));
};

const send = async (element, button, body) => {
  const [method, path] = element.dataset.send.split(" ");
  if (element.dataset.ask && !confirm(element.dataset.ask)) { return; }
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body) { options.body = body; }
  const words = button.textContent;
  button.disabled = true;
  if (element.dataset.busy) { button.textContent = element.dataset.busy; }
  try {
    const answer = await fetch(path, options);
    if (!answer.ok) { tell((await answer.json()).error, true); return; }
    if (method === "DELETE") { location.assign("/"); return; }
    const saved = element.querySelector(".saved");
    if (saved) { saved.textContent = element.dataset.done; } else { tell("", false); }
    element.closest("details")?.removeAttribute("open");
    changed();
  } catch {
    tell("The service does not answer; try again.", true);
  } finally {
    button.disabled = false;
    button.textContent = words;
  }
};

const typed = (field, value) => {
  if (field.type === "number") { return Number(value); }
  return "list" in field.dataset ? value.split(/\s+/).filter(Boolean) : value;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-send]");
  if (button) { send(button, button, button.dataset.body); }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) { menu.removeAttribute("open"); }
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.removeAttribute("open"); menu.querySelector("summary").focus(); }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.send) { return; }
  event.preventDefault();
  const given = [...new FormData(form)].filter(([name, value]) => value !== "" || !(form.elements[name].type === "number" || form.elements[name].type === "select-one"));
  const body = Object.fromEntries(given.map(([name, value]) => [name, typed(form.elements[name], value)]));
  send(form, event.submitter, JSON.stringify(body));
});

// A form that begins a confirmation tells how large it can be with the numbers that it shows now.
document.addEventListener("input", async (event) => {
  const form = event.target.form, size = form?.querySelector("[data-size]");
  if (!size) { return; }
  const asked = `${size.dataset.size}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""))}`;
  size.dataset.asked = asked;
  const answer = await fetch(asked).catch(() => null), found = answer && await answer.json();
  if (found && size.dataset.asked === asked) { size.textContent = answer.ok ? found.told : found.error; }
});
document.addEventListener("change", (event) => { if (event.target.id === "arm") { showTrials(); } });

if (live) {
  const source = new EventSource(live.dataset.events);
  source.addEventListener("sweep", (event) => {
    const { state, version } = JSON.parse(event.data);
    if (now() && now().dataset.state === state && now().dataset.version === version) { return; }
    if (seen !== null && state !== seen && now() && !document.querySelector("#state")) { tell(`The sweep is now ${state}.`); }
    seen = state;
    changed();
  });
  source.addEventListener("gone", changed);
  setInterval(() => { if (now() && WITHOUT_EVENTS.includes(now().dataset.state)) { changed(); } }, 2000);
}
