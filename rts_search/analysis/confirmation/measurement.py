"""The second stage of a confirmation: train contenders and baselines on new seeds, and measure their test accuracy."""

from collections.abc import Callable, Sequence
from itertools import takewhile

from rts_search.analysis.confirmation.equal_cost import with_seed
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.rivals import Rivals
from rts_search.analysis.confirmation.runs import Runs
from rts_search.analysis.confirmation.stage import Stage
from rts_search.basics.errors import UserError
from rts_search.basics.sizes import counted
from rts_search.study.planned_runs import PlannedRun

LEAST = 3
"""Seeds that a look needs when the budget ends: with fewer, no claim could hold without one of them."""


def measure(stage: Stage, staying: Sequence[Contender], rivals: Rivals, number: int) -> tuple[Runs, list[int]]:
    """Train and test contenders and their rivals on the first `number` seeds.

    Returns:
        All runs, and the seeds that can be judged.

    Raises:
        UserError: runs were lost or not tested and will be tried again, or the budget ended too early.
    """
    seeds = stage.seeds("measuring", number)
    purpose = f"{_named(staying, rivals)}, on {len(seeds)} new seeds"
    _train(stage, staying, rivals, seeds, lambda: stage.train_planned(purpose))
    runs = Runs(stage.study, seeds, rivals)
    judged = _complete_seeds(stage, runs, staying, seeds)
    tested = [run.entry for run in runs.all(staying, judged) if run.complete and run.entry]
    failed = stage.test(stage.study, tested)
    runs.refresh()
    stage.require_tested(runs.all(staying, judged), failed)
    return runs, judged


def _named(staying: Sequence[Contender], rivals: Rivals) -> str:
    if not rivals.finalists:
        return f"{counted(len(staying), 'contender')} and baselines at equal cost"
    length = "at its cost" if rivals.needs_cost else "at the lengths of their tuning"
    return f"the finalist of {staying[0].arm} and those of {', '.join(rivals.names)} {length}"


def _train(
    stage: Stage, staying: Sequence[Contender], rivals: Rivals, seeds: Sequence[int], train: Callable[[], None]
) -> None:
    """Train seed by seed, all methods of one seed and then those of the next.

    Where the data decide what a contender costs, its run on a seed comes before the rivals of that seed that train at
    its cost.
    """
    if not rivals.needs_cost or all(one.cost_is_known for one in staying):
        runs = Runs(stage.study, seeds, rivals)
        stage.study.plan(run for seed in seeds for run in runs.planned(staying, seed))
        train()
        return
    # One round trains the contenders of a seed beside the baselines of the seed before. Without a budget, all
    # contenders come in the first round: no worker then waits between the rounds.
    bounded = stage.settings.budget is not None
    rounds = [[seed] for seed in seeds] if bounded else [list(seeds)]
    done: list[int] = []
    for ahead in [*rounds, []]:
        runs = Runs(stage.study, seeds, rivals)
        stage.study.plan(run for seed in done for run in runs.planned(staying, seed))
        stage.study.plan(PlannedRun(one.label, with_seed(one.config, seed)) for seed in ahead for one in staying)
        train()
        done += ahead
        if stage.used_up is not None:
            return
    runs = Runs(
        stage.study, seeds, rivals
    )  # the baselines of a diverged run get their cost when all its other seeds have ended
    stage.study.plan(run for seed in done for run in runs.planned(staying, seed))
    train()


def _complete_seeds(stage: Stage, runs: Runs, staying: Sequence[Contender], seeds: list[int]) -> list[int]:
    """The seeds that can be judged: all, or at the budget's end those that are complete for every method."""
    if stage.used_up is None:
        stage.require_ended(runs.all(staying, seeds), "the measurement")
        return seeds
    # Only up to the first gap: behind it, seeds on which a run diverged early would be complete sooner than others.
    complete = list(takewhile(lambda seed: runs.is_whole(staying, seed), seeds))
    if len(complete) < min(LEAST, stage.settings.seeds):
        raise UserError(
            f"{stage.study.name}: confirm.budget: {stage.used_up} are used up with {len(complete)} of {len(seeds)} "
            f"seeds complete for every method, and a look needs {LEAST}; raise it: {stage.study.go_on} "
            "--set budget.hours=10, or .gradient_evaluations or .gpu_hours"
        )
    return complete
