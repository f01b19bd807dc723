"""The data of the sensitivity figure: which trials have which value of each searched number."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rts_search.analysis.arms.edges import searched_values
from rts_search.analysis.effort.censoring import TunedTrial
from rts_search.analysis.effort.curves import tuned_trial
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.sweep import SweepFile
from search_spaces.domains import LogUniform

FIRST = "training.lr"
"""The setting in the first panel."""
LEAST_VALUES = 3
"""Smallest number of different values that the completed trials of a panel have."""
PARTS = 4
"""The line of an arm goes through its best trial in each of so many equal parts of the range."""


@dataclass(frozen=True)
class Point:
    """A trial in a panel."""

    x: float
    """Its value of the setting."""
    trial: TunedTrial
    entry: TrialEntry


@dataclass(frozen=True)
class Panel:
    """One setting with the trials that have it."""

    name: str
    logarithmic: bool
    points: dict[str, list[Point]]
    """By arm, in the order of the arms; an arm without this setting has none."""

    @property
    def all_points(self) -> list[Point]:
        """The trials of all arms."""
        return [point for own in self.points.values() for point in own]

    @property
    def completed(self) -> list[Point]:
        """The completed trials of all arms."""
        return [point for point in self.all_points if point.trial.ended == "completed"]

    def best_of_parts(self, arm: str) -> list[Point]:
        """The best completed trial of an arm in each part of the range, where there is one, from low to high."""
        places = [self._scaled(point.x) for point in self.all_points]
        low, width = min(places), (max(places) - min(places)) / PARTS or 1.0
        best: dict[int, Point] = {}
        for point in self.points[arm]:
            if point.trial.ended == "completed":
                part = min(PARTS - 1, int((self._scaled(point.x) - low) / width))
                best[part] = max(best.get(part, point), point, key=lambda one: one.trial.course[-1])
        return [best[part] for part in sorted(best)]

    def _scaled(self, x: float) -> float:
        return math.log(x) if self.logarithmic else x


def panels_of(sweep: SweepFile, entries: Sequence[TrialEntry]) -> list[Panel]:
    """One panel for each searched number: the learning rate, then the settings that most trials have.

    A setting of which completed trials have fewer than LEAST_VALUES different values has none.
    """
    found = [panel for panel in _panels(sweep, entries) if len({point.x for point in panel.completed}) >= LEAST_VALUES]
    return sorted(found, key=lambda panel: (panel.name != FIRST, -len(panel.completed)))


def _panels(sweep: SweepFile, entries: Sequence[TrialEntry]) -> Iterator[Panel]:
    arms = arms_of(sweep)
    points: dict[str, dict[str, list[Point]]] = {}
    logarithmic: set[str] = set()
    for arm in arms:
        domains = arm.space.searched()
        for entry in entries:
            trial = tuned_trial(entry, sweep.objective)
            if entry.arm != arm.name or entry.baseline or entry.config is None or trial is None:
                continue
            for name, value in searched_values(arm, entry.settings).items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    of_arms = points.setdefault(name, {one.name: [] for one in arms})
                    of_arms[arm.name].append(Point(float(value), trial, entry))
                    logarithmic |= {name} if isinstance(domains[name], LogUniform) else set()
    for name, of_arms in points.items():
        panel = Panel(name, False, of_arms)
        positive = all(point.x > 0 for point in panel.all_points)
        yield Panel(name, name in logarithmic and positive, of_arms)
