// Figures behind tabs: a figure is fetched when its tab is shown and in view, and Plotly's script with the first one.
"use strict";

let plotly = null;
const withPlotly = () => {
  plotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "/assets/plotly.min.js";
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return plotly;
};

// Fetch a figure and draw it. `again`: also where it has been drawn, since the sweep has changed.
const showFigure = async (element, again) => {
  if (element.figure !== undefined && !again) { return; }
  element.figure ??= null;
  const answer = await fetch(element.dataset.figure);
  if (answer.status !== 200) { return; }
  const figure = await answer.json(), caption = element.querySelector("figcaption"), plot = element.querySelector(".plot");
  plot.hidden = figure === null;
  if (figure === null) {
    element.removeAttribute("aria-busy");
    caption.textContent = `There is nothing to draw yet. This figure needs ${element.dataset.needs}.`;
    return;
  }
  element.querySelector("h3").textContent = figure.title;
  caption.textContent = figure.caption;
  element.figure = figure;
  await withPlotly();
  await drawInTurn(plot, figure);
  element.removeAttribute("aria-busy");
};

const figures = [...document.querySelectorAll("[data-figure]")];
const inView = new Set();
const watcher = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (isIntersecting) { inView.add(target); showFigure(target, target.stale); target.stale = false; } else { inView.delete(target); }
  }
}, { rootMargin: "200px" });
for (const figure of figures) { watcher.observe(figure); }

// Called after a change of the sweep: the figure in view is fetched again, the others when they come into view.
const refreshFigures = () => Promise.all(figures.map((figure) => {
  if (inView.has(figure)) { return showFigure(figure, true); }
  figure.stale = true;
  return null;
}));

for (const list of document.querySelectorAll("[role=tablist]")) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
    chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  for (const tab of tabs) { tab.addEventListener("click", () => choose(tab)); }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const now = tabs.indexOf(document.activeElement);
    const next = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : step && (now + step + tabs.length) % tabs.length;
    if (next === undefined || now < 0) { return; }
    event.preventDefault();
    tabs[next].focus();
    choose(tabs[next]);
  });
}
if (figures.length) {
  onThemeChange(() => {
    for (const element of figures) {
      if (element.figure && window.Plotly) { drawFigure(element.querySelector(".plot"), element.figure); }
    }
  });
}
