"""The sections of a sweep file that say how the sweep is run. Those of a trial are in `trainables.core.settings`."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rts_search.basics.sizes import Size
from trainables.core.settings.config import DatasetConfig, ModelConfig
from trainables.core.settings.metrics import METRICS, Metric
from trainables.core.settings.section import printable, require

SECTION = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


MOST_TRIALS = 100_000
MOST_HOURS = 100_000
"""Eleven years."""
MOST_SECONDS = 10**9
"""For a state that is never written before the end."""
MOST_GRADIENTS = 10**15
Trials = Annotated[int, Field(ge=1, le=MOST_TRIALS)]
Gradients = Annotated[int, Field(gt=0, le=MOST_GRADIENTS)]
Hours = Annotated[float, Field(gt=0, le=MOST_HOURS)]
GPUHours = Annotated[float, Field(gt=0, le=1_000 * MOST_HOURS)]


def by_name(value: Any) -> Any:
    """Turn a bare name into a section: `asha` is `{name: asha}`, with defaults for all other settings."""
    return {"name": value} if isinstance(value, str) else value


def equal_or_numbers(value: Any) -> Any:
    """Accept the word equal, or a mapping of names to numbers of trials. Raises: ConfigError."""
    rule = "must be equal or a mapping of methods to numbers of trials, such as {sgd: 48}"
    require(value == "equal" or isinstance(value, dict), "", rule, value)
    for name, trials in value.items() if isinstance(value, dict) else ():
        whole = isinstance(trials, int) and not isinstance(trials, bool) and trials >= 1
        require(whole, printable(name), "must be a number of trials >= 1", trials)
        require(trials <= MOST_TRIALS, printable(name), f"must be <= {MOST_TRIALS:,}", trials)
    return value


Effort = Annotated[Literal["equal"] | dict[str, Trials], BeforeValidator(equal_or_numbers)]
IndependentSampler = Literal["random", "grid", "qmc"]
"""Samplers whose points do not depend on results."""
LearningSampler = Literal["tpe", "gp", "cmaes", "nsga2"]
"""Samplers that learn from the results of earlier trials."""
SamplerName = Literal[IndependentSampler, LearningSampler]
MetricName = Literal["val_acc", "val_loss", "balanced_accuracy", "macro_f1", "top5_acc"]


class SearchConfig(BaseModel):
    """How the points of the search space are chosen."""

    model_config = SECTION

    sampler: SamplerName = "tpe"
    """Method that chooses the next point. random: independent draws. grid: every point in order; needs a space of
    choices, without ranges. qmc: a Sobol sequence, which covers ranges more evenly than random. tpe (tree-structured
    Parzen estimator), gp (Gaussian process) and cmaes (evolution strategy, for ranges only) learn from results. nsga2
    searches for good results and few gradient evaluations at once. Keep tpe unless you need a fixed set of points."""
    trials: Trials | None = None
    """Number of trials, baselines not counted, in [1, 100000]; with tuned baselines, of each arm. Needed unless
    budget.trials is given. grid trains every point when both are left out."""
    effort: Effort = "equal"
    """How many trials each method gets where baselines are tuned. equal (default): `trials` for each of them. Otherwise
    a mapping such as {sgd: 48, pugd: 24}, with the names of baselines, and rts for the search itself; methods that are
    not named get `trials`. Results then say that the effort was unequal."""
    tune_baselines: bool = True
    """Whether baselines are tuned as the search is, when `space.training` is given. false trains each of them once,
    with the settings of `training`."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of the sampler, in [0, 2**32). Another seed draws other points; the seed of training is training.seed."""
    repeats: Literal["answer", "reseed"] = "answer"
    """What happens when the sampler draws a point with the same effect as an earlier one. answer: the trial takes its
    epochs from the store and costs nothing. reseed: it is trained with the next training seed, which shows how much
    the result depends on the seed."""
    warm_start: str | None = None
    """Name of an earlier sweep on the same data and model. The sampler (tpe, gp, cmaes or nsga2) starts with the
    completed trials of that sweep; it starts from nothing when this is left out."""

    points: tuple[dict[str, Any], ...] = ()
    """Points of the space that are tried first, before the sampler draws: a list such as [{radius: {value: 0.5},
    training: {lr: 0.1}}], nested as in `space`. A setting that has one value may be left out. They count in `trials`; a
    sampler that learns from results learns from theirs too, except cmaes, which begins at the first of them."""

    @property
    def learns(self) -> bool:
        """Whether the sampler's points depend on results."""
        return self.sampler in get_args(LearningSampler)


class BudgetConfig(BaseModel):
    """What the sweep may cost, baselines included. The sweep ends when the first limit is reached; it can be
    resumed."""

    model_config = SECTION

    gradient_evaluations: Gradients | None = None
    """Gradient evaluations that the sweep computes, > 0. Epochs that are taken from the store cost nothing. No limit
    when left out."""
    gpu_hours: GPUHours | None = None
    """GPU hours, > 0: the GPUs of a trial times the hours for which it has them. No limit when left out."""
    hours: Hours | None = None
    """Hours of wall-clock time while the sweep runs, > 0; interruptions do not count. No limit when left out."""
    trials: Trials | None = None
    """Number of trials, baselines not counted, in [1, 100000]; with tuned baselines, of each arm. Where search.trials
    is given too, the smaller number counts."""


class SchedulerConfig(BaseModel):
    """Whether and when weak trials are stopped early."""

    model_config = SECTION

    name: Literal["asha", "none"] = "asha"
    """asha: asynchronous successive halving. At certain costs (rungs), only the best trials go on. none: every trial
    runs to its last epoch. Take none when trials are cheap or few."""
    grace_fraction: Annotated[float, Field(gt=0, le=1)] = 0.1875
    """Cost of the first rung, as a share of the gradient evaluations of the most expensive trial, in (0, 1]. No trial
    is stopped before it, nor before its own switch from SGD to PUGD, since until then it equals other trials. Raise it
    when early epochs say little about the end."""
    reduction_factor: Annotated[float, Field(gt=1, le=1_000)] = 1.41
    """One in this many trials passes a rung, in (1, 1000]. The next rung is at this many times the cost. A larger
    factor is cheaper and loses the best trial more often."""
    smoothing_fraction: Annotated[float, Field(ge=0, le=1)] = 0.0125
    """At a rung, a trial is judged by the mean of its objective over its last epochs: this share of all its epochs, in
    [0, 1], at least the last one, and none before its switch. Raise it when the objective is noisy from epoch to
    epoch."""
    promotion: bool = True
    """Whether a stopped trial goes on, from its stored state, when it later belongs to the best at its rung."""


def amount_or_auto(value: Any) -> Any:
    """Accept a number or the word auto, for which a number is found at the launch. Raises: ConfigError."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    require(is_number or value == "auto", "", "must be a number or auto", value)
    return value


Auto = Literal["auto"]
MOST_CPUS = 10_000
CPUs = Annotated[
    float | Auto,
    BeforeValidator(amount_or_auto, json_schema_input_type=Annotated[float, Field(gt=0, le=MOST_CPUS)] | Auto),
]
GPUs = Annotated[
    float | Auto, BeforeValidator(amount_or_auto, json_schema_input_type=Annotated[float, Field(ge=0, le=1)] | Auto)
]


class ResourcesConfig(BaseModel):
    """CPUs and GPUs of one trial. As many trials run at a time as the machines have room for."""

    model_config = SECTION

    cpus_per_trial: CPUs = 1.0
    """CPU cores of one trial, a fraction in (0, 1) or a whole number in [1, 10000]. auto divides the cores of a machine
    among the trials that run on it."""
    gpus_per_trial: GPUs = 0.0
    """GPUs of one trial, in [0, 1]. 0 trains on the CPU. A fraction such as 0.25 lets four trials share a GPU and its
    memory. auto measures the memory of two steps and chooses a fraction."""
    max_concurrent_trials: Annotated[int, Field(ge=1, le=MOST_CPUS)] | None = None
    """Largest number of trials at a time, in [1, 10000]; as many as the machines have room for when left out."""

    @model_validator(mode="after")
    def _refuse_broken_devices(self) -> Self:
        cpus, gpus = self.cpus_per_trial, self.gpus_per_trial
        require(cpus == "auto" or cpus > 0, "cpus_per_trial", "must be > 0", cpus)
        require(cpus == "auto" or cpus <= MOST_CPUS, "cpus_per_trial", f"must be <= {MOST_CPUS:,}", cpus)
        require(gpus == "auto" or gpus >= 0, "gpus_per_trial", "must be >= 0", gpus)
        whole = cpus == "auto" or cpus < 1 or cpus == int(cpus)
        require(whole, "cpus_per_trial", "must be a whole number or below 1", cpus)
        return self

    @property
    def cpus(self) -> float:
        """CPU cores of a trial. Only after `auto` has been replaced by a number."""
        assert self.cpus_per_trial != "auto"
        return self.cpus_per_trial

    @property
    def gpus(self) -> float:
        """GPUs of a trial. Only after `auto` has been replaced by a number."""
        assert self.gpus_per_trial != "auto"
        return self.gpus_per_trial


class ObjectiveConfig(BaseModel):
    """The value by which trials are ranked."""

    model_config = SECTION

    metric: MetricName = "val_acc"
    """The value on the validation part by which trials are ranked, stopped early and confirmed; the test part is never
    used to choose. val_acc: share of images classified correctly, in [0, 1]. val_loss: mean cross-entropy in nats;
    smaller is better. balanced_accuracy: mean over the classes of the share of their images classified correctly.
    macro_f1: mean over the classes of F1, which also counts what is wrongly taken for a class. top5_acc: share of
    images whose class is among the 5 likeliest; needs 6 or more classes. All of them are recorded in any case. Take
    balanced_accuracy or macro_f1 when some classes have many more images than others."""
    rule: Literal["last", "best"] = "last"
    """Which epoch counts. last: the last epoch. best: the epoch with the best value; such an epoch is worse on new
    images."""

    @property
    def measure(self) -> Metric:
        """Direction, unit and wording of the metric."""
        return METRICS[self.metric]

    def gain(self, values: object) -> float:
        """Of a record of an epoch, the metric's value as a number of which larger is better.

        Raises: ValueError: the record does not have it, since an earlier version wrote it.
        """
        value = getattr(values, self.metric)
        if value is None:
            raise ValueError(f"the record of the epoch has no {self.metric}")
        return self.measure.gain(value)


class StoreConfig(BaseModel):
    """What trials keep in the checkpoint store, and which epochs they take from it."""

    model_config = SECTION

    sharing: Literal["same_device", "any", "off"] = "same_device"
    """Whether a trial takes over epochs that another trial trained with the same settings. same_device: only those
    trained on the same kind of device, with as many threads and the same versions, which gives the same numbers to the
    last bit. any: those of every machine. off: none; each trial trains all of its epochs."""
    state_every_seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] = 30.0
    """Seconds of training between two states that a trial writes, in [0, 10**9]. 0 writes one after every epoch. A
    trial that is interrupted repeats the epochs since its last state: lower it for less repeated work, raise it to
    write less."""
    keep: Literal["best", "branch", "all"] = "branch"
    """Which states stay on disk. all: every state. branch: those of epochs after which trials can differ, and each
    trial's last and best-ranked epoch. best: once the sweep has ended, only those of the best trial and the baselines.
    The records of epochs (accuracies, costs) always stay."""
    max_size: Size | None = None
    """Largest size of the whole store, such as 500MB or 20GB. Above it, states are removed that no unfinished sweep and
    no result needs. No limit when left out."""


class NotifyConfig(BaseModel):
    """Where a message goes when the sweep has finished, has used up its budget or has failed."""

    model_config = SECTION

    webhook: Annotated[str, Field(pattern=r"^https?://[^\s/]+")] | None = None
    """An http or https URL. It receives the sweep's status by POST, as JSON; chat services show its key `text`."""
    command: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """A program and its arguments, as a list. It runs on the driver's machine, without a shell, and reads the same JSON
    from its standard input."""


def one_or_more(value: Any) -> Any:
    """Turn a single name into a list with this name."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


TrackerName = Literal["tensorboard", "mlflow", "wandb"]
Trackers = Annotated[
    tuple[TrackerName, ...], BeforeValidator(one_or_more, json_schema_input_type=tuple[TrackerName, ...] | TrackerName)
]
DatasetByName = Annotated[DatasetConfig, BeforeValidator(by_name, json_schema_input_type=DatasetConfig | str)]
ModelByName = Annotated[ModelConfig, BeforeValidator(by_name, json_schema_input_type=ModelConfig | str)]
SchedulerByName = Annotated[
    SchedulerConfig, BeforeValidator(by_name, json_schema_input_type=SchedulerConfig | Literal["asha", "none"])
]
