// Asks the service to forecast the cost of a sweep, and shows what it does meanwhile.

const PAUSE = 500;  // milliseconds between two looks
const at = (id) => document.getElementById(id);

const told = ({ job, progress }) => {
  const first = job.state === "queued" ? job.message || "Waiting for its turn" : "Starting";
  return progress.length ? progress : [first];
};

const shown = (lines, seconds) => {
  const list = at("progress"), items = [...list.children];
  lines.forEach((line, index) => {
    const item = items[index] ?? list.appendChild(document.createElement("li"));
    if (item.dataset.line !== line) { item.textContent = item.dataset.line = line; }
  });
  items.slice(lines.length).forEach((one) => one.remove());
  for (const item of list.children) { delete item.dataset.seconds; }
  if (seconds) { list.lastElementChild.dataset.seconds = seconds; }
};

export const forecast = async (text) => {
  const began = performance.now(), lines = at("lines");
  at("forecast").hidden = false;
  at("stale").hidden = true;
  lines.hidden = true;
  at("progress").replaceChildren();
  const end = (line) => { lines.textContent = line; lines.hidden = false; };
  try {
    let answer = await fetch("/api/plans", { method: "POST", headers: { "Content-Type": "application/yaml" }, body: text });
    let found = await answer.json();
    while (answer.ok && ["queued", "running"].includes(found.job.state)) {
      shown(told(found), Math.round((performance.now() - began) / 1000));
      await new Promise((done) => setTimeout(done, PAUSE));
      answer = await fetch(`/api/plans/${found.job.id}`);
      found = await answer.json();
    }
    if (answer.ok && found.forecast) { shown(found.progress, 0); }
    end(!answer.ok ? found.error : found.forecast ? found.lines.join("\n") : found.job.message || `The forecast ${found.job.state}.`);
  } catch { end("The service does not answer."); }
};
