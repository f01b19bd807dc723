"""The course of a confirmation: screen the contenders on seeds of their own, then measure against the baselines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rts_search.confirm.costs import equal_cost_baseline, with_seed
from rts_search.confirm.decisions import Judged, in_reach, judge, order_of
from rts_search.confirm.planned_study import PlannedRun, PlannedStudy
from rts_search.confirm.settings import ConfirmConfig
from rts_search.confirm.statistics import Accuracies
from rts_search.confirm.verdict import Comparison, Verdict
from rts_search.trial_entry import TrialEntry
from trainables.core.config import TrialConfig

Train = Callable[[PlannedStudy, str], None]
"""Train what is planned and has not ended, and say what it is for."""
Test = Callable[[PlannedStudy, Sequence[TrialEntry]], None]
"""Read the test part once for each of these runs."""


@dataclass(frozen=True)
class Contender:
    """A trial of the sweep that may be the best."""

    number: int
    config: TrialConfig
    gradient_evaluations: int
    """What the trial cost in the sweep; the baselines that it faces get as many."""
    settings: str
    """What it is, to be read."""


@dataclass(frozen=True)
class Confirmation:
    """One sweep's confirmation, which goes on from what its study already holds."""

    study: PlannedStudy
    settings: ConfirmConfig
    contenders: Sequence[Contender]
    """The best of the sweep, the best first."""
    selected_among: int
    first_seed: int
    """The lowest seed that no trial of the sweep has had."""

    def run(self, train: Train, test: Test) -> Verdict:
        """Screen, measure, judge."""
        staying, out = self._screened(train)
        seeds = self._seeds(self._num_screening, self.settings.seeds)
        baselines = self.study.confirmed.baselines
        of_contenders = {one.number: [with_seed(one.config, seed) for seed in seeds] for one in staying}
        facing: dict[tuple[int, str], list[TrialConfig]] = {
            (one.number, baseline.name): [self._baseline(baseline.name, one, seed) for seed in seeds]
            for one in staying
            for baseline in baselines
        }
        self.study.plan(PlannedRun(str(number), run) for number, runs in of_contenders.items() for run in runs)
        self.study.plan(PlannedRun(name, run) for (_, name), runs in facing.items() for run in runs)
        train(
            self.study, f"{_counted(len(staying), 'contender')} and baselines at equal cost, on {len(seeds)} new seeds"
        )
        runs = [run for group in (*of_contenders.values(), *facing.values()) for run in group]
        test(self.study, self._ended(runs))
        pairs = [
            (
                self._test_acc(of_contenders[one.number]),
                {str(one_of.name): self._test_acc(facing[one.number, one_of.name]) for one_of in baselines},
            )
            for one in staying
        ]
        comparisons = [
            self._comparison(one, name, judged, of_contenders[one.number], facing[one.number, name])
            for one, against in zip(staying, judge(pairs), strict=True)
            for name, judged in against.items()
        ]
        return Verdict(self.selected_among, tuple(comparisons), out)

    @property
    def _num_screening(self) -> int:
        return self.settings.screening_seeds if len(self.contenders) > 1 else 0

    def _screened(self, train: Train) -> tuple[list[Contender], tuple[int, ...]]:
        """The contenders in reach, the chosen one first, and the numbers of the others."""
        if len(self.contenders) == 1:
            return list(self.contenders), ()
        seeds = self._seeds(0, self._num_screening)
        runs = [[with_seed(one.config, seed) for seed in seeds] for one in self.contenders]
        named = zip(self.contenders, runs, strict=True)
        self.study.plan(PlannedRun(str(one.number), run) for one, group in named for run in group)
        train(self.study, f"screening {len(runs)} contenders on {_counted(len(seeds), 'seed')}")
        val_acc = np.array([self._val_acc(group) for group in runs])
        order = order_of(val_acc)
        reach = in_reach(val_acc, order[0])
        staying = [self.contenders[index] for index in order if reach[index]]
        return staying, tuple(self.contenders[index].number for index in order if not reach[index])

    def _seeds(self, after: int, number: int) -> list[int]:
        """Seeds that neither the sweep nor an earlier stage has used."""
        first = self.first_seed + after
        return list(range(first, first + number))

    def _baseline(self, name: str, contender: Contender, seed: int) -> TrialConfig:
        sweep = self.study.confirmed
        (baseline,) = (one for one in sweep.baselines if one.name == name)
        return equal_cost_baseline(
            sweep, baseline, contender.gradient_evaluations, self.study.data.steps_per_epoch, seed
        )

    def _entries(self, runs: Iterable[TrialConfig]) -> list[TrialEntry]:
        entries = self.study.trials()
        return [self.study.entry(run, entries) for run in runs]

    def _ended(self, runs: Iterable[TrialConfig]) -> list[TrialEntry]:
        unique = {entry.number: entry for entry in self._entries(runs)}
        return [entry for entry in unique.values() if entry.state == "COMPLETE"]

    def _val_acc(self, runs: Iterable[TrialConfig]) -> Accuracies:
        rule = self.study.sweep.objective.rule
        values = [entry.val_acc(rule) if entry.state == "COMPLETE" else 0.0 for entry in self._entries(runs)]
        return np.array([value or 0.0 for value in values])

    def _test_acc(self, runs: Iterable[TrialConfig]) -> Accuracies:
        tested = self.study.test_accuracies()
        found = [tested.get(entry.number, {}).get("test_acc", 0.0) for entry in self._entries(runs)]
        return np.array(found, dtype=np.float64)

    def _comparison(
        self,
        contender: Contender,
        name: str,
        judged: Judged,
        own: Sequence[TrialConfig],
        others: Sequence[TrialConfig],
    ) -> Comparison:
        ours, theirs = self._test_acc(own), self._test_acc(others)
        difference, entries = judged.difference, self._entries([*own, *others])
        return Comparison(
            trial=contender.number,
            settings=contender.settings,
            baseline=name,
            seeds=len(own),
            gradient_evaluations=_cost(entries[: len(own)]),
            baseline_gradient_evaluations=_cost(entries[len(own) :]),
            test_acc=float(ours.mean()),
            test_acc_sd=float(ours.std(ddof=1)),
            baseline_test_acc=float(theirs.mean()),
            baseline_test_acc_sd=float(theirs.std(ddof=1)),
            difference=difference.mean,
            low=difference.interval[0],
            high=difference.interval[1],
            bootstrap_low=difference.bootstrap[0],
            bootstrap_high=difference.bootstrap[1],
            holm_p=judged.holm_p,
            outcome=judged.outcome,
            failed=sum(entry.state != "COMPLETE" for entry in entries),
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _cost(entries: Sequence[TrialEntry]) -> int:
    """Gradient evaluations of the dearest run that was trained to its end."""
    return max((entry.epochs[-1].gradient_evaluations for entry in entries if entry.state == "COMPLETE"), default=0)
