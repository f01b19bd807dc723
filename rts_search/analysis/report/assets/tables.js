// Saves a table as it is shown: as CSV, or as a picture for a paper, on white. The buttons are below the table.
"use strict";

const PICTURE_SCALE = 3, CELL_EDGE = 12, LINE_HEIGHT = 19, WIDEST = 380, FONT = "13px system-ui, sans-serif";

const cellText = (cell) => {
  const copy = cell.cloneNode(true);
  for (const hidden of copy.querySelectorAll(".visually-hidden, svg, button")) { hidden.remove(); }
  for (const end of copy.querySelectorAll("br")) { end.replaceWith(" "); }
  return copy.textContent.trim().replaceAll(/\s+/g, " ");
};

// The columns that hold text, with their head first. Those of small curves hold none.
const columnsOf = (table) => {
  const rows = [...table.rows];
  return [...rows[0].cells].map((head, place) => ({
    texts: rows.map((row) => row.cells[place] ? cellText(row.cells[place]) : ""),
    right: getComputedStyle(rows.at(-1).cells[place] ?? head).textAlign === "right",
  })).filter(({ texts }) => texts.slice(1).some(Boolean));
};

// Rows of texts or numbers as CSV.
const csvLines = (rows) => rows.map((row) => row.map((value) => {
  const text = String(value).replaceAll("\u2212", "-");
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}).join(",")).join("\n") + "\n";

const csvOf = (columns) => csvLines(columns[0].texts.map((_, row) => columns.map(({ texts }) => texts[row])));

const brokenLines = (text, pen) => text.split(" ").reduce((lines, word) => {
  const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
  return lines.length && pen.measureText(longer).width <= WIDEST ? [...lines.slice(0, -1), longer] : [...lines, word];
}, []);

const pictureOf = (columns) => {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  const fontOf = (row) => row ? FONT : `bold ${FONT}`;
  const cells = columns.map(({ texts, right }) => {
    const lines = texts.map((text, row) => { pen.font = fontOf(row); return brokenLines(text, pen); });
    const widths = lines.flatMap((own, row) => { pen.font = fontOf(row); return own.map((line) => pen.measureText(line).width); });
    return { lines, right, width: Math.ceil(Math.max(...widths)) + 2 * CELL_EDGE };
  });
  const heights = columns[0].texts.map((_, row) => LINE_HEIGHT * Math.max(1, ...cells.map(({ lines }) => lines[row].length)) + CELL_EDGE);
  const width = cells.reduce((sum, cell) => sum + cell.width, 0), height = heights.reduce((sum, one) => sum + one, 0);
  canvas.width = PICTURE_SCALE * (width + 2 * CELL_EDGE);
  canvas.height = PICTURE_SCALE * (height + 2 * CELL_EDGE);
  pen.scale(PICTURE_SCALE, PICTURE_SCALE);
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(CELL_EDGE, CELL_EDGE);
  pen.textBaseline = "middle";
  let top = 0;
  heights.forEach((high, row) => {
    let left = 0;
    pen.font = fontOf(row);
    pen.fillStyle = "black";
    for (const { lines, right, width: wide } of cells) {
      pen.textAlign = right ? "right" : "left";
      const at = right ? left + wide - CELL_EDGE : left + CELL_EDGE;
      lines[row].forEach((line, number) => pen.fillText(line, at, top + CELL_EDGE / 2 + LINE_HEIGHT * (number + 0.5)));
      left += wide;
    }
    top += high;
    pen.fillStyle = row ? "#d5d8dc" : "#808080";
    pen.fillRect(0, top - 1, width, 1);
  });
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
};

const save = (blob, name, form) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// One listener for all tables, since pages replace theirs while a sweep runs.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-save]");
  if (!button) { return; }
  const region = button.closest(".of-table").previousElementSibling, columns = columnsOf(region.querySelector("table"));
  const page = document.title.split(" · ")[0], form = button.dataset.save;
  const file = form === "csv" ? new Blob([csvOf(columns)], { type: "text/csv" }) : await pictureOf(columns);
  save(file, `${page} ${region.getAttribute("aria-label")}`, form);
});
