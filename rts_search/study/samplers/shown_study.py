"""Shows a study to a sampler: with earlier results and diverged trials, without the trial that is drawn."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from rts_search.study.attributes import CONSTRAINT, HELD, PASSED, REASON
from rts_search.study.optuna_internals import StudyShowing


def seen_trials(study: Study, drawn: FrozenTrial, earlier: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The `earlier` trials, then those of the study by number, without `drawn`.

    Optuna's samplers ignore failed trials. But a diverged trial shows where not to search. So it is shown as completed
    with the worst values so far, and as violating a constraint that all others satisfy. A held trial is shown as
    stopped.
    """
    own = [_as_stopped(trial) for trial in study.get_trials(deepcopy=False) if trial.number != drawn.number]
    trials = [*earlier, *own]
    if not any(diverged(trial) for trial in own):
        return trials
    worst = _worst(study.directions, trials)
    return [_constrained(trial, worst) for trial in trials]


def seen_study(earlier: Sequence[FrozenTrial], study: Study, drawn: FrozenTrial) -> Study:
    """The study that a sampler sees when it draws the trial `drawn`."""
    return StudyShowing(study, seen_trials(study, drawn, earlier))


def is_held(trial: FrozenTrial) -> bool:
    """Whether a trial was stopped early and has not continued since."""
    return trial.state == TrialState.RUNNING and stands_held(trial.user_attrs, 1 + (trial.last_step or 0))


def stands_held(attributes: Mapping[str, Any], epochs: int) -> bool:
    """Whether an unfinished trial of so many epochs was stopped after the last of them and has not continued since."""
    return attributes.get(HELD) == epochs != attributes.get(PASSED)


def diverged(trial: FrozenTrial) -> bool:
    """Whether a trial failed because its training did not converge."""
    return trial.state == TrialState.FAIL and str(trial.user_attrs.get(REASON, "")).startswith("diverged")


def _as_stopped(trial: FrozenTrial) -> FrozenTrial:
    if not is_held(trial):
        return trial
    shown = copy.copy(trial)
    shown.state = TrialState.PRUNED
    return shown


def _constrained(trial: FrozenTrial, worst: list[float]) -> FrozenTrial:
    if not (trial.state.is_finished() and (trial.state != TrialState.FAIL or diverged(trial))):
        return trial
    shown = copy.copy(trial)
    shown.system_attrs = {**trial.system_attrs, CONSTRAINT: 1.0 if diverged(trial) else -1.0}
    if diverged(trial):
        shown.state, shown.values = TrialState.COMPLETE, worst
    return shown


def _worst(directions: Sequence[StudyDirection], trials: Sequence[FrozenTrial]) -> list[float]:
    """The worst value of every objective among completed trials; 0 without any."""
    done = [trial.values for trial in trials if trial.state == TrialState.COMPLETE]
    found = []
    for place, direction in enumerate(directions):
        worse = min if direction == StudyDirection.MAXIMIZE else max
        found.append(worse((values[place] for values in done), default=0.0))
    return found
