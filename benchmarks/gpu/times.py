"""Milliseconds of one step: computed directly, recorded, and replayed."""

import statistics
import time
from collections.abc import Callable, Iterator

import torch

from benchmarks.gpu.task import Line, Task, claim
from benchmarks.gpu.trainings import METHODS, engine, synchronize
from trainables.core.training.engine import Engine

ROUNDS = 5
CAPTURES = 3
IN_A_ROW = 20


def run(task: Task) -> Iterator[Line]:
    """Yield the milliseconds of sgd and pugd for every kind of model, and their ratio."""
    batch_size = 128 if task.full else 4
    in_a_row = IN_A_ROW if task.full else 1
    for model in task.cases(("upanet16", "resnet18", "small", "vit") if task.full else ("small", "upanet16")):
        medians = {}
        for phase in ("sgd", "pugd"):
            line = measure(model, phase, task.device, batch_size, in_a_row)
            medians[phase] = line.get("replay_ms") or line["eager_ms"]
            yield line
        ratio = medians["pugd"] / medians["sgd"]
        what = f"{model}: a step of PUGD against one of SGD"
        yield claim(what, f"{ratio:.2f}", "at most 2.05", task.verdict(ratio <= 2.05))


def measure(model: str, phase: str, device: str, batch_size: int, in_a_row: int) -> Line:
    """Return the median milliseconds of a step in each way; bf16 on a GPU."""
    precision = "bf16" if device == "cuda" else "fp32"
    one = engine(model, device, batch_size, 3, precision=precision)
    one.train_epoch(0, METHODS[phase])  # creates the momentum buffers, and libraries choose their algorithms
    step = step_of(one, device, batch_size)
    line: Line = {"model": model, "phase": phase, "batch_size": batch_size, "precision": precision, "n": ROUNDS}
    if device != "cuda":
        return {**line, "eager_ms": milliseconds(step, device, in_a_row)}
    from trainables.core.optimizer.cuda_graphs import CudaGraphs

    recorder, captures = CudaGraphs(torch.device(device)), []
    with recorder.working():
        line["eager_ms"] = milliseconds(step, device, in_a_row)
        for _ in range(CAPTURES):
            one._model.zero_grad()  # gradients that were made in a recording would keep its memory in use
            recorder.release()
            synchronize(device)
            began = time.perf_counter()
            replay, _ = recorder.record(step)
            synchronize(device)
            captures.append(1000 * (time.perf_counter() - began))
        line["capture_ms"] = round(statistics.median(captures), 3)
        line["replay_ms"] = milliseconds(replay, device, in_a_row)
    return {**line, "captures": CAPTURES, "times_eager": round(line["eager_ms"] / line["replay_ms"], 2)}


def step_of(engine: Engine, device: str, batch_size: int) -> Callable[[], tuple[torch.Tensor, ...]]:
    """Return a function that does a step on one batch of noise, with the settings of the last epoch."""
    images = torch.randn(batch_size, 3, 32, 32, device=device).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (batch_size,), device=device)
    return lambda: engine._step(images, labels)


def milliseconds(work: Callable[[], object], device: str, in_a_row: int) -> float:
    """Return the median over ROUNDS of the milliseconds of the work, each measured over `in_a_row` repetitions."""
    work()
    seconds = []
    for _ in range(ROUNDS):
        synchronize(device)
        began = time.perf_counter()
        for _ in range(in_a_row):
            work()
        synchronize(device)
        seconds.append((time.perf_counter() - began) / in_a_row)
    return round(1000 * statistics.median(seconds), 4)
