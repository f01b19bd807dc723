"""The trials of a sweep as rows of its leaderboard, where each setting that differs has a column of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rts_search.analysis.report.sparkline import bounds, sparkline
from rts_search.analysis.tables import setting_names
from rts_search.analysis.tested import Tested
from rts_search.study.lead import best_baseline
from rts_search.study.ranking import leaderboard
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sweep import SweepFile

NO_COLUMNS = ("training.seed", "training.epochs", "training.shuffle")
"""Settings that no arm searches over, although they can differ between trials."""
PLACE, VALUE = "place", "value"
STATES = {"COMPLETE": "completed", "PRUNED": "stopped early", "FAIL": "failed", "RUNNING": "unfinished"}


@dataclass(frozen=True)
class Head:
    """The head of one column."""

    key: str
    """By which the rows are sorted; empty where they cannot be."""
    label: str
    number: bool = True
    """Whether its cells are numbers, which stand at the right."""


@dataclass(frozen=True)
class Leader:
    """One row of a leaderboard."""

    number: int
    place: int | None
    """Among all completed trials, from 1; None for one that is not ranked."""
    arm: str
    """Name of the baseline, tuned or not; empty for a trial of the search."""
    state: str
    """How the trial ended, in words."""
    settings: tuple[str, ...]
    """Its values of the board's columns, as text."""
    value: str
    """Value of the objective, as text with its unit."""
    lead: str
    """Its distance to the best baseline, with a sign; empty without one."""
    test: str
    """Value on the test part, where it has been read."""
    cost: int
    """Gradient evaluations of the trial."""
    epochs: int
    curve: str
    """Its objective's metric over the epochs, as SVG."""


class Board:
    """All trials of one sweep at one moment."""

    def __init__(self, sweep: SweepFile, entries: Sequence[TrialEntry], tested: Tested) -> None:
        """`tested`: the values of trials on the test part."""
        self.sweep, self.entries, self._tested = sweep, entries, tested

    @cached_property
    def ranking(self) -> list[TrialEntry]:
        """The completed trials of all arms, best first, without those that repeat an earlier one of their arm."""
        return leaderboard(self.entries, self.sweep.objective)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """Number of each ranked trial -> its place, from 1."""
        return {entry.number: place for place, entry in enumerate(self.ranking, 1)}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Dotted names of the settings that differ between the trials of the search.

        So do numbers that only some of them have, such as the value of a constant radius.
        """
        first: dict[str, dict[str, Any]] = {}
        latest: dict[str, Any] = {}
        differing: set[str] = set()
        for entry in self.entries:
            if entry.arm != RTS or entry.config is None:
                continue
            for section, values in entry.config.items():
                if section in latest and latest[section] == values:
                    continue  # most sections are the same in all trials, and comparing them is fast
                latest[section] = values
                found = dict(_flat({section: values}))
                own = first.setdefault(section, found)
                differing |= {name for name in own.keys() & found.keys() if own[name] != found[name]}
                alone = own.keys() ^ found.keys()
                differing |= {name for name in alone if isinstance({**own, **found}[name], int | float)}
        order = {name: place for place, name in enumerate(setting_names())}
        return tuple(sorted(differing - set(NO_COLUMNS), key=lambda name: (order.get(name, len(order)), name)))

    @cached_property
    def baseline(self) -> TrialEntry | None:
        """The best completed baseline."""
        return best_baseline(self.entries, self.sweep.objective)

    @cached_property
    def has_tests(self) -> bool:
        """Whether the test part has been read for a trial."""
        return any(self.test(entry) is not None for entry in self.ranking)

    @cached_property
    def epochs(self) -> int:
        """Epochs of the longest trial."""
        return max(arm.epochs for arm in arms_of(self.sweep))

    def test(self, entry: TrialEntry) -> float | None:
        """The value of a trial on the test part; None unless it has been read."""
        return self._tested(entry)[self.sweep.objective.measure.test]

    @property
    def heads(self) -> list[Head]:
        """The heads of all columns, in the order of a row's cells."""
        metric = self.sweep.objective.measure
        lead = f"{metric.unit.partition(' ')[0]} to {self.baseline.arm}" if self.baseline else ""
        return [
            Head(PLACE, "place"),
            Head("trial", "trial"),
            Head(VALUE, metric.name),
            *([Head("", lead)] if lead else []),
            *([Head(metric.test, metric.test)] if self.has_tests else []),
            Head("", "by epoch", False),
            *(Head(name, name, self._is_number(name)) for name in self.columns),
            Head("epochs", "epochs"),
            Head("cost", "gradient evaluations"),
        ]

    def _is_number(self, name: str) -> bool:
        return {type(setting(entry, name)) for entry in self.ranking[:50]} <= {int, float, type(None)}

    def rows(self, entries: Sequence[TrialEntry]) -> list[Leader]:
        """The rows of some trials; their curves have one scale."""
        metric = self.sweep.objective.measure
        curves = [[_gain(metric, getattr(epoch, metric.name)) for epoch in entry.epochs] for entry in entries]
        low, high = bounds(curves)
        return [
            self._row(entry, sparkline(curve, low, high, self.epochs, self._told(entry)))
            for entry, curve in zip(entries, curves, strict=True)
        ]

    def _row(self, entry: TrialEntry, curve: str) -> Leader:
        objective, metric = self.sweep.objective, self.sweep.objective.measure
        value, against = entry.value(objective), None if self.baseline is None else self.baseline.value(objective)
        lead = None if value is None or against is None else metric.gain(value) - metric.gain(against)
        return Leader(
            number=entry.number,
            place=self.places.get(entry.number),
            arm="" if entry.arm == RTS else entry.arm,
            state="stopped early for now" if entry.held else STATES[entry.state],
            settings=tuple(written(setting(entry, name)) for name in self.columns),
            value=metric.shown(value),
            lead="" if lead is None else signed(metric.amount(lead, sign=True)),
            test=metric.shown(self.test(entry)),
            cost=entry.cost,
            epochs=len(entry.epochs),
            curve=curve,
        )

    def _told(self, entry: TrialEntry) -> str:
        """The label of a trial's curve."""
        metric = self.sweep.objective.measure
        values = [getattr(epoch, metric.name) for epoch in entry.epochs]
        known = [value for value in values if value is not None]
        ends = f", from {metric.shown(known[0])} to {metric.shown(known[-1])}" if known else ""
        return f"{metric.name} of trial {entry.number} over {len(entry.epochs)} epochs{ends}"


def signed(amount: str) -> str:
    """A difference with a minus as long as a plus, and without a sign where it is zero."""
    return amount.lstrip("+-") if not float(amount) else amount.replace("-", "\N{MINUS SIGN}")


def setting(entry: TrialEntry, name: str) -> Any:
    """The value of a setting of a trial by its dotted name; None where the trial does not have it."""
    found: Any = entry.config
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def written(value: Any) -> str:
    """A value of a setting in a table; empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _gain(metric: Any, value: float | None) -> float | None:
    return None if value is None else metric.gain(value)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All settings of a config with their dotted names."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
