"""One run of a confirmation, and a contender beside a baseline on the same seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.study.confirmation_study import has_diverged, is_lost
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import DEFAULT_METRIC, Metric

Question: TypeAlias = tuple[int, str, int | None, str | None]
"""What a comparison asks: number of the contender, name of the baseline, and where baselines are tuned the number of
the rival's trial and `confirm.at`. A claim holds for its own question alone."""


@dataclass(frozen=True)
class Contender:
    """A trial of the sweep that may be better than the baselines, or the rival that another arm sends."""

    number: int
    config: TrialConfig
    gradient_evaluations: int
    """Cost of the trial in the sweep."""
    settings: str
    """Its settings in short, for messages and tables."""
    arm: str = RTS
    """Its arm: `rts`, or the name of a tuned baseline."""
    edges: tuple[str, ...] = ()
    """Its settings that lie on the edge of the arm's space, where arms are tuned: `training.lr 0.01 (lowest)`."""
    luck: float = 0.0
    """Standard deviation of its value over repeated tunings of its arm (`tuning_luck`); 0 where arms are not tuned."""

    @property
    def label(self) -> str:
        """The name of its runs: `3`, or `sgd trial 7` for a trial of another arm."""
        return str(self.number) if self.arm == RTS else f"{self.arm} trial {self.number}"

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
    """Value of the sweep's metric on the test part: test_acc, unless `objective.metric` names another one."""
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
        """The same; NaN where there is none."""
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
    metric: Metric = DEFAULT_METRIC
    rival: Contender | None = None
    """The trial that was chosen in the arm of the baseline; None for a baseline that is not tuned."""
    at: str | None = None
    """`confirm.at`, where baselines are tuned: how long the rivals train."""

    @property
    def question(self) -> Question:
        """What the comparison asks."""
        return self.contender.number, self.baseline, None if self.rival is None else self.rival.number, self.at

    @property
    def missing(self) -> list[Run]:
        """Runs without a result: neither tested nor diverged."""
        return [run for run in (*self.own, *self.others) if run.test_acc is None and not run.diverged]

    def method_of(self, run: Run) -> str:
        """The method of one of the runs, for messages: `trial 3`, the baseline's name, or `sgd trial 7` of an arm."""
        if any(run is own for own in self.own):
            return f"trial {self.contender.number}"
        return self.baseline if self.rival is None else self.rival.label

    @property
    def sample(self) -> Sample:
        """The values from which `decisions` judges the comparison; the negative of a loss, so that more is better."""
        sign = self.metric.gain(1.0)
        own, others = sign * accuracies(self.own), sign * accuracies(self.others)
        return Sample(own, others, not self.missing, self.claimed, self.luck)

    @property
    def luck(self) -> float:
        """Standard deviation of the difference over repeated tunings of both arms; 0 where arms are not tuned."""
        return 0.0 if self.rival is None else math.hypot(self.contender.luck, self.rival.luck)


def accuracies(runs: Sequence[Run]) -> Accuracies:
    """Values of the metric on the test part (seeds,), NaN where there is none."""
    return np.array([run.accuracy for run in runs])
