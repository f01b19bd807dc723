"""Depthwise separable blocks and inverted residuals are found in networks of either library and in others' own."""

import pytest
import timm
import torch
import torchvision
from torch import nn

from trainables.core.models.mobile_blocks import MobileBlocks, mobile_blocks


def found(model: nn.Module, size: int = 32) -> MobileBlocks:
    device = next(model.parameters()).device

    def run() -> None:
        with torch.no_grad():
            model.eval()(torch.zeros(2, 3, size, size, device=device))

    return mobile_blocks(model, run)


@pytest.mark.slow
@pytest.mark.usefixtures("without_numbers")
@pytest.mark.parametrize(
    ("name", "size", "separable", "projecting"),
    [
        ("timm/mobilenetv1_100", 32, 13, 0),
        ("timm/legacy_xception", 64, 34, 0),
        pytest.param("timm/mobilenetv3_large_100", 32, 0, 15, marks=pytest.mark.campaign),
        pytest.param("timm/tf_efficientnet_b0", 32, 0, 16, marks=pytest.mark.campaign),
        pytest.param("torchvision/mobilenet_v2", 32, 0, 17, marks=pytest.mark.campaign),
        ("torchvision/mobilenet_v3_small", 32, 0, 11),
        ("torchvision/efficientnet_b0", 32, 0, 16),  # the last maps have one pixel
        pytest.param("torchvision/mnasnet0_5", 32, 0, 17, marks=pytest.mark.campaign),
        ("torchvision/resnet18", 32, 0, 0),
        ("torchvision/convnext_tiny", 32, 0, 0),
        ("timm/ghostnet_100", 32, 0, 0),  # most of its depthwise convolutions make ghosts
    ],
)
def test_the_blocks_of_known_networks_are_found(name: str, size: int, separable: int, projecting: int) -> None:
    library, _, short = name.partition("/")
    model = timm.create_model(short) if library == "timm" else torchvision.models.get_model(short)
    blocks = found(model, size)
    assert (len(blocks.separable), len(blocks.projecting)) == (separable, projecting)


def separable(inputs: int, outputs: int, last: nn.Module) -> list[nn.Module]:
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs)
    return [depthwise, nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs), last]


def test_an_activation_after_a_block_tells_a_separable_one_from_the_end_of_an_inverted_residual() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 8, 3), *separable(8, 4, nn.ReLU()), *separable(4, 8, nn.SiLU()))
    blocks = found(plain)
    assert [block.pointwise.out_channels for block in blocks.separable] == [4, 8]
    assert [type(layer) for layer in blocks.separable[0].between] == [nn.ReLU, nn.BatchNorm2d]
    linear = nn.Sequential(nn.Conv2d(3, 8, 3), *separable(8, 4, nn.Identity()), *separable(4, 3, nn.Dropout(0.5)))
    assert [block.pointwise.out_channels for block in found(linear).projecting] == [4, 3]


def test_where_the_activation_cannot_be_seen_nothing_is_found() -> None:
    widening = nn.Sequential(nn.Conv2d(3, 4, 3), *separable(4, 8, nn.Identity()), *separable(8, 16, nn.Identity()))
    assert found(widening) == MobileBlocks((), ())
    both = nn.Sequential(nn.Conv2d(3, 8, 3), *separable(8, 4, nn.Identity()), *separable(4, 2, nn.ReLU()))
    assert found(both) == MobileBlocks((), ())


def test_a_layer_that_is_used_twice_is_not_replaceable() -> None:
    shared = separable(4, 4, nn.ReLU())
    assert found(nn.Sequential(nn.Conv2d(3, 4, 3), *shared, *shared)) == MobileBlocks((), ())
    large = separable(4, 4, nn.ReLU())
    large[0] = nn.Conv2d(4, 4, 7, padding=3, groups=4)
    assert found(nn.Sequential(nn.Conv2d(3, 4, 3), *large)) == MobileBlocks((), ())
