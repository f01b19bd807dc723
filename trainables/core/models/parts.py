"""Layers and options that the networks of this package share."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from trainables.core.settings.section import one_of, require

STEMS = ("cifar", "imagenet")
WIDEST = 16
"""The largest width factor. A wider network is probably a mistake."""


def check_stem(stem: str) -> None:
    """Refuse an unknown option `stem`. Raises: ConfigError."""
    require(stem in STEMS, "options.stem", one_of(STEMS), stem)


def check_width(width: float) -> None:
    """Refuse an option `width` that is no factor of channels. Raises: ConfigError."""
    number = isinstance(width, int | float) and not isinstance(width, bool)
    require(number and 0.1 <= width <= WIDEST, "options.width", f"must be a number in [0.1, {WIDEST}]", width)


def normed(
    inputs: int,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: Callable[..., nn.Module] | None = nn.ReLU,
) -> nn.Sequential:
    """A convolution without bias that keeps the size of the map for stride 1, BatchNorm, and an activation if given."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    layers: list[nn.Module] = [convolution, nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([] if activation is None else [activation(inplace=True)]))


def pooled_head(features: int, num_classes: int) -> list[nn.Module]:
    """Mean over the pixels, and a linear layer from features to classes."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, num_classes)]


def initialised(model: nn.Module) -> nn.Module:
    """Draw all convolutions as torchvision's ResNets do: normal, with the variance of the outgoing connections."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and not module.weight.is_meta:  # which has no values, but takes time to draw
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def with_first(model: nn.Module, place: Sequence[str], **changes: Any) -> None:
    """Replace the model's first convolution, at a path of names, by one with other arguments and weights of its own."""
    parent = model.get_submodule(".".join(place[:-1]))
    old = parent.get_submodule(place[-1])
    assert isinstance(old, nn.Conv2d)
    given: dict[str, Any] = {
        "in_channels": old.in_channels,
        "out_channels": old.out_channels,
        "kernel_size": old.kernel_size,
        "stride": old.stride,
        "padding": old.padding,
        "bias": old.bias is not None,
    }
    new = nn.Conv2d(**given | changes)
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    if new.bias is not None:
        nn.init.zeros_(new.bias)
    setattr(parent, place[-1], new)
