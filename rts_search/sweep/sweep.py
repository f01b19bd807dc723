"""A checked sweep file, and how a point of its space becomes the config of a trial."""

import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from rts_search.sweep.baselines import DEFAULT_BASELINES, BaselineByName, BaselineConfig
from rts_search.sweep.confirm_section import ConfirmConfig
from rts_search.sweep.sampler_rules import check_search
from rts_search.sweep.sections import (
    SECTION,
    BudgetConfig,
    ModelByName,
    NotifyConfig,
    ObjectiveConfig,
    ResourcesConfig,
    SchedulerByName,
    SchedulerConfig,
    SearchConfig,
    StoreConfig,
    Trackers,
)
from search_spaces.ready_made import READY_MADE, ready_made
from search_spaces.space import Space
from trainables.core.settings.config import (
    DatasetConfig,
    ModelConfig,
    PerturbationConfig,
    ScheduleConfig,
    TimingConfig,
    TrainingConfig,
    TrialConfig,
)
from trainables.core.settings.section import ConfigError, require

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
"""Regular expression of the name of a sweep, which Python, OpenAPI and HTML read alike."""
PUGD_PERTURBATION = PerturbationConfig()
RESERVED = ("store", "studies.sqlite3", "reference")
"""Names of other files and folders in the results folder."""


class SweepFile(BaseModel):
    """A sweep: which data and model are trained, what is tried, how trials are chosen, compared and stored."""

    model_config = SECTION

    name: str
    """Name of the sweep and of its results folder: 1 to 64 characters from A-Z a-z 0-9 . _ -, the first a letter or a
    digit. The name of the file when left out."""
    dataset: DatasetConfig
    """Which images are used, and how they are split into training, validation and test part."""
    model: ModelByName
    """Which classifier is trained: a name, or a section with a name and options."""
    training: TrainingConfig
    """How every trial is trained, apart from the settings in `space`."""
    space: Space
    """The search space. One of the ready-made spaces radius, timing, scale and rts (all three), or a section of your
    own."""
    search: SearchConfig
    """How the points of the search space are chosen."""
    budget: BudgetConfig = Field(default_factory=BudgetConfig)
    """What the sweep may cost. Only the number of trials limits it when this is left out."""
    scheduler: SchedulerByName = Field(default_factory=SchedulerConfig)
    """Whether and when weak trials are stopped early: a name, or a section."""
    baselines: tuple[BaselineByName, ...] = DEFAULT_BASELINES
    """Known methods that every table compares with: a list of sgd, ngd, pugd, sam, asam and amp, each a name or a
    section. Each is trained once, to its last epoch. An empty list trains none; then there is no confirmation."""
    resources: ResourcesConfig = Field(default_factory=ResourcesConfig)
    """CPUs and GPUs of one trial."""
    objective: ObjectiveConfig = Field(default_factory=ObjectiveConfig)
    """The value by which trials are ranked."""
    store: StoreConfig = Field(default_factory=StoreConfig)
    """What trials keep in the checkpoint store, and which epochs they take from it."""
    confirm: ConfirmConfig | None = None
    """How the best configs are confirmed once the search has ended. When left out, `launch` ends without a
    confirmation, and `rts-search confirm` takes the defaults."""
    track: Trackers = ()
    """Trackers that also record every trial: a list of tensorboard, mlflow and wandb, or one of them. Each needs its
    library installed. None when left out."""
    notify: NotifyConfig | None = None
    """Where a message goes when the sweep ends; nowhere when left out."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        rule = "must be 1 to 64 characters from A-Z a-z 0-9 . _ - and begin with a letter or digit: set `name`"
        require(re.fullmatch(NAME_PATTERN, name) is not None, "", rule, name)
        require(
            name not in RESERVED, "", "must not be the name of another file in the results folder: set `name`", name
        )
        return name

    @field_validator("model")
    @classmethod
    def _check_options(cls, model: ModelConfig) -> ModelConfig:
        for name, value in model.options.items():
            # An option without a value is not recorded with the sweep, so that a resumed trial would lose it.
            require(value is not None, f"options.{name}", "must have a value: leave the option out", value)
        return model

    @field_validator("space", mode="before", json_schema_input_type=Space | Literal[tuple(READY_MADE)])
    @classmethod
    def _take_ready_made(cls, space: Any, info: ValidationInfo) -> Any:
        training = info.data.get("training")  # missing when it is wrong itself; then that mistake is reported
        if isinstance(space, str):
            return ready_made(space, training.epochs if training else 1)
        return space

    @field_validator("baselines")
    @classmethod
    def _check_baselines(cls, baselines: tuple[BaselineConfig, ...]) -> tuple[BaselineConfig, ...]:
        names = [baseline.name for baseline in baselines]
        require(len(set(names)) == len(names), "", "must not list a baseline twice", names)
        return baselines

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        try:
            self.space.timing.check(self.training.epochs)
        except ConfigError as error:
            raise error.within("space.timing") from None
        rule = "must not be empty with `confirm`, which compares with baselines"
        require(self.confirm is None or bool(self.baselines), "baselines", rule, [])
        check_search(self.name, self.search, self.scheduler, self.space)
        sampler, trials = self.search.sampler, self._asked_trials()
        if sampler != "grid":
            require(trials is not None, "search.trials", f"is needed by {sampler}, unless budget.trials is given", None)
            return self
        try:
            self.space.check_grid()
        except ConfigError as error:
            raise error.within("space") from None
        size, wanted = self.space.size() or 1, self.search.trials
        require(wanted is None or wanted <= size, "search.trials", f"must be <= {size} (the whole grid)", wanted)
        return self

    def _asked_trials(self) -> int | None:
        asked = [trials for trials in (self.search.trials, self.budget.trials) if trials is not None]
        return min(asked, default=None)

    @property
    def num_trials(self) -> int:
        """Number of trials, baselines not counted."""
        whole = self.space.size() if self.search.sampler == "grid" else None
        return min(self._asked_trials() or whole or 1, whole or sys.maxsize)

    @property
    def total_trials(self) -> int:
        """Number of trials, baselines included."""
        return len(self.baselines) + self.num_trials

    def with_trials(self, trials: int) -> "SweepFile":
        """A copy with another number of trials. It is not checked; parse it again to check it."""
        search = self.search.model_copy(update={"trials": trials})
        return self.model_copy(update={"search": search, "budget": self.budget.model_copy(update={"trials": None})})

    def with_budget(self, budget: BudgetConfig) -> "SweepFile":
        """A copy with the limits that `budget` sets. It is not checked; parse it again to check it."""
        given = budget.model_dump(exclude_none=True)
        return self.model_copy(update={"budget": self.budget.model_copy(update=given)})

    def to_dict(self) -> dict[str, Any]:
        """Plain values. `parse_sweep` makes an equal sweep of them."""
        return self.model_dump(mode="json", exclude_none=True)


def trial_config(
    sweep: SweepFile, point: Mapping[str, Mapping[str, Any]], perturbation: PerturbationConfig = PUGD_PERTURBATION
) -> TrialConfig:
    """The config of the trial at a point of the sweep's space. Raises: ConfigError when the point is not of this
    space."""
    return TrialConfig(
        dataset=sweep.dataset,
        model=sweep.model,
        training=sweep.training,
        radius=ScheduleConfig.from_dict(point["radius"]),
        scale=ScheduleConfig.from_dict(point["scale"]),
        timing=TimingConfig.from_dict(point["timing"]),
        perturbation=perturbation,
    )


def baseline_config(sweep: SweepFile, baseline: BaselineConfig) -> TrialConfig:
    """The config of a baseline. Raises: ConfigError."""
    return trial_config(sweep, baseline.point(sweep.training.epochs), baseline.perturbation())
