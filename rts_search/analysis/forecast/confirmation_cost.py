"""Forecasting the cost of a confirmation on the machines that are available."""

import math
from dataclasses import dataclass, field
from typing import Any

from rts_search.analysis.confirmation.extent import Extent, RunGroup
from rts_search.analysis.confirmation.forecast import Scope, scope
from rts_search.analysis.forecast.costs import Costs
from rts_search.analysis.forecast.upcoming_trials import PlannedEpoch
from rts_search.basics.sizes import counted, shown_time
from rts_search.sweep.sweep import SweepFile


@dataclass(frozen=True)
class ConfirmationForecast:
    """The forecast of a confirmation. Pairs are (smallest, largest) possible value."""

    sweep: str
    in_file: bool
    """Whether `launch` ends with this confirmation. Otherwise `rts-search confirm` would do it, with its defaults."""
    contenders: int
    baselines: int
    screening_seeds: int
    """Number of seeds of the screening; 0 for a single contender."""
    looks: tuple[int, ...]
    """Number of seeds at each planned look, or at the only one."""
    runs: tuple[int, int]
    gradient_evaluations: tuple[int, int]
    """Of all runs, without shared epochs and without the limits of the budget."""
    seconds: tuple[float, float]
    """Time of the confirmation, without the limits of the budget."""
    budget: dict[str, float]
    """Limits of the section's budget, by name."""
    notes: tuple[str, ...]
    """Sentences that a reader needs besides the numbers."""
    with_sweep: dict[str, tuple[float, float]]
    """`gradient_evaluations` and `seconds` of sweep and confirmation together, within the budget."""
    arms: dict[str, int] = field(default_factory=dict)
    """Where baselines are tuned: arm -> number of its contenders, of which one is measured."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ConfirmationForecast":
        """Make a forecast from plain values."""
        pairs = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **pairs, "with_sweep": {name: tuple(v) for name, v in values["with_sweep"].items()}})

    def lines(self) -> list[str]:
        """The forecast as lines of text."""
        told = [
            "`launch` ends with a confirmation, which is not counted above:"
            if self.in_file
            else f"The file has no section `confirm`. By its defaults, `rts-search confirm {self.sweep}` would take:",
            f"  runs                  {_range(*(f'{number:,}' for number in self.runs))} to full length: "
            f"{self._runs_in_words()} on {' or '.join(map(str, self.looks))}"
            f"{' others' if self.screening_seeds else ' seeds'}",
            f"  gradient evaluations  {_range(*(f'{number:,}' for number in self.gradient_evaluations))}",
            f"  time                  {_range(*map(shown_time, self.seconds))}",
            *(f"  {note}." for note in self.notes),
        ]
        if self.in_file:
            costs = _range(*(f"{number:,}" for number in self.with_sweep["gradient_evaluations"]))
            times = _range(*map(shown_time, self.with_sweep["seconds"]))
            told.append(f"  with the sweep        {costs} gradient evaluations, {times}")
        return told

    def _runs_in_words(self) -> str:
        if self.arms:
            numbers = ", ".join(f"{number} of {arm}" for arm, number in self.arms.items())
            screened = f"the best trials of each method ({numbers}) on {self.screening_seeds} seeds, then "
            return f"{screened if self.screening_seeds else ''}the best one of each of {len(self.arms)} methods"
        screened = f"{self.contenders} contenders on {self.screening_seeds} seeds, then 1 to {self.contenders} of them"
        against = f"against {counted(self.baselines, 'baseline')} at equal cost"
        return f"{screened if self.screening_seeds else '1 contender'} {against}"


def confirmation(
    sweep: SweepFile,
    steps: int,
    concurrent: int,
    costs: Costs,
    spent_range: tuple[int, int],
    seconds: float,
) -> ConfirmationForecast | None:
    """Forecast the confirmation of a sweep; None when the sweep has no baselines.

    Args:
        sweep: the sweep.
        steps: mini-batches of an epoch.
        concurrent: number of runs at a time.
        costs: seconds of the parts of a run.
        spent_range: lowest and highest gradient evaluations of the sweep itself.
        seconds: time of the sweep itself.
    """
    found = scope(sweep)
    if found is None:
        return None
    times = tuple(_seconds(extent, sweep, steps, concurrent, costs) for extent in (found.least, found.most))
    evaluations, gpus = found.gradient_evaluations(steps), concurrent * sweep.resources.gpus
    bounded = [_within(found, amount, took, gpus) for amount, took in zip(evaluations, times, strict=True)]
    return ConfirmationForecast(
        sweep=sweep.name,
        in_file=found.in_file,
        contenders=found.contenders,
        baselines=found.baselines,
        screening_seeds=found.screening_seeds,
        looks=found.looks,
        runs=found.runs,
        gradient_evaluations=evaluations,
        seconds=(times[0], times[1]),
        budget=found.limits,
        notes=tuple(found.notes),
        with_sweep={
            "gradient_evaluations": (spent_range[0] + bounded[0][0], spent_range[1] + bounded[1][0]),
            "seconds": (seconds + bounded[0][1], seconds + bounded[1][1]),
        },
        arms=found.arms,
    )


def _within(found: Scope, evaluations: int, seconds: float, gpus: float) -> tuple[float, float]:
    """Gradient evaluations and seconds within the budget. Counts GPU hours as if all GPUs were always in use."""
    limited = found.within("gradient_evaluations", evaluations)
    took = seconds * limited / evaluations
    hours = found.within("hours", took / 3600)
    hours = found.within("gpu_hours", hours * gpus) / gpus if gpus else hours
    return limited, 3600 * hours


def _seconds(extent: Extent, sweep: SweepFile, steps: int, concurrent: int, costs: Costs) -> float:
    """Seconds from the start of Ray to the last test."""
    phases = (phase for phase in (extent.screening, extent.measured) if phase)
    trained = sum(costs.worker + _phase(phase, sweep, steps, concurrent, costs) for phase in phases)
    num_tests = sum(runs.number for runs in extent.measured)
    return costs.start + trained + costs.worker + math.ceil(num_tests / concurrent) * costs.test


def _phase(phase: tuple[RunGroup, ...], sweep: SweepFile, steps: int, concurrent: int, costs: Costs) -> float:
    """Seconds of runs that free workers take one after another: the number of rounds times the mean time of a run."""

    def length(runs: RunGroup) -> float:
        parts = ((number, PlannedEpoch("", "sgd" if each == 1 else "pugd", each)) for number, each in runs.epochs)
        every = sweep.store.state_every_seconds
        return costs.trial + sum(number * costs.seconds(epoch, steps, every) for number, epoch in parts)

    number = sum(runs.number for runs in phase)
    mean = sum(runs.number * length(runs) for runs in phase) / number
    return max(math.ceil(number / concurrent) * mean, *(length(runs) for runs in phase))


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"
