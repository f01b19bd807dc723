// Draws figures from plain Plotly JSON in the colours of the page, and again when the colours change.
"use strict";

const drawFigure = (plot, figure) => {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const raised = style.getPropertyValue("--raised").trim();
  const layout = structuredClone(figure.layout);
  layout.font = { ...layout.font, color: ink };
  layout.hoverlabel = { bgcolor: raised, font: { color: ink } };
  plot.setAttribute("aria-label", `${figure.title}. ${figure.caption}`);
  return Plotly.react(plot, figure.data, layout, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] });
};

// Draws one figure after another: the first is visible while the others are drawn.
let drawing = Promise.resolve();
const drawInTurn = (plot, figure) => {
  const frame = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
  drawing = drawing.then(() => drawFigure(plot, figure)).then(frame);
  return drawing;
};

const onThemeChange = (redraw) => matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
