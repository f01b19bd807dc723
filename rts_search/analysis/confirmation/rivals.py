"""With what a contender is compared: baselines at equal cost, or the finalists of the other arms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rts_search.analysis.confirmation.equal_cost import equal_cost_baseline, with_seed
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.study.confirmation_study import ConfirmationStudy
from trainables.core.settings.config import TrialConfig


class Rivals(Protocol):
    """The methods that the contenders are compared with."""

    @property
    def names(self) -> Sequence[str]:
        """Their names, in the order of the tables."""

    @property
    def finalists(self) -> Mapping[str, Contender]:
        """The trial of each tuned one, by name; empty where baselines are not tuned."""

    @property
    def at(self) -> str | None:
        """`confirm.at`, where baselines are tuned."""

    @property
    def needs_cost(self) -> bool:
        """Whether the length of their runs follows from the cost of the contender's."""

    def configs(self, gradient_evaluations: int, seed: int) -> dict[str, TrialConfig]:
        """The config of each on a seed, by name. The cost is that of the contender's run; see `needs_cost`."""

    def label(self, name: str) -> str:
        """The name of the runs of one of them."""


class EqualCost:
    """The sweep's baselines without tuning, each at the cost of the contender that it is compared with."""

    finalists: Mapping[str, Contender] = {}
    at: str | None = None
    needs_cost = True

    def __init__(self, study: ConfirmationStudy) -> None:
        """The baselines of the confirmed sweep."""
        self._sweep, self._steps = study.confirmed, study.data.steps_per_epoch

    @property
    def names(self) -> Sequence[str]:
        """The names of the baselines."""
        return [one.name for one in self._sweep.baselines]

    def configs(self, gradient_evaluations: int, seed: int) -> dict[str, TrialConfig]:
        """The config of each baseline at this cost."""
        given = (gradient_evaluations, self._steps, seed)
        return {one.name: equal_cost_baseline(self._sweep, one, *given) for one in self._sweep.baselines}

    def label(self, name: str) -> str:
        """The name of the baseline."""
        return name


@dataclass(frozen=True)
class Finalists:
    """The finalists of the other arms, each with the settings that were tuned."""

    finalists: Mapping[str, Contender]
    """By arm, without that of rts."""
    at: str
    """`confirm.at`: `tuned` trains them as long as they were tuned, `own_cost` at the cost of the contender."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the arms."""
        return list(self.finalists)

    @property
    def needs_cost(self) -> bool:
        """Whether they train at the cost of the contender."""
        return self.at == "own_cost"

    def configs(self, gradient_evaluations: int, seed: int) -> dict[str, TrialConfig]:
        """The config of each finalist on a seed."""
        if not self.needs_cost:
            return {arm: with_seed(one.config, seed) for arm, one in self.finalists.items()}
        return {arm: with_seed(at_cost(one, gradient_evaluations), seed) for arm, one in self.finalists.items()}

    def label(self, name: str) -> str:
        """The name of the finalist's runs."""
        return self.finalists[name].label


def at_cost(rival: Contender, gradient_evaluations: int) -> TrialConfig:
    """The config of a rival that trains for this cost, rounded up to whole epochs; its schedules span all of them.

    A switch epoch moves with the length, so that the share of the dearer epochs stays.
    """
    tuned = rival.config.training.epochs
    epochs = -(-gradient_evaluations * tuned // rival.gradient_evaluations)
    timing, moved = rival.config.timing, {}
    for name in ("switch_epoch", "stop_epoch"):
        if getattr(timing, name) is not None:
            moved[name] = round(getattr(timing, name) * epochs / tuned)
    timing = replace(timing, **moved)
    return replace(rival.config, training=rival.config.training.stretched(epochs), timing=timing)
