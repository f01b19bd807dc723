"""Samplers whose draw for trial number n depends on (seed, n, what was told so far) and on nothing else."""

from collections.abc import Mapping, Sequence
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
from rts_search.sweep.sweep import SweepFile

__all__ = ["INDEPENDENT", "STARTUP_TRIALS", "make_sampler"]

INDEPENDENT = ("random", "grid", "qmc")
"""Samplers whose points do not depend on results."""


def make_sampler(sweep: SweepFile, attributes: Mapping[str, Any] = MappingProxyType({})) -> BaseSampler:
    """The sampler that a sweep file asks for; it knows what the study's attributes keep of another sweep."""
    objectives = 2 if sweep.search.sampler == "nsga2" else 1
    return _make(sweep, from_attributes(attributes, whole_space(sweep.space), objectives))


def _make(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    name, seed, first = sweep.search.sampler, sweep.search.seed, len(sweep.baselines)
    if name == "grid":
        return GridPointSampler(sweep.space.grid(), first)
    if name == "random":
        return StatelessSampler(random_sampler, seed)
    if name == "tpe":
        return StatelessSampler(tpe_sampler, seed, partial(seen_study, earlier))
    space = whole_space(sweep.space)
    if name == "qmc":
        return SobolSampler(space, first, seed)
    if name == "gp":
        return JointSampler(gp_sampler, seed, space, several_of(space), first, earlier, unused_in_the_middle=True)
    if name == "nsga2":
        return JointSampler(nsga2_sampler, seed, space, several_of(space), first, earlier)
    return _cmaes(sweep, earlier)


def _cmaes(sweep: SweepFile, earlier: Sequence[FrozenTrial]) -> BaseSampler:
    space, seed, first = whole_space(sweep.space), sweep.search.seed, len(sweep.baselines)
    numbers = numbers_of(space)
    within_numbers = JointSampler(random_sampler, seed, numbers, numbers, first)
    sources = [within_numbers.complete(trial) for trial in earlier]
    make = partial(cmaes_sampler, dimensions=len(numbers), earlier=sources)
    return JointSampler(make, seed, space, numbers, first, earlier)
