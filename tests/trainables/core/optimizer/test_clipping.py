"""Clipping: as torch clips, and of each gradient of a step before they are combined."""

from pathlib import Path

import pytest
import torch
from torch import nn

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import figures, trial
from trainables.core.data import Dataset
from trainables.core.optimizer.clipping import clip_
from trainables.core.optimizer.perturbations import global_norm


@pytest.mark.parametrize("most", [0.5, 2.0, 100.0])
def test_a_gradient_is_clipped_as_torch_does(most: float) -> None:
    g = [torch.full((3, 4), 1.5, dtype=torch.float64), torch.full((5,), -2.0, dtype=torch.float64)]
    parameters = [nn.Parameter(torch.zeros_like(x)) for x in g]
    for p, x in zip(parameters, g, strict=True):
        p.grad = x.clone()
    nn.utils.clip_grad_norm_(parameters, most)
    clip_(g, global_norm(g), most)
    for p, x in zip(parameters, g, strict=True):
        torch.testing.assert_close(p.grad, x, rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("kind", ["sgd", "pugd", "sam", "ngd"])
def test_clipping_acts_in_every_phase_but_ngd_and_the_recorded_norm_is_the_unclipped_one(
    digits: Dataset, tmp_path: Path, kind: str
) -> None:
    sections = {
        "perturbation": {"kind": "sam" if kind == "sam" else "pugd"},
        "radius": {"shape": "constant", "value": 0.0 if kind == "ngd" else 0.5},
    }
    epochs, switch = 1, 1 if kind == "sgd" else 0
    plain, clipped, loose = (
        figures(list(trial(config, digits, tmp_path).epochs()))[0]
        for config in (
            small_config(epochs, switch, **sections, training={"clip_grad_norm": most} if most else {})
            for most in (None, 0.3, 1e9)
        )
    )
    assert plain["grad_norm"] > 0.3
    assert loose["val_loss"] == plain["val_loss"]
    if kind == "ngd":
        assert clipped["val_loss"] == pytest.approx(plain["val_loss"], rel=1e-6)
    else:
        assert clipped["val_loss"] != pytest.approx(plain["val_loss"], rel=1e-6)
        assert clipped["grad_norm"] > 0.3
