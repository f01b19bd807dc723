"""Train 40 short epochs and check that the memory of each epoch's recording is freed."""

import resource
from collections.abc import Iterator

import torch

from benchmarks.gpu.task import Line, Task, claim
from benchmarks.gpu.trainings import METHODS, engine
from benchmarks.photographs import noise

EPOCHS = 40
PROBED = 2
"""Number of epochs, with validation and state, after which the memory should not grow any more."""
MEGABYTE = 10**6
ALLOWED = 1.02
"""Largest ratio of later to earlier memory that still counts as no growth."""


def run(task: Task) -> Iterator[Line]:
    """Train epochs of sgd and pugd, each with a validation. Yields the memory after each, and the most within each."""
    cases = (("upanet16", 128), ("small", 128)) if task.full else (("small", 8),)
    for model, batch_size in task.cases(cases):
        one = engine(model, task.device, batch_size, batches=6)
        part = noise(batch_size, 2 * batch_size).val
        after, most = [], []
        for epoch in range(EPOCHS):
            one.train_epoch(epoch, METHODS["pugd" if epoch % 4 else "sgd"])
            one.evaluate(part)
            after.append(now(task.device))
            most.append(peak(task.device))
            if task.left < 0:
                task.left_out.append(f"{model} after epoch {epoch}")
                break
        names = ("allocated_mb", "reserved_mb") if task.on_gpu else ("resident_mb",)
        series = {name: [each[index] for each in after] for index, name in enumerate(names)}
        yield {"model": model, "batch_size": batch_size, "n": len(after), **series, "peak_reserved_mb": most}
        for name, values in series.items():
            probed, last = max(values[: PROBED + 2]), max(values[-5:])
            number = f"{probed} MB then, {last} MB at the end"
            yield claim(
                f"{model}: {name.removesuffix('_mb')} after {len(after)} epochs as after the first",
                number,
                f"at most {ALLOWED} times",
                task.verdict(last <= ALLOWED * probed + 1),
            )
        if task.on_gpu:
            first, later = max(most[: PROBED + 2]), max(most)
            what = f"{model}: the first {PROBED + 2} epochs need as much as any (reserved)"
            yield claim(what, f"{first} MB, {later} MB", f"at most {ALLOWED} times", later <= ALLOWED * first + 1)


def now(device: str) -> tuple[int, ...]:
    """Return the megabytes allocated and reserved on the GPU; on a CPU the largest resident memory so far."""
    if device == "cuda":
        torch.cuda.synchronize()
        return torch.cuda.memory_allocated() // MEGABYTE, torch.cuda.memory_reserved() // MEGABYTE
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // MEGABYTE,)


def peak(device: str) -> int:
    """Return the most megabytes reserved since the last call."""
    if device != "cuda":
        return now(device)[0]
    most = torch.cuda.max_memory_reserved() // MEGABYTE
    torch.cuda.reset_peak_memory_stats()
    return most
