"""The first stage of a confirmation: train all contenders on seeds of their own, and choose which ones to measure."""

from collections.abc import Mapping, Sequence

import numpy as np

from rts_search.analysis.confirmation.equal_cost import with_seed
from rts_search.analysis.confirmation.pairs import Contender, Run
from rts_search.analysis.confirmation.reach import in_reach, order_of
from rts_search.analysis.confirmation.runs import Runs
from rts_search.analysis.confirmation.stage import Stage
from rts_search.basics.errors import UserError
from rts_search.basics.sizes import counted
from rts_search.study.planned_runs import PlannedRun


def screen(stage: Stage, contenders: Sequence[Contender]) -> tuple[list[Contender], tuple[int, ...]]:
    """Choose the contenders that are measured, by validation accuracy. A single contender needs no screening.

    Returns:
        The contenders that stay, the chosen one first, and the trial numbers of the others.

    Raises:
        UserError: runs were lost and will be tried again, the budget ended, or no contender completed a run.
    """
    if len(contenders) == 1:
        return list(contenders), ()
    seeds = stage.seeds("screening", stage.settings.screening_seeds)
    runs = [(str(one.number), with_seed(one.config, seed)) for seed in seeds for one in contenders]
    stage.study.plan(PlannedRun(label, config) for label, config in runs)
    stage.train_planned(f"screening {len(contenders)} contenders on {counted(len(seeds), 'seed')}")
    found = Runs(stage.study)
    stage.require_ended([found.run(config) for _, config in runs], "the screening")
    staying = _staying(stage, contenders, {one.number: found.of(one, seeds) for one in contenders})
    return staying, tuple(one.number for one in contenders if one not in staying)


def _staying(stage: Stage, contenders: Sequence[Contender], screened: Mapping[int, list[Run]]) -> list[Contender]:
    """Of the contenders with the most complete runs, the best one and all that may still be better."""
    complete = [sum(run.complete for run in screened[one.number]) for one in contenders]
    eligible = [one for one, seeds in zip(contenders, complete, strict=True) if seeds == max(complete)]
    if not max(complete):
        raise UserError(
            f"{stage.study.name}: no contender completed a run of the screening; raise --top-k, or launch another sweep"
        )
    if max(complete) < len(screened[eligible[0].number]):
        return eligible[:1]  # each has a run without a result: their means are over different seeds
    rule = stage.study.sweep.objective.rule
    val_acc = np.array([_val_acc(screened[one.number], rule) for one in eligible])
    order = order_of(val_acc)
    reach = in_reach(val_acc, order[0])
    return [eligible[index] for index in order if reach[index]]


def _val_acc(runs: Sequence[Run], rule: str) -> list[float]:
    return [run.entry.val_acc(rule) or 0.0 for run in runs if run.entry is not None]
