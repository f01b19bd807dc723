"""Compare recorded steps with plain ones bit by bit, with deterministic algorithms."""

import warnings
from collections.abc import Iterator

from benchmarks.gpu.task import Line, Task, all_of
from benchmarks.gpu.trainings import METHODS, MODELS, differences, engine, same_sums, state_of

EPOCHS = 2


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each method and model. On a CPU the plain step is compared with itself."""
    compared, equal = 0, 0
    batch_size, batches = (64, 6) if task.full else (4, 3)
    pairs = [("small", method) for method in METHODS]
    pairs += [
        (model, method) for model in list(MODELS)[1:] for method in (("pugd", *METHODS) if task.full else ("pugd",))
    ]
    for model, method in task.cases(dict.fromkeys(pairs)):
        line = compare(model, method, task.device, batch_size, batches)
        compared += 1
        equal += line["tensors"] == line["bit_equal"] and line["same_figures"]
        yield line
    what = "recorded steps equal plain ones, bit by bit"
    yield from all_of(what, equal, compared, task.verdict(equal == compared))


def compare(model: str, method: str, device: str, batch_size: int, batches: int) -> Line:
    """Train with plain, recorded and plain steps. The two plain trainings show whether equal bits can be expected."""
    steps = ("reference", "fused" if device == "cuda" else "reference", "reference")
    states, figures, notes = [], [], set()
    with warnings.catch_warnings(record=True) as told, same_sums():
        warnings.simplefilter("always")
        for step in steps:
            one = engine(model, device, batch_size, batches, step)
            trained = [one.train_epoch(epoch, METHODS[method]) for epoch in range(EPOCHS)]
            states.append(state_of(one))
            figures.append([(each.train_loss, each.grad_norms) for each in trained])
            notes |= {note for each in trained for note in each.notes}
    return {
        "model": model,
        "method": method,
        **differences(states[0], states[1]),
        "same_figures": figures[0] == figures[1],
        "plain_twice_bit_equal": differences(states[0], states[2])["bit_equal"],
        "batch_size": batch_size,
        "n": EPOCHS * batches,
        "warnings": sorted(
            {str(one.message).splitlines()[0][:200] for one in told if "determinis" in str(one.message)}
        ),
        "notes": sorted(notes),
    }
