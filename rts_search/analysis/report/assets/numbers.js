// The plotted numbers of a figure as CSV, with the columns and rows of rts_search/analysis/figures/numbers.py.
"use strict";

const NUMBER_COLUMNS = ["series", "x_axis", "x", "y_axis", "y", "low", "high", "z", "trials"];

// The title of a trace's axis; of panels beside each other only the first one has the title of its row.
const axisTitle = (layout, trace, side) => {
  const name = (trace[`${side}axis`] ?? side).replace(side, `${side}axis`);
  return layout[name]?.title?.text || layout[`${side}axis`].title?.text || "";
};

const endsOf = (error, place, value) => error
  ? { low: value - (error.arrayminus ?? error.array)[place], high: value + error.array[place] } : {};

const pointsOf = (trace) => {
  const { values = trace.y, counts, parts = [trace.name ?? ""] } = trace.meta ?? {};
  let part = 0;
  return trace.x.flatMap((x, place) => {
    if (x === null) { part += 1; return []; }
    const trials = counts ? { trials: counts[place] } : {};
    return [{ series: parts[Math.min(part, parts.length - 1)], x, y: values[place], ...trials, ...endsOf(trace.error_x, place, x) }];
  });
};

const mapOf = (trace) => trace.y.flatMap((y, row) => trace.x.map((x, place) => {
  const z = trace.z[row][place];
  return { series: trace.name ?? "", x, y, z: z === null ? "" : 10 ** z };
}));

const numbersOf = ({ data, layout }) => {
  const rows = data.flatMap((trace) => (trace.z ? mapOf(trace) : pointsOf(trace)).map((row) => (
    { x_axis: axisTitle(layout, trace, "x"), y_axis: axisTitle(layout, trace, "y"), ...row })));
  return csvLines([NUMBER_COLUMNS, ...rows.map((row) => NUMBER_COLUMNS.map((name) => row[name] ?? ""))]);
};
