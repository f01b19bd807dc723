"""What the JSON Schema of sweep files says of one setting: its values, its default and its meaning."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rts_search.sweep.sweep_file import sweep_schema
from trainables.core.data.registry import DATASETS
from trainables.core.settings.lr_schedule_config import LR_SCHEDULES
from trainables.core.settings.optimizer_config import OPTIMIZER_PARAMETERS
from trainables.core.settings.training_config import (
    AUTO,
    BN_STATS,
    CLASS_WEIGHTS,
    MEMORY_FORMATS,
    PRECISIONS,
    SHUFFLES,
    STEPS,
)

RANGES = ("uniform", "loguniform", "integer")
NAMES: Mapping[str, tuple[str, ...]] = {
    "dataset.name": tuple(name for name in DATASETS if ":" not in name),
    "dataset.resize": ("stretch", "short_side"),
    "model.bsconv.kind": ("u", "s"),
    "training.lr_schedule.name": LR_SCHEDULES,
    "training.optimizer.name": tuple(OPTIMIZER_PARAMETERS),
    "training.precision": PRECISIONS,
    "training.step": (AUTO, *STEPS),
    "training.shuffle": SHUFFLES,
    "training.memory_format": MEMORY_FORMATS,
    "training.bn_stats": BN_STATS,
    "training.class_weights": CLASS_WEIGHTS,
    "training.augmentation.horizontal_flip": ("true", "alternating", "false"),
}
"""Place -> the names of its values, where the schema has a text alone."""


@dataclass(frozen=True)
class Facts:
    """What is known of a setting."""

    hint: str
    """The first sentence of its meaning."""
    options: tuple[str, ...]
    """Its values, if they are names, or true and false."""
    number: bool
    """Whether a number is one of its values."""
    default: str
    """Its default as text; empty where it is needed, or where none is said."""
    needed: bool
    """Whether a sweep file is not complete without it."""
    optional_section: bool
    """Whether its section does nothing as long as it is left out; the default counts only in it."""
    ranges: tuple[str, ...]
    """Kinds of ranges that a space may give it; empty for a setting outside of `space`."""


_schema = cache(sweep_schema)
"""The schema, made once: that takes a twentieth of a second."""


@cache
def facts_of(place: str) -> Facts:
    """The facts of the setting at a dotted place, which must be in the schema."""
    schema = _schema()
    node: Mapping[str, Any] = schema
    needed = optional = False
    for key in place.split("."):
        optional = optional or any(form.get("type") == "null" for form in _forms(node, schema))
        section = next(one for one in _forms(node, schema) if _has(one, key))
        node = section["properties"][key] if "properties" in section else section["additionalProperties"]
        needed = key in section.get("required", ())
    forms = list(_forms(node, schema))
    single = [item for form in forms for item in _forms(form.get("items", {}), schema)] + forms
    listed = [_shown(one) for form in single for one in _listed(form)]
    options = tuple(dict.fromkeys([*(listed if listed != ["auto"] else ()), *NAMES.get(place, ())]))
    default = node.get("default")
    return Facts(
        hint=_first_sentence(str(node.get("description", ""))),
        options=options,
        number=any(form.get("type") in ("number", "integer") for form in forms),
        default="" if default is None or isinstance(default, dict | list) else _shown(default),
        needed=needed and not optional,
        optional_section=optional,
        ranges=tuple(name for name in RANGES if any(name in form.get("properties", {}) for form in forms)),
    )


def _has(form: Mapping[str, Any], key: str) -> bool:
    """Whether a section has a setting: by its name, or since it takes any name."""
    return key in form.get("properties", {}) or isinstance(form.get("additionalProperties"), dict)


def _forms(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schemas of all forms that a value may have: a name or a section, a value or a list."""
    if "$ref" in node:
        yield from _forms(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    elif "anyOf" in node:
        for one in node["anyOf"]:
            yield from _forms(one, schema)
    else:
        yield node


def _listed(form: Mapping[str, Any]) -> list[Any]:
    if form.get("type") == "boolean":
        return [True, False]
    found: list[Any] = form.get("enum", [form["const"]] if "const" in form else [])
    return found


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _first_sentence(text: str) -> str:
    """The first sentence, without an example in YAML."""
    return re.sub(r", such as [{\[].*", ".", re.split(r"(?<=\.)\s+(?=[A-Z`])", " ".join(text.split()))[0])
