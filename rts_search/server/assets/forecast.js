// Asks the service to forecast the cost of a sweep, and shows what it does meanwhile.

const PAUSE = 500;  // milliseconds between two looks
const UNDER_WAY = ["queued", "running"], STOPPED = ["stopped", "cancelled"];
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

let running = null;  // number of the plan that is under way

// Stop the forecast that is under way, if there is one.
export const cancel = () => {
  if (running === null) { return; }
  fetch(`/api/plans/${running}/stop`, { method: "POST", keepalive: true }).catch(() => { /* it ends by itself */ });
  running = null;
};

export const forecast = async (text) => {
  const began = performance.now(), lines = at("lines");
  at("forecast").hidden = false;
  at("stale").hidden = true;
  lines.hidden = true;
  at("progress").replaceChildren();
  const end = (line, good) => { lines.textContent = line; lines.hidden = false; lines.classList.toggle("wrong", !good); lines.scrollIntoView({ block: "nearest" }); };
  try {
    let answer = await fetch("/api/plans", { method: "POST", headers: { "Content-Type": "application/yaml" }, body: text });
    let found = await answer.json();
    while (answer.ok && UNDER_WAY.includes(found.job.state)) {
      running = found.job.id;
      shown(told(found), Math.round((performance.now() - began) / 1000));
      await new Promise((done) => setTimeout(done, PAUSE));
      answer = await fetch(`/api/plans/${found.job.id}`);
      found = await answer.json();
    }
    if (!answer.ok) { end(found.error, false); return; }
    shown(found.progress.filter((line) => !found.job.message || !line.endsWith(found.job.message)), 0);
    if (found.forecast) { end(found.lines.join("\n"), true); }
    else if (STOPPED.includes(found.job.state)) { end("Stopped.", true); }
    else { end(found.job.message || "The forecast has failed.", false); }
  } catch { end("The service does not answer.", false); } finally { running = null; }
};
