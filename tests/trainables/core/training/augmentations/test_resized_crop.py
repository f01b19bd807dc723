"""A resized part of an image is torchvision's."""

import pytest
import torch
from torchvision.transforms.v2 import functional as vision

from tests.trainables.core.training.augmentations.test_epoch import epoch_of
from trainables.core.seeding import generator
from trainables.core.settings.config import RandomResizedCropConfig
from trainables.core.training.augmentations.epoch import Places, Rectangles, rectangles
from trainables.core.training.augmentations.resized_crop import RandomResizedCrop, resized

PIXELS = torch.randint(256, (60, 3, 24, 32), dtype=torch.uint8, generator=generator("images"))
EVERY = Places(torch.arange(60), torch.arange(60))


@pytest.mark.parametrize("size", [(24, 32), (12, 12), (7, 40), (24, 5)])
def test_a_part_is_resized_as_by_torchvision(size: tuple[int, int]) -> None:
    images = epoch_of(60, height=24, width=32)
    parts = rectangles(images, images.source("test"), (0.05, 1.0), (0.5, 2.0), (1, 1))
    changed = resized(PIXELS.double(), parts, size)
    places = zip(*(values.tolist() for values in (parts.top, parts.left, parts.height, parts.width)), strict=True)
    for index, place in enumerate(places):
        wanted = vision.resized_crop(PIXELS[index].double(), *place, size=list(size), antialias=True)
        torch.testing.assert_close(changed[index], wanted, rtol=1e-5, atol=1e-4)


def parts_of(config: RandomResizedCropConfig, epoch: int = 0) -> RandomResizedCrop:
    return RandomResizedCrop(config, epoch_of(60, height=24, width=32, epoch=epoch), (24, 32))


def test_the_whole_image_stays_as_it_is() -> None:
    whole = parts_of(RandomResizedCropConfig(1.0, 1.0, 4 / 3, 4 / 3))
    assert torch.equal(whole(PIXELS, EVERY), PIXELS)


def test_pixels_are_rounded_and_each_epoch_has_other_parts() -> None:
    first, again, other = (parts_of(RandomResizedCropConfig(), epoch)(PIXELS, EVERY) for epoch in (0, 0, 1))
    assert first.dtype == torch.uint8
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_largest_allowed_part_is_taken_where_none_fits() -> None:
    crop = parts_of(RandomResizedCropConfig(1.0, 1.0, 0.5, 0.5))
    whole = torch.full((60,), 24), torch.full((60,), 12)
    wanted = resized(PIXELS.float(), Rectangles(torch.full((60,), 0), torch.full((60,), 10), *whole), (24, 32))
    assert torch.equal(crop(PIXELS, EVERY), wanted.round().to(torch.uint8))
