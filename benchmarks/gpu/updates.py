"""Time of the optimizer's update alone, against the time of the least reads and writes of memory that it needs."""

import statistics
import time
from collections.abc import Iterator

import torch
from torch import nn

from benchmarks.gpu.task import Line, Task, claim
from benchmarks.gpu.times import IN_A_ROW, milliseconds
from benchmarks.gpu.trainings import synchronize
from benchmarks.plain import LR, MOMENTUM, WEIGHT_DECAY
from benchmarks.step import MOVES, fed
from trainables.core.models.build import build_model
from trainables.core.optimizer.pugd import PUGD
from trainables.core.settings.config import ModelConfig

GOAL = 1.2
COPIES = 20


def run(task: Task) -> Iterator[Line]:
    """Yield a line for the parameters of each model. resnet152's do not fit into a GPU's cache, resnet18's may."""
    for model in task.cases(("resnet152", "resnet18", "upanet16") if task.full else ("small",)):
        line = measure(model, task)
        yield line
        times = line["times_the_floor"]
        yield claim(
            f"{model}: update of PUGD against the memory floor", times, f"at most {GOAL}", task.verdict(times <= GOAL)
        )


def measure(model: str, task: Task) -> Line:
    """Return the milliseconds of an update, and of MOVES reads or writes of the parameters (the floor)."""
    device = torch.device(task.device)
    shapes = [p.shape for p in build_model(ModelConfig(model), 10, 3, 32).parameters()]
    w = [nn.Parameter(torch.randn(shape, device=device) * 0.05) for shape in shapes]
    g, g_star = ([torch.randn(shape, device=device) * 0.01 for shape in shapes] for _ in range(2))
    update = fed(w, PUGD(w, LR, MOMENTUM, WEIGHT_DECAY, step="fused"))
    elements, in_a_row = sum(p.numel() for p in w), IN_A_ROW if task.full else 1
    line: Line = {"model": model, "tensors": len(w), "elements": elements, "n": 5}

    def work() -> tuple[torch.Tensor, ...]:
        update(g, g_star)
        return ()

    if task.on_gpu:
        from trainables.core.optimizer.cuda_graphs import CudaGraphs

        recorder = CudaGraphs(device)
        with recorder.working():
            line["eager_ms"] = milliseconds(work, task.device, in_a_row)
            replay, _ = recorder.record(work)
            line["update_ms"] = milliseconds(replay, task.device, in_a_row)
    else:
        line["update_ms"] = milliseconds(work, task.device, in_a_row)
    line["floor_ms"] = round(1000 * MOVES * copy_seconds(elements, task.device), 4)
    return {**line, "times_the_floor": round(line["update_ms"] / line["floor_ms"], 2)}


def copy_seconds(elements: int, device: str) -> float:
    """Return the median seconds to read or write 4 bytes per element, at the bandwidth of a copy."""
    source = torch.randn(elements, device=device)
    target, seconds = torch.empty_like(source), []
    for _ in range(6):
        synchronize(device)
        began = time.perf_counter()
        for _ in range(COPIES):
            target.copy_(source)
        synchronize(device)
        seconds.append((time.perf_counter() - began) / COPIES / 2)
    return statistics.median(seconds[1:])
