"""The trials that a sweep will begin, as far as they are known before its launch."""

import math
from dataclasses import dataclass
from fractions import Fraction

import optuna

from rts_search.study.open_trials import OpenTrials
from rts_search.study.samplers import STARTUP_TRIALS, make_sampler
from rts_search.study.studies import directions_of
from rts_search.study.trial_configs import TrialConfigs
from rts_search.sweep.baselines import RTS
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.lineage import due_steps, foreseen, start_key
from trainables.core.history.replay import Owner, fresh_path, known_path
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class PlannedEpoch:
    """One epoch of a planned trial."""

    key: str
    """Address of the epoch."""
    phase: str
    """Phase of the training: `sgd` before the switch."""
    gradients: Fraction | int
    """Gradient evaluations of a step of the phase."""
    number: int = 0
    """Number of the epoch; the first is 0."""
    every: int = 1
    """`timing.every`: steps whose number is a multiple of this have the phase, and the others are SGD steps."""

    def evaluations(self, steps: int) -> int:
        """Gradient evaluations of the epoch. steps: mini-batches of an epoch."""
        return math.ceil(steps + (self.gradients - 1) * self.due(steps))

    def due(self, steps: int) -> int:
        """Number of steps that have the phase."""
        return due_steps(self.number, steps, self.every)


@dataclass(frozen=True)
class PlannedTrial:
    """A planned trial."""

    number: int
    baseline: str
    """Name of its baseline, tuned or not; empty for a trial of the search."""
    epochs: tuple[PlannedEpoch, ...]


def planned_configs(sweep: SweepFile, variant: int = 0) -> list[tuple[str, TrialConfig]]:
    """Name of the baseline (or empty) and config of every trial, in the order in which the sweep begins them.

    Points that depend on results are not known in advance. They are drawn at random, differently for every `variant`.
    """
    if not sweep.search.learns:
        return _drawn(sweep)
    random = sweep.search.model_copy(update={"sampler": "random", "seed": (sweep.search.seed + variant) % 2**32})
    known = _drawn(sweep, STARTUP_TRIALS * len(sweep.efforts))
    return known + _drawn(sweep.model_copy(update={"search": random}))[len(known) :]


def _drawn(sweep: SweepFile, most: int | None = None) -> list[tuple[str, TrialConfig]]:
    """The first trials, at most so many, as they would be drawn without results."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=directions_of(sweep), sampler=make_sampler(sweep))
    trials = OpenTrials(study, sweep.objective, TrialConfigs(sweep, list))
    total = sweep.total_trials
    entries = [trials.begin() for _ in range(min(total, most or total))]
    return [("" if entry.arm == RTS else entry.arm, entry.settings) for entry in entries]


def is_adaptive(config: TrialConfig) -> bool:
    """Whether a rule decides during the training when PUGD starts."""
    return config.timing.rule != "epoch"


def planned_trials(
    configs: list[tuple[str, TrialConfig]], fingerprint: str, shared: bool, assumed_switch: float
) -> list[PlannedTrial]:
    """Addresses and costs of all epochs of these trials.

    Args:
        configs: baseline and config of each trial.
        fingerprint: of the data.
        shared: whether trials share epochs.
        assumed_switch: share of the epochs after which an adaptive rule is assumed to start PUGD.
    """
    trials = []
    for number, (baseline, config) in enumerate(configs):
        assumed = round(assumed_switch * config.training.epochs)
        switch = assumed if is_adaptive(config) else config.timing.switch_epoch
        ahead = foreseen(config, start_key(config, fingerprint, "" if shared else str(number)), switch)
        epochs = tuple(
            PlannedEpoch(key, settings.phase, settings.gradients_per_step, epoch, settings.every)
            for epoch, (key, settings) in enumerate(ahead)
        )
        trials.append(PlannedTrial(number, baseline, epochs))
    return trials


def stored_keys(
    configs: list[tuple[str, TrialConfig]], fingerprint: str, store: Store, machine: str, sharing: str
) -> frozenset[str]:
    """Addresses of the epochs that these trials would take from the store.

    Args:
        configs: baseline and config of each trial.
        fingerprint: of the data.
        store: the checkpoint store.
        machine: id of the machines that would train.
        sharing: the setting `store.sharing`.
    """
    owner = Owner("plan", machine, sharing)
    found: set[str] = set()
    if sharing == "off":
        return frozenset()
    for _, config in configs:
        start = fresh_path(config, fingerprint, owner)
        path = known_path(config, start, store, owner, config.training.epochs)
        found.update(epoch.key for epoch in path.epochs)
    return frozenset(found)


def charged(trials: list[PlannedTrial], steps: int) -> int:
    """Gradient evaluations of all trials without early stops and without shared epochs."""
    return sum(epoch.evaluations(steps) for trial in trials for epoch in trial.epochs)


def spent(trials: list[PlannedTrial], steps: int, stored: frozenset[str] = frozenset()) -> int:
    """Gradient evaluations without early stops, when every epoch that is not stored is trained once."""
    unique = {epoch.key: epoch.evaluations(steps) for trial in trials for epoch in trial.epochs}
    return sum(evaluations for key, evaluations in unique.items() if key not in stored)
