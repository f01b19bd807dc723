"""What the fields show of a sweep file."""

from collections.abc import Mapping
from typing import Any

from rts_search.server.form.fields import Field
from rts_search.server.form.groups import BY_PLACE
from rts_search.sweep.baselines import DEFAULT_BASELINES
from rts_search.sweep.short_forms import SHORT
from search_spaces.ready_made import READY, READY_MADE


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Place of each field -> its value in a sweep file, None where it is left out.

    A part of the space that a ready-made one brings is shown as if it were written out.
    """
    whole = {**values, "space": {**ready_parts(values), **_section(values.get("space"), "space")}}
    found = {place: _at(whole, place) for place in BY_PLACE}
    found["baselines"] = listed_baselines(values)
    found["confirm"] = "true" if "confirm" in values and values["confirm"] is not None else None
    if isinstance(found["track"], str):
        found["track"] = [found["track"]]
    return found


def used(field: Field, values: Mapping[str, Any]) -> bool:
    """Whether a field is used with these values of the others, as `shown` gives them."""
    if field.only is None:
        return True
    for place, names in field.only.items():
        value = values[place]
        if any(str(one) in names for one in (value if isinstance(value, list) else [value])):
            return True
    return False


def ready_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of the ready-made space from which a sweep's space starts, as plain values; empty without one."""
    name = _section(values.get("space"), "space").get(READY)
    if not isinstance(name, str) or name not in READY_MADE:
        return {}
    training = values.get("training")
    epochs = training.get("epochs") if isinstance(training, Mapping) else None
    length = epochs if isinstance(epochs, int) and not isinstance(epochs, bool) and 1 <= epochs <= 100_000 else 1
    return READY_MADE[name](length).model_dump(mode="json", exclude_none=True)


def listed_baselines(values: Mapping[str, Any]) -> list[str]:
    """The names of the baselines; those of the defaults when none are listed."""
    listed = values.get("baselines")
    if listed is None:
        return [one.name for one in DEFAULT_BASELINES]
    names = [one.get("name") if isinstance(one, Mapping) else one for one in listed] if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str)]


def _at(values: Mapping[str, Any], place: str) -> Any:
    found: Any = values
    at = ""
    for key in place.split("."):
        found = _section(found, at).get(key)
        at = f"{at}.{key}" if at else key
    return found


def _section(value: Any, place: str) -> Mapping[str, Any]:
    """A section that may be written as one name."""
    if isinstance(value, Mapping):
        return value
    return {SHORT[place]: value} if place in SHORT and isinstance(value, str) else {}
