"""A trained model classifies images as the validation of its training does."""

from typing import Any

import pytest
import torch

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.training.engine import Engine
from trainables.core.training.trained_model import TrainedModel

PUGD = EpochSettings("pugd", 0.05, 1.0, 1.0, "both")


def trained(
    digits: Dataset, training: dict[str, Any], model: str = "small"
) -> tuple[TrainedModel, float, dict[str, torch.Tensor]]:
    config = small_config(training=training, model={"name": model})
    engine = Engine(config, digits, torch.device("cpu"))
    engine.train_epoch(0, PUGD)
    accuracy, weights = engine.evaluate(digits.val).accuracy, engine.parameters()
    copies = {name: tensor.clone() for name, tensor in weights.items()}
    found = TrainedModel(engine.network(), config.training, digits.mean, digits.std, digits.classes)
    return found.eval(), accuracy, copies


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"ema": 0.9},
        {"precision": "bf16"},
        {"memory_format": "channels_last"},
        {"step": "fused"},
        {"augmentation": {"crop_size": 6}},
    ],
    ids=str,
)
def test_it_has_the_accuracy_of_the_validation(digits: Dataset, training: dict[str, Any]) -> None:
    crops = "augmentation" in training  # the small network needs images of 8 pixels
    model, accuracy, weights = trained(digits, training, "tests.trainables.hungry_model:linear" if crops else "small")
    images, labels = torch.from_numpy(digits.val.images), torch.from_numpy(digits.val.labels)
    with torch.no_grad():
        logits = model(images)
        floats = model(images.to(torch.float32) / 255)
    assert logits.shape == (len(labels), 10)
    assert logits.dtype == torch.float32
    assert float((logits.argmax(dim=1) == labels).double().mean()) == accuracy
    assert torch.equal(logits, floats)
    state = model.network.state_dict()
    assert state.keys() == weights.keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in weights.items())


def test_each_of_its_weights_has_memory_of_its_own_and_can_be_trained_on(digits: Dataset) -> None:
    model, _, _ = trained(digits, {"step": "fused"})
    for weight in model.parameters():
        assert weight.untyped_storage().nbytes() == weight.numel() * weight.element_size()
        assert weight.requires_grad
        assert weight.grad is None
    assert not model.network.training
    model(torch.from_numpy(digits.val.images[:2])).sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())
