// Draws figures from plain Plotly JSON in the colours and the width of their card, with tools beside their title.
"use strict";

const NARROW = 480;
const LETTER = 6.2;
const BESIDE = 130;

// A title in lines that fit below its axis.
const folded = (text, letters) => text.split(" ").reduce((lines, word) => {
  const last = lines.at(-1);
  return last && last.length + word.length < letters ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
}, []).join("<br>");

const fitTo = (layout, width) => {
  layout.width = width;
  layout.margin.r = Math.max(layout.margin.r, 36);
  if (width < NARROW) {
    layout.font.size = 11;
    layout.margin.l = 40;
    for (const [axis, settings] of Object.entries(layout.meta?.narrow ?? {})) { Object.assign(layout[axis], settings); }
  }
  for (const [name, axis] of Object.entries(layout)) {
    const [from, to] = axis?.domain ?? [0, 1];
    if (name.startsWith("xaxis") && axis.title?.text) { axis.title.text = folded(axis.title.text, (to - from) * (width - BESIDE) / LETTER); }
  }
};

const themed = (layout, width) => {
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
  if (width) { fitTo(layout, width); }
  layout.font.color = colour("--ink");
  layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colour("--raised"), bordercolor: colour("--quiet"), font: { ...layout.hoverlabel?.font, color: colour("--ink") } };
  layout.modebar = { orientation: "v", bgcolor: "rgba(0,0,0,0)", color: colour("--quiet"), activecolor: colour("--ink") };
  for (const note of layout.annotations ?? []) { if (note.bgcolor) { note.bgcolor = colour("--ground"); } }
  return layout;
};

// The same figure with its shares on a logarithmic scale of their odds.
const onLogOdds = ({ data, layout }) => {
  const { clip: [low, high], axis } = layout.meta.log_odds;
  const odds = (share) => { const inside = Math.min(high, Math.max(low, share)); return Math.log10(inside / (100 - inside)); };
  const axes = Object.keys(layout).filter((name) => name.startsWith("yaxis"));
  return {
    data: data.map((trace) => ({ ...trace, y: trace.y.map((share) => share === null ? null : odds(share)) })),
    layout: { ...layout, ...Object.fromEntries(axes.map((name) => [name, { ...layout[name], ...axis }])) },
  };
};

const scaled = (plot, figure) => plot.odds && figure.layout.meta?.log_odds ? onLogOdds(figure) : figure;

// A picture for a paper: on white, whatever the colours of the page are.
const savePicture = (plot, figure) => {
  const { data, layout } = structuredClone(scaled(plot, figure));
  const white = { ...layout, width: 900, paper_bgcolor: "white", plot_bgcolor: "white" };
  const size = { width: 900, height: layout.height, scale: 3, format: "png" };
  return Plotly.downloadImage({ data, layout: white }, { ...size, filename: figure.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") });
};

const tool = (text, act) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
};

const addTools = (plot) => {
  const card = plot.closest("figure"), tools = document.createElement("div");
  tools.className = "tools";
  const odds = tool("Log-odds", () => {
    plot.odds = !plot.odds;
    odds.setAttribute("aria-pressed", String(plot.odds));
    drawFigure(plot, plot.figure);
  });
  odds.setAttribute("aria-pressed", "false");
  odds.title = "Draw shares on a logarithmic scale of their odds";
  const picture = tool("PNG", () => savePicture(plot, plot.figure));
  picture.title = "Save the figure as a picture";
  tools.append(odds, picture);
  const numbers = card.dataset.figure ? document.createElement("a") : tool("CSV", () => {
    save(new Blob([numbersOf(plot.figure)], { type: "text/csv" }), plot.figure.title, "csv");
  });
  if (card.dataset.figure) {
    numbers.href = `${card.dataset.figure}?format=csv`;
    numbers.download = "";
    numbers.textContent = "CSV";
  }
  numbers.title = "Save the numbers of the figure";
  tools.append(numbers);
  card.append(tools);
  plot.odds = false;
  plot.oddsTool = odds;
};

// A figure follows its card: the width of a card is final only when its neighbours are there.
const fit = (plot) => {
  if (plot.layout && plot.clientWidth && plot.layout.width !== plot.clientWidth) { drawFigure(plot, plot.figure); }
};
const follow = new ResizeObserver((changes) => { for (const { target } of changes) { fit(target); } });

const drawFigure = (plot, figure) => {
  plot.figure = figure;
  if (!plot.oddsTool) { addTools(plot); follow.observe(plot); }
  plot.oddsTool.hidden = !figure.layout.meta?.log_odds;
  plot.setAttribute("aria-label", `${figure.title}. ${figure.caption}`);
  const { data, layout } = scaled(plot, figure);
  const width = plot.clientWidth, options = { displaylogo: false, modeBarButtonsToRemove: ["toImage", "lasso2d", "select2d"] };
  return Plotly.react(plot, data, themed(structuredClone(layout), width), options).then(() => { plot.dataset.drawn = width; });
};

// Draws one figure after another: the first is visible while the others are drawn.
let drawing = Promise.resolve();
const drawInTurn = (plot, figure) => {
  const frame = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
  drawing = drawing.then(() => drawFigure(plot, figure)).then(frame);
  return drawing;
};

const onThemeChange = (redraw) => matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
