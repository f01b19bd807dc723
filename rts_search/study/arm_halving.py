"""Stops weak trials early in a sweep with tuned arms: a trial is judged only among the trials of its own arm."""

from collections.abc import Container, Iterable, Mapping

from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.lineage import full_cost


class ArmHalving:
    """The early stops of all arms. Each arm has rungs of its own, at the same costs."""

    def __init__(self, of_arms: Mapping[str, Halving]) -> None:
        """`of_arms`: arm -> the rule that stops its trials."""
        self._of_arms = of_arms
        self.promotes = all(halving.promotes for halving in of_arms.values())
        """Whether a trial that was stopped may continue later."""

    def of(self, arm: str) -> Halving:
        """The rule that stops the trials of an arm."""
        return self._of_arms[arm]

    def release(self, number: int) -> None:
        """Hold trial `number` no longer: it continues or has ended."""
        for halving in self._of_arms.values():
            halving.release(number)

    def promoted(self, ready: Container[int], at_least: int = 0) -> int | None:
        """The trial that continues now, from the first arm that has one; see `Halving.promoted`.

        With `at_least`, an arm without a completed trial continues its best held one, even when a better one has
        failed: otherwise the arm could not be compared with the others.
        """
        for halving in self._of_arms.values():
            number = halving.promoted(ready, at_least)
            if number is None and at_least and not halving.completed:
                number = halving.best_held(ready)
            if number is not None:
                return number
        return None


def halving_of(sweep: SweepFile, steps_per_epoch: int, begun: Iterable[TrialEntry] = ()) -> Halving | ArmHalving | None:
    """The rule that stops the trials of a sweep early, with the recorded epochs of its trials; None without early
    stopping."""
    most = full_cost(sweep.training.epochs, steps_per_epoch)
    if not sweep.tuned:
        return Halving.of_sweep(sweep, most, begun)
    entries, of_arms = list(begun), dict[str, Halving]()
    for arm in arms_of(sweep):
        own = [entry for entry in entries if entry.arm == arm.name]
        halving = Halving.of_sweep(arm.sweep, most, own, shared_sgd=arm.name == RTS)
        if halving is None:
            return None
        of_arms[arm.name] = halving
    return ArmHalving(of_arms)
