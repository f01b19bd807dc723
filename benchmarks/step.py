"""Milliseconds of a PUGD step on a CPU without its two gradients: a usual loop, the reference step, the fused step."""

import json
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise

import torch
from torch import Tensor, nn

from benchmarks.plain import LR, MOMENTUM, WEIGHT_DECAY, Loop
from trainables.core.models.build import build_model
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import ModelConfig

RUNS, WARM_UP = 21, 4
RUN_ELEMENTS = 1 << 24
"""Number of elements that a run updates, in as many steps as needed: one step of a small net is too short to time."""
MOVES = 13
"""Least number of reads and writes of memory per parameter, by pass: w g; w g w'; g g*; w g g* m w m."""


def fed(w: list[Tensor], optimizer: Loop | PUGD) -> Callable[[list[Tensor], list[Tensor]], None]:
    """Return a function that does a step of the optimizer with the given gradients instead of backward passes."""

    def step(g: list[Tensor], g_star: list[Tensor]) -> None:
        for p, x in zip(w, g, strict=True):
            p.grad = x
        optimizer.first_step()
        for p, x in zip(w, g_star, strict=True):
            p.grad = x
        optimizer.second_step()

    return step


def parameters(shapes: list[torch.Size]) -> list[Tensor]:
    """Return random parameters of these shapes, the same in every call."""
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(shape) * 0.05) for shape in shapes]


def given(shapes: list[torch.Size]) -> list[Tensor]:
    """Return random gradients of these shapes."""
    return [torch.randn(shape) * 0.01 for shape in shapes]


def copy_seconds(elements: int) -> float:
    """Return the median seconds to read or write 4 bytes per element: half of the time of a copy."""
    source, target = torch.randn(elements), torch.empty(elements)
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        target.copy_(source)
        times.append(time.perf_counter() - began)
    return statistics.median(times) / 2


def measure(name: str, model: nn.Module) -> None:
    """Measure the three steps in turns, and print a JSON line for each."""
    shapes = [p.shape for p in model.parameters()]
    elements = sum(shape.numel() for shape in shapes)
    in_a_row = max(1, RUN_ELEMENTS // elements)
    # Each kind of step has its own gradients, because an optimizer may overwrite those of the first pass.
    gradients = {kind: [given(shapes), given(shapes)] for kind in ("loop", "reference", "fused")}
    steps = {}
    for kind in gradients:
        w = parameters(shapes)
        steps[kind] = fed(w, Loop(w) if kind == "loop" else PUGD(w, LR, MOMENTUM, WEIGHT_DECAY, step=kind))
    times: dict[str, list[float]] = {kind: [] for kind in steps}
    for run in range(WARM_UP + RUNS):
        for kind, step in steps.items():
            g, g_star = gradients[kind]
            began = time.perf_counter()
            for _ in range(in_a_row):
                step(g, g_star)
            if run >= WARM_UP:
                times[kind].append((time.perf_counter() - began) / in_a_row)
    floor = MOVES * copy_seconds(elements)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    for kind, median in medians.items():
        facts = {"benchmark": "step", "model": name, "tensors": len(shapes), "elements": elements, "step": kind}
        ratios = {"faster_than_loop": round(medians["loop"] / median, 2), "times_the_floor": round(median / floor, 2)}
        where = {
            "n": RUNS,
            "steps_in_a_row": in_a_row,
            "device": f"{platform.machine()} CPU, 1 thread",
            "torch": version("torch"),
        }
        print(json.dumps({**facts, "median_ms": round(1000 * median, 3), **ratios, **where}))


def small_net() -> nn.Module:
    """Build a net with 20 tensors and 0.1 million elements."""
    channels = [3, 24, 32, 48, 48, 64, 64]
    pairs = pairwise(channels)
    layers = [layer for i, o in pairs for layer in (nn.Conv2d(i, o, 3, bias=False), nn.BatchNorm2d(o))]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def main() -> None:
    """Measure ResNet-18 and a small net."""
    torch.set_num_threads(1)
    measure("resnet18", build_model(ModelConfig("resnet18"), num_classes=10, in_channels=3, image_size=32))
    measure("small", small_net())
