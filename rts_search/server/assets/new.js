// Writes the sweep file from the fields of the form. The server checks the file after each change and before a launch.
"use strict";

const field = (name) => document.getElementById(name);
const text = (name) => JSON.stringify(field(name).value.trim());
const number = (name) => field(name).value.trim() || "null";
const verdict = field("verdict"), file = field("file"), forecast = field("forecast");
let timer = null, asked = 0;

const write = () => {
  const root = field("root").value.trim() ? `, root: ${text("root")}` : "";
  const lines = [
    `name: ${text("name")}`,
    `dataset: {name: ${field("dataset").value}${root}}`,
    `model: ${text("model")}`,
    `training: {epochs: ${number("epochs")}, batch_size: ${number("batch_size")}, lr: ${number("lr")}}`,
    `space: ${field("space").value}`,
    `search: {sampler: ${field("sampler").value}, trials: ${number("trials")}}`,
    `scheduler: ${field("scheduler").value}`,
    "baselines: [sgd, ngd, pugd]",
    `resources: {gpus_per_trial: ${number("gpus")}}`,
  ];
  if (Number(field("confirm").value) > 0) { lines.push(`confirm: {seeds: ${number("confirm")}}`); }
  file.value = lines.join("\n") + "\n";
  checkSoon();
};

const send = (path) => fetch(path, { method: "POST", headers: { "Content-Type": "application/yaml" }, body: file.value });

const say = (line, good) => {
  verdict.textContent = line;
  verdict.className = good ? "right" : "wrong";
  field("launch").disabled = field("plan").disabled = !good;
};

const confirming = ({ confirmation }) => {
  if (!confirmation) { return ""; }
  const runs = `up to ${confirmation.runs} runs at full length`;
  return confirmation.in_file ? ` The sweep ends with a confirmation of ${runs}.` : ` A confirmation with the default settings trains ${runs}.`;
};

const check = async () => {
  const mine = ++asked;
  const answer = await send("/api/check");
  const found = await answer.json();
  if (mine !== asked) { return; }
  if (answer.ok) {
    say(`${found.sweep}: valid. ${found.trials} trials and ${found.baselines.length} baselines of ${found.epochs} epochs.${confirming(found)}`, true);
  } else { say(found.error, false); }
};

const checkSoon = () => { clearTimeout(timer); timer = setTimeout(check, 400); };

const plan = async () => {
  forecast.hidden = false;
  forecast.textContent = "Training a few steps …";
  let answer = await send("/api/plans");
  let found = await answer.json();
  while (answer.ok && ["queued", "running"].includes(found.job.state)) {
    await new Promise((done) => setTimeout(done, 1000));
    answer = await fetch(`/api/plans/${found.job.id}`);
    found = await answer.json();
  }
  forecast.textContent = !answer.ok ? found.error : found.forecast ? found.lines.join("\n") : found.job.message;
};

for (const element of document.querySelectorAll("fieldset:first-of-type input, fieldset:first-of-type select")) {
  element.addEventListener("input", write);
}
file.addEventListener("input", checkSoon);
field("plan").addEventListener("click", plan);
field("new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await send("/api/sweeps");
  const found = await answer.json();
  if (answer.ok) { location.assign(`/sweeps/${found.sweep}`); } else { say(found.error, false); }
});
write();
