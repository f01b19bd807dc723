"""The runs of a confirmation by contender, baseline and seed: which are there, what they cost and what they reached."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rts_search.analysis.confirmation.decisions import Sample
from rts_search.analysis.confirmation.equal_cost import equal_cost_baseline, with_seed
from rts_search.analysis.confirmation.statistics import Accuracies
from rts_search.study.confirmation_study import ConfirmationStudy, PlannedRun, has_diverged, is_lost
from rts_search.study.trials import TrialEntry
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class Contender:
    """A trial of the sweep that may be the best."""

    number: int
    config: TrialConfig
    gradient_evaluations: int
    """What the trial cost in the sweep."""
    settings: str
    """What it is, to be read."""

    @property
    def cost_is_known(self) -> bool:
        """Whether it costs the same on every seed: the data do not decide when PUGD starts."""
        return self.config.timing.rule == "epoch"


@dataclass(frozen=True)
class Run:
    """One run as it stands."""

    config: TrialConfig
    entry: TrialEntry | None
    test_acc: float | None = None
    given_up: bool = False
    """Whether it was lost and is not tried any more."""

    @property
    def seed(self) -> int:
        """Its training seed."""
        return self.config.training.seed

    @property
    def complete(self) -> bool:
        """Whether it was trained to its end."""
        return self.entry is not None and self.entry.state == "COMPLETE"

    @property
    def diverged(self) -> bool:
        """Whether it ended by diverging."""
        return self.entry is not None and has_diverged(self.entry)

    @property
    def lost(self) -> bool:
        """Whether it ended by something that is no outcome of its method."""
        return self.entry is not None and is_lost(self.entry)

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.complete or self.diverged or (self.lost and self.given_up)

    @property
    def gradient_evaluations(self) -> int | None:
        """What it cost; None where it was not trained to its end."""
        return self.entry.epochs[-1].gradient_evaluations if self.complete and self.entry is not None else None

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
    others: Sequence[Run]
    claimed: str = field(default="")

    @property
    def missing(self) -> list[Run]:
        """Runs without an outcome: neither tested nor diverged."""
        return [run for run in (*self.own, *self.others) if run.test_acc is None and not run.diverged]

    def method_of(self, run: Run) -> str:
        """What one of the runs is, to be read."""
        return f"trial {self.contender.number}" if any(run is own for own in self.own) else self.baseline

    @property
    def sample(self) -> Sample:
        """What the decisions are made from."""
        return Sample(accuracies(self.own), accuracies(self.others), not self.missing, self.claimed)


def accuracies(runs: Sequence[Run]) -> Accuracies:
    """Test accuracies (seeds,), NaN where there is none."""
    return np.array([run.accuracy for run in runs])


class Runs:
    """What the study of a confirmation holds of the runs that its contenders and baselines need."""

    def __init__(self, study: ConfirmationStudy, seeds: Sequence[int] = ()) -> None:
        """`refresh` reads the study; `seeds` are all on which is measured, whichever of them can be judged by now."""
        self._study, self._seeds = study, seeds
        self.refresh()

    def refresh(self) -> None:
        """Read what has been trained and tested."""
        self._entries = self._study.trials()
        tests = self._study.test_accuracies()
        self._tests = {number: float(found["test_acc"]) for number, found in tests.items()}

    def run(self, config: TrialConfig) -> Run:
        """One run as it stands."""
        entry = self._study.entry(config, self._entries)
        tested = self._tests.get(entry.number) if entry is not None and entry.state == "COMPLETE" else None
        return Run(config, entry, tested, self._study.given_up(config))

    def of(self, contender: Contender, seeds: Sequence[int]) -> list[Run]:
        """A contender's runs."""
        return [self.run(with_seed(contender.config, seed)) for seed in seeds]

    def cost(self, contender: Contender, seed: int) -> int | None:
        """Gradient evaluations that the baselines of a seed get: those of the contender's run on that seed.

        Where that run diverged: the median of its other seeds, or what it cost in the sweep when it diverged on all.
        None while that is not known.
        """
        if contender.cost_is_known:
            return contender.gradient_evaluations
        run = self.run(with_seed(contender.config, seed))
        if not run.diverged:
            return run.gradient_evaluations
        others = [other for other in self.of(contender, self._seeds) if other.seed != seed]
        if not all(other.ended for other in others):
            return None
        costs = [cost for other in others if (cost := other.gradient_evaluations) is not None]
        return round(statistics.median(costs)) if costs else contender.gradient_evaluations

    def baselines(self, contender: Contender, seed: int) -> dict[str, TrialConfig]:
        """Name -> config of every baseline that a contender faces on a seed; empty while the cost is not known."""
        cost, sweep = self.cost(contender, seed), self._study.confirmed
        if cost is None:
            return {}
        steps = self._study.data.steps_per_epoch
        return {one.name: equal_cost_baseline(sweep, one, cost, steps, seed) for one in sweep.baselines}

    def planned(self, contenders: Sequence[Contender], seed: int) -> Iterator[PlannedRun]:
        """The runs of one seed: all contenders, then the baselines whose cost is known."""
        for one in contenders:
            yield PlannedRun(str(one.number), with_seed(one.config, seed))
        for one in contenders:
            for name, config in self.baselines(one, seed).items():
                yield PlannedRun(name, config)

    def block(self, contenders: Sequence[Contender], seed: int) -> list[Run]:
        """The same runs as they stand."""
        return [self.run(planned.config) for planned in self.planned(contenders, seed)]

    def is_whole(self, contenders: Sequence[Contender], seed: int) -> bool:
        """Whether every method has ended on a seed, as far as it can."""
        own = {one.number: self.run(with_seed(one.config, seed)) for one in contenders}
        known = all(self.baselines(one, seed) or own[one.number].lost for one in contenders)
        return known and all(run.ended for run in self.block(contenders, seed))

    def pairs(
        self, contender: Contender, seeds: Sequence[int], claimed: Mapping[tuple[int, str], str]
    ) -> dict[str, Pair]:
        """Baseline -> the contender beside it on these seeds; a baseline whose cost is not known has no run there."""
        own = self.of(contender, seeds)
        facing = {seed: self.baselines(contender, seed) for seed in seeds}
        pairs: dict[str, Pair] = {}
        for name in (one.name for one in self._study.confirmed.baselines):
            others = [
                self.run(facing[seed][name]) if facing[seed] else Run(with_seed(contender.config, seed), None)
                for seed in seeds
            ]
            pairs[name] = Pair(contender, name, own, others, claimed.get((contender.number, name), ""))
        return pairs

    def all(self, contenders: Sequence[Contender], seeds: Sequence[int]) -> list[Run]:
        """Every run that the comparisons on these seeds need."""
        pairs = [pair for one in contenders for pair in self.pairs(one, seeds, {}).values()]
        return [run for pair in pairs for run in (*pair.own, *pair.others)]
