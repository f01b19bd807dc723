"""Samplers whose draw for trial number n depends on (seed, n, what was told so far) and on nothing else."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from rts_search.sweep_file import SweepFile

INDEPENDENT = ("random", "grid")
"""Samplers whose points do not depend on results."""
STARTUP_TRIALS = 10
"""tpe draws at random until so many trials are told."""


def random_sampler(seed: int) -> BaseSampler:
    """Independent uniform draws."""
    return RandomSampler(seed=seed)


def tpe_sampler(seed: int) -> BaseSampler:
    """Tree-structured Parzen estimator, the settings that Optuna 5 changed stated, since its defaults move."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return TPESampler(
            n_startup_trials=STARTUP_TRIALS,
            n_ei_candidates=24,
            multivariate=True,
            group=True,
            constant_liar=True,
            seed=seed,
        )


class NumberedSampler(BaseSampler):
    """Makes a sampler anew for every draw, seeded by the sweep's seed, the trial's number and the parameter.

    A sampler that lives on draws from where its generator happens to stand, so a sweep that was interrupted, even
    between two parameters of one trial, would go on differently.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make, self._seed = make, seed
        self._joint: BaseSampler | None = None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The parameters that are drawn together."""
        self._joint = self._make(self._seed_for(trial, ""))
        return self._joint.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the parameters that belong together."""
        assert self._joint is not None
        return self._joint.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one parameter."""
        sampler = self._make(self._seed_for(trial, param_name))
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _seed_for(self, trial: FrozenTrial, parameter: str) -> int:
        text = f"{self._seed}/{trial.number}/{parameter}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


class GridPointSampler(BaseSampler):
    """Trial after trial takes the next point of a fixed list."""

    def __init__(self, points: Sequence[dict[str, Any]], first_number: int) -> None:
        """`first_number` is the number of the trial that takes the first point."""
        self._points, self._first = points, first_number

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing is drawn together."""
        del study, trial
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is drawn together."""
        del study, trial, search_space
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The parameter's value at the trial's point."""
        del study, param_distribution
        return self._points[trial.number - self._first][param_name]


def make_sampler(sweep: SweepFile) -> BaseSampler:
    """The sampler that a sweep file asks for."""
    search = sweep.search
    if search.sampler == "grid":
        return GridPointSampler(sweep.space.grid(), first_number=len(sweep.baselines))
    return NumberedSampler(tpe_sampler if search.sampler == "tpe" else random_sampler, search.seed)
