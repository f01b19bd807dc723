"""A sweep's forecast: what is known, measured and played through, put together."""

import functools
import hashlib
import json
import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rts_search.planning.foresight import Play, Played
from rts_search.planning.points import (
    INDEPENDENT,
    PlannedEpoch,
    PlannedTrial,
    charged,
    is_adaptive,
    planned_configs,
    planned_trials,
    spent,
)
from rts_search.sizes import shown_size
from rts_search.study import DataFacts
from rts_search.sweep_file import SweepFile

ASSUMED_SWITCH = 0.5
"""Share of the epochs after which an adaptive rule is assumed to start PUGD."""
MOST_PLAYS, MOST_REPORTS = 25, 200_000
"""A sweep is played through so often, or as often as so many epochs allow, and the mean is told."""
RECORD_BYTES = (700, 20)
"""Of an epoch's record, and for each of its steps."""


@dataclass(frozen=True)
class Costs:
    """What things take on the machines at hand, in seconds and bytes."""

    sgd_step: float
    pugd_step: float
    validation: float
    test: float
    state: float
    epoch: float
    """Of every epoch besides training and validation."""
    trial: float
    """Between two trials of a worker."""
    start: float
    """Until the first trial trains."""
    worker: float
    """Until a worker for the final test is there."""
    state_bytes: int
    memory_bytes: int
    gpu_memory_bytes: int
    cluster_bytes: int
    """Memory of all nodes that Ray gives to workers."""

    def seconds(self, epoch: PlannedEpoch, steps: int, state_every: float) -> float:
        """Of a trained epoch, with its part in a state."""
        step = self.sgd_step + (epoch.gradients - 1) * (self.pugd_step - self.sgd_step)
        trained = steps * step + self.validation
        return trained + self.epoch + self.state * (min(1.0, trained / state_every) if state_every else 1.0)


@dataclass(frozen=True)
class Forecast:
    """What `rts-search plan` says."""

    sweep: str
    digest: str
    """Of the settings: a sweep with others is not compared."""
    trials: int
    """Baselines included."""
    concurrent: int
    cpus_per_trial: float
    gpus_per_trial: float
    charged_to_the_end: int
    """Gradient evaluations of all trials, none stopped early, each as if alone."""
    spent_to_the_end: int
    """The same with every common epoch trained once."""
    charged: int
    """Gradient evaluations with early stops, each trial as if alone."""
    spent: int
    """Gradient evaluations with early stops and sharing: what is computed."""
    spent_range: tuple[int, int]
    """10th and 90th percentile of the plays; with an adaptive rule from a switch at the end to one at once."""
    seconds: float
    disk_bytes: int
    costs: Costs
    adaptive: bool
    plays: int
    stored: int
    """Epochs that the store has already."""

    @property
    def hours_of_cpus(self) -> float:
        """CPU hours that are occupied."""
        return self.seconds * self.concurrent * self.cpus_per_trial / 3600

    @property
    def hours_of_gpus(self) -> float:
        """GPU hours that are occupied."""
        return self.seconds * self.concurrent * self.gpus_per_trial / 3600

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "cpu_hours": self.hours_of_cpus, "gpu_hours": self.hours_of_gpus}

    def lines(self) -> list[str]:
        """For people."""
        low, high = self.spent_range
        saved = 100 * (1 - self.spent / self.charged) if self.charged else 0.0
        memory = (
            f"{shown_size(self.costs.memory_bytes)}, mapped images included; {self.concurrent} take up to "
            f"{shown_size(self.concurrent * self.costs.memory_bytes)} of the {shown_size(self.costs.cluster_bytes)} "
            "that Ray gives to workers"
        )
        if self.costs.gpu_memory_bytes:
            memory += f"; {shown_size(self.costs.gpu_memory_bytes)} of a GPU"
        told = [
            f"{self.sweep}: {self.trials} trials, {self.concurrent} at a time with {self.cpus_per_trial:g} CPUs and "
            f"{self.gpus_per_trial:g} GPUs each.",
            f"  gradient evaluations  {self.charged:,} charged, {self.spent:,} spent ({saved:.0f} % saved by shared "
            f"epochs; {low:,} to {high:,}); without early stops {self.charged_to_the_end:,} and "
            f"{self.spent_to_the_end:,}",
            f"  time                  {shown_time(self.seconds)}: {self.hours_of_cpus:.2f} CPU hours, "
            f"{self.hours_of_gpus:.2f} GPU hours",
            f"  one step              {1000 * self.costs.sgd_step:.1f} ms of SGD, {1000 * self.costs.pugd_step:.1f} ms "
            f"of PUGD; validation {shown_time(self.costs.validation)}",
            f"  disk                  {shown_size(self.disk_bytes)}, {shown_size(self.costs.state_bytes)} a state",
            f"  a trial's process     {memory}",
        ]
        if self.stored:
            told.append(f"  {self.stored:,} of its epochs are in the store already.")
        if self.adaptive:
            told.append(f"  An adaptive rule is assumed to start PUGD after {ASSUMED_SWITCH:.0%} of the epochs.")
        return told


def shown_time(seconds: float) -> str:
    """Seconds, minutes or hours."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def settings_digest(sweep: SweepFile) -> str:
    """Of everything that the forecast depends on besides the machines."""
    values = sweep.to_dict()
    values["resources"] = {"max_concurrent_trials": sweep.resources.max_concurrent_trials}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def forecast(
    sweep: SweepFile,
    data: DataFacts,
    concurrent: int,
    costs: Costs,
    make_scheduler: Callable[[], Any],
    stored: frozenset[str] = frozenset(),
) -> Forecast:
    """Put a forecast together; `make_scheduler` makes the sweep's own, empty, and `stored` is there already."""
    shared, steps = sweep.store.sharing != "off", data.steps_per_epoch
    first = planned_configs(sweep, data)
    adaptive = any(is_adaptive(config) for _, config in first)

    def trials(variant: int, switch: float = ASSUMED_SWITCH) -> list[PlannedTrial]:
        configs = planned_configs(sweep, data, variant)
        return planned_trials(configs, data.fingerprint, shared, switch)

    drawn = [trials(variant) for variant in range(_times(sweep, len(first)))]
    play = functools.partial(_play, sweep, concurrent, costs, steps, make_scheduler, stored)
    plays = [play(some, seed) for seed, some in enumerate(drawn)]
    computed = sorted(played.spent for played in plays)
    bounds = (
        (spent(trials(0, 1.0), steps, stored), spent(trials(0, 0.0), steps, stored))
        if adaptive
        else _percentiles(computed)
    )
    tested = math.ceil((len(sweep.baselines) + 1) / concurrent)
    disk = (_disk(sweep, some, played, costs, steps) for some, played in zip(drawn, plays, strict=True))
    return Forecast(
        sweep=sweep.name,
        digest=settings_digest(sweep),
        trials=len(first),
        concurrent=concurrent,
        cpus_per_trial=sweep.resources.cpus,
        gpus_per_trial=sweep.resources.gpus,
        charged_to_the_end=_mean(charged(some, steps) for some in drawn),
        spent_to_the_end=_mean(spent(some, steps, stored) for some in drawn),
        charged=_mean(played.charged for played in plays),
        spent=_mean(computed),
        spent_range=bounds,
        seconds=costs.start + statistics.fmean(p.seconds for p in plays) + costs.worker + tested * costs.test,
        disk_bytes=_mean(disk),
        costs=costs,
        adaptive=adaptive,
        plays=len(plays),
        stored=len(stored),
    )


def _mean(values: Iterable[int]) -> int:
    return round(statistics.fmean(values))


def _times(sweep: SweepFile, trials: int) -> int:
    """How often the sweep is played through: once when nothing in it is left to chance."""
    if sweep.scheduler.name == "none" and sweep.search.sampler in INDEPENDENT:
        return 1
    return max(3, min(MOST_PLAYS, MOST_REPORTS // (trials * sweep.training.epochs)))


def _percentiles(values: list[int]) -> tuple[int, int]:
    tenth = round(0.1 * (len(values) - 1))
    return values[tenth], values[-1 - tenth]


def _play(
    sweep: SweepFile,
    concurrent: int,
    costs: Costs,
    steps: int,
    make_scheduler: Callable[[], Any],
    stored: frozenset[str],
    trials: list[PlannedTrial],
    seed: int,
) -> Played:
    return Play(
        trials=trials,
        steps=steps,
        concurrent=concurrent,
        duration=lambda epoch: costs.seconds(epoch, steps, sweep.store.state_every_seconds),
        turnover=costs.trial,
        replay=costs.epoch,
        scheduler=make_scheduler(),
        seed=seed,
        stored=stored,
        look_ahead=len(trials) if sweep.search.sampler in INDEPENDENT else concurrent,
        most_spent=sweep.budget.gradient_evaluations or math.inf,
        most_seconds=_most_seconds(sweep, concurrent),
    ).run()


def _most_seconds(sweep: SweepFile, concurrent: int) -> float:
    """Until the budget's hours or GPU hours are used up, with GPUs that are always in use."""
    gpus, budget = concurrent * sweep.resources.gpus, sweep.budget
    by_gpus = budget.gpu_hours / gpus if budget.gpu_hours is not None and gpus else math.inf
    return 3600 * min(by_gpus, math.inf if budget.hours is None else budget.hours)


def _disk(sweep: SweepFile, trials: list[PlannedTrial], played: Played, costs: Costs, steps: int) -> int:
    """Bytes of the records and of the states that the sweep keeps at its end."""
    whole, each = RECORD_BYTES
    branches = sweep.space.branch_epochs()
    branching = {
        epoch.key
        for trial in trials
        for number, epoch in enumerate(trial.epochs, 1)
        if epoch.phase == "sgd" and number in branches and epoch.key in played.keys
    }
    states = {
        "all": len(played.keys),
        "branch": len(branching | played.last_keys),
        "best": len(sweep.baselines) + 1,
    }
    return states[sweep.store.keep] * costs.state_bytes + len(played.keys) * (whole + each * steps)
