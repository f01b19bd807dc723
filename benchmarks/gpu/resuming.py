"""Compare a training of 4 epochs with one that is stopped and continued from its state in a new engine."""

from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.gpu.task import Line, MissingError, Task, all_of
from benchmarks.gpu.trainings import METHODS, differences, engine, same_sums, state_of

PHASES = ("sgd", "sgd", "pugd", "pugd")
"""Phase of each epoch. The state is taken before the first PUGD epoch, and in other cases between the two."""


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each model, kind of step and epoch after which the state is taken."""
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
    # This must be true on a CPU too.
    what = "a resumed training equals an uninterrupted one, bit by bit"
    yield from all_of(what, sound, looked_at, sound == looked_at)


def compare(model: str, step: str, at: int, device: str, batch_size: int, batches: int) -> Line:
    """Do both trainings and compare their parameters and buffers."""
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
