"""Judging a look: how much of the 5 % it may spend, what it establishes, and what earlier looks have established."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rts_search.analysis.confirmation.decisions import judge
from rts_search.analysis.confirmation.measured import comparison, digest
from rts_search.analysis.confirmation.pairs import Pair, Question
from rts_search.analysis.confirmation.past_looks import PastLooks
from rts_search.analysis.confirmation.tuning import Tuning
from rts_search.analysis.confirmation.verdict import Comparison, Verdict
from rts_search.analysis.confirmation.wording import claimed, subject
from rts_search.basics.errors import UserError
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.looks import ALPHA, Look, Spending, found


class Judging:
    """Judges the looks of one confirmation and records them in its study."""

    def __init__(
        self,
        study: ConfirmationStudy,
        same_question: Callable[[], Sequence[PastLooks]],
        contenders: Sequence[int],
        seeds: int,
        tuning: Tuning | None = None,
    ) -> None:
        """Make the judge of a confirmation.

        Args:
            study: the study of the confirmation.
            same_question: finds confirmations of other sweeps whose looks count here too.
            contenders: trial numbers of all contenders, before the screening.
            seeds: the number of seeds that was asked for.
            tuning: the tuning of the arms, where baselines are tuned.
        """
        self._study, self._same_question = study, same_question
        self._contenders, self._seeds, self._tuning = list(contenders), seeds, tuning

    @property
    def claimed(self) -> dict[Question, str]:
        """What earlier looks have established: `better` or `worse`."""
        return {key: one.outcome for key, one in self._claims().items()}

    @property
    def all_spent(self) -> bool:
        """Whether a further look could establish nothing."""
        return self._alpha() <= 0.0

    @property
    def last(self) -> Verdict | None:
        """The verdict of the last look; None before the first look, or when an earlier version recorded it without
        one."""
        looks = self._study.looks
        return Verdict.from_dict(looks[-1].verdict) if looks and looks[-1].verdict else None

    def require_something_to_spend(self) -> None:
        """Refuse to train when a further look could establish nothing. Raises: UserError."""
        judged_before = any(
            look.asked[0] == self._contenders and self._seeds <= look.seeds for look in self._study.looks
        )
        if not self.all_spent or judged_before:
            return
        others = [past.name for past in self._same_question()]
        by = f"its own {len(self._study.looks)}" + (f" and those of {', '.join(others)}" if others else "")
        raise UserError(
            f"{self._study.name}: the looks so far, {by}, have used up or reserved the {100 * ALPHA:.0f} % risk of a "
            "false claim: a further look could establish nothing; confirm on another test part"
        )

    def judged(self, pairs: Sequence[Mapping[str, Pair]], out: tuple[int, ...]) -> Verdict:
        """Judge these comparisons. Where a look has judged exactly the same runs, the verdict of the last look still
        holds.

        Args:
            pairs: the comparisons of each contender by baseline; the chosen contender comes first.
            out: numbers of the trials that the screening left out.
        """
        read = digest(self._contenders, pairs)
        looks = self._study.looks
        before = found(looks, read)
        if before is not None:
            last = Verdict.from_dict(looks[-1].verdict)
            told = f"Look {before.number} judged the same runs; the verdict of the last look, {last.look}, still holds."
            return last if before.asked == looks[-1].asked else replace(last, notes=(told,))
        is_look = any(not pair.missing for against in pairs for pair in against.values())
        alpha, number = (self._alpha(), self._number()) if is_look else (0.0, None)
        verdict = self._verdict(pairs, out, number, alpha)
        if number is not None:
            if self._study.num_planned_looks and self._study.planned_alpha is None:
                self._study.settle_alpha(alpha)
            self._study.record_look(Look(number, alpha, read, verdict.to_dict(), self._contenders, self._seeds))
        return verdict

    def _verdict(
        self, pairs: Sequence[Mapping[str, Pair]], out: tuple[int, ...], number: int | None, alpha: float
    ) -> Verdict:
        claims, is_share = self._claims(), self._study.confirmed.objective.measure.is_share
        image = 1.0 / self._study.data.test_images if is_share else 0.0  # a loss is not counted in whole images
        judged = judge([{name: pair.sample for name, pair in against.items()} for against in pairs], alpha, image)
        rows = []
        for against, decided in zip(pairs, judged, strict=True):
            for name, pair in against.items():
                claim = claims.get(pair.question)
                earlier = claim.claim if claim else None
                rows.append(comparison(pair, decided[name], number or 0, image, earlier, self._tuning))
        there = {row.question for row in rows}
        gone = [one for key, one in claims.items() if key not in there]
        told = tuple(f"{subject(one)} {claimed(one)}." for one in gone)
        return Verdict(0, "", tuple(rows), out, number, alpha, image, told, tuning=self._tuning)

    def _claims(self) -> dict[Question, Comparison]:
        """For each question, the row in which a look has established something for the first time."""
        claims: dict[Question, Comparison] = {}
        for look in self._study.looks:
            for values in look.verdict.get("comparisons", ()):
                one = Comparison.from_dict(values)
                if one.claim is not None:
                    claims.setdefault(one.question, one)
        return claims

    def _number(self) -> int:
        return 1 + len(self._study.looks) + sum(past.num_looks for past in self._same_question())

    def _alpha(self) -> float:
        """The share of the 5 % that the next look may spend."""
        spending = Spending(self._study.spent + sum(past.spent for past in self._same_question()))
        planned = self._study.num_planned_looks
        if not planned:
            return spending.unplanned()
        if self._study.planned_alpha is None:
            return spending.planned(planned)
        return self._study.planned_alpha if len(self._study.looks) < planned else 0.0
