"""Sums over all paths of a tiny network, one path after the other."""

from collections import defaultdict
from itertools import product
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

Weight = tuple[Tensor, int] | float
"""A parameter with the place in it, or a fixed number."""
Edges = dict[int, list[tuple[int | None, Weight]]]
"""Output of a layer -> its inputs, None for the constant one, each with the weight of the edge."""


def chain(*layers: nn.Module) -> nn.Sequential:
    """The layers in double precision, with weights of their own."""
    model = nn.Sequential(*layers).double()
    generator = torch.Generator().manual_seed(0)
    for p in model.parameters():
        p.data.normal_(0.0, 0.7, generator=generator)
    return model


def tiny_mlp() -> nn.Sequential:
    """From 4 pixels to 2 logits."""
    return chain(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 3), nn.LeakyReLU(0.1), nn.Linear(3, 2))


def tiny_convolutions() -> nn.Sequential:
    """From an image of 4 x 4 pixels to 2 logits."""
    return chain(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(2, 2, 2, padding=1),
        nn.LeakyReLU(0.2),
        nn.AvgPool2d(3),
        nn.Flatten(),
        nn.Linear(2, 2),
    )


def slow_gammas(model: nn.Sequential, image: tuple[int, int, int]) -> dict[Tensor, Tensor]:
    """For each weight, the sum over the paths through it of the product of their other weights' squares."""
    found = {p: torch.zeros_like(p).flatten() for p in model.parameters()}
    layers, shape = [], image
    for layer in model:
        edges, shape = _edges(layer, shape)
        layers.append(edges)
    for path in (path for output in layers[-1] for path in _paths(layers, output)):
        for place, weight in enumerate(path):
            if isinstance(weight, tuple):
                found[weight[0]][weight[1]] += prod(_square(other) for other in path[:place] + path[place + 1 :])
    return {p: sums.view(p.shape) for p, sums in found.items()}


def _paths(layers: list[Edges], output: int) -> list[list[Weight]]:
    """The weights of each path that ends in this output of the last layer."""
    found = []
    for source, weight in layers[-1][output]:
        ways = [[]] if source is None or len(layers) == 1 else _paths(layers[:-1], source)
        found += [[*way, weight] for way in ways]
    return found


def _square(weight: Weight) -> float:
    return float(weight[0].detach().flatten()[weight[1]]) ** 2 if isinstance(weight, tuple) else weight**2


def _edges(layer: Any, shape: Any) -> tuple[Edges, Any]:
    """The edges of a layer, and the shape of its output."""
    size, edges = prod(shape), defaultdict(list)
    if isinstance(layer, nn.Linear):
        for i, j in product(range(layer.out_features), range(size)):
            edges[i].append((j, (layer.weight, i * size + j)))
        _add_biases(edges, layer.bias, 1)
        return edges, (layer.out_features,)
    if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        k, (stride, padding) = _side(layer.kernel_size), (_side(layer.stride), _side(layer.padding))
        channels, height, width = shape
        rows, columns = ((side + 2 * padding - k) // stride + 1 for side in (height, width))
        mixes = isinstance(layer, nn.Conv2d)
        outputs = layer.out_channels if mixes else channels
        fixed = 1.0 if isinstance(layer, nn.MaxPool2d) else 1.0 / k**2
        for o, r, c, i, a, b in product(*map(range, (outputs, rows, columns, channels, k, k))):
            y, x = r * stride - padding + a, c * stride - padding + b
            if 0 <= y < height and 0 <= x < width and (mixes or i == o):
                weight = (layer.weight, ((o * channels + i) * k + a) * k + b) if mixes else fixed
                edges[(o * rows + r) * columns + c].append(((i * height + y) * width + x, weight))
        if mixes:
            _add_biases(edges, layer.bias, rows * columns)
        return edges, (outputs, rows, columns)
    return {i: [(i, 1.0)] for i in range(size)}, ((size,) if isinstance(layer, nn.Flatten) else shape)


def _add_biases(edges: Any, bias: Tensor, pixels: int) -> None:
    for unit in range(len(bias) * pixels):
        edges[unit].append((None, (bias, unit // pixels)))


def _side(size: Any) -> int:
    return size if isinstance(size, int) else size[0]
