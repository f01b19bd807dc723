"""The layers of blueprint separable convolutions: sizes of the subspace, BatchNorm, and pairs that are turned round."""

import pytest
import torch
from torch import nn

from trainables.core.models.separable import Subspace, separable, turned_round


@pytest.mark.parametrize(
    ("inputs", "share", "middle"), [(64, 0.25, 16), (64, 1 / 6, 11), (64, 1.0, 64), (64, 0.01, 4), (3, 0.5, 3)]
)
def test_the_subspace_has_its_share_of_the_channels_and_no_fewer_than_4(inputs: int, share: float, middle: int) -> None:
    layers = separable(nn.Conv2d(inputs, 8, 3), "s", share)
    assert isinstance(layers[0], Subspace)
    assert layers[0].out_channels == layers[1].in_channels == middle


def test_norms_follow_both_layers_of_one_pixel() -> None:
    layers = separable(nn.Conv2d(16, 8, 3), "s", norms=True)
    assert [type(layer) for layer in layers] == [Subspace, nn.BatchNorm2d, nn.Conv2d, nn.BatchNorm2d, nn.Conv2d]
    assert (layers[1].num_features, layers[3].num_features) == (4, 8)
    assert len(separable(nn.Conv2d(16, 8, 3), "u", norms=True)) == 2


@pytest.mark.parametrize(("kind", "weights"), [("u", 6 * 10 + 10 * 9), ("s", 6 * 4 + 4 * 10 + 10 * 9)])
def test_a_pair_that_is_turned_round_keeps_stride_border_and_bias(kind: str, weights: int) -> None:
    depthwise = nn.Conv2d(6, 6, 3, stride=2, padding=1, groups=6, bias=False)
    pointwise = nn.Conv2d(6, 10, 1)
    new = turned_round(depthwise, pointwise, kind)
    images = torch.rand(2, 6, 9, 9)
    assert new(images).shape == pointwise(depthwise(images)).shape
    assert sum(parameter.numel() for parameter in new.parameters()) == weights + 10
    assert new[-1].groups == 10
