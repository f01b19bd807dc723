// Keeps a page up to date: when an event reports a change, it fetches the parts of the page that show sweeps again.
"use strict";

const LEAST_MILLISECONDS = 1000;
const live = document.getElementById("live");
const told = document.getElementById("told");
let waiting = false, last = 0, seen = null;

const fetchFigure = async (element) => {
  const answer = await fetch(element.dataset.figure);
  if (answer.status !== 200) { return; }
  const figure = await answer.json();
  if (figure === null) { return; }
  element.hidden = false;
  element.querySelector("h3").textContent = figure.title;
  element.querySelector("figcaption").textContent = figure.caption;
  element.figure = figure;
  await drawInTurn(element.querySelector(".plot"), figure);
};

const fetchFigures = () => Promise.all([...document.querySelectorAll("[data-figure]")].map(fetchFigure));

// The field for an extension shows the present number of trials of the chosen arm until the user types into it.
const arm = document.getElementById("arm");
const showTrials = () => {
  const field = document.getElementById("extend"), now = document.getElementById("now");
  if (!field || !now || field.value !== field.defaultValue) { return; }
  field.value = field.defaultValue = JSON.parse(now.dataset.efforts)[arm?.value || "rts"];
};
if (arm) { arm.addEventListener("change", showTrials); }

const refresh = async () => {
  waiting = false;
  last = Date.now();
  const answer = await fetch(live.dataset.part);
  if (answer.status === 404) { location.assign("/"); return; }
  if (answer.ok) {
    const chosen = new Set([...live.querySelectorAll("input:checked")].map((box) => box.value));
    live.innerHTML = await answer.text();
    for (const box of live.querySelectorAll("input[type=checkbox]")) { box.checked = chosen.has(box.value); }
    showTrials();
  }
  await fetchFigures();
  last = Date.now();
};

const changed = () => {
  if (waiting) { return; }
  waiting = true;
  setTimeout(refresh, Math.max(0, LEAST_MILLISECONDS - (Date.now() - last)));
};

const act = async (method, path, body) => {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body) { options.body = JSON.stringify(body); }
  const answer = await fetch(path, options);
  if (answer.ok) {
    told.className = "";
    told.textContent = "Done.";
    if (method === "DELETE") { location.assign("/"); } else { changed(); }
  } else {
    told.className = "wrong";
    told.textContent = (await answer.json()).error;
  }
};

for (const button of document.querySelectorAll("button[data-post]")) {
  button.addEventListener("click", () => act("POST", button.dataset.post));
}
for (const button of document.querySelectorAll("button[data-delete]")) {
  button.addEventListener("click", () => { if (confirm(button.dataset.ask)) { act("DELETE", button.dataset.delete); } });
}
for (const form of document.querySelectorAll("form[data-post]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    const typed = ([name, value]) => [name, form.elements[name].type === "number" ? Number(value) : value];
    act("POST", form.dataset.post, Object.fromEntries(given.map(typed)));
  });
}

fetchFigures();
if (document.querySelector("[data-figure]")) {
  onThemeChange(() => {
    for (const element of document.querySelectorAll("[data-figure]")) {
      if (element.figure) { drawFigure(element.querySelector(".plot"), element.figure); }
    }
  });
}
const source = new EventSource(live.dataset.events);
source.addEventListener("sweep", (event) => {
  const { state, version } = JSON.parse(event.data), now = document.getElementById("now");
  if (now && now.dataset.state === state && now.dataset.version === version) { return; }
  if (seen !== null && state !== seen && now) { told.textContent = `The sweep is now ${state}.`; }
  seen = state;
  changed();
});
source.addEventListener("gone", changed);
