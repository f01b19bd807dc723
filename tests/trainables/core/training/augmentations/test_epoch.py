"""Draws for all images of an epoch: each kind has its own, and rectangles lie inside of the image."""

import pytest
import torch

from trainables.core.training.augmentations.epoch import EpochImages, rectangles, uniform, within

CPU = torch.device("cpu")


def epoch_of(number: int, channels: int = 3, height: int = 32, width: int = 32, epoch: int = 0) -> EpochImages:
    return EpochImages(number, channels, height, width, CPU, 0, epoch)


def test_each_kind_and_each_epoch_has_its_own_numbers() -> None:
    drawn = [
        uniform(5, 0.0, 1.0, epoch_of(5, epoch=epoch).source(kind)).tolist() for kind in "ab" for epoch in (0, 1, 0)
    ]
    assert drawn[0] == drawn[2]
    assert len({tuple(values) for values in drawn}) == 4


@pytest.mark.parametrize(("height", "width"), [(32, 32), (20, 50)])
def test_rectangles_have_area_and_form_of_their_ranges_and_lie_inside(height: int, width: int) -> None:
    images = epoch_of(4000, height=height, width=width)
    found = rectangles(images, images.source("test"), (0.25, 0.5), (0.5, 2.0), (0, 0))
    drawn = found.height > 0
    assert float(drawn.float().mean()) > 0.99
    assert int(found.top.min()) >= 0
    assert int((found.top + found.height).max()) == height
    assert int((found.left + found.width).max()) == width
    area = (found.height * found.width)[drawn] / (height * width)
    assert 0.22 < float(area.min()) < 0.28
    assert 0.47 < float(area.max()) < 0.53
    form = (found.width / found.height)[drawn]
    assert 0.45 < float(form.min()) < float(form.max()) < 2.2
    if height == width:  # elsewhere, large and high parts seldom fit
        assert abs(float(area.mean()) - 0.375) < 0.01, "the area is uniform"
        assert float(form.min()) < 0.55 < 1.85 < float(form.max())
        assert abs(float(form.log().mean())) < 0.03, "a form is as likely as its inverse"


def test_a_rectangle_that_never_fits_is_the_other_one_in_the_middle() -> None:
    images = epoch_of(3, height=10, width=20)
    found = rectangles(images, images.source("test"), (1.0, 1.0), (8.0, 9.0), (4, 20))
    assert {tuple(values.tolist()) for values in (found.top, found.left)} == {(3,) * 3, (0,) * 3}
    assert (found.height.tolist(), found.width.tolist()) == ([4] * 3, [20] * 3)


def test_within_marks_the_places_of_a_span() -> None:
    start, side = torch.tensor([-1, 2]), torch.tensor([2, 9])
    assert within(4, start, 2).int().tolist() == [[1, 0, 0, 0], [0, 0, 1, 1]]
    assert within(4, start, side).int().tolist() == [[1, 0, 0, 0], [0, 0, 1, 1]]
