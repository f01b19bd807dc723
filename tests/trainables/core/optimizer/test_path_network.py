"""The network of paths against sums over all paths, one by one, and the models that it refuses."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.nn import functional

from tests.trainables.core.optimizer.path_sums import chain, slow_gammas, tiny_convolutions, tiny_mlp
from trainables.core.optimizer.path_layers import LAYERS
from trainables.core.optimizer.path_network import PathNetwork


@pytest.mark.parametrize(("model", "image"), [(tiny_mlp(), (1, 2, 2)), (tiny_convolutions(), (1, 4, 4))])
def test_gamma_is_the_sum_over_all_paths_through_a_weight(model: nn.Sequential, image: tuple[int, int, int]) -> None:
    parameters, slow = list(model.parameters()), slow_gammas(model, image)
    for p, gamma in zip(parameters, PathNetwork(model, image).gammas(parameters), strict=True):
        torch.testing.assert_close(gamma, slow[p], rtol=1e-9, atol=0.0)
        assert gamma.min() > 0


MEANS = (
    nn.AvgPool2d(3, 2, 1, ceil_mode=True),
    nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
    nn.AvgPool2d(2, divisor_override=3),
    nn.AdaptiveAvgPool2d((3, 4)),
    nn.AdaptiveAvgPool2d(1),
)


@pytest.mark.parametrize("layer", MEANS, ids=str)
def test_mean_pooling_has_the_squares_of_its_weights(layer: nn.Module) -> None:
    x = torch.rand(1, 2, 7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights: Any = jacobian(layer, x)
    found = LAYERS[type(layer)](layer, {}, x)
    torch.testing.assert_close(found, torch.tensordot(weights.square(), x, dims=4), rtol=1e-9, atol=0.0)


@pytest.mark.parametrize(
    ("layer", "mean"),
    [
        (nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 2, 1, ceil_mode=True)),
        (nn.AdaptiveMaxPool2d((3, 4)), nn.AdaptiveAvgPool2d((3, 4))),
    ],
)
def test_max_pooling_sums_its_inputs(layer: nn.Module, mean: nn.Module) -> None:
    x = torch.rand(1, 2, 7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    windows: Any = jacobian(mean, x)
    found = LAYERS[type(layer)](layer, {}, x)
    torch.testing.assert_close(found, torch.tensordot((windows > 0).double(), x, dims=4), rtol=1e-9, atol=0.0)
    assert found.shape == layer(x).shape


class ByFunctions(nn.Module):
    """`Plain`, written with functions, and with a sum, a concatenation and sizes."""

    def __init__(self, plain: nn.Sequential) -> None:
        super().__init__()
        self.first, self.second, self.head = plain[0], plain[3], plain[-1]

    def forward(self, x: Tensor, scale: float = 2.0) -> Tensor:
        del scale
        x = functional.dropout(functional.relu(self.first(x)), 0.5, self.training)
        x = functional.leaky_relu(self.second(functional.max_pool2d(x, 2)))
        x = x + torch.relu(x)
        x = torch.cat([x, x], 3).mean((2, 3), keepdim=True)
        return self.head(x.view(x.size(0), x.shape[1] * 1))


def test_functions_have_the_paths_of_layers() -> None:
    plain = tiny_convolutions()
    parameters = list(plain.parameters())
    by_layers = PathNetwork(plain, (1, 4, 4)).gammas(parameters)
    by_functions = PathNetwork(ByFunctions(plain), (1, 4, 4)).gammas(parameters)
    # Twice through the sum, and twice through the concatenation to a mean of twice as many: 2 * 2 / 4.
    for gamma, one in zip(by_functions, by_layers, strict=True):
        torch.testing.assert_close(gamma, one, rtol=1e-9, atol=0.0)


def test_a_weight_without_a_path_has_gamma_zero_and_a_foreign_one_is_refused() -> None:
    model = tiny_mlp()
    model.register_parameter("unused", nn.Parameter(torch.ones(2, dtype=torch.float64)))
    network = PathNetwork(model, (1, 2, 2))
    assert network.gammas([model.get_parameter("unused")])[0].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="all parameters must belong to the model"):
        network.gammas([nn.Parameter(torch.ones(2))])


class Skip(nn.Module):
    """One unit beside a connection around it, then a weight; and settings that are not used."""

    def __init__(self) -> None:
        super().__init__()
        self.unit, self.head = (nn.Linear(1, 1, bias=False, dtype=torch.float64) for _ in range(2))

    def forward(self, x: Tensor, **settings: Any) -> Tensor:
        del settings
        x = x.flatten(1)
        return self.head(torch.relu(self.unit(x)) + x)


def test_a_connection_around_a_layer_is_a_path_of_its_own() -> None:
    model = Skip()
    unit, head = model.unit.weight, model.head.weight
    found = PathNetwork(model, (1, 1, 1)).gammas([unit, head])
    torch.testing.assert_close(found, [head.detach() ** 2, unit.detach() ** 2 + 1], rtol=1e-9, atol=0.0)


class Odd(nn.Module):
    """A model that does something else with its logits."""

    def __init__(self, does: Any) -> None:
        super().__init__()
        self.head, self.does, self.free = nn.Linear(4, 2), does, nn.Parameter(torch.ones(2))

    def forward(self, x: Tensor) -> Any:
        return self.does(self, self.head(x.flatten(1)))


def hooked() -> nn.Module:
    model = tiny_mlp()
    model[1].register_forward_hook(lambda *_: None)
    return model


def twice() -> nn.Module:
    layer = nn.Linear(4, 4)
    return chain(nn.Flatten(), layer, nn.ReLU(), layer)


def tied() -> nn.Module:
    model = chain(nn.Flatten(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model[3].weight = model[1].weight
    return model


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (chain(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)), r"the layer 1 \(BatchNorm2d\) of the model has no known paths"),
        (chain(nn.Linear(2, 2), nn.GELU()), r"the layer 1 \(GELU\) of the model has no known paths"),
        (chain(nn.Linear(2, 2), nn.PReLU()), r"the layer 1 \(PReLU\) of the model has no known paths"),
        (chain(nn.Conv2d(1, 1, 1), nn.MaxPool2d(1, dilation=2)), r"the layer 1 \(MaxPool2d\) of the model has a dil"),
        (nn.TransformerEncoderLayer(2, 1), "of the model has no known paths|cannot be read"),
        (twice(), r"the layer 1 \(Linear\) of the model has weights that are used before"),
        (tied(), r"the layer 3 \(Linear\) of the model has weights that are used before"),
        (hooked(), r"the layer 1 \(Linear\) of the model has hooks"),
        (Odd(lambda _, x: x * x), "the operation mul of the model has no known paths"),
        (Odd(lambda _, x: x + 1.0), "the operation add of the model adds something that is no output of a layer"),
        (Odd(lambda _, x: x.softmax(1)), "the operation softmax of the model has no known paths"),
        (Odd(lambda _, x: x.T), "the operation getattr of the model is no size"),
        (Odd(lambda own, x: x + own.free), "the tensor free outside of a layer of the model has no known paths"),
        (Odd(lambda _, x: [x]), "the output of the model must be one tensor"),
        (Odd(lambda _, x: x if x.sum() > 0 else -x), "the forward pass of the model cannot be read"),
    ],
)
def test_a_model_whose_paths_are_not_known_is_refused_by_the_name_of_the_layer(model: nn.Module, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        PathNetwork(model, (1, 2, 2))
