"""The runs that contenders and baselines need, looked up in the study of the confirmation."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rts_search.analysis.confirmation.equal_cost import with_seed
from rts_search.analysis.confirmation.pairs import Contender, Pair, Question, Run
from rts_search.analysis.confirmation.rivals import EqualCost, Rivals
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.planned_runs import PlannedRun
from trainables.core.settings.config import TrialConfig


class Runs:
    """Finds the runs of contenders and baselines in the study of a confirmation, by config and seed."""

    def __init__(self, study: ConfirmationStudy, seeds: Sequence[int] = (), rivals: Rivals | None = None) -> None:
        """Reads the study.

        Args:
            study: the study of the confirmation.
            seeds: all seeds of the measurement, also those that are not complete yet.
            rivals: what contenders are compared with; the sweep's baselines at equal cost when left out.
        """
        self._study, self._seeds, self._rivals = study, seeds, rivals or EqualCost(study)
        self.refresh()

    def refresh(self) -> None:
        """Read the study again, after runs were trained or tested."""
        self._entries = self._study.trials()
        tests = self._study.test_accuracies()
        name = self._study.confirmed.objective.measure.test
        self._tests = {number: float(found[name]) for number, found in tests.items()}

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
        """Config of every rival on a seed, by name; empty as long as the cost that decides its length is not known."""
        if not self._rivals.needs_cost:
            return self._rivals.configs(0, seed)
        cost = self.cost(contender, seed)
        return {} if cost is None else self._rivals.configs(cost, seed)

    def planned(self, contenders: Sequence[Contender], seed: int) -> Iterator[PlannedRun]:
        """The runs of one seed: all contenders, then all rivals whose length is known."""
        for one in contenders:
            yield PlannedRun(one.label, with_seed(one.config, seed))
        for one in contenders:
            for name, config in self.baselines(one, seed).items():
                yield PlannedRun(self._rivals.label(name), config)

    def block(self, contenders: Sequence[Contender], seed: int) -> list[Run]:
        """The same runs, as the study has them now."""
        return [self.run(planned.config) for planned in self.planned(contenders, seed)]

    def is_whole(self, contenders: Sequence[Contender], seed: int) -> bool:
        """Whether the runs of all methods on a seed have ended. A baseline whose cost stays unknown does not count."""
        own = {one.number: self.run(with_seed(one.config, seed)) for one in contenders}
        known = all(self.baselines(one, seed) or own[one.number].lost for one in contenders)
        return known and all(run.ended for run in self.block(contenders, seed))

    def pairs(self, contender: Contender, seeds: Sequence[int], claimed: Mapping[Question, str]) -> dict[str, Pair]:
        """The contender beside each rival on these seeds, by name of the rival.

        Where the cost on a seed is not known, the rival has an empty run there.

        Args:
            contender: the contender.
            seeds: seeds of the runs.
            claimed: what earlier looks have established.
        """
        own = self.of(contender, seeds)
        facing = {seed: self.baselines(contender, seed) for seed in seeds}
        pairs: dict[str, Pair] = {}
        metric = self._study.confirmed.objective.measure
        for name in self._rivals.names:
            others = [
                self.run(facing[seed][name]) if facing[seed] else Run(with_seed(contender.config, seed), None)
                for seed in seeds
            ]
            rival, at = self._rivals.finalists.get(name), self._rivals.at
            pair = Pair(contender, name, own, others, "", metric, rival, at)
            pairs[name] = replace(pair, claimed=claimed.get(pair.question, ""))
        return pairs

    def all(self, contenders: Sequence[Contender], seeds: Sequence[int]) -> list[Run]:
        """All runs that the comparisons on these seeds need; a contender's run occurs once per rival."""
        pairs = [pair for one in contenders for pair in self.pairs(one, seeds, {}).values()]
        return [run for pair in pairs for run in (*pair.own, *pair.others)]
