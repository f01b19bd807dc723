"""Settings by dotted names, and changing them from the command line: `--set PLACE=VALUE`."""

from collections.abc import Mapping, Sequence
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.sweep.short_forms import SHORT
from rts_search.sweep.yaml_reader import parse_value


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted name: {"radius": {"beta_max": 2.0}} becomes {"radius.beta_max": 2.0}."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{prefix}{name}.")
        elif not isinstance(value, dict):
            flat[prefix + name] = value
    return flat


def apply_overrides(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of nested settings with each `PLACE=VALUE` applied in order.

    Args:
        values: nested settings.
        overrides: PLACE is a dotted name, VALUE is YAML. Unknown names are added; the caller checks the result.

    Raises:
        UserError: an override of another form, or a place inside a setting that is not a section.
    """
    changed: dict[str, Any] = _copied(values)
    for override in overrides:
        place, _, text = override.partition("=")
        names = place.strip().split(".")
        if "=" not in override or not all(names):
            raise UserError(f"--set: must have the form PLACE=VALUE such as training.epochs=4, but got {override!r}")
        section = changed
        for depth, name in enumerate(names[:-1], start=1):
            inner, above = section.setdefault(name, {}), ".".join(names[:depth])
            if isinstance(inner, str) and above in SHORT:
                inner = section[name] = {SHORT[above]: inner}
            if not isinstance(inner, dict):
                raise UserError(f"--set {place.strip()}: {above} must be a mapping of settings, but is {inner!r}")
            section = inner
        section[names[-1]] = parse_value(text, f"--set {place.strip()}")
    return changed


def override_places(overrides: Sequence[str]) -> tuple[str, ...]:
    """The dotted name of the setting that each override changes."""
    return tuple(override.partition("=")[0].strip() for override in overrides)


def _copied(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {name: _copied(value) for name, value in values.items()}
    return values
