"""The record of a trial and of its epochs in the study."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

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

    def kept(self) -> dict[str, Any]:
        """Plain values without the epoch, which is in the name of the attribute."""
        return {name: value for name, value in asdict(self).items() if name != "epoch"}


def value_by(rule: str, epochs: Iterable[EpochEntry]) -> float | None:
    """Validation accuracy of the `last` epoch or of the `best`; None without any epoch."""
    values = [entry.val_acc for entry in sorted(epochs, key=lambda entry: entry.epoch)]
    if not values:
        return None
    return max(values) if rule == "best" else values[-1]


@dataclass(frozen=True)
class TrialEntry:
    """The study's record of one trial."""

    number: int
    state: str
    """COMPLETE, PRUNED (stopped early for good), FAIL or RUNNING."""
    config: dict[str, Any] | None
    """TrialConfig as plain values; none when the trial was interrupted before it was drawn."""
    baseline: str
    """Name of a baseline, else empty."""
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
        """The config of a trial that has been drawn."""
        assert self.config is not None, f"trial {self.number} has not been drawn"
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

    def val_acc(self, rule: str) -> float | None:
        """Validation accuracy by the objective's rule: of the `last` epoch or of the `best`."""
        return value_by(rule, self.epochs)

    def chosen_epochs(self, rule: str) -> int:
        """Number of epochs up to the state that the rule chooses; the earliest of equals."""
        values = [entry.val_acc for entry in self.epochs]
        return values.index(max(values)) + 1 if rule == "best" else len(values)
