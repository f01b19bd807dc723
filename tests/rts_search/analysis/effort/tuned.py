"""A sweep with tuned arms whose trials end as a made-up accuracy says, without training."""

import math
from functools import cache

import numpy as np
import yaml

from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.sweep.overrides import apply_overrides
from rts_search.sweep.sweep_file import parse_sweep
from tests.rts_search.study.samplers.trials import in_memory

FAIR = """
dataset: {name: digits}
model: small
training: {epochs: 6, batch_size: 32}
space:
  training: {lr: {loguniform: [0.01, 1.0]}, momentum: [0.0, 0.5, 0.9]}
  timing: {switch_epoch: [0, 2, 4]}
search: {sampler: random, trials: 12}
baselines: [sgd, pugd]
"""
BEST_LR = {"rts": 0.15, "sgd": 0.05, "pugd": 0.4}
STOPPED, DIVERGES = 0.95, 0.3
"""A trial that would end below the first accuracy is stopped halfway; sgd diverges above the learning rate."""


@cache
def tuned(*settings: str) -> SweepStudy:
    """All trials of all arms: each has its best learning rate. Tests read the study and leave it as it is."""
    study = in_memory(parse_sweep(apply_overrides(yaml.safe_load(FAIR), settings), "fair"))
    noise = np.random.default_rng(0)
    for _ in range(study.total):
        entry = study.open_trials.begin()
        end(study, entry, float(noise.normal(0, 0.002)))
    return study


def end(study: SweepStudy, entry: TrialEntry, noise: float) -> None:
    lr, epochs = entry.settings.training.lr, entry.settings.training.epochs
    accuracy = 0.98 - 0.02 * math.log(lr / BEST_LR[entry.arm]) ** 2 + noise
    if entry.arm == "sgd" and lr > DIVERGES:
        study.open_trials.finish(entry.number, "FAIL", "diverged: the loss is not finite")
        return
    stopped = accuracy < STOPPED
    for epoch in range(epochs // 2 if stopped else epochs):
        value = max(0.1, accuracy - 0.3 * (1 - (epoch + 1) / epochs) ** 2)
        cost = 8 * (epoch + 1) * (1 if entry.arm == "sgd" else 2)
        kept = EpochEntry(epoch, f"{entry.number} {epoch}", "here", True, cost, value, val_loss=1.0 - value)
        study.open_trials.record_epoch(entry.number, kept)
    study.open_trials.finish(entry.number, "PRUNED" if stopped else "COMPLETE", "stopped early" if stopped else "")
