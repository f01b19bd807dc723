"""How many runs a confirmation may need, and what they may cost, from the sweep file alone."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rts_search.analysis.confirmation.equal_cost import equal_epochs
from rts_search.analysis.confirmation.extent import Extent, RunGroup, contender_epochs, trial_costs
from rts_search.analysis.confirmation.extent_of_arms import contenders_of, extents_of_arms
from rts_search.basics.sizes import counted
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sweep import SweepFile


@dataclass(frozen=True)
class Scope:
    """The smallest and the largest confirmation that a sweep file allows."""

    settings: ConfirmConfig
    in_file: bool
    """Whether the sweep file has a section `confirm`, so that `launch` ends with it. Otherwise the defaults count."""
    contenders: int
    """Number of contenders, at most the number of trials."""
    baselines: int
    """Number of baselines."""
    least: Extent
    """The smallest: one contender of the lowest cost stays, and the first planned look decides."""
    most: Extent
    """The largest: all contenders stay, and all have the highest cost of the space."""
    arms: dict[str, int] = field(default_factory=dict)
    """Where baselines are tuned: arm -> number of its contenders, of which one is measured."""

    @property
    def runs(self) -> tuple[int, int]:
        """Smallest and largest number of runs."""
        return self.least.runs, self.most.runs

    def gradient_evaluations(self, steps_per_epoch: int) -> tuple[int, int]:
        """Lowest and highest number of gradient evaluations, without the limits of the budget."""
        least = self.least.gradient_evaluations(steps_per_epoch, math.floor)
        return least, self.most.gradient_evaluations(steps_per_epoch)

    @property
    def looks(self) -> tuple[int, ...]:
        """Number of seeds at each planned look, or at the only one."""
        return self.settings.looks or (self.settings.seeds,)

    @property
    def screening_seeds(self) -> int:
        """Number of seeds of the screening; 0 for a single contender."""
        return self.settings.screening_seeds if max(self.contenders, *self.arms.values(), 0) > 1 else 0

    @property
    def limits(self) -> dict[str, float]:
        """Limits of the section's budget by name: gradient_evaluations, hours, gpu_hours."""
        return {} if self.settings.budget is None else self.settings.budget.model_dump(exclude_none=True)

    def within(self, name: str, amount: float) -> float:
        """The smaller one of an amount and the budget's limit of this name."""
        return min(amount, self.limits.get(name, amount))

    @property
    def notes(self) -> list[str]:
        """Sentences that a reader needs besides the numbers."""
        told = []
        if self.limits:
            told.append(f"confirm.budget ends it at {_shown(self.limits)}")
        if self.in_file and self.settings.top_k > self.contenders:
            trials = counted(self.contenders, "trial")
            told.append(f"confirm.top_k is {self.settings.top_k}, but the sweep has only {trials}")
        return told

    def at_most(self, steps_per_epoch: int) -> dict[str, Any]:
        """The largest confirmation as plain values, without the limits of the budget."""
        return {
            "in_file": self.in_file,
            "contenders": self.contenders,
            "screening_seeds": self.screening_seeds,
            "seeds": self.settings.seeds,
            "runs_at_most": self.most.runs,
            "gradient_evaluations_at_most": self.most.gradient_evaluations(steps_per_epoch),
            "budget": self.limits,
            **({"arms": self.arms} if self.arms else {}),
        }

    def sentence(self, sweep: str, steps_per_epoch: int, of_sweep: int) -> str:
        """The largest confirmation as a sentence.

        Args:
            sweep: name of the sweep.
            steps_per_epoch: mini-batches of an epoch.
            of_sweep: highest number of gradient evaluations of the sweep itself.
        """
        most = self.most.gradient_evaluations(steps_per_epoch)
        told = f"up to {counted(self.most.runs, 'run')} to full length, {most:,} gradient evaluations"
        if not self.in_file:
            return f"No section `confirm` in the file: `rts-search confirm {sweep}` would train {told} by its defaults."
        bounded = self.within("gradient_evaluations", most)
        notes = "".join(f" {note}." for note in self.notes)
        return f"`launch` ends with a confirmation of {told}; {of_sweep + bounded:,} with the sweep.{notes}"


def scope(sweep: SweepFile, settings: ConfirmConfig | None = None) -> Scope | None:
    """Forecast the confirmation of a sweep; None when it has no baselines.

    settings: of the confirmation; None: by the section `confirm` of the sweep file, or the defaults.

    The bounds hold whatever the sweep finds. Not counted are repeated runs that were lost, and baselines whose cost
    changes at a later planned look, which happens when a rule decides the switch and a contender has diverged.
    """
    if not sweep.baselines:
        return None
    settings = settings or sweep.confirm or ConfirmConfig()
    contenders = min(settings.top_k, sweep.num_trials)
    lowest, highest, num_costs = trial_costs(sweep.space, sweep.training.epochs)
    screening = settings.screening_seeds if contenders > 1 else 0
    if sweep.tuned:
        least, most = extents_of_arms(sweep, settings)
        arms = contenders_of(sweep, settings)
        return Scope(settings, sweep.confirm is not None, contenders, len(sweep.baselines), least, most, arms)

    def extent(staying: int, passes: Fraction | int, facing: int, seeds: int) -> Extent:
        run = contender_epochs(sweep.training.epochs, passes)
        parts = [(equal_epochs(one, passes, 1), one.gradients_per_step) for one in sweep.baselines]
        against = tuple(RunGroup(facing * seeds, (part,)) for part in parts)
        screened = (RunGroup(contenders * screening, run),) if screening else ()
        return Extent(screened, (RunGroup(staying * seeds, run), *against))

    return Scope(
        settings=settings,
        in_file=sweep.confirm is not None,
        contenders=contenders,
        baselines=len(sweep.baselines),
        least=extent(1, lowest, 1, (settings.looks or (settings.seeds,))[0]),
        # Contenders of the same cost are compared with the same baselines, which are trained once.
        most=extent(contenders, highest, min(contenders, num_costs), settings.seeds),
    )


def _shown(limits: dict[str, float]) -> str:
    names = {"gradient_evaluations": "gradient evaluations", "hours": "hours", "gpu_hours": "GPU hours"}
    return " or ".join(f"{limit:,g} {names[name]}" for name, limit in limits.items())
