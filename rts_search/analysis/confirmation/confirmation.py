"""The course of a confirmation: screen the contenders on seeds of their own, measure them and the baselines, judge."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from rts_search.analysis.confirmation.decisions import in_reach, order_of
from rts_search.analysis.confirmation.equal_cost import with_seed
from rts_search.analysis.confirmation.forecast import counted
from rts_search.analysis.confirmation.judging import Judging
from rts_search.analysis.confirmation.measured import told_missing
from rts_search.analysis.confirmation.past_looks import PastLooks
from rts_search.analysis.confirmation.runs import Contender, Run, Runs
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_study import MOST_TRIES, ConfirmationStudy, PlannedRun
from rts_search.study.trials import TrialEntry
from rts_search.sweep.confirm_section import ConfirmConfig

Train = Callable[[ConfirmationStudy, str], None]
"""Train what is planned and has not ended, and say what it is for."""
Test = Callable[[ConfirmationStudy, Sequence[TrialEntry]], Mapping[int, str]]
"""Read the test part once for each of these runs; numbers of those for which it failed, with the cause."""

LEAST = 3
"""Seeds that a look at the budget's end needs: fewer could not establish anything without one of them."""


@dataclass(frozen=True)
class Confirmation:
    """One sweep's confirmation, which goes on from what its study already holds."""

    study: ConfirmationStudy
    settings: ConfirmConfig
    contenders: Sequence[Contender]
    """The best of the sweep, the best first."""
    selected_among: int
    seen: str
    """Digest of the sweep's trials."""
    used_seeds: Set[int] = frozenset()
    """Seeds of the sweep's own trials."""
    same_question: Callable[[], Sequence[PastLooks]] = list
    """Finds the confirmations of other sweeps with this model on this test part: their looks are looks here."""
    notes: Callable[[], tuple[str, ...]] = tuple
    """What else the verdict has to say, asked when it is made."""
    alone: Callable[[], AbstractContextManager[object]] = nullcontext
    """Held while a look is judged and written down, so that two confirmations do not spend the same share."""

    def run(self, train: Train, test: Test) -> Verdict:
        """Screen, measure, judge at every look. Raises: UserError where nothing can be judged yet."""
        judging = Judging(self.study, self.same_question, [one.number for one in self.contenders], self.settings.seeds)
        judging.require_something_to_spend()
        self.study.try_lost_again()
        if self.settings.budget is not None:
            self.study.limit(self.settings.budget.limits())
        staying, out = self._screened(train)
        looks = self.settings.looks or (self.settings.seeds,)
        for number in looks:
            if judging.all_spent and (last := judging.last) is not None:
                verdict = self._of_last_look(last)  # a budget's end took a planned look: nothing is trained for nothing
                break
            runs, seeds = self._tested(staying, number, train, test)
            with self.alone():
                found = judging.judged([runs.pairs(one, seeds, judging.claimed) for one in staying], out)
            notes = (*found.notes, *self.notes(), *self._budget_note(seeds))
            verdict = replace(found, seen=self.seen, selected_among=self.selected_among, notes=notes)
            if verdict.decided or self.study.meter().exhausted() is not None:
                break
        self.study.record_verdict(verdict.to_dict())
        return verdict

    def _of_last_look(self, last: Verdict) -> Verdict:
        seeds, asked = last.comparisons[0].seeds, self.settings.seeds
        told = f"All looks have been taken, the last on {seeds} seeds: {asked} seeds are not judged any more."
        notes = (*last.notes, *self.notes(), *([told] if seeds < asked else []))
        return replace(last, seen=self.seen, selected_among=self.selected_among, notes=notes)

    def _screened(self, train: Train) -> tuple[list[Contender], tuple[int, ...]]:
        """The contenders in reach, the chosen one first, and the numbers of the others. Raises: UserError."""
        if len(self.contenders) == 1:
            return list(self.contenders), ()
        seeds = self.study.seeds("screening", self.settings.screening_seeds, self.used_seeds)
        runs = [(str(one.number), with_seed(one.config, seed)) for seed in seeds for one in self.contenders]
        self.study.plan(PlannedRun(label, config) for label, config in runs)
        self._train(train, f"screening {len(self.contenders)} contenders on {counted(len(seeds), 'seed')}")
        found = Runs(self.study)
        self._require_ended([found.run(config) for _, config in runs], "the screening")
        screened = {one.number: found.of(one, seeds) for one in self.contenders}
        return self._in_reach(screened)

    def _in_reach(self, screened: Mapping[int, list[Run]]) -> tuple[list[Contender], tuple[int, ...]]:
        """Who diverged less comes first; of those who never did, the best and all that may still be better."""
        complete = [sum(run.complete for run in screened[one.number]) for one in self.contenders]
        eligible = [one for one, seeds in zip(self.contenders, complete, strict=True) if seeds == max(complete)]
        if not max(complete):
            raise UserError(
                f"{self.study.name}: no contender came through the screening; raise --top-k, or launch another sweep"
            )
        if max(complete) < len(screened[eligible[0].number]):
            eligible = eligible[:1]  # all diverged somewhere: means over different seeds compare nothing
            order, reach = [0], [True]
        else:
            val_acc = np.array([self._val_acc(screened[one.number]) for one in eligible])
            order = order_of(val_acc)
            reach = in_reach(val_acc, order[0])
        staying = [eligible[index] for index in order if reach[index]]
        return staying, tuple(one.number for one in self.contenders if one not in staying)

    def _val_acc(self, runs: Sequence[Run]) -> list[float]:
        rule = self.study.sweep.objective.rule
        return [run.entry.val_acc(rule) or 0.0 for run in runs if run.entry is not None]

    def _tested(self, staying: Sequence[Contender], number: int, train: Train, test: Test) -> tuple[Runs, list[int]]:
        """Measure on so many seeds and read the test part; which seeds can be judged. Raises: UserError."""
        seeds = self.study.seeds("measuring", number, self.used_seeds)
        what = f"{counted(len(staying), 'contender')} and baselines at equal cost, on {len(seeds)} new seeds"
        self._measure(staying, seeds, lambda: self._train(train, what))
        runs = Runs(self.study, seeds)
        seeds = self._whole(runs, staying, seeds)
        failed = test(self.study, [run.entry for run in runs.all(staying, seeds) if run.complete and run.entry])
        runs.refresh()
        self._require_tested(runs.all(staying, seeds), failed)
        return runs, seeds

    def _measure(self, staying: Sequence[Contender], seeds: Sequence[int], train: Callable[[], None]) -> None:
        """Train seed by seed, all methods of one and then of the next.

        Where the data decide what a contender costs, its run on a seed comes before the baselines of that seed.
        """
        if all(one.cost_is_known for one in staying):
            runs = Runs(self.study, seeds)
            self.study.plan(run for seed in seeds for run in runs.planned(staying, seed))
            train()
            return
        # One round trains the contenders of a seed beside the baselines of the seed before; without a budget all
        # contenders come first, which leaves no worker idle between the rounds.
        bounded = self.settings.budget is not None
        rounds = [[seed] for seed in seeds] if bounded else [list(seeds)]
        done: list[int] = []
        for ahead in [*rounds, []]:
            runs = Runs(self.study, seeds)
            self.study.plan(run for seed in done for run in runs.planned(staying, seed))
            self.study.plan(
                PlannedRun(str(one.number), with_seed(one.config, seed)) for seed in ahead for one in staying
            )
            train()
            done += ahead
            if self.study.meter().exhausted() is not None:
                return
        runs = Runs(self.study, seeds)  # what a diverged run cost is known when its fellows have ended
        self.study.plan(run for seed in done for run in runs.planned(staying, seed))
        train()

    def _train(self, train: Train, purpose: str) -> None:
        """Unless everything that is planned has ended, or the budget has."""
        if not self.study.ended and self.study.meter().exhausted() is None:
            train(self.study, purpose)

    def _whole(self, runs: Runs, staying: Sequence[Contender], seeds: list[int]) -> list[int]:
        """The seeds that can be judged: all, or, at the budget's end, those that are complete for every method."""
        used_up = self.study.meter().exhausted()
        # Only up to the first gap: among the seeds behind it those come sooner on which something diverged early.
        whole = list(takewhile(lambda seed: runs.is_whole(staying, seed), seeds))
        if used_up is None:
            self._require_ended(runs.all(staying, seeds), "the measurement")
            return seeds
        if len(whole) < min(LEAST, self.settings.seeds):
            raise UserError(
                f"{self.study.name}: confirm.budget: {used_up} are used up with {len(whole)} of {len(seeds)} seeds "
                f"complete for every method, and a look needs {LEAST}; raise it: {self.study.go_on} "
                "--set budget.hours=10, or .gradient_evaluations or .gpu_hours"
            )
        return whole

    def _require_ended(self, runs: Sequence[Run], stage: str) -> None:
        """Raises: UserError while lost runs will be tried again, or the budget leaves a stage open."""
        lost = [run for run in runs if run.lost and not run.given_up]
        if lost:
            unique = {run.entry.number: (_method(run.entry), run) for run in lost if run.entry is not None}
            raise UserError(
                f"{self.study.name}: {counted(len(unique), 'run')} of {stage} lost, so that nothing is judged yet: "
                f"{told_missing(list(unique.values()))}; mend it and try again with `{self.study.go_on}`"
            )
        used_up = self.study.meter().exhausted()
        if used_up is not None and not all(run.ended for run in runs):
            raise UserError(
                f"{self.study.name}: confirm.budget: {used_up} are used up before {stage} was complete; "
                f"raise it: {self.study.go_on} --set budget.hours=10, or .gradient_evaluations or .gpu_hours"
            )

    def _require_tested(self, runs: Sequence[Run], failed: Mapping[int, str]) -> None:
        """Raises: UserError while runs whose test part could not be read will be tried again."""
        missing = {run.entry.number: run for run in runs if run.complete and run.test_acc is None and run.entry}
        self.study.note_untested(missing)
        again = [number for number in missing if self.study.untested(number) < MOST_TRIES]
        if again:
            causes = dict.fromkeys(failed.get(number, "their pretrained weights are gone") for number in again)
            raise UserError(
                f"{self.study.name}: {counted(len(again), 'run')} could not be tested, so that nothing is judged yet: "
                f"{'; '.join(causes)}; mend it and try again with `{self.study.go_on}`"
            )

    def _budget_note(self, seeds: Sequence[int]) -> list[str]:
        used_up = self.study.meter().exhausted()
        if used_up is None or len(seeds) >= self.settings.seeds:
            return []
        return [
            f"The confirmation's budget of {used_up} is used up: judged are the {len(seeds)} seeds that are complete "
            f"for every method, of {self.settings.seeds}. More: {self.study.go_on} --set budget.hours=10."
        ]


def _method(entry: TrialEntry) -> str:
    return f"trial {entry.baseline}" if entry.baseline.isdigit() else entry.baseline
