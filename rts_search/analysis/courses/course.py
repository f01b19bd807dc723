"""One training from its first epoch to its last, and all of those that are compared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rts_search.sweep.sections import ObjectiveConfig

Values = NDArray[np.float64]
COLUMNS = ("value", "train_loss", "gradient_evaluations", "seconds")
DIGITS = 6
"""Significant digits of a number in a kept file."""


@dataclass(frozen=True, eq=False)
class Course:
    """One run. Arrays have one entry for each of its epochs, shared epochs included: each run is charged for them."""

    seed: int
    diverged: bool
    """Whether it ended by diverging; its arrays end before that epoch."""
    value: Values
    """The objective's metric on the validation part after each epoch."""
    train_loss: Values
    """Mean cross-entropy over the training images during each epoch, in nats."""
    gradient_evaluations: Values
    """Total up to the end of each epoch."""
    seconds: Values
    """The same in seconds of training and validation, on the machine that trained the epoch."""
    norms: tuple[Values, ...]
    """Global L2 norm of the unperturbed gradient at every step of each epoch."""
    test: float | None = None
    """The metric on the test part, where the sweep or its confirmation has read it."""

    @property
    def epochs(self) -> int:
        """Number of its epochs."""
        return len(self.value)

    def counted(self, objective: ObjectiveConfig) -> Values:
        """The value after each epoch as the objective counts it: with `rule: best` the best so far."""
        gain = objective.measure.gain
        if objective.rule == "last":
            return self.value
        return np.array([gain(one) for one in accumulate((gain(float(one)) for one in self.value), max)])

    def to_dict(self) -> dict[str, Any]:
        """Plain values with DIGITS digits."""
        return {
            "seed": self.seed,
            "diverged": self.diverged,
            **{name: _rounded(getattr(self, name)) for name in COLUMNS},
            "norms": [_rounded(one) for one in self.norms],
            "test": self.test,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The course of what `to_dict` gave."""
        arrays = {name: np.array(plain[name], dtype=np.float64) for name in COLUMNS}
        norms = tuple(np.array(one, dtype=np.float64) for one in plain["norms"])
        return cls(plain["seed"], plain["diverged"], **arrays, norms=norms, test=plain["test"])


@dataclass(frozen=True)
class Method:
    """An arm or a baseline, with its best settings."""

    name: str
    label: str
    """What its runs train: `trial 20`, or `untuned`; empty where none has completed."""
    courses: tuple[Course, ...]
    """Its runs, by seed; those that were lost are not among them."""
    ended: int
    """Trials of the search, with any settings, that completed, diverged or were stopped early; of a baseline that is
    not tuned its only one."""
    diverged: int
    """How many of them diverged."""

    @property
    def completed(self) -> list[Course]:
        """The runs that were trained to their last epoch."""
        return [one for one in self.courses if not one.diverged]


@dataclass(frozen=True)
class Courses:
    """The runs that are compared. The first method is `rts`, unless it has no completed trial."""

    methods: tuple[Method, ...]
    objective: ObjectiveConfig
    confirmed: bool
    """Whether they are the runs of a confirmation, on new seeds; else it is the best trial of each method."""
    val_images: int
    """Number of images of the validation part."""

    @property
    def image(self) -> float:
        """Value of one validation image; 0 for a loss."""
        return 1.0 / self.val_images if self.objective.measure.is_share else 0.0

    @property
    def shown(self) -> list[Method]:
        """The methods that have a run, be it one that diverged in its first epoch."""
        return [one for one in self.methods if one.courses]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, to be kept in a file."""
        methods = [{**vars(one), "courses": [course.to_dict() for course in one.courses]} for one in self.methods]
        objective = self.objective.model_dump(mode="json")
        facts = {"objective": objective, "confirmed": self.confirmed, "val_images": self.val_images}
        return {"methods": methods, **facts}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        methods = [
            Method(**{**one, "courses": tuple(map(Course.from_dict, one["courses"]))}) for one in plain["methods"]
        ]
        objective = ObjectiveConfig.model_validate(plain["objective"])
        return cls(tuple(methods), objective, plain["confirmed"], plain["val_images"])


def _rounded(values: Sequence[float] | Values) -> list[float | None]:
    return [float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in values]
