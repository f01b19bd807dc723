"""Changing fields of the form in the text of a sweep file."""

from collections.abc import Mapping
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.server.form.fields import Kind
from rts_search.server.form.groups import BY_PLACE
from rts_search.server.form.shown import listed_baselines, ready_parts
from rts_search.sweep.yaml_edit import REMOVED, SOURCE, changed, with_item
from rts_search.sweep.yaml_reader import parse_value
from search_spaces.ready_made import READY

Raw = str | list[str] | None
"""What a user entered into a field: a text, the names that are ticked, or nothing."""


def applied(text: str, changes: Mapping[str, Raw]) -> str:
    """The text after changes of fields.

    Args:
        text: the sweep file.
        changes: place of a field -> what was entered.

    Raises:
        UserError: there is no such field, or the text is no YAML.
    """
    for place, raw in changes.items():
        if place not in BY_PLACE:
            raise UserError(f"{SOURCE}: {place}: must be the place of a field of the form")
        text = _with(text, place, value_of(raw, BY_PLACE[place].kind))
    return text


def value_of(raw: Raw, kind: Kind) -> Any:
    """The plain value of what was entered; a text that is no number stays a text, which the check then refuses."""
    if isinstance(raw, list):
        return raw
    text = (raw or "").strip()
    if not text:
        return REMOVED
    if kind in ("text", "names"):
        return text
    try:
        return parse_value(text, SOURCE)
    except UserError:
        return text


def _with(text: str, place: str, value: Any) -> str:
    found = parse_value(text, SOURCE)
    values = found if isinstance(found, dict) else {}
    if place == "baselines":
        names = [] if value is REMOVED else [value] if isinstance(value, str) else list(value)
        return _with_baselines(text, values, names)
    if place == "confirm":
        return text if (value is not REMOVED) == ("confirm" in values) else _with_confirmation(text, value)
    if place == f"space.{READY}" and value is REMOVED:
        for part in ready_parts(values):
            text = _with_part(text, values, part)
    elif place.startswith("space."):
        text = _with_part(text, values, place.split(".")[1])
    if isinstance(value, list):
        single = len(value) == 1 and BY_PLACE[place].kind == "names" and place.startswith("space.")
        value = (value[0] if single else value) or REMOVED
    return changed(text, place, value)


def _with_part(text: str, values: Mapping[str, Any], part: str) -> str:
    """The text with a part of the ready-made space written out, so that one of its settings can be changed."""
    own, parts = values.get("space"), ready_parts(values)
    given = isinstance(own, Mapping) and part in own
    return text if given or part not in parts else changed(text, f"space.{part}", parts[part])


def _with_baselines(text: str, values: Mapping[str, Any], names: list[str]) -> str:
    if not isinstance(values.get("baselines"), list):
        return changed(text, "baselines", names)
    listed = listed_baselines(values)
    for name in dict.fromkeys([*listed, *names]):
        text = with_item(text, "baselines", name, name in names)
    return text


def _with_confirmation(text: str, value: Any) -> str:
    return changed(text, "confirm", REMOVED) if value is REMOVED else changed(text, "confirm.seeds", 5)
