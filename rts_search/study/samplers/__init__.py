"""Makes the sampler of a sweep. Its draw for trial n depends only on the seed, n and the results so far."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from rts_search.study.samplers.earlier_results import from_attributes
from rts_search.study.samplers.grid_and_sobol import GridPointSampler, SobolSampler
from rts_search.study.samplers.joint import JointSampler
from rts_search.study.samplers.optuna_samplers import (
    STARTUP_TRIALS,
    cmaes_sampler,
    gp_sampler,
    nsga2_sampler,
    random_sampler,
    tpe_sampler,
)
from rts_search.study.samplers.optuna_space import numbers_of, several_of, whole_space
from rts_search.study.samplers.shown_study import seen_study
from rts_search.study.samplers.stateless import StatelessSampler
from rts_search.sweep.sections import SamplerName
from rts_search.sweep.sweep import SweepFile

__all__ = ["SAMPLERS", "STARTUP_TRIALS", "make_sampler"]

Make = Callable[[SweepFile, Sequence[FrozenTrial]], BaseSampler]
"""Makes the sampler of a sweep, which knows these results of an earlier sweep."""


def make_sampler(sweep: SweepFile, attributes: Mapping[str, Any] = MappingProxyType({})) -> BaseSampler:
    """The sampler that a sweep file asks for.

    attributes: of the sweep's study, which may keep results of an earlier sweep.
    """
    objectives = 2 if sweep.search.sampler == "nsga2" else 1
    earlier = from_attributes(attributes, whole_space(sweep.space), objectives)
    return SAMPLERS[sweep.search.sampler](sweep, earlier)


def _random(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    del earlier
    return StatelessSampler(random_sampler, sweep.search.seed)


def _grid(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    del earlier
    return GridPointSampler(sweep.space.grid(), len(sweep.baselines))


def _qmc(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    del earlier
    return SobolSampler(whole_space(sweep.space), len(sweep.baselines), sweep.search.seed)


def _tpe(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    return StatelessSampler(tpe_sampler, sweep.search.seed, partial(seen_study, earlier))


def _gp(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    return JointSampler(gp_sampler, seed, space, several_of(space), first, earlier, unused_in_the_middle=True)


def _cmaes(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    numbers = numbers_of(space)
    within_numbers = JointSampler(random_sampler, seed, numbers, numbers, first)
    sources = [within_numbers.complete(trial) for trial in earlier]
    make = partial(cmaes_sampler, dimensions=len(numbers), earlier=sources)
    return JointSampler(make, seed, space, numbers, first, earlier)


def _nsga2(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    return JointSampler(nsga2_sampler, seed, space, several_of(space), first, earlier)


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
