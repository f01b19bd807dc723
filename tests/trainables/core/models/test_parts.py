"""Layers that the networks share."""

import pytest
import torch
from torch import nn

from trainables.core.models.parts import initialised, normed, with_first


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_normed_convolution_keeps_the_size_of_the_map(kernel: int) -> None:
    layers = normed(4, 6, kernel)
    assert layers(torch.rand(2, 4, 9, 9)).shape == (2, 6, 9, 9)
    assert [type(layer) for layer in layers] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    assert len(normed(4, 6, activation=None)) == 2


def test_the_first_convolution_gets_other_arguments_and_keeps_the_rest() -> None:
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3)))
    with_first(model, ("0", "0"), in_channels=1, stride=1)
    new = model[0][0]  # type: ignore[index]
    assert (new.in_channels, new.out_channels, new.kernel_size, new.stride) == (1, 8, (7, 7), (1, 1))
    assert not new.bias.any()


def test_weights_are_drawn_with_the_variance_of_the_outgoing_connections() -> None:
    torch.manual_seed(0)
    weight = initialised(nn.Sequential(nn.Conv2d(8, 64, 3)))[0].weight  # type: ignore[index]
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
