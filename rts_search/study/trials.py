"""A trial and its epochs as the study knows them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class EpochEntry:
    """What the study keeps of one epoch of a trial; the rest is in the store under the same address."""

    epoch: int
    key: str
    provenance: str
    spent: bool
    gradient_evaluations: int
    val_acc: float

    def kept(self) -> dict[str, Any]:
        """What the study keeps under the epoch's name."""
        return {name: value for name, value in asdict(self).items() if name != "epoch"}


def value_by(rule: str, epochs: Iterable[EpochEntry]) -> float | None:
    """Validation accuracy of the `last` epoch or of the `best`; None without any epoch."""
    values = [entry.val_acc for entry in sorted(epochs, key=lambda entry: entry.epoch)]
    if not values:
        return None
    return max(values) if rule == "best" else values[-1]


@dataclass(frozen=True)
class TrialEntry:
    """One trial as the study knows it."""

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
    """Whether it has run out of memory before and is given more, or asks for less."""
    held: bool = False
    """Whether it was stopped early and may go on later; its state is RUNNING until then."""
    passed: int = 0
    """Its epochs when it was last judged and went on, at once or later; 0 before that, and in studies of before."""
    in_vain: int = 0
    """Gradient evaluations that it computed besides those of its epochs: of one that diverged, and of those that were
    trained again since a state was lost. How far an epoch had come when a worker died is not known and not counted."""
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
        """Gradient evaluations that this trial computed itself: of its epochs, and of what was in vain."""
        costs = [0, *(epoch.gradient_evaluations for epoch in self.epochs)]
        return self.in_vain + sum(
            after - before for (before, after), epoch in zip(pairwise(costs), self.epochs, strict=True) if epoch.spent
        )

    @property
    def decided(self) -> bool:
        """Whether it is known what became of the trial after its last epoch, if it was judged there."""
        return self.state != "RUNNING" or self.held or self.passed == len(self.epochs)

    def val_acc(self, rule: str) -> float | None:
        """Validation accuracy by the objective's rule: of the `last` epoch or of the `best`."""
        return value_by(rule, self.epochs)

    def chosen_epochs(self, rule: str) -> int:
        """How many epochs lead to the state that the rule chooses (the earliest of equals)."""
        values = [entry.val_acc for entry in self.epochs]
        return values.index(max(values)) + 1 if rule == "best" else len(values)
