"""4 epochs against 2, a dump, and 2 more in a fresh engine."""

from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.gpu.task import Line, MissingError, Task, all_of
from benchmarks.gpu.trainings import METHODS, differences, engine, same_sums, state_of

PHASES = ("sgd", "sgd", "pugd", "pugd")
"""Of the epochs; the dump is taken in the middle, and once more between two epochs of PUGD."""


def run(task: Task) -> Iterator[Line]:
    """A line for each model, kind of step and place of the dump."""
    if find_spec("safetensors") is None:
        raise MissingError("a state is a safetensors file, and safetensors is not installed")
    batch_size, batches = (64, 6) if task.full else (4, 2)
    models = ("upanet16", "small", "resnet18", "vit") if task.full else ("small", "upanet16")
    cases = [
        (model, step, at)
        for at in ((2, 3) if task.full else (2,))
        for model in models
        for step in ("fused", "reference")
    ]
    sound, looked_at = 0, 0
    for model, step, at in task.cases(cases):
        line = compare(model, step, at, task.device, batch_size, batches)
        looked_at += 1
        sound += line["tensors"] == line["bit_equal"]
        yield line
    # A CPU is held to this as well.
    yield from all_of("an interrupted training ends as a whole one, bit by bit", sound, looked_at, sound == looked_at)


def compare(model: str, step: str, at: int, device: str, batch_size: int, batches: int) -> Line:
    """Both trainings and how far apart they end."""
    with same_sums():
        whole = engine(model, device, batch_size, batches, step)
        for epoch, phase in enumerate(PHASES):
            whole.train_epoch(epoch, METHODS[phase])
            if epoch + 1 == at:
                payload = whole.dump()
        again = engine(model, device, batch_size, batches, step)
        again.load(payload)
        for epoch, phase in enumerate(PHASES[at:], at):
            again.train_epoch(epoch, METHODS[phase])
    facts = {"model": model, "step": step, "dumped_after": at, "dump_mb": round(len(payload) / 1e6, 2)}
    return {**facts, **differences(state_of(whole), state_of(again)), "batch_size": batch_size, "n": len(PHASES)}
