"""A sweep as the figures see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rts_search.analysis.tables import short_settings
from rts_search.study.ranking import best_trials, ranked
from rts_search.study.study import SweepStudy
from rts_search.study.trial_reader import Turn
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.config import TrialConfig

SHOWN = 8
"""Trials that are told apart by colour."""


@dataclass(frozen=True)
class SweepView:
    """One sweep at one moment."""

    name: str
    sweep: SweepFile
    entries: Sequence[TrialEntry]
    steps_per_epoch: int
    verdict: Mapping[str, Any] | None = None
    """What `confirm` has found."""
    turns: Mapping[int, Sequence[Turn]] = field(default_factory=dict)
    """Trial -> its turns, in which it had a worker."""

    @classmethod
    def of(
        cls, study: SweepStudy, entries: Sequence[TrialEntry] | None = None, verdict: Mapping[str, Any] | None = None
    ) -> "SweepView":
        """A study's, with its trials where they have been read already."""
        read = study.trials() if entries is None else entries
        return cls(study.name, study.sweep, read, study.data.steps_per_epoch, verdict, study.turns())

    @property
    def rule(self) -> str:
        """Which epoch counts."""
        return self.sweep.objective.rule

    @cached_property
    def completed(self) -> list[TrialEntry]:
        """All completed trials of the search, the best first."""
        return ranked((entry for entry in self.entries if not entry.baseline), self.rule)

    @cached_property
    def best(self) -> list[TrialEntry]:
        """The same without those that repeat an earlier one."""
        return best_trials(self.entries, self.rule)

    @cached_property
    def top(self) -> list[TrialEntry]:
        """The best, as many as colours tell apart."""
        return self.best[:SHOWN]

    @cached_property
    def baselines(self) -> list[TrialEntry]:
        """Those that have any epoch."""
        return [entry for entry in self.entries if entry.baseline and entry.epochs]

    @cached_property
    def progress(self) -> list[tuple[int, float | None]]:
        """Of every trial that has ended, in that order: gradient evaluations spent by all so far, and its val_acc.

        The latter is None for what is not a completed trial of the search, or repeats one.
        """
        counts = {entry.number for entry in self.best}
        ends = {number: turns[-1][1] or 0.0 for number, turns in self.turns.items() if turns}
        ended = [entry for entry in self.entries if entry.state != "RUNNING" and entry.number in ends]
        spent, found = 0, []
        for entry in sorted(ended, key=lambda entry: (ends[entry.number], entry.number)):
            spent += entry.spent
            found.append((spent, entry.val_acc(self.rule) if entry.number in counts else None))
        return found

    def label(self, entry: TrialEntry) -> str:
        """A trial's name in a legend."""
        return entry.baseline or f"trial {entry.number}"

    def described(self, entry: TrialEntry) -> str:
        """A trial's settings, to be read."""
        if entry.config is None:
            return self.label(entry)
        return short_settings(TrialConfig.from_dict(entry.config))

    def switch_epoch(self, entry: TrialEntry) -> int | None:
        """When PUGD starts; where a rule decides, when the epochs became dearer; None before that."""
        if entry.config is None:
            return None
        config = TrialConfig.from_dict(entry.config)
        if config.timing.rule == "epoch":
            return config.timing.switch_epoch
        before = 0
        for epoch in entry.epochs:
            if epoch.gradient_evaluations - before > self.steps_per_epoch:
                return epoch.epoch
            before = epoch.gradient_evaluations
        return None
