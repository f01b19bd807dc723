"""What a verdict says of the tuning of the arms: how much each was tuned, where its finalist lies, what was unequal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rts_search.analysis.arms.edges import edges
from rts_search.analysis.arms.effort import unequal_effort
from rts_search.analysis.arms.rows import settings_of
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.tuning_luck import tuning_luck
from rts_search.study.ranking import best_of_arm
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import arms_of
from rts_search.sweep.confirm_section import At
from rts_search.sweep.sweep import SweepFile


@dataclass(frozen=True)
class ArmTuning:
    """The tuning of one arm."""

    arm: str
    trials: int
    """Number of its trials, from which the contenders were chosen."""
    gradient_evaluations: int
    """Cost of tuning: of all its trials, each with the epochs that it shares with others."""
    epochs: int
    """Epochs of a trial that is not stopped early."""
    trial: int | None = None
    """Number of its finalist; None where no trial of the arm has completed."""
    settings: str = ""
    """The searched settings of the finalist in short."""
    edges: tuple[str, ...] = ()
    """Settings of the finalist on the edge of the arm's space."""
    completed: int | None = None
    """Number of its completed trials, without repeats; None in verdicts of versions that did not count them."""


MEASURED = ("trial", "settings", "edges")
"""Fields of an ArmTuning about the finalist that was measured."""


@dataclass(frozen=True)
class Tuning:
    """The tuning of all arms of a sweep, rts first."""

    at: At
    """`confirm.at`: how long the finalists of the other arms train."""
    arms: tuple[ArmTuning, ...]
    unequal: tuple[str, ...]
    """What made the effort of the arms unequal, each in a few words; empty when every arm had the same chance."""

    @classmethod
    def of(cls, sweep: SweepFile, entries: Sequence[TrialEntry], at: At) -> "Tuning":
        """The tuning of a sweep with tuned arms, before its finalists are chosen."""
        found = []
        for arm in arms_of(sweep):
            own = [entry for entry in entries if entry.arm == arm.name]
            completed = len(best_of_arm(own, arm.name, sweep.objective))
            cost = sum(entry.cost for entry in own)
            found.append(ArmTuning(arm.name, len(own), cost, arm.epochs, completed=completed))
        return cls(at, tuple(found), tuple(unequal_effort(sweep, entries)))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Tuning":
        """Make it from plain values."""
        arms = tuple(ArmTuning(**{**one, "edges": tuple(one["edges"])}) for one in values["arms"])
        return cls(values["at"], arms, tuple(values["unequal"]))

    def with_finalists(self, finalists: Mapping[str, Contender]) -> "Tuning":
        """With the finalists of the arms, by arm."""
        arms = []
        for arm in self.arms:
            one = finalists.get(arm.arm)
            chosen = arm if one is None else replace(arm, trial=one.number, settings=one.settings, edges=one.edges)
            arms.append(chosen)
        return replace(self, arms=tuple(arms))

    def as_of(self, now: "Tuning") -> "Tuning":
        """With the efforts of now, which an extension may have changed since the finalists were measured.

        now: the tuning of the sweep as it is, without finalists.
        """
        before = {one.arm: one for one in self.arms}
        arms = []
        for one in now.arms:
            own = before.get(one.arm)
            measured = {} if own is None else {name: getattr(own, name) for name in MEASURED}
            arms.append(replace(one, **measured))
        return replace(self, arms=tuple(arms), unequal=now.unequal)

    def __getitem__(self, arm: str) -> ArmTuning:
        """The tuning of the arm of this name."""
        return next(one for one in self.arms if one.arm == arm)


def contenders_of_arms(sweep: SweepFile, entries: Sequence[TrialEntry], top_k: int) -> list[Contender]:
    """The `top_k` best trials of every arm, those of rts first, each arm's best first."""
    found = []
    for arm in arms_of(sweep):
        best = best_of_arm(entries, arm.name, sweep.objective)
        luck = tuning_luck([entry.gain(sweep.objective) for entry in best])
        for entry in best[:top_k]:
            config = entry.settings
            told, at_edges = settings_of(arm, config), tuple(edges(arm, config))
            found.append(Contender(entry.number, config, entry.cost, told, arm.name, at_edges, luck))
    return found
