"""Check that no step makes the host wait for the GPU: torch raises an error if one does (sync-debug mode `error`)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.gpu.task import Line, Task, all_of
from benchmarks.gpu.trainings import METHODS, MODELS, engine
from trainables.core.training.engine import Engine

STEPS = 6
UNGUARDED = 2
"""The first steps may wait: they create momentum buffers, workspaces of libraries and the recording."""


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each method, model and kind of step, with the error or None."""
    sound, looked_at = 0, 0
    pairs = [("small", method) for method in METHODS]
    if task.on_gpu:
        pairs += [(model, "pugd") for model in list(MODELS)[1:]]
    cases = [(model, method, step) for model, method in pairs for step in ("reference", "fused")]
    for model, method, step in task.cases(cases):
        error = waited(model, method, step, task)
        looked_at += 1
        sound += error is None
        yield {"model": model, "method": method, "step": step, "error": error, "n": STEPS - UNGUARDED - 1}
    yield from all_of("no step waits for the GPU", sound, looked_at, task.verdict(sound == looked_at))


def waited(model: str, method: str, step: str, task: Task) -> str | None:
    """Return the error of the operation that made the host wait, in a step or between two; None if there was none."""
    one = engine(model, task.device, 32 if task.full else 2, STEPS, step)
    if task.on_gpu:
        _guard(one)
    try:
        one.train_epoch(0, METHODS[method])
    except RuntimeError as error:
        return f"{error}".splitlines()[0][:200]
    finally:
        if task.on_gpu:
            torch.cuda.set_sync_debug_mode("default")
    return None


def _guard(engine: Engine) -> None:
    """Let any waiting raise an error from the third step to the last but one, also while a batch is prepared."""
    feed = engine._feed
    plain = feed.batches

    def batches(order: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for number, batch in enumerate(plain(order, size)):
            torch.cuda.set_sync_debug_mode("error" if UNGUARDED <= number < STEPS - 1 else "default")
            yield batch

    feed.batches = batches  # type: ignore[method-assign]
