"""Blueprint separable convolutions: shapes, numbers of weights, which layers are replaced, and the penalty."""

from typing import Any

import pytest
import torch
from torch import nn

from tests.trainables.core.conftest import small_config
from trainables.core.data import Dataset
from trainables.core.history.lineage import EpochSettings
from trainables.core.models.bsconv import orthonormal_penalty, rewrite, rewriting_of, separable, subspaces
from trainables.core.models.build import build_model
from trainables.core.seeding import seed_everything
from trainables.core.settings.config import ModelConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.engine import Engine

SGD = EpochSettings("sgd", 0.05)


def num_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 128), (100, 30), (16, 16), (3, 8), (1, 4)])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_has_the_papers_number_of_weights(inputs: int, outputs: int, kernel: int, bias: bool) -> None:
    layer = nn.Conv2d(inputs, outputs, kernel, bias=bias)
    last = outputs * kernel * kernel + outputs * bias
    assert num_parameters(separable(layer, "u")) == inputs * outputs + last
    middle = {64: 16, 100: 25, 16: 4, 3: 3, 1: 1}[inputs]
    assert num_parameters(separable(layer, "s")) == inputs * middle + middle * outputs + last


@pytest.mark.parametrize("kind", ["u", "s"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"padding": 2, "dilation": 2},
        {"padding": "same"},
        {"padding": 1, "padding_mode": "reflect"},
        {"stride": (2, 1), "padding": (0, 1)},
    ],
)
def test_a_layer_keeps_the_size_and_the_border_of_its_maps(kind: str, options: dict[str, Any]) -> None:
    layer = nn.Conv2d(6, 10, 3, **options)
    new = separable(layer, kind)
    images = torch.rand(2, 6, 9, 9)
    assert new(images).shape == layer(images).shape
    assert new[-1].padding_mode == layer.padding_mode


@pytest.mark.parametrize("kind", ["u", "s"])
def test_the_layers_are_one_convolution_whose_kernels_are_multiples_of_a_blueprint(kind: str) -> None:
    layer = nn.Conv2d(8, 5, 3, padding=1, stride=2)
    new = separable(layer, kind)
    across = new[0].weight.flatten(1)
    if kind == "s":
        across = new[1].weight.flatten(1) @ across
    kernels = across[:, :, None, None] * new[-1].weight
    images = torch.rand(2, 8, 9, 9)
    whole = nn.functional.conv2d(images, kernels, new[-1].bias, stride=2, padding=1)
    torch.testing.assert_close(new(images), whole)


# By hand: 3x3 convolutions as in the paper, 172,032 weights of 1x1 shortcuts, 9,600 of BatchNorm, 5,130 of the head.
@pytest.mark.parametrize(("kind", "convolutions"), [("u", 1_255_936), ("s", 624_137)])
def test_a_resnet_has_its_parameters_and_trains(kind: str, convolutions: int) -> None:
    model = build_model(ModelConfig("resnet18", bsconv=kind), 10, 3, 32)
    assert num_parameters(model) == convolutions + 172_032 + 9_600 + 5_130
    model(torch.rand(2, 3, 32, 32)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_the_stem_of_7_x_7_pixels_stays() -> None:
    model = build_model(ModelConfig("resnet18", {"stem": "imagenet"}, "u"), 10, 3, 32)
    assert num_parameters(model) == 1_442_698 - 768 + 64 * 3 * 7 * 7
    assert isinstance(model.conv1, nn.Conv2d)


@pytest.mark.parametrize("layer", [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, (1, 3))])
def test_pointwise_grouped_and_oblong_convolutions_stay(layer: nn.Conv2d) -> None:
    model = nn.Sequential(layer, nn.Conv2d(4, 4, 3))
    assert rewrite(model, "u")[0] is layer  # type: ignore[index]
    assert isinstance(model[1], nn.Sequential)


@pytest.mark.parametrize(
    ("name", "kind", "length"),
    [
        ("small", "u", 581.240585528587),
        ("small", "s", 493.04525970650866),
        ("resnet18", "u", 53298.80372943064),
        ("resnet18", "s", 44364.53973886721),
    ],
)
def test_a_seed_gives_the_weights_of_earlier_versions(name: str, kind: str, length: float) -> None:
    seed_everything("weights", 0)
    weights = build_model(ModelConfig(name, bsconv=kind), 10, 3, 32).parameters()
    assert sum(float(weight.detach().double().abs().sum()) for weight in weights) == pytest.approx(length, rel=1e-7)


def test_a_layer_in_two_places_stays_one_layer() -> None:
    shared = nn.Conv2d(4, 4, 3, padding=1)
    model = rewrite(nn.Sequential(shared, nn.Sequential(shared)), "u")
    assert model[0] is model[1][0]  # type: ignore[index]
    assert isinstance(rewrite(shared, "u"), nn.Sequential)


def test_a_mobilenet_v1_with_its_blocks_turned_round_computes_what_a_twin_made_by_hand_does() -> None:
    model = build_model(ModelConfig("mobilenet_v1", {"width": 0.25}, "u"), 10, 3, 32)
    inputs, layers = 8, [nn.BatchNorm2d(3), nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
    for outputs, stride in zip(
        (16, 32, 32, 64, 64, *[128] * 6, 256, 256), (1, 1, 1, 2, 1, 2, *[1] * 5, 2, 1), strict=True
    ):
        across = nn.Conv2d(inputs, outputs, 1, bias=False)
        alone = nn.Conv2d(outputs, outputs, 3, stride, 1, groups=outputs, bias=False)
        layers += [across, alone, nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    twin = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))
    twin.load_state_dict(dict(zip(twin.state_dict(), model.state_dict().values(), strict=True)))
    images = torch.rand(4, 3, 32, 32)
    for _ in range(2):  # in training, then in evaluation with the statistics of the training
        assert torch.equal(model(images), twin(images))
        model.eval(), twin.eval()


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "size", "weights"),
    [
        ("mobilenet_v1", 32, 3_216_240),
        # 27 BatchNorms become 14, each for the channels of its block's end; the same for the library's network.
        ("timm/mobilenetv1_100", 32, 3_216_240 - 6),
    ],
)
def test_the_stem_and_the_last_norm_and_activation_of_a_block_stay(name: str, size: int, weights: int) -> None:
    model = build_model(ModelConfig(name, bsconv="u"), 10, 3, size)
    assert num_parameters(model) == weights
    assert sum(isinstance(module, nn.Conv2d) and module.groups == 1 for module in model.modules()) == 1 + 13


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "convolutions", "penalised"),
    [
        pytest.param("mobilenet_v2", 18, 17, marks=pytest.mark.campaign),
        ("mobilenet_v3_large", 16, 15),
        pytest.param("mnasnet", 18, 17, marks=pytest.mark.campaign),
        pytest.param("torchvision/mobilenet_v2", 18, 17, marks=pytest.mark.campaign),
        ("torchvision/efficientnet_b0", 17, 16),
        pytest.param("timm/mobilenetv3_small_100", 12, 11, marks=pytest.mark.campaign),
    ],
)
def test_inverted_residuals_keep_their_layers_and_s_is_the_penalty_on_their_projections(
    name: str, convolutions: int, penalised: int
) -> None:
    before = build_model(ModelConfig(name), 10, 3, 32).state_dict()
    model = build_model(ModelConfig(name, bsconv="s"), 10, 3, 32)
    assert {key: tensor.shape for key, tensor in model.state_dict().items()} == {
        key: tensor.shape for key, tensor in before.items()
    }
    found = rewriting_of(model)
    assert (found.rewritten, found.spatial, found.penalised) == (0, convolutions, penalised)
    assert found.told() == f"no layer changed, {penalised} of its 1x1 convolutions in the regularisation term"
    assert all(weight.shape[0] <= weight.shape[1] for weight in subspaces(model))


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("bsconv", "line"),
    [
        ("u", "bsconv: must be s, or be left out, for a model of inverted residuals: its layers stay, and s makes its"),
        ({"kind": "s", "p": 0.25}, "bsconv.p: must be left out for a model of inverted residuals, whose layers stay"),
    ],
)
def test_inverted_residuals_have_no_u_and_no_share_to_choose(bsconv: object, line: str) -> None:
    config = ModelConfig.from_dict({"name": "mobilenet_v2", "bsconv": bsconv})
    with pytest.raises(ConfigError, match=line):
        build_model(config, 10, 3, 32)


@pytest.mark.usefixtures("without_numbers")
def test_the_share_decides_the_size_of_the_subspace() -> None:
    sizes = []
    for bsconv in ("s", {"kind": "s", "p": 0.25}, {"kind": "s", "p": 0.125}, {"kind": "s", "alpha": 1.0}):
        model = build_model(ModelConfig.from_dict({"name": "resnet18", "bsconv": bsconv}), 10, 3, 32)
        sizes.append(num_parameters(model))
    assert sizes[0] == sizes[1] == sizes[3] == 810_899
    assert sizes[2] < sizes[0]


@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "size", "only_the_stem"),
    [
        ("timm/levit_128s", 64, True),
        pytest.param("mobilenet_v1", 32, False, marks=pytest.mark.campaign),
        ("small", 32, False),
        pytest.param("upanet16", 32, False, marks=pytest.mark.campaign),
        pytest.param("resnet50", 32, False, marks=pytest.mark.campaign),
        ("torchvision/vgg11_bn", 32, False),
        ("torchvision/efficientnet_v2_s", 32, False),  # early blocks have standard convolutions
    ],
)
def test_whether_the_stem_alone_is_rewritten_is_known(name: str, size: int, only_the_stem: bool) -> None:
    assert not rewriting_of(build_model(ModelConfig(name), 10, 3, size)).rewritten
    found = rewriting_of(build_model(ModelConfig(name, bsconv="s"), 10, 3, size))
    assert found.only_the_stem == only_the_stem
    assert 0 < found.rewritten <= found.spatial


@pytest.mark.usefixtures("without_numbers")
def test_a_model_without_standard_convolutions_is_refused() -> None:
    with pytest.raises(ConfigError, match="bsconv: must be left out for a model without standard convolutions"):
        build_model(ModelConfig("torchvision/vit_b_16", bsconv="u"), 10, 3, 32)


def test_the_penalty_is_zero_for_orthonormal_rows_and_grows_with_their_length() -> None:
    rows = torch.eye(3, 5)[:, :, None, None].requires_grad_()
    assert orthonormal_penalty([rows]).item() == 0.0
    orthonormal_penalty([rows]).backward()
    assert rows.grad is not None
    assert bool(rows.grad.isfinite().all())
    # W W^T - I = 3 I, whose Frobenius norm is 3 sqrt(3); two layers add up.
    assert orthonormal_penalty([2 * rows, 2 * rows]).item() == pytest.approx(0.1 * 2 * 3 * 3**0.5)


@pytest.mark.parametrize(("kind", "layers"), [("u", 0), ("s", 3)])
def test_only_the_subspace_has_a_penalty(kind: str, layers: int) -> None:
    assert len(subspaces(build_model(ModelConfig("small", bsconv=kind), 10, 1, 8))) == layers


@pytest.mark.parametrize("settings", [SGD, EpochSettings("pugd", 0.05, 1.0, 1.0, "both")])
def test_training_draws_the_rows_of_the_subspace_towards_orthonormal_ones(
    digits: Dataset, settings: EpochSettings
) -> None:
    engine = Engine(small_config(model={"name": "small", "bsconv": "s"}), digits, torch.device("cpu"))
    before = orthonormal_penalty(engine._subspaces).item()
    figures = [engine.train_epoch(epoch, settings) for epoch in range(8)]
    assert orthonormal_penalty(engine._subspaces).item() < before / 2
    assert figures[0].train_loss < 2.5, "cross-entropy alone, which is 2.3 for guessing"


def test_alpha_is_the_weight_of_the_penalty(digits: Dataset) -> None:
    found = {}
    for alpha in (0.0, 0.1, 1.0):
        config = small_config(model={"name": "small", "bsconv": {"kind": "s", "alpha": alpha}})
        engine = Engine(config, digits, torch.device("cpu"))
        engine.train_epoch(0, SGD)
        found[alpha] = orthonormal_penalty(subspaces(engine._model)).item()
    assert found[1.0] < found[0.1] < found[0.0]
    short = Engine(small_config(model={"name": "small", "bsconv": "s"}), digits, torch.device("cpu"))
    short.train_epoch(0, SGD)
    assert orthonormal_penalty(subspaces(short._model)).item() == found[0.1]


def test_without_the_penalty_the_rows_are_not_drawn_there(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(small_config(model={"name": "small", "bsconv": "s"}), digits, torch.device("cpu"))
    rows, before = engine._subspaces, orthonormal_penalty(engine._subspaces).item()
    monkeypatch.setattr(engine, "_subspaces", ())
    for epoch in range(8):
        engine.train_epoch(epoch, SGD)
    assert orthonormal_penalty(rows).item() > before / 2
