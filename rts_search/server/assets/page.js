// What every page has: times in the browser's zone, clocks that go on, texts that load when they are opened, copying.
"use strict";

const localTimes = (root) => {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const moment = new Date(time.dateTime);
    time.title = time.textContent;
    const year = moment.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
    const parts = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", ...year };
    time.textContent = new Intl.DateTimeFormat(undefined, parts).format(moment);
  }
};

const clockText = (seconds) => {
  const whole = Math.max(0, Math.round(seconds)), two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(whole / 86400), hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60, rest = two(whole % 60);
  if (days) { return `${days} d ${hours}:${two(minutes)}:${rest}`; }
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
};

const clocks = new Map();
setInterval(() => {
  for (const clock of document.querySelectorAll("[data-counts]")) {
    if (!clocks.has(clock)) {  // data-at: the moment of data-seconds, in seconds since 1970, where a page was kept
      const before = "at" in clock.dataset ? Math.max(0, Date.now() / 1000 - Number(clock.dataset.at)) : 0;
      clocks.set(clock, performance.now() - 1000 * before);
    }
    const passed = (performance.now() - clocks.get(clock)) / 1000, sign = clock.dataset.counts === "up" ? 1 : -1;
    clock.textContent = clockText(Number(clock.dataset.seconds) + sign * passed);
  }
  for (const clock of clocks.keys()) { if (!clock.isConnected) { clocks.delete(clock); } }
}, 1000);

// Puts a button to copy a text into the corner of the element that shows it.
const addCopy = (element) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(element.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const box = document.createElement("div");
  box.className = "copied";
  element.replaceWith(box);
  box.append(element, button);
};

for (const element of document.querySelectorAll("details[data-text]")) {
  element.addEventListener("toggle", async () => {
    if (!element.open || element.querySelector("pre")) { return; }
    const shown = document.createElement("pre");
    shown.tabIndex = 0;
    shown.setAttribute("aria-label", element.querySelector("summary").textContent);
    shown.textContent = "Loading …";
    element.append(shown);
    const answer = await fetch(element.dataset.text);
    shown.textContent = answer.ok ? await answer.text() : (await answer.json()).error;
    if (answer.ok) { addCopy(shown); }
  });
}
for (const element of document.querySelectorAll("[data-copy]")) { addCopy(element); }
localTimes(document);

// A link to a part of the page that is folded opens it.
const openTarget = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", openTarget);
openTarget();
