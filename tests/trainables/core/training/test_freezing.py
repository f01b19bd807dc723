"""Frozen layers: nothing of them changes while the head learns, and afterwards all of them learn."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.trials import trial
from trainables.core.data import Dataset
from trainables.core.history.lineage import epoch_settings
from trainables.core.models.pretrained import head_of, is_under
from trainables.core.settings.section import ConfigError
from trainables.core.settings.timing import make_rule
from trainables.core.training.engine import Engine


@pytest.mark.parametrize("step", ["reference", "fused"])
@pytest.mark.parametrize("base", ["sgd", "adamw"])
def test_only_the_head_learns_in_the_first_epochs_and_then_all_layers(
    digits: Dataset, tmp_path: Path, step: str, base: str
) -> None:
    config = small_config(3, 1, training={"freeze_epochs": 2, "step": step, "optimizer": {"name": base}})
    some = trial(config, digits, tmp_path)
    list(some.epochs())
    states = [{name: value.clone() for name, value in some.engine_after(n).parameters().items()} for n in range(4)]
    head = head_of(Engine(config, digits, torch.device("cpu"))._model)
    for name in states[0]:
        moved = [not torch.equal(one[name], other[name]) for one, other in pairwise(states)]
        assert moved == ([True] * 3 if is_under(name, head) else [False, False, True]), name


def test_trials_share_the_epochs_in_which_both_are_frozen(digits: Dataset) -> None:
    del digits
    settings = [
        [epoch_settings(small_config(training={"freeze_epochs": number}), epoch, 4) for epoch in range(4)]
        for number in (1, 2)
    ]
    assert settings[0][0] == settings[1][0]
    assert settings[0][1] != settings[1][1]
    assert make_rule(small_config().timing).switch_epoch == 2


def test_a_model_without_layers_before_its_head_is_refused(digits: Dataset) -> None:
    model: dict[str, Any] = {"name": "tests.trainables.hungry_model:linear"}
    with pytest.raises(ConfigError, match=r"^training.freeze_epochs: must be 0 for a model without layers before"):
        Engine(small_config(training={"freeze_epochs": 1}, model=model), digits, torch.device("cpu"))
