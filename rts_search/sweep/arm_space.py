"""The space of an arm: what a baseline is tuned over, by default and with a space of its own in the sweep file."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from search_spaces.scale_space import ScaleSpace
from search_spaces.schedule_space import ScheduleSpace
from search_spaces.section_space import SectionSpace
from search_spaces.space import Space
from search_spaces.timing_space import TimingSpace
from search_spaces.training_space import TrainingSpace

WIDTH = 4.0
"""The radius of sam and its relatives is searched from the published value divided by this, to this times the value."""


class ArmSpace(BaseModel):
    """The settings that a tuned baseline tries in the place of those of the sweep's `space.training`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    training: TrainingSpace | None = None
    """Domains for settings of the training. A setting of the sweep's `space.training` that is not named here keeps its
    domain."""
    radius: ScheduleSpace | None = None
    """Domains for the radius of the perturbation, not for sgd, ngd and path_sgd. When left out, pugd has radius 1,
    and the other methods try a quarter to four times the published value."""


def arm_space(
    space: Space, own: ArmSpace | None, fixed: Mapping[str, Any], radius: float, tunes_radius: bool, switch_epoch: int
) -> Space:
    """The space of a baseline.

    Args:
        space: the sweep's.
        own: what the baseline has of its own.
        fixed: settings of the training that the baseline does not tune, perhaps nested.
        radius: its radius where it is not tuned.
        tunes_radius: whether its radius is tuned around this value unless `own` says otherwise.
        switch_epoch: the first epoch with a perturbation; the number of epochs for none.
    """
    training = space.training
    if training is not None and own is not None and own.training is not None:
        training = _joined(training, own.training)
    if training is not None:
        training = _without(training, fixed)
    value: Any = {"loguniform": [radius / WIDTH, radius * WIDTH]} if tunes_radius else radius
    return Space(
        radius=own.radius if own is not None and own.radius else ScheduleSpace.model_validate({"value": value}),
        scale=ScaleSpace.model_validate({"value": 1.0}),
        timing=TimingSpace.model_validate({"switch_epoch": switch_epoch}),
        training=training,
    )


def _joined(training: SectionSpace, own: SectionSpace) -> SectionSpace:
    """The domains of `own`, and those of `training` for the settings that `own` does not name."""
    update: dict[str, Any] = {}
    for name, inner in own.given():
        before = getattr(training, name)
        if isinstance(inner, SectionSpace) and isinstance(before, SectionSpace):
            update[name] = _joined(before, inner)
        else:
            update[name] = inner
    return training.model_copy(update=update)


def _without(training: SectionSpace, fixed: Mapping[str, Any]) -> SectionSpace | None:
    """The domains of the settings that are not fixed; None when there are none."""
    update: dict[str, Any] = {}
    for name, value in fixed.items():
        inner = getattr(training, name, None)
        if isinstance(inner, SectionSpace) and isinstance(value, Mapping):
            update[name] = _without(inner, value)
        else:
            update[name] = None
    left = training.model_copy(update=update)
    return left if any(True for _ in left.given()) else None
