"""Random erasing sets torchvision's rectangle to the mean colour."""

import torch
from torchvision.transforms.v2 import functional as vision

from tests.trainables.core.training.augmentations.test_epoch import epoch_of
from trainables.core.settings.config import RandomErasingConfig
from trainables.core.training.augmentations.epoch import Places, rectangles
from trainables.core.training.augmentations.erasing import RandomErasing

NUMBER = 2000
ONES = torch.ones(NUMBER, 3, 16, 12)
EVERY = Places(torch.arange(NUMBER), torch.arange(NUMBER))
IMAGES = epoch_of(NUMBER, height=16, width=12)


def test_the_drawn_rectangle_of_every_image_is_erased_as_by_torchvision() -> None:
    changed = RandomErasing(RandomErasingConfig(probability=1.0, ratio_max=2.0), IMAGES)(ONES, EVERY)
    parts = rectangles(IMAGES, IMAGES.source("random_erasing"), (0.02, 0.33), (1 / 2.0, 1 / 0.3), (0, 0))
    for index in range(100):
        top, left, height, width = (int(values[index]) for values in (parts.top, parts.left, parts.height, parts.width))
        wanted = vision.erase(ONES[index], top, left, height, width, torch.zeros(1))
        assert torch.equal(changed[index], wanted)
    share = (changed == 0.0).float().mean((1, 2, 3))
    assert 0.01 < float(share.min()) < 0.03
    assert 0.3 < float(share.max()) < 0.37, "to whole pixels"
    assert bool((ONES == 1.0).all()), "the given batch is not written to"


def test_an_image_is_changed_with_the_given_probability() -> None:
    changed = RandomErasing(RandomErasingConfig(probability=0.25), IMAGES)(ONES, EVERY)
    assert 420 < int((changed == 0.0).flatten(1).any(1).sum()) < 580
