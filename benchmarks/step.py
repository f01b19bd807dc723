"""A PUGD step without its two gradients: the usual loop over parameters against the reference and the fused step."""

import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise

import torch
from torch import Tensor, nn

from trainables.core.config import ModelConfig
from trainables.core.models.build import build_model
from trainables.core.optimizer import PUGD

RUNS, WARM_UP = 21, 4
LR, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 5e-4
MOVES = 13
"""Least reads and writes of a parameter's worth of memory: w g; w g w'; g g*; w g g* m w m."""


class Loop:
    """One parameter after the other, as a training script would have it."""

    def __init__(self, w: list[Tensor]) -> None:
        self._w, self._m = w, [torch.zeros_like(p) for p in w]

    @torch.no_grad()
    def step(self, g: list[Tensor], g_star: list[Tensor]) -> None:
        products = [p.abs() * x for p, x in zip(self._w, g, strict=True)]
        norm = torch.norm(torch.stack([product.norm(2) for product in products]), 2)
        perturbations = [product / (norm + 1e-12) for product in products]
        for p, eps in zip(self._w, perturbations, strict=True):
            p.add_(eps)
        for p, eps in zip(self._w, perturbations, strict=True):
            p.sub_(eps)
        mixed = [x + y for x, y in zip(g, g_star, strict=True)]
        norm = torch.norm(torch.stack([x.norm(2) for x in mixed]), 2)
        for p, x, m in zip(self._w, mixed, self._m, strict=True):
            d = (x / (norm + 1e-12)).add(p, alpha=WEIGHT_DECAY)
            m.mul_(MOMENTUM).add_(d)
            p.add_(m, alpha=-LR)


def product_step(w: list[Tensor], kind: str) -> Callable[[list[Tensor], list[Tensor]], None]:
    """Our optimizer, fed with given gradients."""
    optimizer = PUGD(w, lr=LR, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, step=kind)

    def step(g: list[Tensor], g_star: list[Tensor]) -> None:
        for p, x in zip(w, g, strict=True):
            p.grad = x
        optimizer.first_step()
        for p, x in zip(w, g_star, strict=True):
            p.grad = x
        optimizer.second_step()

    return step


def parameters(shapes: list[torch.Size]) -> list[Tensor]:
    """The same random parameters for each."""
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(shape) * 0.05) for shape in shapes]


def copy_seconds(elements: int) -> float:
    """Median seconds to move 4 bytes for every element, at the bandwidth of a copy (a read and a write)."""
    source, target = torch.randn(elements), torch.empty(elements)
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        target.copy_(source)
        times.append(time.perf_counter() - began)
    return statistics.median(times) / 2


def measure(name: str, model: nn.Module) -> None:
    """Take turns between the three, print a JSON line each."""
    shapes = [p.shape for p in model.parameters()]
    elements = sum(shape.numel() for shape in shapes)
    g, g_star = ([torch.randn(shape) * 0.01 for shape in shapes] for _ in range(2))
    steps = {"loop": Loop(parameters(shapes)).step}
    steps |= {kind: product_step(parameters(shapes), kind) for kind in ("reference", "fused")}
    times: dict[str, list[float]] = {kind: [] for kind in steps}
    for run in range(WARM_UP + RUNS):
        for kind, step in steps.items():
            began = time.perf_counter()
            step(g, g_star)
            if run >= WARM_UP:
                times[kind].append(time.perf_counter() - began)
    floor = MOVES * copy_seconds(elements)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    for kind, median in medians.items():
        facts = {"benchmark": "step", "model": name, "tensors": len(shapes), "elements": elements, "step": kind}
        ratios = {"faster_than_loop": round(medians["loop"] / median, 2), "times_the_floor": round(median / floor, 2)}
        where = {"n": RUNS, "device": f"{platform.machine()} CPU, 1 thread", "torch": version("torch")}
        print(json.dumps({**facts, "median_ms": round(1000 * median, 3), **ratios, **where}))


def small_net() -> nn.Module:
    """A net of 20 tensors and 0.1 million elements."""
    channels = [3, 24, 32, 48, 48, 64, 64]
    pairs = pairwise(channels)
    layers = [layer for i, o in pairs for layer in (nn.Conv2d(i, o, 3, bias=False), nn.BatchNorm2d(o))]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def main() -> None:
    """ResNet-18 and a small net."""
    torch.set_num_threads(1)
    measure("resnet18", build_model(ModelConfig("resnet18"), num_classes=10, in_channels=3, image_size=32))
    measure("small", small_net())
