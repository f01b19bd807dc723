"""One run of a confirmation, and a contender beside a baseline on the same seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.study.confirmation_study import has_diverged, is_lost
from rts_search.study.trials import TrialEntry
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class Contender:
    """A trial of the sweep that may be better than the baselines."""

    number: int
    config: TrialConfig
    gradient_evaluations: int
    """Cost of the trial in the sweep."""
    settings: str
    """Its settings in short, for messages and tables."""

    @property
    def cost_is_known(self) -> bool:
        """Whether it costs the same on every seed. With an adaptive switch rule the data decide when PUGD starts."""
        return self.config.timing.rule == "epoch"


@dataclass(frozen=True)
class Run:
    """One run and its state now."""

    config: TrialConfig
    entry: TrialEntry | None
    """Its record in the study; None before it has begun."""
    test_acc: float | None = None
    given_up: bool = False
    """Whether it was lost too often and is not tried again."""

    @property
    def seed(self) -> int:
        """Its training seed."""
        return self.config.training.seed

    @property
    def complete(self) -> bool:
        """Whether it was trained to its last epoch."""
        return self.entry is not None and self.entry.completed

    @property
    def diverged(self) -> bool:
        """Whether it ended by diverging, which is a result of its method."""
        return self.entry is not None and has_diverged(self.entry)

    @property
    def lost(self) -> bool:
        """Whether it ended by a failure that says nothing about its method, such as a lost worker."""
        return self.entry is not None and is_lost(self.entry)

    @property
    def ended(self) -> bool:
        """Whether its result is final: complete, diverged, or lost and given up."""
        return self.complete or self.diverged or (self.lost and self.given_up)

    @property
    def gradient_evaluations(self) -> int | None:
        """Its cost; None unless it was trained to its last epoch."""
        return self.entry.cost if self.complete and self.entry is not None else None

    @property
    def accuracy(self) -> float:
        """Test accuracy; NaN where there is none."""
        return float("nan") if self.test_acc is None else self.test_acc


@dataclass(frozen=True)
class Pair:
    """A contender and one baseline on the same seeds."""

    contender: Contender
    baseline: str
    own: Sequence[Run]
    """The contender's runs, one per seed."""
    others: Sequence[Run]
    """The baseline's runs on the same seeds."""
    claimed: str = ""
    """`better` or `worse` when an earlier look has established that, else empty."""

    @property
    def missing(self) -> list[Run]:
        """Runs without a result: neither tested nor diverged."""
        return [run for run in (*self.own, *self.others) if run.test_acc is None and not run.diverged]

    def method_of(self, run: Run) -> str:
        """The method of one of the runs, for messages: `trial 3` or the baseline's name."""
        return f"trial {self.contender.number}" if any(run is own for own in self.own) else self.baseline

    @property
    def sample(self) -> Sample:
        """The accuracies from which `decisions` judges the comparison."""
        return Sample(accuracies(self.own), accuracies(self.others), not self.missing, self.claimed)


def accuracies(runs: Sequence[Run]) -> Accuracies:
    """Test accuracies (seeds,), NaN where there is none."""
    return np.array([run.accuracy for run in runs])
