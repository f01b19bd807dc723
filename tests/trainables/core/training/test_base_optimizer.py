"""The optimizer of a trial: every parameter is in one group, with the settings of the file."""

from typing import Any

from tests.trainables.core.conftest import small_config
from trainables.core.models.build import build_model
from trainables.core.models.decay import without_decay_of_vectors
from trainables.core.settings.config import ModelConfig
from trainables.core.training.base_optimizer import optimizer_of


def groups(**training: Any) -> list[dict[str, Any]]:
    model = build_model(ModelConfig("small"), 10, 1, 8)
    found = optimizer_of(model, small_config(training=training).training).param_groups
    assert sum(len(group["params"]) for group in found) == len(list(model.parameters()))
    return found


def test_by_default_all_parameters_are_in_one_group_over_sgd() -> None:
    (group,) = groups()
    assert (group["base"], group["momentum"], group["weight_decay"], group["nesterov"]) == ("sgd", 0.9, 5e-4, False)


def test_norms_and_biases_can_be_left_without_decay_in_body_and_head() -> None:
    optimizer = {"name": "adamw", "betas": [0.8, 0.9], "eps": 1e-6, "decay_norm_and_bias": False}
    found = groups(optimizer=optimizer, head_lr_factor=2.0)
    assert [(group["lr_factor"], group["weight_decay"]) for group in found] == [
        (1.0, 5e-4), (1.0, 0.0), (2.0, 5e-4), (2.0, 0.0),
    ]  # fmt: skip
    for group in found:
        assert (group["base"], group["betas"], group["eps"]) == ("adamw", (0.8, 0.9), 1e-6)
        assert all((p.ndim > 1) == bool(group["weight_decay"]) for p in group["params"])


def test_a_group_without_vectors_stays_one() -> None:
    model = build_model(ModelConfig("small"), 10, 1, 8)
    named = [(name, p) for name, p in model.named_parameters() if p.ndim > 1]
    assert len(without_decay_of_vectors([{"params": named}])) == 1
