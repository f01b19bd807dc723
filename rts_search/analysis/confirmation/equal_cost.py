"""Equal cost: a baseline is trained for as many gradient evaluations as the config that it is compared with."""

from dataclasses import replace
from fractions import Fraction

from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import SweepFile, baseline_config
from trainables.core.settings.config import TrialConfig


def equal_epochs(baseline: BaselineConfig, gradient_evaluations: Fraction | int, steps_per_epoch: int) -> int:
    """Epochs of a baseline for this cost, rounded up: a baseline never gets less than its contender."""
    return -(-gradient_evaluations // (baseline.gradients_per_step * steps_per_epoch))


def equal_cost_baseline(
    sweep: SweepFile, baseline: BaselineConfig, gradient_evaluations: int, steps_per_epoch: int, seed: int
) -> TrialConfig:
    """The config of a baseline at this cost and seed; its learning rate schedule spans all of its epochs."""
    epochs = equal_epochs(baseline, gradient_evaluations, steps_per_epoch)
    training = replace(sweep.training.stretched(epochs), seed=seed)
    return baseline_config(sweep.model_copy(update={"training": training}), baseline)


def with_seed(config: TrialConfig, seed: int) -> TrialConfig:
    """The same config with another training seed."""
    return replace(config, training=replace(config.training, seed=seed))
