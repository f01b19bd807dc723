"""A file that names several data sets or models under `over`: one sweep for each of their combinations."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rts_search.basics.errors import refused
from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.own_modules import import_from, own_names
from rts_search.sweep.sections import by_name
from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.sweep_file import check_sweep, read_values
from trainables.core.settings.section import ConfigError, one_of, require

OVER = "over"
AXES = ("dataset", "model")
LABEL = "label"
MOST_SWEEPS = 1000


def load_over(path: str, overrides: Sequence[str] = (), to_run: bool = True) -> list[SweepFile]:
    """Read a file with `over`, and check every sweep that it makes.

    Each entry of `over.dataset` or `over.model` is a name or a section. A section has the settings of the file's own
    section where it does not give them itself. A sweep is called as the file, with the names of its data set and model,
    or with the `label` of the entry.

    to_run: whether data sets and models must be there, as in `load_sweep`.

    Raises:
        UserError: there is no such file, `over` is wrong, or a setting of one of the sweeps is.
    """
    source, values = read_values(path)
    if to_run:
        import_from(Path(source).parent, own_names(values))
    values = apply_overrides({"name": source.rpartition("/")[2].removesuffix(".yaml"), **values}, overrides)
    try:
        axes = _axes(values)
    except ConfigError as error:
        raise refused(source, error) from error
    rest = {name: value for name, value in values.items() if name != OVER}
    found = []
    for entries in product(*axes.values()):
        chosen = dict(zip(axes, entries, strict=True))
        name = ".".join([str(values["name"]), *(label(entry) for entry in entries)])
        sections = {axis: _over_own(values.get(axis), entry) for axis, entry in chosen.items()}
        found.append(check_sweep({**rest, **sections, "name": name}, f"{source}: {name}", to_run=to_run))
    names = [sweep.name for sweep in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        rule = "must list data sets and models with different names or options, or give them a label"
        raise refused(source, ConfigError(OVER, rule, twice))
    return found


def label(entry: Mapping[str, Any]) -> str:
    """The name of an entry in the name of a sweep: its label, or its own name, its options and its kind of bsconv."""
    if LABEL in entry:
        return str(entry[LABEL])
    short = str(entry.get("name", "")).rpartition("/")[2].rpartition(":")[2]
    options = entry.get("options") if isinstance(entry.get("options"), Mapping) else {}
    bsconv = entry.get("bsconv")
    kind = bsconv.get("kind") if isinstance(bsconv, Mapping) else bsconv
    parts = [short, *(str(value) for value in (options or {}).values()), *([f"bsconv_{kind}"] if kind else [])]
    return "-".join(part.replace("/", "_") for part in parts)


def _axes(values: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Axis -> its entries as sections. Raises: ConfigError."""
    over = values.get(OVER)
    require(isinstance(over, Mapping) and bool(over), OVER, "must be a mapping with dataset, model or both", over)
    found: dict[str, list[dict[str, Any]]] = {}
    for axis, entries in dict(over or {}).items():
        require(axis in AXES, f"{OVER}.{axis}", one_of(AXES), axis)
        legal = isinstance(entries, list) and bool(entries)
        require(legal, f"{OVER}.{axis}", "must be a list of names or sections", entries)
        sections = [by_name(entry) for entry in entries]
        for place, section in enumerate(sections):
            named = isinstance(section, Mapping) and isinstance(section.get("name"), str)
            require(named, f"{OVER}.{axis}.{place}", "must be a name, or a section with a name", entries[place])
        found[axis] = sections
    number = 1
    for sections in found.values():
        number *= len(sections)
    require(number <= MOST_SWEEPS, OVER, f"must make <= {MOST_SWEEPS:,} sweeps", number)
    return {axis: found[axis] for axis in AXES if axis in found}


def _over_own(own: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The file's own section with the settings of an entry in their place."""
    section = by_name(own) if own is not None else {}
    own_entry = {name: value for name, value in entry.items() if name != LABEL}
    return {**(section if isinstance(section, Mapping) else {}), **own_entry}
