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
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sections import ObjectiveConfig


def screen(stage: Stage, contenders: Sequence[Contender]) -> dict[str, list[Contender]]:
    """Choose the contenders that may be measured, by the objective on the validation part, in each arm for itself.

    The single contender of an arm needs no screening.

    Returns:
        Arm -> the contenders that stay, the chosen one first.

    Raises:
        UserError: runs were lost and will be tried again, the budget ended, or no contender completed a run.
    """
    arms = {arm: [one for one in contenders if one.arm == arm] for arm in dict.fromkeys(one.arm for one in contenders)}
    screened = [one for own in arms.values() if len(own) > 1 for one in own]
    if not screened:
        return arms
    seeds = stage.seeds("screening", stage.settings.screening_seeds)
    runs = [(one.label, with_seed(one.config, seed)) for seed in seeds for one in screened]
    stage.study.plan(PlannedRun(label, config) for label, config in runs)
    of_arms = f" of {counted(len(arms), 'arm')}" if len(arms) > 1 else ""
    stage.train_planned(f"screening {len(screened)} contenders{of_arms} on {counted(len(seeds), 'seed')}")
    found = Runs(stage.study)
    stage.require_ended([found.run(config) for _, config in runs], "the screening")
    results = {one.number: found.of(one, seeds) for one in screened}
    return {arm: _staying(stage, own, results) if len(own) > 1 else own for arm, own in arms.items()}


def _staying(stage: Stage, contenders: Sequence[Contender], screened: Mapping[int, list[Run]]) -> list[Contender]:
    """Of the contenders with the most complete runs, the best one and all that may still be better."""
    complete = [sum(run.complete for run in screened[one.number]) for one in contenders]
    eligible = [one for one, seeds in zip(contenders, complete, strict=True) if seeds == max(complete)]
    if not max(complete):
        of_arm = f" of {contenders[0].arm}" if contenders[0].arm != RTS else ""
        raise UserError(
            f"{stage.study.name}: no contender{of_arm} completed a run of the screening; raise --top-k, or launch "
            "another sweep"
        )
    if max(complete) < len(screened[eligible[0].number]):
        return eligible[:1]  # each has a run without a result: their means are over different seeds
    objective = stage.study.sweep.objective
    gains = np.array([_gains(screened[one.number], objective) for one in eligible])
    order = order_of(gains)
    reach = in_reach(gains, order[0])
    return [eligible[index] for index in order if reach[index]]


def _gains(runs: Sequence[Run], objective: ObjectiveConfig) -> list[float]:
    return [run.entry.gain(objective) for run in runs if run.entry is not None]
