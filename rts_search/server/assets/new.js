// The form for a new sweep. The sweep file in the text area is what counts: fields show it, and change single lines of it.
import { Draft } from "/assets/draft.js";
import { cancel, forecast } from "/assets/forecast.js";
import * as fields from "/assets/fields.js";

const at = (id) => document.getElementById(id);
const form = at("new"), file = at("file"), verdict = at("verdict"), mistakes = at("mistakes");
const KEPT = `draft:${location.search}`;
const first = file.defaultValue;
const busy = new Set();  // the buttons whose work is under way
let valid = false, key = null;

const keep = (text) => { try { text === null ? sessionStorage.removeItem(KEPT) : sessionStorage.setItem(KEPT, text); } catch { /* not allowed */ } };
const kept = () => { try { return sessionStorage.getItem(KEPT); } catch { return null; } };
const buttons = () => { for (const id of ["launch", "plan"]) { at(id).disabled = !valid || busy.has(id) || busy.has("launch"); } };

const say = (line, good) => {
  verdict.textContent = line;
  verdict.className = good === null ? "hint" : good ? "right" : "wrong";
  buttons();
};

const confirming = ({ confirmation }) => {
  if (!confirmation) { return ""; }
  const runs = `up to ${confirmation.runs} runs at full length`;
  return confirmation.in_file ? ` The sweep ends with a confirmation of ${runs}.` : ` A confirmation with the default settings trains ${runs}.`;
};

const size = ({ trials, arms, baselines, epochs }) => {
  const tuned = Object.entries(arms);
  if (tuned.length > 1) { return `${tuned.map(([arm, number]) => `${arm} ${number}`).join(", ")} trials of ${epochs} epochs.`; }
  return `${trials} trials and ${baselines.length} baselines of ${epochs} epochs.`;
};

const listed = (found) => {
  mistakes.replaceChildren(...found.map((one) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = `${one.place ? `${one.place}: ` : ""}${one.text}${one.line ? ` (line ${one.line})` : ""}`;
    button.addEventListener("click", () => fields.show(one) || draft.show(one.line));
    item.append(button);
    return item;
  }));
};

const draft = new Draft(file, {
  changing: () => {
    valid = false;
    key = null;
    keep(file.value);
    at("stale").hidden = false;
    say("Checking …", null);
  },
  settled: (found) => {
    keep(file.value);
    fields.enable(found.values !== null);
    if (found.values) { fields.write(found.values); }
    fields.mark(found.mistakes);
    listed(found.mistakes);
    valid = found.mistakes.length === 0;
    const number = found.mistakes.length;
    if (valid) { say(`${found.checked.sweep}: valid. ${size(found.checked)}${confirming(found.checked)}`, true); }
    else if (found.values === null) { say("The sweep file cannot be read. Correct the text first.", false); }
    else { say(number === 1 ? "One thing to correct:" : `${number} things to correct:`, false); }
  },
  refused: (line) => { listed([]); say(line, false); },
});

const work = async (id, label, task) => {
  const button = at(id), usual = button.textContent;
  busy.add(id);
  button.textContent = label;
  button.setAttribute("aria-busy", "true");
  buttons();
  try { await task(); } finally {
    busy.delete(id);
    button.textContent = usual;
    button.removeAttribute("aria-busy");
    buttons();
  }
};

const launch = async () => {
  form.setAttribute("aria-busy", "true");
  fields.enable(false);
  file.readOnly = true;
  key ??= [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16)).join("-");
  try {
    const headers = { "Content-Type": "application/yaml", "Idempotency-Key": key };
    const answer = await fetch("/api/sweeps", { method: "POST", headers, body: file.value });
    const found = await answer.json();
    if (answer.ok) {
      keep(null);
      cancel();
      location.assign(`/sweeps/${encodeURIComponent(found.sweep)}`);
      return;
    }
    say(found.error, false);
  } catch { say("The service did not answer. Launch again: the sweep is not launched twice.", false); }
  form.removeAttribute("aria-busy");
  fields.enable(true);
  file.readOnly = false;
};

fields.watch((place, raw) => draft.change(place, raw));
file.addEventListener("input", () => draft.edited());
at("plan").addEventListener("click", () => work("plan", "Forecasting …", () => forecast(file.value)));
at("cancel").addEventListener("click", cancel);
addEventListener("pagehide", cancel);
at("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.value], { type: "application/yaml" }));
  link.download = `${at("name").value || "sweep"}.yaml`;
  link.click();
  URL.revokeObjectURL(link.href);
});
at("over").addEventListener("click", () => { file.value = first; at("kept").hidden = true; draft.edited(); });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (valid && !busy.has("launch")) { work("launch", "Launching …", launch); }
});
const before = kept();
if (before !== null && before !== first) { file.value = before; at("kept").hidden = false; }
draft.edited();
