"""A sweep as it stands in a sweep file, and the trials that it stands for."""

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

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PUGD_PERTURBATION = PerturbationConfig()
RESERVED = ("store", "studies.sqlite3", "reference")
"""What lies in the results folder beside the sweeps."""


class SweepFile(BaseModel):
    """A sweep: which trials are trained on what, how they are chosen, compared and kept."""

    model_config = SECTION

    name: str
    """Name of the sweep and of its results: 1 to 64 of A-Z a-z 0-9 . _ -; the file's name when left out."""
    dataset: DatasetConfig
    """Which images, and how they are split."""
    model: ModelByName
    """Which classifier is trained; a bare name, or name and options."""
    training: TrainingConfig
    """How every trial is trained, apart from what the space says."""
    space: Space
    """What is tried: radius, timing, scale or rts (a ready-made space), or your own."""
    search: SearchConfig
    """How the points of the space are chosen."""
    budget: BudgetConfig = Field(default_factory=BudgetConfig)
    """What the sweep may cost; no limit besides the number of trials when left out."""
    scheduler: SchedulerByName = Field(default_factory=SchedulerConfig)
    """Whether weak trials are stopped early."""
    baselines: tuple[BaselineByName, ...] = DEFAULT_BASELINES
    """What every table compares with, each trained once at full length: some of sgd, ngd, pugd, sam, asam, amp."""
    resources: ResourcesConfig = Field(default_factory=ResourcesConfig)
    """What one trial occupies."""
    objective: ObjectiveConfig = Field(default_factory=ObjectiveConfig)
    """By what the best trial is chosen."""
    store: StoreConfig = Field(default_factory=StoreConfig)
    """What trials keep, and from whom they take it."""
    confirm: ConfirmConfig | None = None
    """How the top configs are confirmed once the search has ended; not at all when left out."""
    track: Trackers = ()
    """Who keeps a run of every trial besides: some of tensorboard, mlflow and wandb, each with its own library."""
    notify: NotifyConfig | None = None
    """Who is told of the end; nobody when left out."""

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        rule = "must be 1 to 64 characters from A-Z a-z 0-9 . _ - and begin with a letter or digit: set `name`"
        require(NAME.fullmatch(name) is not None, "", rule, name)
        require(name not in RESERVED, "", "must not be the name of what all sweeps share: set `name`", name)
        return name

    @field_validator("model")
    @classmethod
    def _check_options(cls, model: ModelConfig) -> ModelConfig:
        for name, value in model.options.items():
            # A setting without a value is not written down, so that the builder would not get it either.
            require(value is not None, f"options.{name}", "must have a value: leave the option out", value)
        return model

    @field_validator("space", mode="before", json_schema_input_type=Space | Literal[tuple(READY_MADE)])
    @classmethod
    def _take_ready_made(cls, space: Any, info: ValidationInfo) -> Any:
        training = info.data.get("training")  # absent when it is wrong itself, which is then what is reported
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
        rule = "must not be empty where there is `confirm`, which compares with them"
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
        """Number of trials besides the baselines."""
        whole = self.space.size() if self.search.sampler == "grid" else None
        return min(self._asked_trials() or whole or 1, whole or sys.maxsize)

    def with_trials(self, trials: int) -> "SweepFile":
        """The same sweep with another number of trials; checked when it is parsed again."""
        search = self.search.model_copy(update={"trials": trials})
        return self.model_copy(update={"search": search, "budget": self.budget.model_copy(update={"trials": None})})

    def with_budget(self, budget: BudgetConfig) -> "SweepFile":
        """The same sweep with other limits where `budget` has some; checked when it is parsed again."""
        given = budget.model_dump(exclude_none=True)
        return self.model_copy(update={"budget": self.budget.model_copy(update=given)})

    def to_dict(self) -> dict[str, Any]:
        """Plain values from which `parse_sweep` makes an equal sweep."""
        return self.model_dump(mode="json", exclude_none=True)


def trial_config(
    sweep: SweepFile, point: Mapping[str, Mapping[str, Any]], perturbation: PerturbationConfig = PUGD_PERTURBATION
) -> TrialConfig:
    """The trial at a point that was drawn from the sweep's space. Raises: ConfigError for a foreign point."""
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
    """A baseline as the point that it is. Raises: ConfigError."""
    return trial_config(sweep, baseline.point(sweep.training.epochs), baseline.perturbation())
