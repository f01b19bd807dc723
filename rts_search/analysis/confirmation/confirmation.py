"""The course of a confirmation: screen the contenders, measure them and the baselines, judge at every look."""

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.confirmation.judging import Judging
from rts_search.analysis.confirmation.measurement import measure
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.past_looks import PastLooks
from rts_search.analysis.confirmation.rivals import EqualCost, Finalists, Rivals
from rts_search.analysis.confirmation.screening import screen
from rts_search.analysis.confirmation.stage import Stage, Test, Train
from rts_search.analysis.confirmation.tuning import Tuning
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.sweep.baselines import RTS
from rts_search.sweep.confirm_section import ConfirmConfig


@dataclass(frozen=True)
class Confirmation:
    """The confirmation of one sweep. It continues from what its study already holds."""

    study: ConfirmationStudy
    settings: ConfirmConfig
    contenders: Sequence[Contender]
    """The best trials of the sweep, the best first; where arms are tuned, those of every arm, rts first."""
    selected_among: int
    """Number of trials from which they were chosen; where arms are tuned, of those of rts."""
    seen: str
    """Digest of the sweep's trials."""
    used_seeds: Set[int] = frozenset()
    """Seeds of the sweep's own trials."""
    same_question: Callable[[], Sequence[PastLooks]] = list
    """Finds confirmations of other sweeps with this model on this test part: their looks count here too."""
    notes: Callable[[], tuple[str, ...]] = tuple
    """Returns further sentences for the verdict. Called when the verdict is made."""
    alone: Callable[[], AbstractContextManager[object]] = nullcontext
    """A lock that is held while a look is judged and recorded: two confirmations must not use the same share."""
    tuning: Tuning | None = None
    """The tuning of the arms, where baselines are tuned: then the finalist of rts is compared with those of the other
    arms."""

    def run(self, train: Train, test: Test) -> Verdict:
        """Screen, measure and judge at every look, until one decides everything or the budget ends.

        Raises:
            UserError: nothing can be judged yet.
        """
        numbers = [one.number for one in self.contenders]
        Judging(self.study, self.same_question, numbers, self.settings.seeds).require_something_to_spend()
        self.study.try_lost_again()
        if self.settings.budget is not None:
            self.study.limit(self.settings.budget.limits())
        stage = Stage(self.study, self.settings, self.used_seeds, train, test)
        staying, rivals, tuning = self._chosen(screen(stage, self.contenders))
        there = {one.number for one in (*staying, *rivals.finalists.values())}
        out = tuple(number for number in numbers if number not in there)
        judging = Judging(self.study, self.same_question, numbers, self.settings.seeds, tuning)
        for number in self.settings.looks or (self.settings.seeds,):
            if judging.all_spent and (last := judging.last) is not None:
                verdict = self._repeated(last)  # the budget ended a planned look: further training establishes nothing
                break
            runs, seeds = measure(stage, staying, rivals, number)
            with self.alone():
                found = judging.judged([runs.pairs(one, seeds, judging.claimed) for one in staying], out)
            verdict = self._completed(found, self._budget_note(stage, seeds))
            if verdict.decided or stage.used_up is not None:
                break
        self.study.record_verdict(verdict.to_dict())
        return verdict

    def _chosen(self, staying: dict[str, list[Contender]]) -> tuple[list[Contender], Rivals, Tuning | None]:
        """Who is measured after the screening, against whom, and the tuning of the finalists where arms are tuned."""
        if self.tuning is None:
            return staying[RTS], EqualCost(self.study), None
        finalists = {arm: own[0] for arm, own in staying.items()}
        others = {arm: one for arm, one in finalists.items() if arm != RTS}
        return [finalists[RTS]], Finalists(others, self.tuning.at), self.tuning.with_finalists(finalists)

    def _completed(self, found: Verdict, notes: Sequence[str]) -> Verdict:
        """The verdict with the facts about the sweep that a look does not know."""
        told = (*found.notes, *self.notes(), *notes)
        words = untuned(self.study.confirmed)
        tuning = found.tuning
        if tuning is not None and self.tuning is not None:
            tuning = tuning.as_of(self.tuning)
        own = replace(found, seen=self.seen, selected_among=self.selected_among)
        return replace(own, notes=told, untuned=words, tuning=tuning)

    def _repeated(self, last: Verdict) -> Verdict:
        """The verdict of the last look, when no further look may spend anything."""
        seeds, asked = last.comparisons[0].seeds, self.settings.seeds
        note = f"All looks have been used, the last one on {seeds} seeds: {asked} seeds are not judged."
        return self._completed(last, [note] if seeds < asked else [])

    def _budget_note(self, stage: Stage, seeds: Sequence[int]) -> list[str]:
        if stage.used_up is None or len(seeds) >= self.settings.seeds:
            return []
        return [
            f"The confirmation's budget of {stage.used_up} is used up. Judged are the {len(seeds)} of "
            f"{self.settings.seeds} seeds that are complete for every method. To measure more: "
            f"`{self.study.go_on} --set budget.hours=10`."
        ]
