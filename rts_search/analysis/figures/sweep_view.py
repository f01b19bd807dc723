"""The data of a sweep that figures need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from rts_search.analysis.short_settings import short_settings
from rts_search.study.ranking import best_trials, ranked
from rts_search.study.study import SweepStudy
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import TrialEntry
from rts_search.sweep.overrides import flatten
from rts_search.sweep.sweep import SweepFile

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

    @classmethod
    def of(
        cls, study: SweepStudy, entries: Sequence[TrialEntry] | None = None, verdict: Mapping[str, Any] | None = None
    ) -> "SweepView":
        """The view of a study. Reads its trials unless `entries` has them already."""
        read = study.trials() if entries is None else entries
        return cls(study.name, study.sweep, read, study.data.steps_per_epoch, verdict, study.turns())

    @property
    def rule(self) -> str:
        """The objective's rule: `last` or `best` epoch."""
        return self.sweep.objective.rule

    @cached_property
    def completed(self) -> list[TrialEntry]:
        """All completed trials of the search, the best first."""
        return ranked((entry for entry in self.entries if not entry.baseline), self.rule)

    @cached_property
    def best(self) -> list[TrialEntry]:
        """The same without trials that repeat an earlier one."""
        return best_trials(self.entries, self.rule)

    @cached_property
    def top(self) -> list[TrialEntry]:
        """The best SHOWN trials."""
        return self.best[:SHOWN]

    @cached_property
    def baselines(self) -> list[TrialEntry]:
        """The baselines that have at least one epoch."""
        return [entry for entry in self.entries if entry.baseline and entry.epochs]

    @cached_property
    def progress(self) -> list[tuple[int, float | None]]:
        """For each ended trial, in the order of the ends: gradient evaluations spent so far by all, and its val_acc.

        The val_acc is None for baselines, for trials that did not complete, and for repeats of an earlier trial.
        """
        counts = {entry.number for entry in self.best}
        ends = {number: turns[-1][1] or 0.0 for number, turns in self.turns.items() if turns}
        ended = [entry for entry in self.entries if entry.state != "RUNNING" and entry.number in ends]
        spent, found = 0, []
        for entry in sorted(ended, key=lambda entry: (ends[entry.number], entry.number)):
            spent += entry.spent
            found.append((spent, entry.val_acc(self.rule) if entry.number in counts else None))
        return found

    @cached_property
    def settings(self) -> pd.DataFrame:
        """One row per completed trial, one column per setting of radius, timing and scale that differs between them."""
        sections = ("radius", "timing", "scale")
        rows = [flatten({name: (entry.config or {}).get(name, {}) for name in sections}) for entry in self.completed]
        frame = pd.DataFrame(rows)
        return frame[[name for name in frame.columns if frame[name].nunique(dropna=False) > 1]]

    def label(self, entry: TrialEntry) -> str:
        """Name of a trial in a legend."""
        return entry.baseline or f"trial {entry.number}"

    def described(self, entry: TrialEntry) -> str:
        """Settings of a trial in short."""
        if entry.config is None:
            return self.label(entry)
        return short_settings(entry.settings)

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
