"""The record of a trial and of its epochs in the study."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from rts_search.study.damage import readable
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class EpochEntry:
    """The study's record of one epoch. The store has the rest, under the address `key` and `provenance`."""

    epoch: int
    key: str
    provenance: str
    spent: bool
    gradient_evaluations: int
    val_acc: float
    val_loss: float | None = None
    """None, as the three below, in studies of earlier versions."""
    balanced_accuracy: float | None = None
    macro_f1: float | None = None
    top5_acc: float | None = None
    """None with fewer than 5 classes, too."""

    def kept(self) -> dict[str, Any]:
        """Plain values without the epoch, which is in the name of the attribute, and without those that are None."""
        return {name: value for name, value in asdict(self).items() if name != "epoch" and value is not None}


def chosen_by(objective: ObjectiveConfig, epochs: Iterable[EpochEntry]) -> EpochEntry | None:
    """The epoch that counts, the last or the best; the earliest of equals. None without any epoch."""
    found = sorted(epochs, key=lambda entry: entry.epoch)
    if not found:
        return None
    return max(found, key=objective.gain) if objective.rule == "best" else found[-1]


@dataclass(frozen=True)
class TrialEntry:
    """The study's record of one trial."""

    number: int
    state: str
    """COMPLETE, PRUNED (stopped early for good), FAIL or RUNNING."""
    config: dict[str, Any] | None
    """TrialConfig as plain values; none when the trial was interrupted before it was drawn."""
    baseline: str
    """Name of a baseline that is trained once, without tuning; else empty."""
    reason: str
    """Why it ended, empty for a completed trial."""
    epochs: tuple[EpochEntry, ...]
    short_of_memory: bool = False
    """Whether the trial has run out of memory; it is trained again with more memory, or in smaller parts of a batch."""
    held: bool = False
    """Whether the trial was stopped early and may go on later. Its state is RUNNING meanwhile."""
    passed: int = 0
    """Number of epochs when the trial was last judged and passed; 0 before, and in studies of earlier versions."""
    in_vain: int = 0
    """Lost work in gradient evaluations: of an epoch that diverged, and of epochs that were trained again because a
    state was lost. The part of an epoch that a dying worker had trained is not known and not counted."""
    repeats: int | None = None
    """The earlier trial with settings of the same effect that it repeats on another seed."""
    arm: str = ""
    """Name of the arm whose trial it is: `rts`, or the name of a baseline, tuned or not."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "arm", self.arm or self.baseline or RTS)

    @property
    def completed(self) -> bool:
        """Whether the trial has trained to its end."""
        return self.state == "COMPLETE"

    @property
    def cost(self) -> int:
        """Gradient evaluations of the whole trial so far, shared epochs included; 0 before its first epoch."""
        return self.epochs[-1].gradient_evaluations if self.epochs else 0

    @cached_property
    def settings(self) -> TrialConfig:
        """The config of a trial that has been drawn. Raises: DamagedStudy: it is no config."""
        assert self.config is not None, f"trial {self.number} has not been drawn"
        with readable(f"trial {self.number}: config"):
            return TrialConfig.from_dict(self.config)

    @property
    def spent(self) -> int:
        """Gradient evaluations that this trial computed itself: those of its epochs, and lost work."""
        costs = [0, *(epoch.gradient_evaluations for epoch in self.epochs)]
        return self.in_vain + sum(
            after - before for (before, after), epoch in zip(pairwise(costs), self.epochs, strict=True) if epoch.spent
        )

    @property
    def decided(self) -> bool:
        """Whether the trial's last epoch has been decided on: the trial has ended, is held or has passed."""
        return self.state != "RUNNING" or self.held or self.passed == len(self.epochs)

    def chosen(self, objective: ObjectiveConfig) -> EpochEntry | None:
        """The epoch that counts by the objective; None before the first epoch."""
        return chosen_by(objective, self.epochs)

    def value(self, objective: ObjectiveConfig) -> float | None:
        """The objective's value: that of its metric in the epoch that counts."""
        epoch = self.chosen(objective)
        return None if epoch is None else objective.measure.gain(objective.gain(epoch))

    def gain(self, objective: ObjectiveConfig) -> float:
        """The same as a number of which larger is better. Only after the first epoch."""
        epoch = self.chosen(objective)
        assert epoch is not None, f"trial {self.number} has no epoch"
        return objective.gain(epoch)

    def chosen_epochs(self, objective: ObjectiveConfig) -> int:
        """Number of epochs up to the one that counts; 0 without any."""
        epoch = self.chosen(objective)
        return 0 if epoch is None else self.epochs.index(epoch) + 1
