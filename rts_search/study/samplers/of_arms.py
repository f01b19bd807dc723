"""Draws the trials of every arm by a sampler of its own, which sees the trials of its arm alone."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from rts_search.study.attributes import ARM, PLACE_IN_ARM
from rts_search.study.optuna_internals import StudyShowing
from rts_search.sweep.arms import prefix_of


class ArmSampler(BaseSampler):
    """Asks the sampler of a trial's arm.

    To that sampler an arm looks like a study of its own: its trials are numbered from 0, and the names of parameters
    have no prefix. What it draws depends on its seed, on this number and on the results of the arm, and so not on which
    other arms a sweep has.
    """

    def __init__(self, samplers: Mapping[str, BaseSampler]) -> None:
        """`samplers`: arm -> the sampler that draws its trials."""
        self._samplers = samplers

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The parameters that the arm's sampler draws together."""
        arm = trial.user_attrs[ARM]
        space = self._samplers[arm].infer_relative_search_space(_study_of(arm, study), as_in_arm(trial))
        return {prefix_of(arm) + name: distribution for name, distribution in space.items()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the parameters that belong together."""
        arm = trial.user_attrs[ARM]
        space = _without_prefix(arm, search_space)
        drawn = self._samplers[arm].sample_relative(_study_of(arm, study), as_in_arm(trial), space)
        return {prefix_of(arm) + name: value for name, value in drawn.items()}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one parameter."""
        arm = trial.user_attrs[ARM]
        name = param_name.removeprefix(prefix_of(arm))
        return self._samplers[arm].sample_independent(_study_of(arm, study), as_in_arm(trial), name, param_distribution)


def as_in_arm(trial: FrozenTrial) -> FrozenTrial:
    """A trial as its arm's sampler sees it: numbered within the arm, with parameters without a prefix."""
    arm, shown = trial.user_attrs[ARM], copy.copy(trial)
    shown.number = trial.user_attrs[PLACE_IN_ARM]
    shown.params = _without_prefix(arm, trial.params)
    shown.distributions = _without_prefix(arm, trial.distributions)
    return shown


def _without_prefix(arm: str, named: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix_of(arm)): value for name, value in named.items()}


def _study_of(arm: str, study: Study) -> Study:
    return StudyShowing(study, _TrialsOfArm(arm, study))


class _TrialsOfArm(Sequence[FrozenTrial]):
    """The trials of an arm. They are read when a sampler looks at them, which one that does not learn never does."""

    def __init__(self, arm: str, study: Study) -> None:
        self._arm, self._study = arm, study

    @cached_property
    def _found(self) -> list[FrozenTrial]:
        trials = self._study.get_trials(deepcopy=False)
        return [as_in_arm(trial) for trial in trials if trial.user_attrs.get(ARM) == self._arm]

    @overload
    def __getitem__(self, place: int) -> FrozenTrial: ...

    @overload
    def __getitem__(self, place: slice) -> list[FrozenTrial]: ...

    def __getitem__(self, place: int | slice) -> FrozenTrial | list[FrozenTrial]:
        return self._found[place]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[FrozenTrial]:
        return iter(self._found)
