"""The 14 operations of RandAugment are torchvision's on bytes."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as vision

from trainables.core.seeding import generator
from trainables.core.training.augmentations.operations import LARGEST, OPERATIONS, SIGNED

SOURCE = generator("images")
NOISE = torch.randint(256, (30, 3, 32, 32), dtype=torch.uint8, generator=SOURCE)
DARK = (torch.rand(30, 3, 32, 32, generator=SOURCE) ** 3 * 120).to(torch.uint8) + 20
DARK[:5, 1] = 77  # channels of one value
DARK[5:10, :, :28] = 99
IMAGES = torch.cat([NOISE, DARK])


def sheared(image: Tensor, x: float, y: float) -> Tensor:
    shear = [math.degrees(math.atan(x)), math.degrees(math.atan(y))]
    return vision.affine(image, angle=0.0, translate=[0, 0], scale=1.0, shear=shear, center=[0, 0])


def translated(image: Tensor, x: float, y: float) -> Tensor:
    pixels = [int(x * image.shape[2]), int(y * image.shape[1])]
    return vision.affine(image, angle=0.0, translate=pixels, scale=1.0, shear=[0.0, 0.0])


TORCHVISIONS: dict[str, Callable[[Tensor, float], Any]] = {
    "identity": lambda image, _: image,
    "shear_x": lambda image, s: sheared(image, s, 0.0),
    "shear_y": lambda image, s: sheared(image, 0.0, s),
    "translate_x": lambda image, s: translated(image, s, 0.0),
    "translate_y": lambda image, s: translated(image, 0.0, s),
    "rotate": vision.rotate,
    "brightness": lambda image, s: vision.adjust_brightness(image, 1.0 + s),
    "color": lambda image, s: vision.adjust_saturation(image, 1.0 + s),
    "contrast": lambda image, s: vision.adjust_contrast(image, 1.0 + s),
    "sharpness": lambda image, s: vision.adjust_sharpness(image, 1.0 + s),
    "posterize": lambda image, s: vision.posterize(image, int(8 - round(s))),
    "solarize": lambda image, s: vision.solarize(image, 255.0 * (1.0 - s)),
    "auto_contrast": lambda image, _: vision.autocontrast(image),
    "equalize": lambda image, _: vision.equalize(image),
}
ONE_PIXEL_BESIDE = {"shear_x", "shear_y", "rotate"}
"""A pixel right between two others may come from either, by rounding."""


def test_the_list_is_the_published_one() -> None:
    assert OPERATIONS.keys() == TORCHVISIONS.keys()


@pytest.mark.parametrize("images", [IMAGES, IMAGES[:, :1]], ids=["coloured", "grey"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_torchvisions_at_every_strength(name: str, images: Tensor) -> None:
    largest = LARGEST.get(name, 0.0)
    strengths = torch.linspace(-largest if name in SIGNED else 0.0, largest, len(images))
    changed = OPERATIONS[name](images, strengths)
    assert changed.dtype == torch.uint8
    wanted = torch.stack([TORCHVISIONS[name](image, s) for image, s in zip(images, strengths.tolist(), strict=True)])
    equal = float((changed == wanted).float().mean())
    if name in ONE_PIXEL_BESIDE:
        assert equal > 0.995
    else:
        assert equal > 0.995
        assert int((changed.int() - wanted.int()).abs().max()) <= 1, "rounded just beside a whole number"


def test_images_too_small_to_sharpen_stay_as_they_are() -> None:
    small = IMAGES[:, :, :2]
    assert torch.equal(OPERATIONS["sharpness"](small, torch.ones(60)), small)
