// The fields of a range to search: one value, a list, or a range from a lowest to a highest number.

const RANGES = ["uniform", "loguniform", "integer"];
const part = (field, name) => field.querySelector(`[data-part="${name}"]`);
const kindOf = (value) => {
  if (value === null || value === undefined) { return ""; }
  if (Array.isArray(value)) { return "list"; }
  return typeof value === "object" ? Object.keys(value)[0] ?? "" : "fixed";
};
const short = (number) => String(number);

// As YAML, null when it is not searched.
export const read = (field) => {
  const kind = field.querySelector("select").value, values = part(field, "values").value.trim();
  if (kind === "") { return null; }
  if (kind === "fixed") { return values; }
  if (kind === "list") { return `[${values}]`; }
  const step = kind === "integer" && field.dataset.step ? `, ${field.dataset.step}` : "";
  return `{${kind}: [${part(field, "low").value.trim()}, ${part(field, "high").value.trim()}${step}]}`;
};

const arrange = (field, kind) => {
  for (const name of ["low", "high"]) { part(field, name).hidden = !RANGES.includes(kind); }
  part(field, "values").hidden = !["fixed", "list"].includes(kind);
};

export const write = (field, value) => {
  const kind = kindOf(value), select = field.querySelector("select");
  if (![...select.options].some((one) => one.value === kind)) { select.add(new Option(kind, kind)); }
  select.value = kind;
  arrange(field, kind);
  delete field.dataset.step;
  if (kind === "fixed") { part(field, "values").value = String(value); }
  if (kind === "list") { part(field, "values").value = value.map(String).join(", "); }
  if (RANGES.includes(kind)) {
    const ends = [value[kind]].flat();
    part(field, "low").value = short(ends[0] ?? "");
    part(field, "high").value = short(ends[1] ?? "");
    if (ends.length > 2) { field.dataset.step = ends[2]; }
  }
};

// After another kind was chosen, show its fields. They begin with the ends of before, or with an example.
export const turn = (field, chosen) => {
  if (chosen.tagName !== "SELECT") { return; }
  const kind = chosen.value, low = part(field, "low"), high = part(field, "high"), values = part(field, "values");
  const example = JSON.parse(field.querySelector(".domain").dataset.example);
  const numbers = [Array.isArray(example) ? example : Object.values(example)[0]].flat();
  const listed = values.value.split(",").map(Number).filter((one) => values.value.trim() && Number.isFinite(one));
  const ends = listed.length > 1 ? listed : numbers;
  if (RANGES.includes(kind) && (!low.value || !high.value)) {
    low.value = short(Math.min(...ends));
    high.value = short(Math.max(...ends));
  }
  if (kind === "list" && !values.value.trim()) { values.value = (low.value ? [low.value, high.value] : numbers).join(", "); }
  if (kind === "fixed") { values.value = values.value.split(",")[0].trim() || low.value || short(numbers[0]); }
  arrange(field, kind);
};
