"""The data of a sweep that figures need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from rts_search.analysis.courses.course import Courses
from rts_search.analysis.short_settings import OWN_COLUMNS, short_settings
from rts_search.study.landscape_record import Landscape
from rts_search.study.ranking import best_of_arms, best_trials, ranked
from rts_search.study.study import SweepStudy
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.overrides import flatten
from rts_search.sweep.sections import ObjectiveConfig
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.metrics import Metric

SHOWN = 8
"""Largest number of trials that get a colour of their own."""


@dataclass(frozen=True)
class SweepView:
    """One sweep with its trials at one moment."""

    name: str
    sweep: SweepFile
    entries: Sequence[TrialEntry]
    steps_per_epoch: int
    verdict: Mapping[str, Any] | None = None
    """The current verdict as plain values; None without one."""
    turns: Mapping[int, Sequence[Turn]] = field(default_factory=dict)
    """The times in which each trial had a worker, by number of the trial."""
    landscape: Landscape | None = None
    """What `rts-search landscape` has measured."""
    courses: Courses | None = None
    """The runs that `rts-search stability` and `costs` compare; None where their records are lost or not read."""

    @classmethod
    def of(
        cls,
        study: SweepStudy,
        entries: Sequence[TrialEntry] | None = None,
        verdict: Mapping[str, Any] | None = None,
        landscape: Landscape | None = None,
        courses: Courses | None = None,
    ) -> "SweepView":
        """The view of a study. Reads its trials unless `entries` has them already."""
        read = study.trials() if entries is None else entries
        facts = (study.name, study.sweep, read, study.data.steps_per_epoch)
        return cls(*facts, verdict, study.turns(), landscape, courses)

    @property
    def objective(self) -> ObjectiveConfig:
        """The sweep's metric, and the epoch that counts."""
        return self.sweep.objective

    @property
    def metric(self) -> Metric:
        """Direction, unit and wording of the metric."""
        return self.sweep.objective.measure

    @cached_property
    def completed(self) -> list[TrialEntry]:
        """All completed trials of the search, the best first."""
        return ranked((entry for entry in self.entries if entry.arm == RTS), self.objective)

    @cached_property
    def best(self) -> list[TrialEntry]:
        """The same without trials that repeat an earlier one."""
        return best_trials(self.entries, self.objective)

    @cached_property
    def top(self) -> list[TrialEntry]:
        """The best SHOWN trials."""
        return self.best[:SHOWN]

    @cached_property
    def baselines(self) -> list[TrialEntry]:
        """The baselines that have at least one epoch; of a tuned baseline the best completed trial."""
        alone = [entry for entry in self.entries if entry.baseline and entry.epochs]
        tuned = best_of_arms([entry for entry in self.entries if not entry.baseline], self.objective)
        return [*alone, *(entry for arm, entry in tuned.items() if arm != RTS)]

    @property
    def epochs(self) -> int:
        """Epochs of the longest trial."""
        return max(arm.epochs for arm in arms_of(self.sweep))

    @cached_property
    def progress(self) -> list[tuple[int, float | None]]:
        """For each ended trial of the search, in the order of the ends: gradient evaluations charged so far to all of
        them, and its value.

        An epoch that a trial took over from another one is charged as if it had trained it. The value is None for
        trials that did not complete, and for repeats of an earlier trial.
        """
        counts = {entry.number for entry in self.best}
        ends = {number: turns[-1][1] or 0.0 for number, turns in self.turns.items() if turns}
        own = [entry for entry in self.entries if entry.arm == RTS]
        ended = [entry for entry in own if entry.state != "RUNNING" and entry.number in ends]
        charged, found = 0, []
        for entry in sorted(ended, key=lambda entry: (ends[entry.number], entry.number)):
            charged += entry.cost
            found.append((charged, entry.value(self.objective) if entry.number in counts else None))
        return found

    @cached_property
    def settings(self) -> pd.DataFrame:
        """One row per completed trial, one column per setting of radius, timing and scale, or of another part of the
        space, that differs between them."""
        parts = dict(self.sweep.space.parts())
        sections = ("radius", "timing", "scale", *(name for name in parts if name not in OWN_COLUMNS))
        rows = [flatten({name: (entry.config or {}).get(name, {}) for name in sections}) for entry in self.completed]
        drawn = {name for name in self.sweep.space.searched() if name.partition(".")[0] not in OWN_COLUMNS}
        frame = pd.DataFrame(rows)
        named = [name for name in frame.columns if name.partition(".")[0] in OWN_COLUMNS or name in drawn]
        return frame[[name for name in named if frame[name].nunique(dropna=False) > 1]]

    def label(self, entry: TrialEntry) -> str:
        """Name of a trial in a legend."""
        if entry.baseline or entry.arm == RTS:
            return entry.baseline or f"trial {entry.number}"
        return f"{entry.arm} (trial {entry.number})"

    def described(self, entry: TrialEntry) -> str:
        """Settings of a trial in short."""
        if entry.config is None:
            return self.label(entry)
        return short_settings(entry.settings, self.sweep.space)

    def switch_epoch(self, entry: TrialEntry) -> int | None:
        """The epoch in which PUGD starts. Where a rule decides: the first epoch that cost more than SGD; None without
        one."""
        if entry.config is None:
            return None
        config = entry.settings
        if config.timing.rule == "epoch":
            return config.timing.switch_epoch
        before = 0
        for epoch in entry.epochs:
            if epoch.gradient_evaluations - before > self.steps_per_epoch:
                return epoch.epoch
            before = epoch.gradient_evaluations
        return None
