"""Keeps results of an earlier sweep in the study of a new one, which then does not need the earlier sweep."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from rts_search.study.attributes import GENERATION, WARM_START, warm_start_name

TOGETHER = 100
"""Number of results in one attribute, so that databases with a limit of 64 KB per text can hold it."""


@dataclass(frozen=True)
class EarlierResult:
    """A completed trial of another sweep, as a point of this sweep's space."""

    params: dict[str, Any]
    """Dotted name -> value that this sweep would have drawn."""
    value: float
    """Value of this sweep's objective."""
    gradient_evaluations: int
    """Gradient evaluations of the whole trial."""


def to_attributes(results: Sequence[EarlierResult]) -> Iterator[tuple[str, Any]]:
    """Name and value of each attribute of the study that keeps the results."""
    for first in range(0, len(results), TOGETHER):
        yield warm_start_name(first), [asdict(result) for result in results[first : first + TOGETHER]]


def from_attributes(
    attributes: Mapping[str, Any], space: Mapping[str, BaseDistribution], objectives: int
) -> list[FrozenTrial]:
    """The results that a study keeps, as Optuna's trials of one or two objectives."""
    names = sorted(name for name in attributes if name.startswith(WARM_START))
    results = [_result(kept) for name in names for kept in attributes[name]]
    return [_trial(index, result, space, objectives) for index, result in enumerate(results)]


def _result(kept: Mapping[str, Any]) -> EarlierResult:
    """Earlier versions knew one metric and kept the value under its name, val_acc."""
    value = kept["value"] if "value" in kept else kept["val_acc"]
    return EarlierResult(kept["params"], value, kept["gradient_evaluations"])


def _trial(index: int, result: EarlierResult, space: Mapping[str, BaseDistribution], objectives: int) -> FrozenTrial:
    never = datetime(1970, 1, 1)
    number = -1 - index  # trials of this sweep have numbers >= 0
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=TrialState.COMPLETE,
        value=None,
        values=[result.value, float(result.gradient_evaluations)][:objectives],
        datetime_start=never,
        datetime_complete=never,
        params=result.params,
        distributions={name: space[name] for name in result.params},
        user_attrs={},
        system_attrs={GENERATION: 0},
        intermediate_values={},
    )
