"""Write docs/sweep_file.md, the list of all settings, from the schema of a sweep file: python scripts/sweep_file.py."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rts_search.sweep.baselines import DEFAULT_BASELINES
from rts_search.sweep.sweep_file import sweep_schema

PAGE = Path(__file__).parents[1] / "docs" / "sweep_file.md"
INTRODUCTION = """\
# The sweep file

[All documents](README.md)

A sweep file is YAML with the sections below. A setting marked "needed" must be given. An unknown key is an error, and
the message names the key that you may have meant. `rts-search check FILE` checks a file without starting anything, and
`--set PLACE=VALUE` changes any setting for one launch:

```sh
rts-search check mine.yaml
rts-search launch mine.yaml --set training.epochs=50
rts-search schema > sweep.schema.json   # lets an editor complete and explain the settings
```

[Data sets and models](data_and_models.md) explains data, models, spaces, samplers and baselines with examples, and
[Cost and early stopping](cost_and_early_stopping.md) explains `budget`, `scheduler` and `store`.

In a space, a *choice of numbers* is a number (`1.0`), a list (`[0.5, 1.0]`), `{uniform: [low, high]}`,
`{loguniform: [low, high]}` or `{integer: [low, high]}`.

<!-- Written by scripts/sweep_file.py from the schema: change the docstrings of the settings, then run it. -->
"""
HEAD = "| setting | values | default | meaning |\n| --- | --- | --- | --- |\n"
NAMES = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "`true` or `false`",
    "object": "mapping",
}
BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}

LIST = "list of "
DEFAULTS = ", ".join(baseline.name for baseline in DEFAULT_BASELINES)
NOTES = {
    "training.lr_schedule": "`lr_schedule: cosine` is short for `lr_schedule: {name: cosine}`.",
    "model": "`model: small` is short for `model: {name: small}`.",
    "scheduler": "`scheduler: none` is short for `scheduler: {name: none}`.",
    "space": "`space: rts` takes a ready-made space: rts, radius, timing or scale.",
    "baselines": f"`baselines` is a list; `sam` is short for `{{name: sam}}`. The default is `[{DEFAULTS}]`.",
    "confirm": "Without this section, a sweep ends without a confirmation.",
    "notify": "Without this section, nobody is told.",
}
"""Place of a section -> what its description does not say: shorter forms, and what leaving it out means."""

Schema = Mapping[str, Any]


def page(schema: Schema) -> str:
    """Return the whole page: a heading and a table for every section of a sweep file."""
    return "".join([INTRODUCTION, *_chapters("", schema, schema["$defs"], {})])


def _chapters(place: str, section: Schema, definitions: Schema, known: dict[str, str]) -> Iterator[str]:
    """Yield the table of a section's plain settings, then every section inside it; equal sections come once.

    known: name of a definition -> the place where its table is.
    """
    inner: dict[str, list[str]] = {}
    for name, value in section["properties"].items():
        if found := _section(value):
            inner.setdefault(found, []).append(f"{place}.{name}" if place else name)
    plain = section if place else {**section, "properties": _without(section, inner)}
    title = f"{'###' if '.' in place else '##'} {place}" if place else "## Settings outside of the sections"
    text = f"{section['description']} {NOTES.get(place, '')}"
    yield f"\n{title}\n\n{_line(text)}\n\n{_table(plain)}"
    for found, places in inner.items():
        within = " and ".join(places)
        if found in known:
            yield f"\n### {within}\n\nThe same settings as `{known[found]}`.\n"
        else:
            known[found] = within
            yield from _chapters(within, definitions[found], definitions, known)


def _without(section: Schema, inner: Mapping[str, list[str]]) -> Schema:
    sections = {place for places in inner.values() for place in places}
    return {name: value for name, value in section["properties"].items() if name not in sections}


def _section(value: Schema) -> str:
    """Return the name of the section that a setting is; empty for a setting with a plain value."""
    items = value.get("items", value)
    names = (form.get("$ref", "").rpartition("/")[2] for form in items.get("anyOf", [items]))
    return next(filter(None, names), "")


def _table(section: Schema) -> str:
    """Return the table of a section's settings; a section inside it has a table of its own."""
    required = section.get("required", ())
    rows = []
    for name, value in section["properties"].items():
        default = "needed" if name in required else _default(value)
        meaning = _line(value.get("description", ""))
        rows.append(f"| `{name}` | {_values(value)} | {default} | {meaning} |")
    return HEAD + "\n".join(rows) + "\n"


def _default(value: Schema) -> str:
    default = value.get("default")
    if default is None:
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _values(value: Schema) -> str:
    """Return in a few words what may be written for a setting."""
    forms = [form for form in value.get("anyOf", [value]) if form.get("type") != "null"]
    for form in forms:
        if "integer" in form.get("properties", {}):
            return "choice of numbers" if len(forms) > 3 else "choice of integers"
    shown = dict.fromkeys(_form(form) for form in forms)
    lists = [text for text in shown if text.startswith(LIST)]
    if len(shown) == 2 and lists and lists[0].removeprefix(LIST) in shown:
        return f"{lists[0].removeprefix(LIST)}, or a list of them"
    return " or ".join(shown)


def _form(form: Schema) -> str:
    if "$ref" in form:
        return "section"
    if "enum" in form or "const" in form:
        return ", ".join(f"`{name}`" for name in form.get("enum", [form.get("const")]))
    if form.get("type") == "array":
        return LIST + _values(form["items"])
    kind = NAMES[form["type"]]
    bounds = ", ".join(f"{sign} {form[name]}" for name, sign in BOUNDS.items() if name in form)
    return f"{kind} {bounds}".strip()


def _line(text: str) -> str:
    """Return a description as one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    PAGE.write_text(page(sweep_schema()), encoding="utf-8")
