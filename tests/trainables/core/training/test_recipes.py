"""Whole recipes: whatever is combined, a trial that is interrupted ends bit-identical, recorded steps agree, and a
transformer trains."""

from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.tape import Tape
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset, Part
from trainables.core.history.lineage import epoch_settings
from trainables.core.settings.config import TrialConfig
from trainables.core.training.engine import Engine

ADAMW = {"name": "adamw", "decay_norm_and_bias": False}
RECIPES: dict[str, dict[str, Any]] = {
    "nesterov": {"optimizer": {"nesterov": True}, "clip_grad_norm": 0.5},
    "adamw": {"optimizer": ADAMW, "lr": 1e-3, "lr_schedule": {"name": "cosine", "warmup_epochs": 1.5}},
    "adamw, reset": {"optimizer": {"name": "adamw", "betas": [0.8, 0.9]}, "lr": 1e-3, "reset_momentum": True},
    "average": {"ema": 0.9, "label_smoothing": 0.1, "lr_schedule": "one_cycle"},
    "frozen": {"freeze_epochs": 2, "class_weights": "balanced", "ema": 0.5, "head_lr_factor": 2.0},
    "mixed": {"augmentation": {"mixup": 0.4}, "label_smoothing": 0.1, "class_weights": "balanced"},
    "all": {
        "optimizer": ADAMW,
        "lr": 1e-3,
        "lr_schedule": {"name": "step", "milestones": [0.75], "warmup_epochs": 2, "warmup_factor": 0.1},
        "ema": 0.8,
        "clip_grad_norm": 1.0,
        "label_smoothing": 0.1,
        "class_weights": "balanced",
        "freeze_epochs": 1,
        "bn_stats": "first",
        "augmentation": {"crop_padding": 1, "cutout": 2},
    },
}
KINDS: dict[str, dict[str, Any]] = {"pugd": {}, "sam": {"perturbation": {"kind": "sam"}}}


def is_cut_and_ends_alike(config: TrialConfig, digits: Dataset, folder: Path, finished: int) -> None:
    whole = trial(config, digits, folder / "whole")
    expected = figures(list(whole.epochs()))
    list(islice(trial(config, digits, folder / "cut").epochs(), finished))
    resumed = trial(config, digits, folder / "cut")
    outcomes = list(resumed.epochs())
    assert figures(outcomes) == expected
    assert_equal_weights(weights(resumed), weights(whole))


WAYS = list(product(KINDS, ("reference", "fused"), (1, 3)))
QUICK = {("pugd", "fused", 3), ("sam", "reference", 1)}


@pytest.mark.parametrize(
    ("kind", "step", "finished"),
    [pytest.param(*way, marks=[pytest.mark.campaign] * (way not in QUICK)) for way in WAYS],
)
@pytest.mark.parametrize("recipe", RECIPES)
def test_an_interrupted_trial_ends_bit_identical(
    digits: Dataset, tmp_path: Path, recipe: str, kind: str, step: str, finished: int
) -> None:
    config = small_config(training={**RECIPES[recipe], "step": step}, **KINDS[kind])
    is_cut_and_ends_alike(config, digits, tmp_path, finished)


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        *((recipe, "pugd") for recipe in RECIPES),
        ("all", "sam"),
        *(pytest.param(recipe, "sam", marks=pytest.mark.campaign) for recipe in RECIPES if recipe != "all"),
    ],
)
def test_recorded_steps_agree_with_plain_ones(digits: Dataset, recipe: str, kind: str) -> None:
    config, tape = small_config(training=RECIPES[recipe], **KINDS[kind]), Tape()
    plain, recorded = (Engine(config, digits, torch.device("cpu"), recorder=one) for one in (None, tape))
    for epoch in range(4):
        settings = epoch_settings(config, epoch, 2)
        one, other = (engine.train_epoch(epoch, settings) for engine in (plain, recorded))
        assert not other.notes
        assert other.train_loss == pytest.approx(one.train_loss, rel=1e-3)
    assert tape.replays == 12
    assert recorded.evaluate(digits.val).loss == pytest.approx(plain.evaluate(digits.val).loss, rel=1e-2)


@pytest.mark.parametrize("recipe", RECIPES)
def test_fused_and_reference_agree(digits: Dataset, recipe: str) -> None:
    engines = []
    for step in ("reference", "fused"):
        config = small_config(training={**RECIPES[recipe], "step": step})
        engine = Engine(config, digits, torch.device("cpu"))
        losses = [engine.train_epoch(epoch, epoch_settings(config, epoch, 2)).train_loss for epoch in range(3)]
        engines.append(losses)
    assert engines[1] == pytest.approx(engines[0], rel=1e-3)


VIT = {
    "name": "timm/vit_tiny_patch16_224",
    "options": {"patch_size": 16, "depth": 2, "embed_dim": 48, "num_heads": 3},
}


def enlarged(part: Part) -> Part:
    """The images with 32 x 32 pixels instead of 8 x 8."""
    return replace(part, images=part.images.repeat(4, axis=2).repeat(4, axis=3))


@pytest.mark.slow
@pytest.mark.parametrize("step", [pytest.param("reference", marks=pytest.mark.campaign), "fused"])
def test_a_small_vision_transformer_trains_with_adamw_and_is_interrupted(
    digits: Dataset, tmp_path: Path, step: str
) -> None:
    training = {
        "optimizer": ADAMW,
        "lr": 2e-3,
        "weight_decay": 0.05,
        "lr_schedule": {"name": "cosine", "warmup_epochs": 1},
        "label_smoothing": 0.1,
        "augmentation": {"mixup": 0.2},
        "ema": 0.8,
        "step": step,
    }
    radius = {"shape": "cosine", "beta_min": 0.1, "beta_max": 0.5}
    config = small_config(6, 2, training=training, model=VIT, radius=radius)
    large = replace(digits, train=enlarged(digits.train), val=enlarged(digits.val))
    is_cut_and_ends_alike(config, large, tmp_path, 2)
    records = figures(list(trial(config, large, tmp_path / "whole").epochs()))
    assert records[-1]["train_loss"] < 0.9 * records[0]["train_loss"]
