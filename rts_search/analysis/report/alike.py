"""Refuses to compare sweeps of different data or objectives: their values say nothing about each other."""

from collections.abc import Sequence
from typing import Any

from rts_search.analysis.report.side import Side
from rts_search.basics.errors import UserError
from rts_search.sweep.overrides import flatten


def require_alike(reference: Side, sides: Sequence[Side], tasks: str) -> None:
    """Raises: UserError: a sweep has another objective or other data. `tasks`: the command for several data sets."""
    for side in sides:
        _require_same_objective(reference, side)
        if side.study.data.fingerprint != reference.study.data.fingerprint:
            raise UserError(
                f"{_other_data(reference, side)}; for several data sets, confirm each sweep and use `{tasks}`"
            )


def _require_same_objective(reference: Side, side: Side) -> None:
    wanted, given = reference.study.sweep.objective, side.study.sweep.objective
    for name in ("metric", "rule"):
        one, other = getattr(wanted, name), getattr(given, name)
        if one != other:
            raise UserError(
                f"{side.name}: objective.{name}: must be that of {reference.name}, {one!r}, to be compared, but got "
                f"{other!r}; leave one of them out"
            )


def _other_data(reference: Side, side: Side) -> str:
    one, other = _settings(reference), _settings(side)
    names = [name for name in {**one, **other} if one.get(name) != other.get(name) and name not in ("root", "download")]
    if not names:
        return f"{side.name}: dataset: must have the images, labels and split of {reference.name} to be compared"
    wanted, given = ("not set" if found.get(names[0]) is None else repr(found[names[0]]) for found in (one, other))
    rule = f"must be that of {reference.name} ({wanted}) to be compared"
    return f"{side.name}: dataset.{names[0]}: {rule}, but got {given}"


def _settings(side: Side) -> dict[str, Any]:
    """The settings of the data, with the share of the validation part that is used where none is given."""
    dataset = side.study.sweep.dataset
    own = side.study.sweep.to_dict()["dataset"]
    return flatten({**own, "val_fraction": dataset.held_out if dataset.val is None else None})
