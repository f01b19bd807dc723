"""The formulas for colours are torchvision's."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as vision

from trainables.core.seeding import generator
from trainables.core.training.augmentations import colors

COLOURED = torch.rand(40, 3, 8, 9, generator=generator("images"))
COLOURED[:10, :, :2] = COLOURED[:10, :1, :2]  # grey pixels
COLOURED[:10, :, 2] = 0.0
COLOURED[:10, :, 3] = 1.0
COLOURED[:10, 1, 4] = COLOURED[:10, 0, 4]  # two equal channels
Formula = Callable[[Tensor, Tensor], Tensor]


@pytest.mark.parametrize("images", [COLOURED, COLOURED[:, :1]], ids=["coloured", "grey"])
@pytest.mark.parametrize(
    ("formula", "torchvisions"),
    [
        (colors.brightness, vision.adjust_brightness),
        (colors.contrast, vision.adjust_contrast),
        (colors.saturation, vision.adjust_saturation),
        (colors.gamma, vision.adjust_gamma),
    ],
)
def test_the_formula_is_torchvisions(
    images: Tensor, formula: Formula, torchvisions: Callable[[Tensor, float], Tensor]
) -> None:
    factors = torch.linspace(0.0, 3.0, 40)
    changed = formula(images, factors)
    for index, factor in enumerate(factors.tolist()):
        torch.testing.assert_close(changed[index], torchvisions(images[index], factor), rtol=1e-5, atol=2e-6)


def test_the_turn_of_the_hue_is_torchvisions() -> None:
    turns = torch.linspace(-0.5, 0.5, 40)
    changed = colors.hue(COLOURED, turns)
    for index, turn in enumerate(turns.tolist()):
        torch.testing.assert_close(changed[index], vision.adjust_hue(COLOURED[index], turn), rtol=1e-5, atol=2e-6)


def test_no_change_is_no_change() -> None:
    for formula in (colors.brightness, colors.contrast, colors.saturation, colors.gamma):
        torch.testing.assert_close(formula(COLOURED, torch.ones(40)), COLOURED)
    torch.testing.assert_close(colors.hue(COLOURED, torch.zeros(40)), COLOURED)
