"""UPANet-16: Tseng et al., "UPANets: Learning from the Universal Pixel Attention Networks", Entropy 24(9):1243, 2022.

Written from the paper; section numbers refer to arXiv:2103.08640. Where its text says nothing (the places of the norms,
what the transitions add), this follows the structure of the authors' published model.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainables.core.settings.section import require

WIDTH = 16
NUM_DENSE = 4
"""Number of dense blocks in a layer module; each adds a quarter of the module's width (appendix A)."""


def upanet16(num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build a UPANet of width 16. image_size: >= 8. It has 1.5 million parameters for CIFAR-10."""
    require(image_size >= 8, "name", f"needs images of at least 8 pixels, not {image_size}: choose another", "upanet16")
    return UPANet(num_classes, in_channels, image_size, WIDTH)


class UPANet(nn.Module):
    """Layer modules 0 to 4. The classifier gets the outputs of all of them (extreme connection, section 3.5)."""

    def __init__(self, num_classes: int, in_channels: int, image_size: int, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Transition(in_channels, width, halve=False)])
        self.pools = nn.ModuleList([SpatialPixelAttention(image_size)])
        channels, features, size = width, width, image_size
        for step in range(4):
            halve = step > 0
            self.layers.append(_layer_module(channels, width * 2**step, halve))
            channels = 2 * width * 2**step  # the module's width, and the same number again from its dense blocks
            features += channels
            size = size // 2 if halve else size
            self.pools.append(SpatialPixelAttention(size))
        self.classify = nn.Sequential(nn.BatchNorm1d(features), nn.Linear(features, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (batch, in_channels, image_size, image_size) to logits (batch, num_classes)."""
        features = []
        for layer, pool in zip(self.layers, self.pools, strict=True):
            images = layer(images)
            features.append(pool(images))
        logits: Tensor = self.classify(torch.cat(features, dim=1))
        return logits


class ChannelPixelAttention(nn.Sequential):
    """CPA (section 3.1): one linear map over the channels, the same for every pixel, then BatchNorm."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(nn.Conv2d(in_channels, out_channels, kernel_size=1), nn.BatchNorm2d(out_channels))


class SpatialPixelAttention(nn.Module):
    """SPA (section 3.4): per channel, a learnt weighted sum of its pixels plus their mean, normalised per image."""

    def __init__(self, image_size: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(image_size**2, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, image_size, image_size) to (batch, channels)."""
        pixels = images.flatten(2)
        pooled = pixels.mean(dim=2) + self.weigh(pixels).squeeze(2)
        return functional.layer_norm(pooled, pooled.shape[1:])


class AttentiveConvolution(nn.Module):
    """Two 3x3 convolutions, the first twice as wide, plus CPA of the same input, normalised per image (section 3.2)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        wide = 2 * out_channels
        self.convolve = nn.Sequential(
            nn.Conv2d(in_channels, wide, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(inplace=True),
            nn.Conv2d(wide, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )
        self.attend = ChannelPixelAttention(in_channels, out_channels)

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, in_channels, height, width) to (batch, out_channels, height, width)."""
        mixed = self.convolve(images) + self.attend(images)
        return functional.layer_norm(mixed, mixed.shape[1:])


class Transition(nn.Module):
    """UPA block 0 of a layer module: changes the width, with a CPA shortcut, and halves the size if `halve` is set."""

    def __init__(self, in_channels: int, out_channels: int, halve: bool) -> None:
        super().__init__()
        self.mix = AttentiveConvolution(in_channels, out_channels)
        self.shortcut = ChannelPixelAttention(in_channels, out_channels)
        self.halve = halve

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, in_channels, height, width) to (batch, out_channels, height, width), or half that size."""
        images = self.mix(images) + self.shortcut(images)
        return functional.avg_pool2d(images, 2) if self.halve else images


class Dense(nn.Module):
    """UPA blocks 1 and later: the input, followed by `growth` new channels."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.mix = AttentiveConvolution(in_channels, growth)

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, in_channels, height, width) to (batch, in_channels + growth, height, width)."""
        return torch.cat([images, self.mix(images)], dim=1)


def _layer_module(in_channels: int, width: int, halve: bool) -> nn.Sequential:
    growth = width // NUM_DENSE
    dense = [Dense(width + index * growth, growth) for index in range(NUM_DENSE)]
    return nn.Sequential(Transition(in_channels, width, halve), *dense)
