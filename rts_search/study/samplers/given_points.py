"""The points of `search.points`, which are tried before what a sampler draws."""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from rts_search.study.attributes import GENERATION
from rts_search.study.optuna_internals import storage_of, trial_id


class GivenPoints(BaseSampler):
    """The first trials take given points, one after another; a sampler draws all others.

    To a sampler that learns, the trials at given points are results like its own.
    """

    def __init__(
        self, sampler: BaseSampler, points: Sequence[Mapping[str, Any]], first_number: int, in_generation: bool = False
    ) -> None:
        """
        Args:
            sampler: draws the other trials.
            points: dotted name -> value of every setting that is drawn at the point.
            first_number: number of the trial that takes the first point.
            in_generation: whether the points belong to the first generation of nsga2.
        """
        self._sampler, self._points, self._first, self._in_generation = sampler, points, first_number, in_generation

    def _point(self, trial: FrozenTrial) -> Mapping[str, Any] | None:
        place = trial.number - self._first
        return self._points[place] if 0 <= place < len(self._points) else None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing is drawn together at a given point."""
        return {} if self._point(trial) is not None else self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing is drawn together at a given point."""
        if self._point(trial) is None:
            return self._sampler.sample_relative(study, trial, search_space)
        if self._in_generation:
            storage_of(study).set_trial_system_attr(trial_id(trial), GENERATION, 0)
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The parameter's value at the given point, or what the sampler draws."""
        point = self._point(trial)
        if point is None:
            return self._sampler.sample_independent(study, trial, param_name, param_distribution)
        return point[param_name]
