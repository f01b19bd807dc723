"""The loss on images is the one that an evaluation finds, and has the derivatives that differences of it show."""

from dataclasses import replace

import pytest
import torch

from tests.trainables.core.conftest import small_config
from tests.trainables.core.emulated_gpu import EmulatedGpu
from trainables.core.data import Dataset
from trainables.core.history.lineage import epoch_settings
from trainables.core.landscape.directions import filter_normalised
from trainables.core.landscape.image_loss import Given, chosen, image_loss
from trainables.core.landscape.loss_function import LossFunction, inner, times
from trainables.core.models.build import build_model
from trainables.core.seeding import generator
from trainables.core.settings.config import ModelConfig
from trainables.core.training.engine import Engine

WHOLE = Given("val", 287, 0, "float64")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(digits: Dataset) -> Engine:
    config = small_config()
    engine = Engine(config, digits, CPU)
    engine.train_epoch(0, epoch_settings(config, 0, 2))
    return engine


def loss_of(engine: Engine, digits: Dataset, given: Given = WHOLE) -> LossFunction:
    return image_loss(ModelConfig("small"), engine.parameters(), digits, given, CPU)


def test_the_loss_is_that_of_an_evaluation(trained: Engine, digits: Dataset) -> None:
    wanted = trained.evaluate(digits.val).loss
    assert loss_of(trained, digits).value() == pytest.approx(wanted, rel=1e-6)
    assert loss_of(trained, digits, replace(WHOLE, precision="float32")).value() == pytest.approx(wanted, rel=1e-6)


def test_gradient_and_hessian_are_those_of_central_differences(trained: Engine, digits: Dataset) -> None:
    loss = loss_of(trained, digits, replace(WHOLE, part="train", images=100))
    direction = filter_normalised(loss.weights, generator(0, "x"))
    step = 1e-7  # few units of ReLU change their side within it
    values = []
    for factor in (-step, 0.0, step):
        with loss.at(times(factor, direction)):
            values.append(loss.value())
    assert inner(loss.gradient(), direction) == pytest.approx((values[2] - values[0]) / (2 * step), rel=1e-4)
    curved = inner(direction, loss.hessian_times(direction))
    slopes = []
    for factor in (-step, step):
        with loss.at(times(factor, direction)):
            slopes.append(inner(loss.gradient(), direction))
    assert curved == pytest.approx((slopes[1] - slopes[0]) / (2 * step), rel=1e-4)


def test_the_images_are_drawn_from_the_seed_and_the_part(digits: Dataset) -> None:
    given = Given("train", 20, 0)
    first, again, other = (chosen(digits, one) for one in (given, given, replace(given, seed=1)))
    assert (first.images == again.images).all()
    assert not (first.images == other.images).all()
    assert len(chosen(digits, replace(given, images=128)).labels) == 128


def test_weights_of_normalisation_are_still_and_biases_too(trained: Engine, digits: Dataset) -> None:
    loss = loss_of(trained, digits)
    moved = [bool(one.any()) for one in filter_normalised(loss.weights, generator(0, "x"), loss.still)]
    assert moved == [weight.ndim > 1 for weight in loss.weights]
    assert len(loss.still) == 6


def test_statistics_are_kept_or_those_of_the_moved_weights(trained: Engine, digits: Dataset) -> None:
    kept, again = (loss_of(trained, digits, replace(WHOLE, statistics=one)) for one in ("kept", "recomputed"))
    for loss in (kept, again):
        direction = filter_normalised(loss.weights, generator(0, "x"), loss.still)
        scaled = [weight.detach() if weight.ndim == 4 else torch.zeros_like(weight) for weight in loss.weights]
        before = loss.value()
        with loss.at(direction):
            moved = loss.value()
        with loss.at(scaled):  # twice the weights before BatchNorm: the same function, where its statistics follow
            doubled = loss.value()
        assert loss.value() == before
        assert moved != pytest.approx(before)
        assert (doubled == pytest.approx(before, rel=1e-3)) == (loss is again)


def test_attention_has_a_second_derivative(digits: Dataset) -> None:
    pytest.importorskip("timm")
    options = {"patch_size": 4, "embed_dim": 8, "depth": 1, "num_heads": 2}
    model = ModelConfig("timm/vit_tiny_patch16_224", options=options)
    torch.manual_seed(0)
    state = build_model(model, 10, 1, digits.image_size).state_dict()
    loss = image_loss(model, state, digits, Given("train", 8, 0), CPU)
    assert inner(loss.gradient(), loss.hessian_times(loss.gradient())) != 0.0


def test_it_is_computed_on_the_gpu(card: EmulatedGpu, trained: Engine, digits: Dataset) -> None:
    del card
    given = replace(WHOLE, images=20, precision="float32", statistics="recomputed")
    loss = image_loss(ModelConfig("small"), trained.parameters(), digits, given, torch.device("cuda"))
    assert {weight.device.type for weight in loss.weights} == {"cuda"}
    there, here = loss.value(), loss_of(trained, digits, given).value()
    assert there == pytest.approx(here, rel=1e-5)
    assert {tensor.device.type for tensor in loss.hessian_times(loss.gradient())} == {"cuda"}
