"""`rts-search simulate`: which scheduler loses little accuracy at low cost on recorded curves."""

import itertools
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from rts_search.analysis.simulation.draws import SAMPLERS
from rts_search.analysis.simulation.experiment import Bench, Score, Setting, cheapest, held_out, on_halves
from rts_search.analysis.simulation.recordings import read_curves
from rts_search.analysis.simulation.report import Report, Row
from rts_search.basics.cpus import usable_cpus
from rts_search.basics.errors import UserError
from rts_search.sweep.sections import SchedulerConfig
from rts_search.sweep.sweep import SweepFile

GRACES = (0.0025, 0.025, 0.0625, 0.125, 0.25)
FACTORS = (2.0, 3.0, 4.0)
PROMOTED_GRACES = (0.0625, 0.125, 0.1875, 0.25)
PROMOTED_FACTORS = (1.25, 1.41, 2.0, 3.0)
SMOOTHING = 0.0125


def schedulers() -> list[SchedulerConfig]:
    """The schedulers that are tried: asha without promotion, as in Ray, and asha with promotion."""
    stopping = [
        SchedulerConfig(grace_fraction=grace, reduction_factor=factor, smoothing_fraction=0.0, promotion=False)
        for grace, factor in itertools.product(GRACES, FACTORS)
    ]
    promoting = [
        SchedulerConfig(
            grace_fraction=grace,
            reduction_factor=factor,
            smoothing_fraction=SMOOTHING,
            promotion=True,
        )
        for grace, factor in itertools.product(PROMOTED_GRACES, PROMOTED_FACTORS)
    ]
    return [*stopping, *promoting]


@dataclass(frozen=True)
class Plan:
    """The extent of a simulation."""

    samplers: tuple[str, ...]
    orders: int
    """Simulated sweeps of each setting, >= 1."""
    workers: int
    """Trials at a time, >= 1."""

    def __post_init__(self) -> None:
        unknown = [name for name in self.samplers if name not in SAMPLERS]
        if unknown:
            raise UserError(f"--sampler: must be one of {', '.join(SAMPLERS)}, but got {unknown[0]!r}")


def simulate(
    sweep: SweepFile, file: Path, model: str | None, epochs: int | None, plan: Plan, say: Callable[[str], None]
) -> Report:
    """Simulate the sweep's scheduler and others on the curves of a file.

    Args:
        sweep: the sweep whose scheduler and objective are used.
        file: the curves.
        model: see `read_curves`.
        epochs: see `read_curves`.
        plan: samplers, number of sweeps and of workers.
        say: prints a line about the progress.

    Raises:
        UserError: the curves cannot be used.
    """
    curves = read_curves(file, model, epochs, sweep.objective.measure)
    bench = Bench(curves, sweep.objective.rule, plan.workers, plan.orders)
    tried = list(dict.fromkeys([sweep.scheduler, *schedulers()]))
    settings = [Setting(sampler, scheduler) for sampler in plan.samplers for scheduler in tried]
    scores: dict[Setting, Score] = {}
    with ProcessPoolExecutor(usable_cpus(), multiprocessing.get_context("spawn")) as pool:
        rivals = dict(zip(plan.samplers, pool.map(bench.few_to_the_end, plan.samplers), strict=True))
        for setting, score in zip(settings, pool.map(bench.score, settings), strict=True):
            scores[setting] = score
            if len(scores) % len(tried) == 0:
                say(f"{setting.sampler}: {len(tried)} schedulers, {plan.orders} sweeps each")
        say("simulating on halves of the kinds of runs")
        by_chance = [Setting("random", scheduler) for scheduler in tried]
        halves = on_halves(bench, by_chance, pool.map)
        first = {setting: scores[setting] for setting in settings[: len(tried)]}
        return Report(
            metric=sweep.objective.measure,
            curves=bench.curves.name,
            runs=len(bench.curves.runs),
            epochs=bench.curves.epochs,
            orders=plan.orders,
            workers=plan.workers,
            rows=tuple(_row(setting, score, rivals, halves) for setting, score in scores.items()),
            recommended=cheapest({one: score for one, score in first.items() if _good_on_halves(one, halves)}),
            held_out=held_out(bench, by_chance, pool.map),
        )


def _good_on_halves(setting: Setting, halves: Mapping[Setting, Score]) -> bool:
    """Whether a setting is also good on halves of the kinds of runs, so that it is not good by chance."""
    return not halves or halves[replace(setting, sampler="random")].good


def _row(setting: Setting, score: Score, rivals: Mapping[str, Sequence[Score]], halves: Mapping[Setting, Score]) -> Row:
    to_the_end = rivals[setting.sampler]
    trials = max((number for number, rival in enumerate(to_the_end, start=1) if rival.cost <= score.cost), default=1)
    return Row(setting, score, halves.get(setting), trials, to_the_end[trials - 1])
