"""All mistakes of a sweep file at once: each is put right in a copy, so that the next one shows."""

import copy
import json
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from rts_search.sweep.sweep import SweepFile
from rts_search.sweep.validation_errors import broken_rules, suggested
from trainables.core.settings.section import MOST_EPOCHS, ConfigError

MOST_MISTAKES = 20
LEGAL: Mapping[str, Any] = types.MappingProxyType(
    {"training.epochs": MOST_EPOCHS // 2, "dataset": {"name": "digits"}, "name": "sweep"}
)
"""Place -> what stands there for a mistake, where other settings are compared with it, or where it may not be left out.
Other settings are left out. A baseline may have twice the epochs."""
KINDS = ("name", "shape", "rule", "kind")
"""Settings that say which others their section has: the whole section is left out."""

Validate = Callable[[Mapping[str, Any]], SweepFile]


class Mistakes(ConfigError):
    """The mistakes of a sweep file, which is also the first of them."""

    def __init__(self, found: list[ConfigError], repaired: SweepFile | None) -> None:
        """Keep the mistakes; at least one.

        Args:
            found: all that could be found, the first one first.
            repaired: the sweep without the settings in which they are; None where it could not be made.
        """
        self.found, self.repaired = found, repaired
        super().__init__(found[0].place, found[0].rule, found[0].value)


def validated(values: Mapping[str, Any], prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> SweepFile:
    """Check plain values strictly; a YAML file has the same types as JSON.

    prepare: makes the values of a whole sweep file of those that were written. It may raise ConfigError.

    Raises:
        Mistakes: with all of them.
    """
    found: list[ConfigError] = []
    first: Exception | None = None
    left: Any = copy.deepcopy(dict(values))
    while len(found) < MOST_MISTAKES:
        try:
            sweep = SweepFile.model_validate_json(json.dumps(prepare(left)), strict=True)
        except ValidationError as error:
            first, new = first or error, broken_rules(error, SweepFile)
        except ConfigError as error:
            first, new = first or error, [error]
        else:
            if not found:
                return sweep
            raise Mistakes(found, sweep) from first
        new = [one for one in new if all(not _within(one.place, known.place) for known in found)]
        found += new
        changed = [_put_right(left, one) for one in new]
        if not any(changed):
            break
    raise Mistakes(found, None) from first


def _within(place: str, other: str) -> bool:
    """Whether a place is another one, or in it, or around it: what is said there may only follow from that mistake."""
    return f"{place}.".startswith(f"{other}.") or f"{other}.".startswith(f"{place}.")


def _put_right(values: Any, mistake: ConfigError) -> bool:
    """Put a legal value at the place of a mistake, or leave it out. Returns False when there is nothing to change."""
    parts = mistake.place.split(".")
    if mistake.place in LEGAL:
        return _put(values, parts, LEGAL[mistake.place])
    if meant := suggested(mistake):
        return _rename(values, parts, meant)
    if parts[-1] in KINDS and len(parts) > 1:
        parts = parts[:-1]
    return _leave_out(values, parts)


def _put(values: Any, parts: list[str], value: Any) -> bool:
    for part in parts[:-1]:
        values = values.setdefault(part, {}) if isinstance(values, dict) else None
    if not isinstance(values, dict) or values.get(parts[-1]) == value:
        return False
    values[parts[-1]] = copy.deepcopy(value)
    return True


def _rename(values: Any, parts: list[str], meant: str) -> bool:
    """Give a misspelt setting the name that was meant, or leave it out where that is given too."""
    for part in parts[:-1]:
        values = _inner(values, part)
    if not isinstance(values, dict) or parts[-1] not in values:
        return False
    values.setdefault(meant, values.pop(parts[-1]))
    return True


def _leave_out(values: Any, parts: Iterable[str]) -> bool:
    *above, last = parts
    for part in above:
        values = _inner(values, part)
    if isinstance(values, dict) and last in values:
        del values[last]
        return True
    if isinstance(values, list) and last.isdigit() and int(last) < len(values):
        del values[int(last)]
        return True
    return False


def _inner(values: Any, part: str) -> Any:
    if isinstance(values, dict):
        return values.get(part)
    if isinstance(values, list) and part.isdigit() and int(part) < len(values):
        return values[int(part)]
    return None
