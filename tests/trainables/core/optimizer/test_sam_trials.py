"""Trials of LookSAM, GSAM and Friendly SAM: their states, costs, recordings, settings and addresses."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from tests.trainables.core.history.test_lineage import addresses
from tests.trainables.core.optimizer.sam_twins import CONFIGS, METHODS
from tests.trainables.core.tape import Tape
from tests.trainables.core.test_on_emulated_gpu import engine_of, without_waiting
from tests.trainables.core.trials import assert_equal_weights, figures, trial, weights
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.settings.config import PerturbationConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(
    ("method", "step", "precision"),
    [
        *((method, "fused", "fp32") for method in METHODS),
        ("gsam", "reference", "bf16"),
        *(pytest.param(method, "reference", "fp32", marks=pytest.mark.campaign) for method in METHODS),
        pytest.param("looksam", "reference", "bf16", marks=pytest.mark.campaign),
        pytest.param("friendly_sam", "reference", "bf16", marks=pytest.mark.campaign),
    ],
)
def test_an_interrupted_trial_ends_bit_identical(
    digits: Dataset, tmp_path: Path, method: str, step: str, precision: str
) -> None:
    config = small_config(
        4, 1, perturbation={"kind": method, **CONFIGS[method]}, training={"step": step, "precision": precision}
    )
    whole = trial(config, digits, tmp_path / "whole")
    outcomes = list(whole.epochs())
    records = [outcome.stored.record for outcome in outcomes]
    assert [record.phase for record in records] == ["sgd", method, method, method]
    # Of the steps 4 to 15, LookSAM perturbs 6; 9; 12 and 15.
    costs = [4, 9, 14, 20] if method == "looksam" else [4, 12, 20, 28]
    assert [record.gradient_evaluations for record in records] == costs
    list(islice(trial(config, digits, tmp_path / "cut").epochs(), 2))
    resumed = trial(config, digits, tmp_path / "cut", "sweep/1")
    assert figures(list(resumed.epochs())) == figures(outcomes)
    assert resumed.computed == costs[3] - costs[1]
    assert_equal_weights(weights(resumed), weights(whole))


@pytest.mark.parametrize("method", METHODS)
def test_recorded_steps_do_not_wait_and_are_those_of_the_cpu(
    digits: Dataset, card: EmulatedGpu, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    tape, perturbation = Tape(), PerturbationConfig.from_dict({"kind": method, **CONFIGS[method]})
    settings = EpochSettings(method, 0.05, 0.1, None, "both", False, perturbation, every=perturbation.k or 1)
    plain = engine_of(digits, "small", "cpu", "reference", batch_size=16)
    recorded = engine_of(digits, "small", "cuda", recorder=tape, batch_size=16)
    without_waiting(recorded, card, monkeypatch)
    for epoch in range(2):
        assert recorded.train_epoch(epoch, settings) == plain.train_epoch(epoch, settings)
    kinds = 2 if method == "looksam" else 1
    assert (tape.made, tape.replays) == (2 * kinds, 2 * (8 - kinds))
    assert tape.left_behind() == 0
    assert recorded.dump() == plain.dump()


@pytest.mark.parametrize(
    ("perturbation", "rule"),
    [
        ({"kind": "looksam", "alpha": 0.7}, "k: is needed by looksam"),
        ({"kind": "looksam", "alpha": 0.7, "k": 0}, "k: must be >= 1, but got 0"),
        ({"kind": "looksam", "alpha": 0.7, "k": 1_000_001}, "k: must be <= 1,000,000"),
        ({"kind": "gsam", "alpha": -0.1}, "alpha: must be >= 0 and finite"),
        ({"kind": "gsam", "alpha": 0.1, "k": 2}, "k: is not used by gsam"),
        ({"kind": "friendly_sam", "sigma": -1.0, "decay": 0.9}, "sigma: must be >= 0 and finite"),
        ({"kind": "friendly_sam", "sigma": 1.0, "decay": 1.0}, r"decay: must be in \[0, 1\)"),
        ({"kind": "friendly_sam", "sigma": 1.0, "decay": 0.9, "q": 3.0}, "q: is not used by friendly_sam"),
        ({"kind": "gsam", "alpha": 0.1, "q": 2.0}, "q: is not used by gsam"),
        ({"kind": "looksam", "alpha": 0.7, "k": 2, "q": 1.0}, "q: is not used by looksam"),
    ],
)
def test_an_illegal_setting_is_refused(perturbation: dict[str, Any], rule: str) -> None:
    with pytest.raises(ConfigError, match=rule):
        small_config(perturbation=perturbation)


def test_each_setting_is_a_lineage_and_looksam_has_a_k_of_its_own() -> None:
    found = {name: addresses(small_config(perturbation={"kind": name, **given})) for name, given in CONFIGS.items()}
    found["other k"] = addresses(small_config(perturbation={"kind": "looksam", "k": 2, "alpha": 0.6}))
    found["other decay"] = addresses(small_config(perturbation={"kind": "friendly_sam", "sigma": 0.7, "decay": 0.9}))
    assert len({keys[-1] for keys in found.values()}) == len(found)
    assert len({tuple(keys[:3]) for keys in found.values()}) == 1
    timing = {"rule": "epoch", "switch_epoch": 2, "every": 4}
    assert (
        addresses(small_config(timing=timing, perturbation={"kind": "looksam", **CONFIGS["looksam"]}))
        == found["looksam"]
    )
