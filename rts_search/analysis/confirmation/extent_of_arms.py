"""The runs of the confirmation of a sweep with tuned arms."""

from fractions import Fraction

from rts_search.analysis.confirmation.extent import Extent, RunGroup, contender_epochs, trial_costs
from rts_search.sweep.arms import Arm, arms_of
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sweep import SweepFile


def contenders_of(sweep: SweepFile, settings: ConfirmConfig) -> dict[str, int]:
    """Arm -> number of its trials that contend, at most."""
    return {arm.name: min(settings.top_k, arm.trials) for arm in arms_of(sweep)}


def extents_of_arms(sweep: SweepFile, settings: ConfirmConfig) -> tuple[Extent, Extent]:
    """The smallest and the largest confirmation: of every arm its contenders are screened and one of them is measured.

    The smallest one has trials of rts of the lowest cost, and its first planned look decides.
    """
    lowest, highest, _ = trial_costs(sweep.space, sweep.training.epochs)
    first = (settings.looks or (settings.seeds,))[0]
    return _extent(sweep, settings, lowest, first), _extent(sweep, settings, highest, settings.seeds)


def _extent(sweep: SweepFile, settings: ConfirmConfig, passes: Fraction | int, seeds: int) -> Extent:
    """The confirmation where a run of rts costs so many epochs of SGD, measured on so many seeds."""
    screening, measured = [], []
    for arm in arms_of(sweep):
        run = contender_epochs(arm.epochs, passes) if arm.baseline is None else ((arm.epochs, _gradients(arm)),)
        contenders = min(settings.top_k, arm.trials)
        if contenders > 1:
            screening.append(RunGroup(contenders * settings.screening_seeds, run))
        if arm.baseline is not None and settings.at == "own_cost":
            run = ((-(-passes // _gradients(arm)), _gradients(arm)),)
        measured.append(RunGroup(seeds, run))
    return Extent(tuple(screening), tuple(measured))


def _gradients(arm: Arm) -> Fraction | int:
    assert arm.baseline is not None
    return arm.baseline.gradients_per_step
