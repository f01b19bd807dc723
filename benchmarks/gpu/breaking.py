"""Steps that cannot be recorded as a CUDA graph: the training must continue without recording, and say why."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from benchmarks.gpu.task import Line, Task, claim
from benchmarks.gpu.trainings import METHODS, differences, engine, same_sums, state_of
from trainables.core.models.small import small
from trainables.core.settings.config import ModelConfig

EPOCHS, BATCH_SIZE = 2, 64
HERE = "benchmarks.gpu.breaking"
SCARCE = "hardly any memory"
TOO_MANY = 2**50
"""More bytes than any card has."""


class Around(nn.Module):
    """A wrapper of a model. Its subclasses do something in `forward` that cannot be recorded."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner


class Reading(Around):
    """Reads a number on the host while it trains, as a user's model may do."""

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.inner(images)
        if self.training and float(logits.detach().abs().max()) > 1e6:
            logits = logits / 2
        return logits


class Raising(Around):
    """Raises an error while a step is recorded."""

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.inner(images)
        if images.is_cuda and torch.cuda.is_current_stream_capturing():
            raise RuntimeError("this model is not to be recorded")
        return logits


class Filling(Around):
    """Allocates more memory than the GPU has while a step is recorded."""

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.inner(images)
        if images.is_cuda and torch.cuda.is_current_stream_capturing():
            torch.empty(TOO_MANY, dtype=torch.uint8, device=images.device)
        return logits


def reading(num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build the small net in `Reading`."""
    return Reading(small(num_classes, in_channels, image_size))


def raising(num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build the small net in `Raising`."""
    return Raising(small(num_classes, in_channels, image_size))


def filling(num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    """Build the small net in `Filling`."""
    return Filling(small(num_classes, in_channels, image_size))


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each way to break a recording: how that training ended, and whether the next one is recorded."""
    for way in task.cases(("reading", "raising", "filling", SCARCE)):
        line = scarce(task) if way == SCARCE else broken(way, task)
        yield line
        sound = line["error"] is None and line["bit_equal"] == line["tensors"]
        number = line["error"] or "; ".join(line["notes"]).partition(": ")[2][:90] or "no note"
        if way == SCARCE:
            yield claim(f"{way}: gives the same as plain steps", number, "bit by bit", task.verdict(sound))
        else:
            noted = sound and line["notes"] != []
            yield claim(f"{way}: continues without a recording, and says why", number, "a note", task.verdict(noted))
        what = f"{way}: the next training in this process is recorded"
        yield claim(what, line["next"], "recorded", task.verdict(line["next"] == "recorded"))


def broken(way: str, task: Task) -> Line:
    """Train a model whose step cannot be recorded, and compare it with a training that never records."""
    return {"way": way, **outcome(ModelConfig(f"{HERE}:{way}"), task), "next": next_training(task.device)}


def scarce(task: Task) -> Line:
    """Limit the memory so that a step fits, but a recording in addition hardly does."""
    model, share = ModelConfig("upanet16"), 1.0
    if task.on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        one = engine(model, task.device, BATCH_SIZE if task.full else 4, 4, "reference")
        one.train_epoch(0, METHODS["pugd"])
        del one
        share = 1.05 * torch.cuda.max_memory_reserved() / torch.cuda.mem_get_info()[1]
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(min(1.0, share))
    try:
        line = outcome(model, task)
    finally:
        if task.on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.set_per_process_memory_fraction(1.0)
    return {"way": SCARCE, "share_of_memory": round(share, 4), **line, "next": next_training(task.device)}


def outcome(model: ModelConfig, task: Task) -> Line:
    """Train with and without recording. Returns the notes or the error, and how many tensors are equal bit by bit."""
    settings = replace(METHODS["pugd"], learning_rate=0.01)
    batch_size = BATCH_SIZE if task.full else 4
    states, notes, error = [], [], None
    with same_sums():
        for step in ("fused", "reference"):
            try:
                one = engine(model, task.device, batch_size, 4, step if task.on_gpu else "reference")
                for epoch in range(EPOCHS):
                    notes += one.train_epoch(epoch, settings).notes
                states.append(state_of(one))
            except Exception as raised:  # any error is a result of this part
                error = error or f"{step}: {type(raised).__name__}: {str(raised).splitlines()[0][:200]}"
    same = differences(*states) if len(states) == 2 else {"tensors": 0, "bit_equal": -1}
    return {"error": error, "notes": sorted(set(notes)), **same, "batch_size": batch_size, "n": EPOCHS}


def next_training(device: str) -> str:
    """Train an ordinary model afterwards. Returns "recorded", or what went wrong."""
    try:
        one = engine("small", device, 16, 4)
        notes = one.train_epoch(0, METHODS["pugd"]).notes
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
    return "recorded" if one.records else "; ".join(notes) or "trained, and not recorded"
