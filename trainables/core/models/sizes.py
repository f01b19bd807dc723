"""The size of a model: parameters and multiply-adds, counted from shapes alone."""

import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

_POOLS = (
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
)
_SHAPELESS = (nn.modules.batchnorm._BatchNorm, nn.ReLU, nn.ReLU6, nn.Hardswish, nn.Hardsigmoid, nn.SiLU, nn.Dropout)
"""Layers whose output has the shape of their input."""


@dataclass(frozen=True)
class Size:
    """The size of a model and the cost of one image forward."""

    parameters: int
    products: int
    """Products with the weights of convolutions and linear layers, and in the matrix products of attention."""
    elementwise: int
    """Work on single values: one for each value to which a bias is added, that passes a ReLU or that is pooled, and two
    for each that passes a norm. Other activations, sums and gates count nothing."""

    @property
    def multiply_adds(self) -> int:
        """Both together, as counted in the tables of Haase and Amthor (CVPR 2020)."""
        return self.products + self.elementwise

    def to_dict(self) -> dict[str, int]:
        """Plain values."""
        return {"parameters": self.parameters, "multiply_adds": self.multiply_adds, "products": self.products}


def size_of(model: nn.Module, in_channels: int, image_size: int) -> Size:
    """The size of a model on torch's meta device, which is then in evaluation mode.

    Raises: whatever the model raises for images of this size.
    """
    counter = _Counter()
    with ExitStack() as hooks, torch.no_grad():
        for module in model.modules():
            if isinstance(module, _COUNTED):
                hooks.enter_context(module.register_forward_hook(counter.count))
        hooks.enter_context(_shapes_alone(model))
        model.eval()
        model(torch.empty(1, in_channels, image_size, image_size, device="meta"))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Size(parameters, counter.products, counter.others)


def sharing_weights(model: nn.Module) -> nn.Module:
    """A copy of a model that shares its weights, but whose layers can be replaced."""
    copies = {module: copy.copy(module) for module in model.modules()}
    for copied in copies.values():
        copied._modules = {name: child and copies[child] for name, child in copied._modules.items()}
    return copies[model]


class _Counter:
    def __init__(self) -> None:
        self.products = self.others = 0

    def count(self, module: nn.Module, given: tuple[Tensor, ...], output: Any) -> None:
        if isinstance(module, nn.Conv2d):
            self.products += output[0, 0].numel() * module.weight.numel()
            self.others += 0 if module.bias is None else output.numel()
        elif isinstance(module, nn.Linear):
            self.products += output.numel() * module.in_features
            self.others += 0 if module.bias is None else output.numel()
        elif isinstance(module, nn.MultiheadAttention):
            tokens, width = given[0].shape[-2], given[0].shape[-1]
            self.products += 4 * tokens * width**2 + 2 * tokens**2 * width
            self.others += 0 if module.in_proj_bias is None else 4 * tokens * width
        elif isinstance(module, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
            self.others += 2 * output.numel()
        else:  # a ReLU, or a pooling
            self.others += given[0].numel()


_COUNTED = (
    nn.Conv2d,
    nn.Linear,
    nn.MultiheadAttention,
    nn.modules.batchnorm._BatchNorm,
    nn.LayerNorm,
    nn.ReLU,
    *_POOLS,
)


@contextmanager
def _shapes_alone(model: nn.Module) -> Iterator[None]:
    """A context in which frequent layers compute the shape of their output alone. On the meta device torch takes
    milliseconds for a norm."""
    replaced = [module for module in model.modules() if isinstance(module, _SHAPELESS) or type(module) is nn.Conv2d]
    try:
        for module in replaced:
            shaped = partial(_convolved, module) if isinstance(module, nn.Conv2d) else _same
            module.__dict__["forward"] = shaped
        yield
    finally:
        for module in replaced:
            module.__dict__.pop("forward", None)


def _same(maps: Tensor) -> Tensor:
    return maps


def _convolved(layer: nn.Conv2d, maps: Tensor) -> Tensor:
    sides = []
    for side, kernel, stride, padding, dilation in zip(
        maps.shape[2:], layer.kernel_size, layer.stride, _paddings(layer), layer.dilation, strict=True
    ):
        sides.append((side + padding - dilation * (kernel - 1) - 1) // stride + 1)
    if maps.shape[1] != layer.in_channels or min(sides) < 1:
        raise ValueError(f"{tuple(maps.shape[1:])} is too small for a kernel of {layer.kernel_size}")
    return maps.new_empty(len(maps), layer.out_channels, *sides)


def _paddings(layer: nn.Conv2d) -> list[int]:
    """Pixels that are added in all to the height and to the width."""
    if layer.padding == "valid":
        return [0, 0]
    if layer.padding == "same":
        return [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    return [2 * int(padding) for padding in layer.padding]
