"""Makes the sampler of a sweep. Its draw for trial n depends only on the seed, n and the results so far."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from rts_search.study.samplers.earlier_results import from_attributes
from rts_search.study.samplers.given_points import GivenPoints
from rts_search.study.samplers.grid_and_sobol import GridPointSampler, SobolSampler
from rts_search.study.samplers.joint import JointSampler
from rts_search.study.samplers.of_arms import ArmSampler
from rts_search.study.samplers.optuna_samplers import (
    STARTUP_TRIALS,
    cmaes_sampler,
    gp_sampler,
    nsga2_sampler,
    random_sampler,
    tpe_sampler,
)
from rts_search.study.samplers.optuna_space import middle, numbers_of, several_of, whole_space
from rts_search.study.samplers.shown_study import seen_study
from rts_search.study.samplers.stateless import StatelessSampler, seed_of
from rts_search.sweep.arms import Arm, arms_of
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import SamplerName
from rts_search.sweep.sweep import SweepFile

__all__ = ["SAMPLERS", "STARTUP_TRIALS", "make_sampler"]

Make = Callable[[SweepFile, Sequence[FrozenTrial], str], BaseSampler]
"""Makes the sampler of a sweep, which knows these results of an earlier sweep, for an arm, or for none when empty."""


def make_sampler(sweep: SweepFile, attributes: Mapping[str, Any] = MappingProxyType({})) -> BaseSampler:
    """The sampler that a sweep file asks for.

    attributes: of the sweep's study, which may keep results of an earlier sweep.
    """
    objectives, make = 2 if sweep.search.sampler == "nsga2" else 1, SAMPLERS[sweep.search.sampler]
    earlier = from_attributes(attributes, whole_space(sweep.space), objectives)

    def of_search(one: SweepFile, arm: str) -> BaseSampler:
        sampler, first = make(one, earlier, arm), len(one.baselines)
        return GivenPoints(sampler, one.points, first, objectives == 2) if one.search.points else sampler

    if not sweep.tuned:
        return of_search(sweep, "")
    return ArmSampler(
        {
            arm.name: of_search(_alone(arm), RTS) if arm.name == RTS else make(_alone(arm), (), arm.name)
            for arm in arms_of(sweep)
        }
    )


def _alone(arm: Arm) -> SweepFile:
    """The sweep of an arm alone: without baselines, and with a seed of its own."""
    search = arm.sweep.search
    if arm.name != RTS:
        search = search.model_copy(update={"seed": seed_of(f"{search.seed}/{arm.name}"), "points": ()})
    return arm.sweep.model_copy(update={"search": search, "baselines": ()})


def _first_drawn(sweep: SweepFile) -> int:
    """Number of the first trial that the sampler draws, after the baselines and the points that are given."""
    return len(sweep.baselines) + len(sweep.search.points)


def _random(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del earlier, arm
    return StatelessSampler(random_sampler, sweep.search.seed)


def _grid(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del earlier, arm
    return GridPointSampler(sweep.space.grid(), _first_drawn(sweep))


def _qmc(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del earlier, arm
    return SobolSampler(whole_space(sweep.space), _first_drawn(sweep), sweep.search.seed)


def _tpe(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del arm
    return StatelessSampler(tpe_sampler, sweep.search.seed, partial(seen_study, earlier))


def _gp(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del arm
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    return JointSampler(gp_sampler, seed, space, several_of(space), first, earlier, unused_in_the_middle=True)


def _cmaes(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    del arm
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    numbers = numbers_of(space)
    within_numbers = JointSampler(random_sampler, seed, numbers, numbers, first)
    sources = [within_numbers.complete(trial) for trial in earlier]
    begin = next(({name: point.get(name, middle(numbers[name])) for name in numbers} for point in sweep.points), None)
    make = partial(cmaes_sampler, dimensions=len(numbers), earlier=sources, begin=begin)
    return JointSampler(make, seed, space, numbers, first, earlier)


def _nsga2(sweep: SweepFile, earlier: Sequence[FrozenTrial], arm: str) -> BaseSampler:
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    return JointSampler(partial(nsga2_sampler, arm=arm), seed, space, several_of(space), first, earlier)


SAMPLERS: dict[SamplerName, Make] = {
    "random": _random,
    "grid": _grid,
    "qmc": _qmc,
    "tpe": _tpe,
    "gp": _gp,
    "cmaes": _cmaes,
    "nsga2": _nsga2,
}
"""Name in the sweep file -> function that makes the sampler. `LearningSampler` lists those that learn from results."""
