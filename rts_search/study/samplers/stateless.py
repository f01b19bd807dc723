"""A sampler whose draw for trial n depends only on the seed, n and the results so far."""

import hashlib
from collections.abc import Callable
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial


def seed_for(seed: int, trial: FrozenTrial, parameter: str) -> int:
    """Seed of one draw, in [0, 2**32), from the sweep's seed, the trial's number and the parameter."""
    return seed_of(f"{seed}/{trial.number}/{parameter}")


def seed_of(text: str) -> int:
    """A seed in [0, 2**32) that any change of the text changes."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


class StatelessSampler(BaseSampler):
    """Makes a new sampler for every draw, with a seed from the sweep's seed, the trial's number and the parameter.

    The draws of a lasting sampler depend on the state of its random generator. A sweep that is interrupted, even in the
    middle of a draw, would then draw other values after its resume.
    """

    def __init__(
        self,
        make: Callable[[int], BaseSampler],
        seed: int,
        see: Callable[[Study, FrozenTrial], Study] | None = None,
    ) -> None:
        """`see` turns the study and the trial that is drawn into the study that the sampler sees."""
        self._make, self._seed = make, seed
        self._see = see or _as_it_is
        self._joint: BaseSampler | None = None
        self._seen: Study | None = None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The parameters that are drawn together."""
        self._joint = self._make(seed_for(self._seed, trial, ""))
        self._seen = self._see(study, trial)  # kept for all draws of this trial: reading the trials takes long
        return self._joint.infer_relative_search_space(self._seen, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the parameters that belong together."""
        del study
        assert self._joint is not None
        assert self._seen is not None
        return self._joint.sample_relative(self._seen, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one parameter."""
        del study
        assert self._seen is not None
        sampler = self._make(seed_for(self._seed, trial, param_name))
        return sampler.sample_independent(self._seen, trial, param_name, param_distribution)


def _as_it_is(study: Study, trial: FrozenTrial) -> Study:
    del trial
    return study
