"""Random colours and gamma: the ranges of the draws, their order, and images without colours."""

import pytest
import torch
from torchvision.transforms.v2 import functional as vision

from tests.trainables.core.training.augmentations.test_epoch import epoch_of
from trainables.core.seeding import generator
from trainables.core.settings.config import ColorJitterConfig, GammaConfig
from trainables.core.settings.section import ConfigError
from trainables.core.training.augmentations.color_jitter import ColorJitter, Gamma
from trainables.core.training.augmentations.epoch import Places, uniform

PIXELS = torch.randint(256, (50, 3, 6, 7), dtype=torch.uint8, generator=generator("images"))
EVERY = Places(torch.arange(50), torch.arange(50))
IMAGES = epoch_of(50)


def drawn(name: str, low: float, high: float) -> list[float]:
    return uniform(50, low, high, IMAGES.source(name)).tolist()


def test_the_four_changes_are_done_one_after_the_other_with_the_drawn_factors() -> None:
    changed = ColorJitter(ColorJitterConfig(0.4, 1.5, 0.6, 0.1), IMAGES)(PIXELS, EVERY)
    steps = [
        (vision.adjust_brightness, drawn("color_jitter brightness", 0.6, 1.4)),
        (vision.adjust_contrast, drawn("color_jitter contrast", 0.0, 2.5)),
        (vision.adjust_saturation, drawn("color_jitter saturation", 0.4, 1.6)),
        (vision.adjust_hue, drawn("color_jitter hue", -0.1, 0.1)),
    ]
    for index in range(50):
        image = PIXELS[index] / 255.0
        for change, factors in steps:
            image = change(image, factors[index])
        torch.testing.assert_close(changed[index], image, rtol=1e-5, atol=5e-6)


def test_a_change_that_is_off_shifts_no_draw_of_another() -> None:
    changed = ColorJitter(ColorJitterConfig(contrast=0.5), IMAGES)(PIXELS, EVERY)
    for index, factor in enumerate(drawn("color_jitter contrast", 0.5, 1.5)):
        wanted = vision.adjust_contrast(PIXELS[index] / 255.0, factor)
        torch.testing.assert_close(changed[index], wanted, rtol=1e-5, atol=2e-6)


def test_gamma_raises_to_the_drawn_power() -> None:
    changed = Gamma(GammaConfig(0.5, 2.0), IMAGES)(PIXELS, EVERY)
    for index, power in enumerate(drawn("gamma", 0.5, 2.0)):
        wanted = vision.adjust_gamma(PIXELS[index] / 255.0, power)
        torch.testing.assert_close(changed[index], wanted, rtol=1e-5, atol=1e-6)


def test_grey_images_can_change_in_brightness_contrast_and_gamma_alone() -> None:
    grey = epoch_of(50, channels=1)
    assert ColorJitter(ColorJitterConfig(0.4, 0.4), grey)(PIXELS[:, :1], EVERY).shape == (50, 1, 6, 7)
    assert Gamma(GammaConfig(), grey)(PIXELS[:, :1], EVERY).shape == (50, 1, 6, 7)
    for name in ("saturation", "hue"):
        rule = rf"^{name}: must be 0, since the images have no colours \(1 channel\), but got 0.1$"
        with pytest.raises(ConfigError, match=rule):
            ColorJitter(ColorJitterConfig(**{name: 0.1}), grey)
