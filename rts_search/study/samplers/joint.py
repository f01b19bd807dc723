"""Draws the whole space at once by a sampler without conditions, and records the values that are not used."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial

from rts_search.study.attributes import CONFIG, DRAWN
from rts_search.study.optuna_internals import StudyShowing, storage_of, trial_id
from rts_search.study.samplers.optuna_space import middle
from rts_search.study.samplers.shown_study import seen_trials
from rts_search.study.samplers.stateless import seed_for


class JointSampler(BaseSampler):
    """Gives every trial a value of every parameter; the trial uses those of its shapes and its rule.

    The sampler is made anew for every draw, as in StatelessSampler. It sees complete trials, without baselines, since
    they are not points of the space. Parameters that it does not draw are drawn at random.
    """

    def __init__(
        self,
        make: Callable[[int], BaseSampler],
        seed: int,
        space: Mapping[str, BaseDistribution],
        drawn_together: Mapping[str, BaseDistribution],
        first_number: int,
        earlier: Sequence[FrozenTrial] = (),
        unused_in_the_middle: bool = False,
    ) -> None:
        """Draw `drawn_together` by the sampler, the rest of `space` at random, for trials from `first_number` on.

        unused_in_the_middle: show an unused parameter as the middle of its range, so that a model of the objective
        learns nothing from it. Otherwise it is shown as drawn, for samplers that continue from their own draws.
        """
        self._make, self._seed, self._space, self._together = make, seed, dict(space), dict(drawn_together)
        self._first, self._earlier, self._middle = first_number, earlier, unused_in_the_middle

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The whole space; nothing for a baseline."""
        del study
        return self._space if trial.number >= self._first else {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw a value of every parameter. A trial that is drawn again after an interruption gets the same values."""
        if not search_space:
            return {}
        if DRAWN in trial.system_attrs:
            return dict(trial.system_attrs[DRAWN])
        shown = [self.complete(seen) for seen in seen_trials(study, trial, self._earlier) if self._counts(seen)]
        sampler = self._make(seed_for(self._seed, trial, ""))
        drawn = sampler.sample_relative(StudyShowing(study, shown), trial, self._together)
        point = {name: drawn[name] if name in drawn else self._at_random(trial, name) for name in self._space}
        storage_of(study).set_trial_system_attr(trial_id(trial), DRAWN, point)
        return point

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Fail: every parameter has been drawn together."""
        del study, param_distribution
        raise AssertionError(f"trial {trial.number} drew everything but {param_name}")

    def complete(self, trial: FrozenTrial) -> FrozenTrial:
        """A copy of the trial with a value of every parameter."""
        shown = copy.copy(trial)
        shown.distributions = self._space
        used = trial.params
        shown.params = {name: used[name] if name in used else self._unused(trial, name) for name in self._space}
        return shown

    def _counts(self, trial: FrozenTrial) -> bool:
        """Whether a trial is a point of the space: not a baseline, and not interrupted during its draw."""
        return trial.number < 0 or (trial.number >= self._first and CONFIG in trial.user_attrs)

    def _unused(self, trial: FrozenTrial, name: str) -> Any:
        if self._middle:
            return middle(self._space[name])
        drawn = trial.system_attrs.get(DRAWN, {})
        return drawn[name] if name in drawn else self._at_random(trial, name)

    def _at_random(self, trial: FrozenTrial, name: str) -> Any:
        sampler = RandomSampler(seed=seed_for(self._seed, trial, name))
        return sampler.sample_independent(_NO_STUDY, trial, name, self._space[name])


_NO_STUDY: Any = None
"""A random draw does not use the study."""
