"""A checked sweep file, and how a point of its space becomes the config of a trial."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from rts_search.sweep.arm_rules import check_arms
from rts_search.sweep.baselines import DEFAULT_BASELINES, RTS, BaselineByName, BaselineConfig
from rts_search.sweep.confirm_section import AT_RULE, ConfirmConfig
from rts_search.sweep.drawn_settings import check_corners, check_model, merged, models, without_drawn
from rts_search.sweep.sampler_rules import check_search
from rts_search.sweep.sections import (
    SECTION,
    BudgetConfig,
    DatasetByName,
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
from search_spaces.points import draws_of
from search_spaces.ready_made import READY_MADE, WrittenSpace, ready_made
from search_spaces.space import Space
from trainables.core.settings.config import (
    ModelConfig,
    PerturbationConfig,
    ScaleConfig,
    ScheduleConfig,
    TimingConfig,
    TrainingConfig,
    TrialConfig,
)
from trainables.core.settings.section import ConfigError, require

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
"""Regular expression of the name of a sweep, which Python, OpenAPI and HTML read alike."""
PUGD_PERTURBATION = PerturbationConfig()


class SweepFile(BaseModel):
    """A sweep: which data and model are trained, what is tried, how trials are chosen, compared and stored."""

    model_config = SECTION

    name: str
    """Name of the sweep and of its results folder: 1 to 64 characters from A-Z a-z 0-9 . _ -, the first a letter or a
    digit. The name of the file when left out."""
    dataset: DatasetByName
    """Which images are used, and how they are split into training, validation and test part: a name, or a section with
    a name and settings."""
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
    """Known methods that every table compares with: a list of sgd, ngd, pugd, sam, asam, amp, looksam, gsam,
    friendly_sam and path_sgd, each a name or a section. Each is trained once, to its last epoch. An empty list trains
    none; then there is no confirmation."""
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
        return name

    @field_validator("model")
    @classmethod
    def _check_options(cls, model: ModelConfig) -> ModelConfig:
        for name, value in model.options.items():
            # An option without a value is not recorded with the sweep, so that a resumed trial would lose it.
            require(value is not None, f"options.{name}", "must have a value: leave the option out", value)
        return model

    @field_validator("space", mode="before", json_schema_input_type=WrittenSpace | Literal[tuple(READY_MADE)])
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
        check_corners(self.space, self.training)
        check_model(self.space, self.model)
        rule = "must not be empty with `confirm`, which compares with baselines"
        require(self.confirm is None or bool(self.baselines), "baselines", rule, [])
        check_search(self.name, self.search, self.scheduler, self.space)
        check_arms(self)
        at = "tuned" if self.confirm is None else self.confirm.at
        require(at == "tuned" or self.tuned, "confirm.at", AT_RULE, at)
        self._check_points()
        sampler, trials = self.search.sampler, self._asked_trials()
        if sampler != "grid":
            require(trials is not None, "search.trials", f"is needed by {sampler}, unless budget.trials is given", None)
            return self
        try:
            self.space.check_grid()
        except ConfigError as error:
            raise error.within("space") from None
        size, wanted = (self.space.size() or 1) + len(self.search.points), self.search.trials
        whole = "the whole grid and search.points" if self.search.points else "the whole grid"
        require(wanted is None or wanted <= size, "search.trials", f"must be <= {size} ({whole})", wanted)
        return self

    def _check_points(self) -> None:
        given = len(self.search.points)
        rule = f"must be at most {self.num_trials} points, the number of trials"
        require(given <= self.num_trials, "search.points", rule, given)
        try:
            _ = self.points
        except ConfigError as error:
            raise error.within("search.points") from None

    @property
    def points(self) -> list[dict[str, Any]]:
        """The draws that lead to each point of `search.points`. Raises: ConfigError at a point outside the space."""
        found = []
        for place, point in enumerate(self.search.points):
            try:
                found.append(draws_of(self.space, point))
            except ConfigError as error:
                raise error.within(str(place)) from None
        return found

    def _asked_trials(self) -> int | None:
        asked = [trials for trials in (self.search.trials, self.budget.trials) if trials is not None]
        return min(asked, default=None)

    @property
    def tuned(self) -> bool:
        """Whether the baselines are arms of the sweep, each tuned over a space of its own."""
        return self.space.training is not None and self.search.tune_baselines and bool(self.baselines)

    @property
    def num_trials(self) -> int:
        """Number of trials of the search itself, baselines not counted."""
        return self.efforts[RTS]

    @property
    def models(self) -> list[ModelConfig]:
        """The models that must be buildable: one, or those with the extreme options of the space."""
        return models(self.space, self.model)

    @property
    def total_trials(self) -> int:
        """Number of trials, baselines included."""
        return sum(self.efforts.values()) + (0 if self.tuned else len(self.baselines))

    @property
    def efforts(self) -> dict[str, int]:
        """Arm -> number of its trials, in the order of the arms: rts, then the baselines that are tuned."""
        spaces: dict[str, Space] = {RTS: self.space}
        if self.tuned:
            spaces |= {one.name: one.tuned_over(self.space, 1) for one in self.baselines}
        return {arm: self._effort(arm, space) for arm, space in spaces.items()}

    def _effort(self, arm: str, space: Space) -> int:
        given = {} if self.search.effort == "equal" else self.search.effort
        whole = space.size() if self.search.sampler == "grid" else None
        if whole is not None and arm == RTS:
            whole += len(self.search.points)
        limits = (given.get(arm, self.search.trials), self.budget.trials, whole)
        return min((limit for limit in limits if limit is not None), default=1)

    def with_trials(self, trials: int) -> "SweepFile":
        """A copy in which every arm has at least so many trials. It is not checked; parse it again to check it."""
        effort: Any = self.search.effort
        if effort != "equal":
            effort = {arm: max(given, trials) for arm, given in effort.items()}
        search = self.search.model_copy(update={"trials": trials, "effort": effort})
        return self.model_copy(update={"search": search, "budget": self.budget.model_copy(update={"trials": None})})

    def with_arm(self, arm: str, trials: int) -> "SweepFile":
        """A copy in which one arm has so many trials; a baseline that is not in the file becomes one of its arms.

        The other arms keep their numbers. It is not checked; parse it again to check it.
        """
        new = arm not in (RTS, *(one.name for one in self.baselines))
        baselines = (*self.baselines, *([BaselineConfig.model_validate({"name": arm})] if new else []))
        named = [] if self.search.effort == "equal" else list(self.search.effort)
        effort = {other: self.efforts[other] for other in named} | {arm: trials}
        search = self.search.model_copy(update={"effort": effort, "trials": self._asked_trials()})
        budget = self.budget.model_copy(update={"trials": None})
        return self.model_copy(update={"search": search, "baselines": baselines, "budget": budget})

    def with_budget(self, budget: BudgetConfig) -> "SweepFile":
        """A copy with the limits that `budget` sets. It is not checked; parse it again to check it."""
        given = budget.model_dump(exclude_none=True)
        return self.model_copy(update={"budget": self.budget.model_copy(update=given)})

    def to_dict(self) -> dict[str, Any]:
        """Plain values. `parse_sweep` makes an equal sweep of them."""
        return without_drawn(self.model_dump(mode="json", exclude_none=True), self.space)


def trial_config(
    sweep: SweepFile, point: Mapping[str, Mapping[str, Any]], perturbation: PerturbationConfig = PUGD_PERTURBATION
) -> TrialConfig:
    """The config of the trial at a point of the sweep's space. Raises: ConfigError when the point is not of this
    space."""
    other = sweep.space.perturbation is not None and "perturbation" in point
    return TrialConfig(
        dataset=sweep.dataset,
        model=merged(sweep.model, sweep.space.model, point.get("model")),
        training=merged(sweep.training, sweep.space.training, point.get("training")),
        radius=ScheduleConfig.from_dict(point["radius"]),
        scale=ScaleConfig.from_dict(point["scale"]),
        timing=TimingConfig.from_dict(point["timing"]),
        perturbation=PerturbationConfig.from_dict(point["perturbation"]) if other else perturbation,
    )


def baseline_config(sweep: SweepFile, baseline: BaselineConfig) -> TrialConfig:
    """The config of a baseline that is not tuned, over the sweep's epochs. Raises: ConfigError."""
    with_own = sweep.model_copy(update={"training": baseline.fixed(sweep.training)})
    return trial_config(with_own, baseline.point(sweep.training.epochs), baseline.perturbation())
