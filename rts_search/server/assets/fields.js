// The fields of the form: what they hold, what they show, and the mistakes at them.
import * as domain from "/assets/domain.js";

const all = [...document.querySelectorAll(".field")];
const inputs = (field) => [...field.querySelectorAll("input, select")];
const touched = new Map();  // field -> what was entered last, until it is shown again by the service

const raw = (field) => {
  if (field.dataset.kind === "names") { return inputs(field).filter((one) => one.checked).map((one) => one.value); }
  return field.dataset.kind === "domain" ? domain.read(field) : inputs(field)[0].value;
};

const text = (value) => value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

const put = (field, value) => {
  const { kind } = field.dataset, [first] = inputs(field);
  if (kind === "names") {
    const names = Array.isArray(value) ? value : value === null ? [] : [value];
    for (const one of inputs(field)) { one.checked = names.includes(one.value); }
  } else if (kind === "domain") { domain.write(field, value); } else {
    const shown = text(value);
    if (first.tagName === "SELECT" && ![...first.options].some((one) => one.value === shown)) {
      if (shown === "") { first.selectedIndex = -1; return; }
      first.add(new Option(shown, shown));
    }
    first.value = shown;
  }
};

const same = (written, value) => written.trim() === text(value) || (written.trim() !== "" && Number(written) === value);

// Call told(place, what was entered) whenever a user has changed a field.
export const watch = (told) => {
  for (const field of all) {
    field.addEventListener("input", (event) => {
      if (field.dataset.kind === "domain") { domain.turn(field, event.target); }
      touched.set(field, true);
      told(field.dataset.place, raw(field));
    });
  }
};

// Show the values of the sweep file. A field in which somebody is typing keeps what was typed.
export const write = (values) => {
  for (const field of all) {
    const value = values[field.dataset.place] ?? null, { kind } = field.dataset;
    const typing = field.contains(document.activeElement) && document.activeElement.tagName === "INPUT" && document.activeElement.type !== "checkbox";
    if (!(typing && touched.get(field)) && !(kind !== "names" && kind !== "domain" && same(raw(field), value))) { put(field, value); }
    touched.delete(field);
    if (field.dataset.only) {
      const wanted = Object.entries(JSON.parse(field.dataset.only));
      const used = wanted.some(([place, listed]) => [values[place]].flat().some((one) => listed.includes(String(one))));
      field.hidden = !used && value === null;
    }
  }
};

export const enable = (on) => {
  for (const field of all) { for (const one of inputs(field)) { one.disabled = !on; } }
};

const owner = (place) => {
  const near = (field) => field.dataset.place === place || place.startsWith(`${field.dataset.place}.`);
  const found = all.filter(near).sort((one, other) => other.dataset.place.length - one.dataset.place.length);
  const within = place ? all.filter((field) => field.dataset.place.startsWith(`${place}.`)) : [];
  return found[0] ?? within.find((field) => raw(field)?.length) ?? within[0];
};

// Show each mistake at its field, and how many there are at the head of each section.
export const mark = (mistakes) => {
  const said = new Map();
  for (const one of mistakes) {
    const field = owner(one.place);
    if (field) { said.set(field, [...(said.get(field) ?? []), one.text]); }
  }
  for (const field of all) {
    const line = field.querySelector(".wrong"), told = said.get(field);
    line.hidden = !told;
    line.textContent = told ? told.join(" ") : "";
    if (told) { field.hidden = false; }
    for (const one of inputs(field)) { told ? one.setAttribute("aria-invalid", "true") : one.removeAttribute("aria-invalid"); }
  }
  for (const group of document.querySelectorAll(".group")) {
    const number = [...said.keys()].filter((field) => group.contains(field)).length;
    group.querySelector(".count").textContent = number ? `${number} to correct` : "";
  }
};

// Open the section of the field with a mistake and go there; false when no field has it.
export const show = ({ place }) => {
  const field = owner(place);
  if (!field) { return false; }
  const group = field.closest("details");
  if (group) { group.open = true; }
  inputs(field).find((one) => !one.hidden).focus();
  return true;
};
