"""The sweep file with which the form begins: a first one, one that comes with the package, or that of any sweep."""

import re
from collections.abc import Collection, Mapping
from importlib import resources
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import check_sweep, shipped_sweeps
from rts_search.sweep.yaml_edit import changed
from rts_search.sweep.yaml_reader import parse_yaml
from rts_search.sweep.yaml_writing import written
from search_spaces.ready_made import READY, READY_MADE
from search_spaces.space import Space

FIRST = """\
# A field changes its own line here. Edit everything else by hand.
name: digits
dataset:
  name: digits
model: small
training:
  epochs: 12
  batch_size: 32
  lr: 0.05
space: rts
search:
  trials: 24
scheduler: asha
baselines: [sgd, ngd, pugd]
resources:
  gpus_per_trial: auto
"""
LONGEST = 64


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself, or with the first number from 2 on with which no sweep has it, in upper or lower case."""
    used = {one.casefold() for one in taken}
    if name.casefold() not in used:
        return name
    stem = re.sub(r"-\d+$", "", name)
    number = 2
    while (found := f"{stem[: LONGEST - len(str(number)) - 1]}-{number}").casefold() in used:
        number += 1
    return found


def shipped_text(name: str) -> str | None:
    """The text of a sweep that comes with the package, with its name in it; None when there is none."""
    if name not in shipped_sweeps():
        return None
    text = resources.files("search_spaces").joinpath("sweeps", f"{name}.yaml").read_text(encoding="utf-8")
    return named(text, name)


def named(text: str, name: str) -> str:
    """The text with this name. A text without one gets it as its first line after the comments at its begin."""
    if "name" in parse_yaml(text.encode(), "the sweep"):
        return changed(text, "name", name)
    lines = text.splitlines(keepends=True)
    first = next((index for index, line in enumerate(lines) if not line.startswith("#")), 0)
    return "".join([*lines[:first], written({"name": name}), *lines[first:]])


def text_of(sweep: SweepFile) -> str:
    """The text of a checked sweep: block style, without the settings that have their default."""
    whole = sweep.to_dict()
    given = sweep.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    short = {**_both(whole, given), "name": sweep.name, "space": _space(sweep.space, sweep.training.epochs)}
    for section in ("model", "scheduler"):
        if list(short.get(section, {})) == ["name"]:
            short[section] = short[section]["name"]
    baselines = [one["name"] if list(one) == ["name"] else one for one in whole["baselines"]]
    short = {key: baselines if key == "baselines" else short[key] for key in whole if key in {*short, "baselines"}}
    try:
        same = check_sweep(short, sweep.name, to_run=False) == sweep
    except UserError:
        same = False
    return written(short if same else whole)


def _both(whole: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is in both mappings, with the values of the first."""
    found = {}
    for key in whole:
        if key in given:
            inner = isinstance(whole[key], dict) and isinstance(given[key], dict)
            found[key] = _both(whole[key], given[key]) if inner else whole[key]
    return found


def _space(space: Space, epochs: int) -> Any:
    """The space as its file would have it: by name, or from a ready-made one, where that is shorter."""
    own = space.model_dump(mode="json", exclude_none=True)
    for name, make in sorted(READY_MADE.items(), key=lambda one: one[0] != "rts"):
        parts = make(epochs).model_dump(mode="json", exclude_none=True)
        if all(own.get(part) == value for part, value in parts.items()):
            rest = {part: value for part, value in own.items() if part not in parts}
            return {READY: name, **rest} if rest else name
    plain = Space().model_dump(mode="json", exclude_none=True)
    return {part: value for part, value in own.items() if plain.get(part) != value} or own
