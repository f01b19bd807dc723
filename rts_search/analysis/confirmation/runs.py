"""The runs that contenders and baselines need, looked up in the study of the confirmation."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from rts_search.analysis.confirmation.equal_cost import equal_cost_baseline, with_seed
from rts_search.analysis.confirmation.pairs import Contender, Pair, Run
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.planned_runs import PlannedRun
from trainables.core.settings.config import TrialConfig


class Runs:
    """Finds the runs of contenders and baselines in the study of a confirmation, by config and seed."""

    def __init__(self, study: ConfirmationStudy, seeds: Sequence[int] = ()) -> None:
        """Reads the study. `seeds` are all seeds of the measurement, also those that are not complete yet."""
        self._study, self._seeds = study, seeds
        self.refresh()

    def refresh(self) -> None:
        """Read the study again, after runs were trained or tested."""
        self._entries = self._study.trials()
        tests = self._study.test_accuracies()
        self._tests = {number: float(found["test_acc"]) for number, found in tests.items()}

    def run(self, config: TrialConfig) -> Run:
        """The run of a config, as the study has it now."""
        entry = self._study.entry(config, self._entries)
        tested = self._tests.get(entry.number) if entry is not None and entry.completed else None
        return Run(config, entry, tested, self._study.given_up(config))

    def of(self, contender: Contender, seeds: Sequence[int]) -> list[Run]:
        """The runs of a contender, one per seed."""
        return [self.run(with_seed(contender.config, seed)) for seed in seeds]

    def cost(self, contender: Contender, seed: int) -> int | None:
        """Gradient evaluations that each baseline may spend on a seed: those of the contender's run on that seed.

        Where that run diverged: the median over the other seeds, or the trial's cost in the sweep when it diverged on
        all. None as long as this is not known.
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
        """Config of every baseline on a seed at the contender's cost, by name; empty as long as that is not known."""
        cost, sweep = self.cost(contender, seed), self._study.confirmed
        if cost is None:
            return {}
        steps = self._study.data.steps_per_epoch
        return {one.name: equal_cost_baseline(sweep, one, cost, steps, seed) for one in sweep.baselines}

    def planned(self, contenders: Sequence[Contender], seed: int) -> Iterator[PlannedRun]:
        """The runs of one seed: all contenders, then all baselines whose cost is known."""
        for one in contenders:
            yield PlannedRun(str(one.number), with_seed(one.config, seed))
        for one in contenders:
            for name, config in self.baselines(one, seed).items():
                yield PlannedRun(name, config)

    def block(self, contenders: Sequence[Contender], seed: int) -> list[Run]:
        """The same runs, as the study has them now."""
        return [self.run(planned.config) for planned in self.planned(contenders, seed)]

    def is_whole(self, contenders: Sequence[Contender], seed: int) -> bool:
        """Whether the runs of all methods on a seed have ended. A baseline whose cost stays unknown does not count."""
        own = {one.number: self.run(with_seed(one.config, seed)) for one in contenders}
        known = all(self.baselines(one, seed) or own[one.number].lost for one in contenders)
        return known and all(run.ended for run in self.block(contenders, seed))

    def pairs(
        self, contender: Contender, seeds: Sequence[int], claimed: Mapping[tuple[int, str], str]
    ) -> dict[str, Pair]:
        """The contender beside each baseline on these seeds, by name of the baseline.

        Where the cost on a seed is not known, the baseline has an empty run there.

        Args:
            contender: the contender.
            seeds: seeds of the runs.
            claimed: what earlier looks have established, by trial and baseline.
        """
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
        """All runs that the comparisons on these seeds need; a contender's run occurs once per baseline."""
        pairs = [pair for one in contenders for pair in self.pairs(one, seeds, {}).values()]
        return [run for pair in pairs for run in (*pair.own, *pair.others)]
