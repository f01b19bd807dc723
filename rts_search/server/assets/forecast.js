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
  if (!seconds) { return; }
  list.lastElementChild.dataset.seconds = at("doing").dataset.seconds = seconds;
  at("doing").textContent = lines.at(-1);  // beside the button that was pressed
};

let running = null;  // number of the plan that is under way

// Show what a forecast does and the button that stops it, or neither.
const underWay = (on) => {
  at("forecasting").hidden = !on;
  at("doing").textContent = on ? "Starting" : "";
  delete at("doing").dataset.seconds;
  stopping(false);
};

const stopping = (on) => {
  at("cancel").disabled = on;
  at("cancel").textContent = on ? "Stopping …" : "Stop the forecast";
};

// Stop the forecast that is under way, if there is one. The button comes back where the service does not do it.
export const cancel = async () => {
  if (running === null) { return; }
  stopping(true);
  const answer = await fetch(`/api/plans/${running}/stop`, { method: "POST", keepalive: true }).catch(() => null);
  if (!answer?.ok) { stopping(false); }
};

export const forecast = async (text) => {
  const began = performance.now(), lines = at("lines");
  at("forecast").hidden = false;
  at("stale").hidden = true;
  lines.hidden = true;
  at("progress").replaceChildren();
  underWay(true);
  const end = (line, good) => {
    lines.textContent = line;
    lines.hidden = false;
    lines.classList.toggle("wrong", !good);
    underWay(false);  // first, since it changes the height of what is below
    lines.scrollIntoView({ block: "nearest" });
  };
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
  } catch { end("The service does not answer.", false); } finally { running = null; underWay(false); }
};
