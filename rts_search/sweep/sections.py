"""The sections of a sweep file that say how the sweep is run; `trainables.core.settings` has those of a trial."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rts_search.basics.sizes import Size
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import require

SECTION = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def by_name(value: Any) -> Any:
    """A bare name stands for the section that has this name and defaults besides."""
    return {"name": value} if isinstance(value, str) else value


class SearchConfig(BaseModel):
    """How the points of the space are chosen."""

    model_config = SECTION

    sampler: Literal["random", "grid", "qmc", "tpe", "gp", "cmaes", "nsga2"] = "tpe"
    """random, grid (every point of a countable space in order), qmc (Sobol sequence), tpe (tree-structured Parzen
    estimator), gp (Gaussian process), cmaes (evolution of numbers) or nsga2 (val_acc against gradient evaluations)."""
    trials: Annotated[int, Field(ge=1)] | None = None
    """Number of trials besides the baselines, >= 1, unless the budget has one; grid without either takes all points."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of the sampler, in [0, 2**32)."""
    repeats: Literal["answer", "reseed"] = "answer"
    """What becomes of a drawn point with the same effect as an earlier one: answer (its epochs are taken from the store
    and cost nothing) or reseed (it is trained on the next seed)."""
    warm_start: str | None = None
    """Name of a launched sweep on the same data and model whose completed trials tpe, gp, cmaes or nsga2 shall know."""


class BudgetConfig(BaseModel):
    """What the sweep may cost, baselines included; it ends with whatever is used up first, and can be resumed."""

    model_config = SECTION

    gradient_evaluations: Annotated[int, Field(gt=0)] | None = None
    """Gradient evaluations that are really computed, > 0; what is taken from the store costs nothing."""
    gpu_hours: Annotated[float, Field(gt=0)] | None = None
    """GPUs given to trials times hours, > 0."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """Hours by the clock while the sweep runs, > 0."""
    trials: Annotated[int, Field(ge=1)] | None = None
    """Number of trials besides the baselines, >= 1; the smaller one where search.trials is given too."""


class SchedulerConfig(BaseModel):
    """Whether weak trials are stopped early."""

    model_config = SECTION

    name: Literal["asha", "none"] = "asha"
    """asha (asynchronous successive halving over gradient evaluations) or none (every trial runs to its end)."""
    grace_fraction: Annotated[float, Field(gt=0, le=1)] = 0.1875
    """No trial is stopped before this share of the dearest trial's gradient evaluations, in (0, 1], nor before its own
    switch from SGD: until there it is the same as its siblings."""
    reduction_factor: Annotated[float, Field(gt=1)] = 1.41
    """One in this many trials passes a rung, > 1; the next rung is this many times as far."""
    smoothing_fraction: Annotated[float, Field(ge=0, le=1)] = 0.0125
    """A trial is judged by its mean val_acc over so large a share of its epochs, in [0, 1]: the last one at least, and
    none before its switch."""
    promotion: bool = True
    """Whether a trial that was stopped goes on from its state once it belongs to those who pass."""


def amount_or_auto(value: Any) -> Any:
    """The word auto stands for a number that is not known before the launch."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    require(is_number or value == "auto", "", "must be a number or auto", value)
    return value


Auto = Literal["auto"]
CPUs = Annotated[
    float | Auto, BeforeValidator(amount_or_auto, json_schema_input_type=Annotated[float, Field(gt=0)] | Auto)
]
GPUs = Annotated[
    float | Auto, BeforeValidator(amount_or_auto, json_schema_input_type=Annotated[float, Field(ge=0, le=1)] | Auto)
]


class ResourcesConfig(BaseModel):
    """What one trial occupies; as many trials run at a time as fit."""

    model_config = SECTION

    cpus_per_trial: CPUs = 1.0
    """CPU cores, > 0, a fraction below 1 or a whole number; auto shares a node's cores among the trials on it."""
    gpus_per_trial: GPUs = 0.0
    """GPUs, in [0, 1]; with a fraction trials share a GPU and its memory; auto measures two steps."""
    max_concurrent_trials: Annotated[int, Field(ge=1)] | None = None
    """Run at most this many trials at a time, >= 1; as many as fit when left out."""

    @model_validator(mode="after")
    def _refuse_broken_devices(self) -> Self:
        cpus, gpus = self.cpus_per_trial, self.gpus_per_trial
        require(cpus == "auto" or cpus > 0, "cpus_per_trial", "must be > 0", cpus)
        require(gpus == "auto" or gpus >= 0, "gpus_per_trial", "must be >= 0", gpus)
        whole = cpus == "auto" or cpus < 1 or cpus == int(cpus)
        require(whole, "cpus_per_trial", "must be a whole number or below 1", cpus)
        return self

    @property
    def cpus(self) -> float:
        """CPU cores of a trial, once they are settled."""
        assert self.cpus_per_trial != "auto"
        return self.cpus_per_trial

    @property
    def gpus(self) -> float:
        """GPUs of a trial, once they are settled."""
        assert self.gpus_per_trial != "auto"
        return self.gpus_per_trial


class ObjectiveConfig(BaseModel):
    """By what the best trial is chosen."""

    model_config = SECTION

    metric: Literal["val_acc"] = "val_acc"
    """val_acc, the accuracy on the validation part, in [0, 1]; never the test part."""
    rule: Literal["last", "best"] = "last"
    """last epoch, or best epoch (the maximum over epochs, which is biased upward)."""


class StoreConfig(BaseModel):
    """What trials keep, and from whom they take it."""

    model_config = SECTION

    sharing: Literal["same_device", "any", "off"] = "same_device"
    """Whether a trial takes up epochs that another trained under the same settings: same_device, any or off."""
    state_every_seconds: Annotated[float, Field(ge=0)] = 30.0
    """A state is kept when this much training has passed since the last one, >= 0 seconds; 0 keeps every epoch's."""
    keep: Literal["best", "branch", "all"] = "branch"
    """Which states stay: all; branch (where trials part, and each trial's last and chosen one); or, once the sweep has
    ended, best (the chosen ones of the best trial and the baselines). Records of epochs always stay."""
    max_size: Size | None = None
    """Above this size of the whole store, such as 20GB, states go that no unfinished sweep and no result needs; no
    limit when left out."""


class NotifyConfig(BaseModel):
    """Who is told when the sweep has finished, has used up its budget or has failed."""

    model_config = SECTION

    webhook: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] | None = None
    """An http or https URL that gets the sweep's status by POST, as JSON with a `text` that chats show."""
    command: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """A program and its arguments, run without a shell where the driver runs, with the same JSON as its input."""


def one_or_more(value: Any) -> Any:
    """A single name stands for a list of it."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


TrackerName = Literal["tensorboard", "mlflow", "wandb"]
Trackers = Annotated[
    tuple[TrackerName, ...], BeforeValidator(one_or_more, json_schema_input_type=tuple[TrackerName, ...] | TrackerName)
]
ModelByName = Annotated[ModelConfig, BeforeValidator(by_name, json_schema_input_type=ModelConfig | str)]
SchedulerByName = Annotated[
    SchedulerConfig, BeforeValidator(by_name, json_schema_input_type=SchedulerConfig | Literal["asha", "none"])
]
