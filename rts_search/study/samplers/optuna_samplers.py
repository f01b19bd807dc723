"""Optuna's samplers with every setting written out, because defaults change between releases."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from rts_search.study.optuna_internals import parents_of_arm

STARTUP_TRIALS = 10
"""tpe and gp draw at random until they know so many results."""
POPULATION = 12
"""Number of trials in a generation of nsga2; the first generation is random."""
FEWEST_SOURCES = 10
"""With at least so many earlier results cmaes begins around the best tenth of them; otherwise in the middle."""


def random_sampler(seed: int) -> BaseSampler:
    """Independent uniform draws."""
    return RandomSampler(seed=seed)


def tpe_sampler(seed: int) -> BaseSampler:
    """Tree-structured Parzen estimator, in groups of parameters that exist together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of group
        return TPESampler(
            n_startup_trials=STARTUP_TRIALS,
            n_ei_candidates=24,
            multivariate=True,
            group=True,
            constant_liar=True,
            seed=seed,
        )


def gp_sampler(seed: int) -> BaseSampler:
    """Expected improvement over a Gaussian process with noisy accuracies."""
    return GPSampler(n_startup_trials=STARTUP_TRIALS, deterministic_objective=False, seed=seed)


def cmaes_sampler(
    seed: int,
    dimensions: int,
    earlier: Sequence[FrozenTrial] = (),
    begin: dict[str, Any] | None = None,
) -> BaseSampler:
    """Covariance matrix adaptation over `dimensions` numbers, >= 1; begins around the best `earlier` trials, or else
    at the point `begin`, or else in the middle."""
    enough = len(earlier) >= FEWEST_SOURCES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of source_trials
        warnings.simplefilter("ignore", FutureWarning)  # of x0, which goes with Optuna 6
        return CmaEsSampler(
            n_startup_trials=1,
            popsize=4 + math.floor(3 * math.log(dimensions)),
            consider_pruned_trials=False,
            use_separable_cma=False,
            with_margin=False,
            lr_adapt=False,
            source_trials=list(earlier) if enough else None,
            x0=None if enough else begin,
            seed=seed,
        )


def nsga2_sampler(seed: int, arm: str = "") -> BaseSampler:
    """Non-dominated sorting over the metric and gradient evaluations.

    arm: the arm whose parents it keeps in the study, apart from those of other arms.
    """
    return parents_of_arm(arm)(
        population_size=POPULATION,
        mutation=None,
        mutation_prob=None,
        crossover=None,
        crossover_prob=0.9,
        swapping_prob=0.5,
        seed=seed,
    )
