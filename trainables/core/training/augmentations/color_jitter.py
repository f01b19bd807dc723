"""Random brightness, contrast, saturation and hue of each image, in this order; and random gamma."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from trainables.core.settings.config import ColorJitterConfig, GammaConfig
from trainables.core.training.augmentations import colors
from trainables.core.training.augmentations.epoch import EpochImages, Places, uniform

FORMULAS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {
        "brightness": colors.brightness,
        "contrast": colors.contrast,
        "saturation": colors.saturation,
        "hue": colors.hue,
    }
)


class ColorJitter:
    """The factors for all images of an epoch.

    Brightness, contrast and saturation: uniform in [max(0, 1 - s), 1 + s], where s is the setting. Hue: uniform in
    [-s, s].
    """

    def __init__(self, config: ColorJitterConfig, images: EpochImages) -> None:
        """Raises: ConfigError when saturation or hue is above 0 and the images are grey."""
        config.check(images.channels)
        self._factors: dict[str, Tensor] = {}
        for name in FORMULAS:
            strength = getattr(config, name)
            if strength > 0.0:
                low, high = (-strength, strength) if name == "hue" else (max(0.0, 1.0 - strength), 1.0 + strength)
                drawn = uniform(images.number, low, high, images.source(f"color_jitter {name}"))
                self._factors[name] = drawn.to(images.device)

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Return float32 images in [0, 1]."""
        images = in_unit_range(images)
        for name, factors in self._factors.items():
            images = FORMULAS[name](images, factors[places.there])
        return images


class Gamma:
    """The powers for all images of an epoch, uniform in [min, max]."""

    def __init__(self, config: GammaConfig, images: EpochImages) -> None:
        drawn = uniform(images.number, config.min, config.max, images.source("gamma"))
        self._powers = drawn.to(images.device)

    def __call__(self, images: Tensor, places: Places) -> Tensor:
        """Return float32 images in [0, 1]."""
        return colors.gamma(in_unit_range(images), self._powers[places.there])


def in_unit_range(images: Tensor) -> Tensor:
    """Return float32 images in [0, 1]: uint8 ones divided by 255, float ones as they are."""
    return images if images.is_floating_point() else images.to(torch.float32).div_(255.0)
