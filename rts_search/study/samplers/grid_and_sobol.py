"""Samplers whose points do not depend on results: a grid, and a Sobol sequence."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from rts_search.study.optuna_internals import IndexedQMCSampler
from rts_search.study.samplers.optuna_space import several_of


class GridPointSampler(BaseSampler):
    """Each trial takes the next point of a fixed list."""

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


class SobolSampler(IndexedQMCSampler):
    """Each trial takes the next point of a scrambled Sobol sequence over the whole space.

    Every parameter has its own coordinate, whether the drawn shape uses it or not. Optuna itself would take the
    parameters of the first trial as the space. It would also count the draws, so that a point would be lost when a
    trial is interrupted during its draw.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], first_number: int, seed: int) -> None:
        """`first_number` is the number of the trial that takes the first point."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # of QMCSampler
            super().__init__(qmc_type="sobol", scramble=True, seed=seed)
        self._space, self._first = several_of(space), first_number

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The whole space; nothing for a baseline."""
        del study
        return self._space if trial.number >= self._first else {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The trial's point."""
        self.index = trial.number - self._first
        return super().sample_relative(study, trial, search_space)
