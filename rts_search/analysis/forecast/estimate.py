"""Making the forecast of a sweep from its trials, the measured costs and simulated early stops."""

import functools
import math
import statistics
from collections.abc import Callable, Iterable

from rts_search.analysis.forecast.confirmation_cost import confirmation
from rts_search.analysis.forecast.costs import Costs
from rts_search.analysis.forecast.forecast import ASSUMED_SWITCH, Forecast, settings_digest
from rts_search.analysis.forecast.playthrough import Play, Played
from rts_search.analysis.forecast.upcoming_trials import (
    PlannedTrial,
    charged,
    is_adaptive,
    planned_configs,
    planned_trials,
    spent,
)
from rts_search.study.arm_halving import ArmHalving
from rts_search.study.data_facts import DataFacts
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sweep import SweepFile

MOST_PLAYS, MOST_REPORTS = 25, 200_000
"""A sweep is played through MOST_PLAYS times, or fewer when that takes more than MOST_REPORTS epochs. The forecast is
the mean."""
RECORD_BYTES = (700, 20)
"""Bytes of an epoch's record, and of each of its steps."""


def forecast(
    sweep: SweepFile,
    data: DataFacts,
    concurrent: int,
    costs: Costs,
    make_halving: Callable[[], Halving | ArmHalving | None],
    stored: frozenset[str] = frozenset(),
) -> Forecast:
    """Forecast a sweep.

    Args:
        sweep: the sweep.
        data: facts about its data.
        concurrent: number of trials at a time.
        costs: measured costs.
        make_halving: makes the sweep's rule for early stops, without any reports yet; returns None without early stops.
        stored: addresses of epochs that the store has already.
    """
    shared, steps = sweep.store.sharing != "off", data.steps_per_epoch
    first = planned_configs(sweep)
    adaptive = any(is_adaptive(config) for _, config in first)

    def trials(variant: int, switch: float = ASSUMED_SWITCH) -> list[PlannedTrial]:
        configs = planned_configs(sweep, variant)
        return planned_trials(configs, data.fingerprint, shared, switch)

    drawn = [trials(variant) for variant in range(_times(sweep, len(first)))]
    play = functools.partial(_play, sweep, concurrent, costs, steps, make_halving, stored)
    plays = [play(some, seed) for seed, some in enumerate(drawn)]
    computed = sorted(played.spent for played in plays)
    bounds = (
        (spent(trials(0, 1.0), steps, stored), spent(trials(0, 0.0), steps, stored))
        if adaptive
        else _percentiles(computed)
    )
    tested = math.ceil((len(sweep.baselines) + 1) / concurrent)
    seconds = costs.start + statistics.fmean(p.seconds for p in plays) + costs.worker + tested * costs.test
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
        seconds=seconds,
        disk_bytes=_mean(disk),
        costs=costs,
        adaptive=adaptive,
        plays=len(plays),
        stored=len(stored),
        confirmation=confirmation(sweep, steps, concurrent, costs, bounds, seconds),
        step=sweep.training.settled().step,
    )


def _mean(values: Iterable[int]) -> int:
    return round(statistics.fmean(values))


def _times(sweep: SweepFile, trials: int) -> int:
    """How often the sweep is played through: once when nothing in it is random."""
    if sweep.scheduler.name == "none" and not sweep.search.learns:
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
    make_halving: Callable[[], Halving | ArmHalving | None],
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
        halving=make_halving(),
        seed=seed,
        stored=stored,
        look_ahead=concurrent if sweep.search.learns else len(trials),
        most_spent=sweep.budget.gradient_evaluations or math.inf,
        most_seconds=_most_seconds(sweep, concurrent),
    ).run()


def _most_seconds(sweep: SweepFile, concurrent: int) -> float:
    """Seconds until the budget's hours or GPU hours are used up. Counts GPU hours as if all GPUs were always in use."""
    gpus, budget = concurrent * sweep.resources.gpus, sweep.budget
    by_gpus = budget.gpu_hours / gpus if budget.gpu_hours is not None and gpus else math.inf
    return 3600 * min(by_gpus, math.inf if budget.hours is None else budget.hours)


def _disk(sweep: SweepFile, trials: list[PlannedTrial], played: Played, costs: Costs, steps: int) -> int:
    """Bytes of the records and states that the sweep keeps at its end."""
    whole, each = RECORD_BYTES
    branches, stops = sweep.space.branch_epochs(), sweep.space.stop_epochs()
    branching = {
        epoch.key
        for trial in trials
        for number, epoch in enumerate(trial.epochs, 1)
        if number in (branches if epoch.phase == "sgd" else stops) and epoch.key in played.keys
    }
    states = {
        "all": len(played.keys),
        "branch": len(branching | played.last_keys),
        "best": len(sweep.baselines) + 1,
    }
    return states[sweep.store.keep] * costs.state_bytes + len(played.keys) * (whole + each * steps)
