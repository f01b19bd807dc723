"""The settings of a trial: each rule on both sides of its edge, and the defaults."""

from typing import Any

import pytest

from tests.trainables.core.conftest import small_config
from trainables.core.settings.config import (
    LR_SCHEDULES,
    BsconvConfig,
    DatasetConfig,
    ModelConfig,
    PerturbationConfig,
    ScaleConfig,
    ScheduleConfig,
    TimingConfig,
    TrainingConfig,
    TrialConfig,
)
from trainables.core.settings.section import ConfigError, Section

Values = dict[str, Any]
DIGITS: Values = {"name": "digits"}
TRAINING: Values = {"epochs": 4, "batch_size": 32, "lr": 0.1}
COSINE: Values = {"shape": "cosine", "beta_min": 0.5, "beta_max": 1.0}
CYCLIC: Values = {**COSINE, "shape": "cyclic_cosine", "T_0": 1, "T_mult": 1}
STEP: Values = {"shape": "step", "beta_max": 1.0, "step_size": 1, "gamma": 1.0}
VARIANCE: Values = {"rule": "gradient_variance", "window": 2, "decay": 0.1, "start": 0}
GAP: Values = {"rule": "generalization_gap", "base_epochs": 1, "ratio": 0.1, "period": 1}
AMP: Values = {"kind": "amp", "inner_lr": 0.1, "inner_steps": 1}
INFINITE = float("inf")

EDGES: list[tuple[type[Section], Values, str, Any, Any, str]] = [
    (DatasetConfig, DIGITS, "val_fraction", 1e-9, 0.0, "must be in (0, 1)"),
    (DatasetConfig, DIGITS, "val_fraction", 0.999, 1.0, "must be in (0, 1)"),
    (DatasetConfig, DIGITS, "split_seed", 0, -1, "must be >= 0"),
    (DatasetConfig, DIGITS, "num_train", 1, 0, "must be >= 1"),
    (DatasetConfig, DIGITS, "image_size", 1, 0, "must be >= 1"),
    (ModelConfig, {"name": "small"}, "bsconv", "u", "U", "must be one of u, s"),
    (ModelConfig, {"name": "small"}, "bsconv", "s", "S", "must be one of u, s"),
    (BsconvConfig, {}, "kind", "u", "v", "must be one of u, s"),
    (BsconvConfig, {"kind": "s"}, "p", 1e-9, 0.0, "must be in (0, 1]"),
    (BsconvConfig, {"kind": "s"}, "p", 1.0, 1.1, "must be in (0, 1]"),
    (BsconvConfig, {"kind": "s"}, "alpha", 0.0, -1e-9, "must be >= 0 and finite"),
    (BsconvConfig, {"kind": "s"}, "alpha", 1e9, INFINITE, "must be >= 0 and finite"),
    (TrainingConfig, TRAINING, "epochs", 1, 0, "must be >= 1"),
    (TrainingConfig, TRAINING, "batch_size", 1, 0, "must be >= 1"),
    (TrainingConfig, TRAINING, "lr", 1e-30, 0.0, "must be > 0 and finite"),
    (TrainingConfig, TRAINING, "lr", 1e30, INFINITE, "must be > 0 and finite"),
    (TrainingConfig, TRAINING, "head_lr_factor", 1e-9, 0.0, "must be > 0 and finite"),
    (TrainingConfig, TRAINING, "head_lr_factor", 1e9, INFINITE, "must be > 0 and finite"),
    (TrainingConfig, TRAINING, "head_lr_factor", 1.0, float("nan"), "must be > 0 and finite"),
    (TrainingConfig, TRAINING, "momentum", 0.0, -0.1, "must be in [0, 1)"),
    (TrainingConfig, TRAINING, "momentum", 0.999, 1.0, "must be in [0, 1)"),
    (TrainingConfig, TRAINING, "weight_decay", 0.0, -1e-9, "must be >= 0 and finite"),
    (TrainingConfig, TRAINING, "lr_schedule", "linear", "steps", f"must be one of {', '.join(LR_SCHEDULES)}"),
    (TrainingConfig, TRAINING, "precision", "bf16", "fp16", "must be one of fp32, bf16"),
    (TrainingConfig, TRAINING, "step", "reference", "fast", "must be one of auto, reference, fused"),
    (TrainingConfig, TRAINING, "shuffle", "blocks", "none", "must be one of images, blocks"),
    (TrainingConfig, TRAINING, "memory_format", "contiguous", "nhwc", "must be one of channels_last, contiguous"),
    (TrainingConfig, TRAINING, "bn_stats", "first", "second", "must be one of both, first"),
    (TrainingConfig, TRAINING, "seed", 0, -1, "must be >= 0"),
    (ScheduleConfig, {}, "value", 0.0, -0.1, "must be >= 0 and finite"),
    (ScheduleConfig, COSINE, "beta_min", 1.0, 1.1, "must be <= beta_max (1.0)"),
    (ScheduleConfig, COSINE, "origin", "switch", "end", "must be one of training, switch"),
    (ScheduleConfig, {**COSINE, "shape": "inverse_sine"}, "beta_min", 1e-9, 0.0, "must be > 0 for inverse_sine"),
    (ScheduleConfig, {**COSINE, "beta_min": 0.0}, "beta_max", 1e-9, 0.0, "must be > 0"),
    (ScheduleConfig, CYCLIC, "T_0", 1, 0, "must be >= 1"),
    (ScheduleConfig, CYCLIC, "T_mult", 1, 0, "must be >= 1"),
    (ScheduleConfig, STEP, "step_size", 1, 0, "must be >= 1"),
    (ScheduleConfig, STEP, "gamma", 1e-9, 0.0, "must be in (0, 1]"),
    (ScheduleConfig, STEP, "gamma", 1.0, 1.1, "must be in (0, 1]"),
    (TimingConfig, {}, "switch_epoch", 0, -1, "must be >= 0"),
    (TimingConfig, VARIANCE, "window", 2, 1, "must be >= 2"),
    (TimingConfig, VARIANCE, "decay", 1e-9, 0.0, "must be > 0 and finite"),
    (TimingConfig, VARIANCE, "start", 0, -1, "must be >= 0"),
    (TimingConfig, GAP, "base_epochs", 1, 0, "must be >= 1"),
    (TimingConfig, GAP, "ratio", 1e-9, 0.0, "must be > 0 and finite"),
    (TimingConfig, GAP, "period", 1, 0, "must be >= 1"),
    (PerturbationConfig, {"kind": "asam"}, "eta", 0.0, -0.1, "must be >= 0 and finite"),
    (PerturbationConfig, AMP, "inner_lr", 1e-9, 0.0, "must be > 0 and finite"),
    (PerturbationConfig, AMP, "inner_steps", 1, 0, "must be >= 1"),
]


@pytest.mark.parametrize(("section", "others", "name", "legal", "illegal", "rule"), EDGES)
def test_a_setting_is_legal_up_to_its_edge_and_refused_beyond_it(
    section: type[Section], others: Values, name: str, legal: Any, illegal: Any, rule: str
) -> None:
    section.from_dict({**others, name: legal})
    with pytest.raises(ConfigError) as caught:
        section.from_dict({**others, name: illegal})
    assert str(caught.value) == f"{name}: {rule}, but got {illegal!r}"


@pytest.mark.parametrize(
    ("section", "values", "line"),
    [
        (ScheduleConfig, {"shape": "cosin"}, "shape: must be one of constant, cosine, "),
        (ScheduleConfig, {"shape": "constant"}, "value: is needed by constant"),
        (ScheduleConfig, {**COSINE, "value": 1.0}, "value: is not used by cosine: leave it out, but got 1.0"),
        (TimingConfig, {"rule": "never"}, "rule: must be one of epoch, gradient_variance, generalization_gap, but"),
        (TimingConfig, {"rule": "epoch"}, "switch_epoch: is needed by epoch"),
        (TimingConfig, {**GAP, "window": 2}, "window: is not used by generalization_gap: leave it out, but got 2"),
        (BsconvConfig, {"kind": "u", "p": 0.5}, "p: is not used by u: leave it out, but got 0.5"),
        (BsconvConfig, {"kind": "u", "alpha": 0.1}, "alpha: is not used by u: leave it out, but got 0.1"),
        (
            PerturbationConfig,
            {"kind": "adam"},
            "kind: must be one of pugd, sam, asam, amp, looksam, gsam, friendly_sam, path_sgd, but got 'adam'",
        ),
        (PerturbationConfig, {"kind": "asam"}, "eta: is needed by asam"),
        (PerturbationConfig, {"kind": "sam", "eta": 0.1}, "eta: is not used by sam: leave it out, but got 0.1"),
    ],
)
def test_a_section_has_exactly_the_parameters_that_its_kind_uses(
    section: type[Section], values: Values, line: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        section.from_dict(values)
    assert str(caught.value).startswith(line)


def test_published_weights_are_of_standard_convolutions() -> None:
    with pytest.raises(ConfigError, match="bsconv: must be left out with pretrained default"):
        ModelConfig("resnet18", bsconv="u", pretrained="default")
    with pytest.raises(ConfigError, match="bsconv: must be left out with pretrained default"):
        ModelConfig.from_dict({"name": "resnet18", "bsconv": {"kind": "u"}, "pretrained": "default"})
    ModelConfig("resnet18", bsconv="u", pretrained="a.pt")
    ModelConfig("torchvision/mobilenet_v2", bsconv="s", pretrained="default")


def test_a_trial_names_the_section_of_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match=r"^training.head_lr_factor: must be > 0 and finite, but got 0.0$"):
        small_config(training={"head_lr_factor": 0.0})


def test_the_switch_epoch_may_be_the_end_of_training_and_no_later() -> None:
    assert small_config(epochs=4, switch_epoch=4).timing.switch_epoch == 4
    with pytest.raises(ConfigError, match=r"timing.switch_epoch: must be <= training.epochs \(4\), but got 5"):
        small_config(epochs=4, switch_epoch=5)


def test_a_trial_holds_the_step_that_auto_stands_for() -> None:
    assert TrainingConfig.from_dict(TRAINING).step == "auto"
    assert small_config(training={"step": "auto"}).training.step == "fused"
    assert small_config(training={"step": "reference"}).training.step == "reference"


def test_what_is_left_out_is_plain_pugd_from_the_first_epoch() -> None:
    trial = TrialConfig.from_dict({"dataset": DIGITS, "model": {"name": "small"}, "training": TRAINING})
    assert (trial.radius, trial.scale) == (ScheduleConfig(value=1.0), ScaleConfig(value=1.0))
    assert (trial.timing.switch_epoch, trial.perturbation.kind) == (0, "pugd")
    assert TrialConfig.from_dict(trial.to_dict()) == trial


@pytest.mark.parametrize(
    ("values", "gradients"), [({"kind": "pugd"}, 2), ({"kind": "sam"}, 2), ({**AMP, "inner_steps": 3}, 4)]
)
def test_a_step_costs_a_gradient_and_one_for_each_ascent(values: Values, gradients: int) -> None:
    assert PerturbationConfig.from_dict(values).gradients_per_step == gradients
