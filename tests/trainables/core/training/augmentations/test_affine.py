"""Moving, turning and shearing a batch: whole pixels are exact, and images may have a number each or one for all."""

import torch

from trainables.core.seeding import generator
from trainables.core.training.augmentations.affine import affine

IMAGES = torch.randint(1, 256, (5, 3, 6, 8), dtype=torch.uint8, generator=generator("images"))


def test_a_shift_moves_whole_pixels_and_leaves_black() -> None:
    moved = affine(IMAGES, shift_x=2.0, shift_y=-1.0)
    assert torch.equal(moved[:, :, 1:, :-2], IMAGES[:, :, :-1, 2:])
    assert int(moved[:, :, 0].sum()) == int(moved[:, :, :, -2:].sum()) == 0


def test_each_image_may_have_its_own_numbers() -> None:
    each = affine(IMAGES, shift_x=torch.arange(5.0))
    for index in range(5):
        assert torch.equal(each[index], affine(IMAGES, shift_x=float(index))[index])


def test_half_a_turn_is_both_flips_and_nothing_is_nothing() -> None:
    assert torch.equal(affine(IMAGES, turned=(-1.0, 0.0)), IMAGES.flip(2, 3))
    assert torch.equal(affine(IMAGES), IMAGES)
