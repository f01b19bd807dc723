"""Seconds of an epoch of SGD and of PUGD: this package against a plain PyTorch script.

Both train the small net on the CPU, with the same images, batch size and threads, in turns. Then it measures two trials
at the same time. Prints images per second, the ratio to the plain script, and the memory. Without a folder of
photographs it uses random images, which train as fast.
"""

import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from benchmarks.photographs import photographs, source
from benchmarks.plain import LR, PADDING, Pictures, PlainTraining
from benchmarks.report import device_facts, line, table
from benchmarks.turns import Contestant, Result, Turn, all_at_once, take_turns
from trainables.core.history.lineage import EpochSettings
from trainables.core.models.build import build_model
from trainables.core.settings.config import AugmentationConfig, DatasetConfig, ModelConfig, TrainingConfig, TrialConfig
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.engine import Engine

PHASES = ("sgd", "pugd")
SETTINGS = {"sgd": EpochSettings("sgd", LR), "pugd": EpochSettings("pugd", LR, 1.0, 1.0, "both")}
EPOCHS = 1000
"""Length of the training for the engine, which numbers its epochs. Fewer are measured."""
OPPONENT = "plain script, 0 loader processes"
"""The name of the opponent: as in the published scripts, the training process loads the images itself."""


@dataclass(frozen=True)
class Case:
    """What is trained: model, images and device. `runs` is how often each contestant is measured."""

    model: str
    batch_size: int
    images: int
    device: str
    runs: int
    folder: str | None
    threads: int

    def facts(self) -> dict[str, Any]:
        """The facts of the case that every printed line has."""
        given = {name: value for name, value in asdict(self).items() if name in ("model", "batch_size", "images")}
        return {"benchmark": "epoch", **given, "source": source(self.folder)}


def ours(case: Case, phase: str) -> Turn:
    """Prepare an epoch of this package's engine, as a worker of a sweep trains it."""
    keep_freed_memory()
    torch.set_num_threads(case.threads)
    training = TrainingConfig(
        epochs=EPOCHS,
        batch_size=case.batch_size,
        lr=LR,
        augmentation=AugmentationConfig(crop_padding=PADDING, horizontal_flip=True),
        step="fused",
    )
    config = TrialConfig(DatasetConfig("imagefolder"), ModelConfig(case.model), training)
    engine = Engine(config, photographs(case.folder, case.images), torch.device(case.device))
    epochs = iter(range(EPOCHS))

    def turn() -> dict[str, Any]:
        engine.train_epoch(next(epochs), SETTINGS[phase])
        return {"peak_mb": peak_megabytes(case.device)}

    return turn


def plain(case: Case, phase: str, workers: int) -> Turn:
    """Prepare an epoch of the plain script."""
    torch.set_num_threads(case.threads)
    dataset = photographs(case.folder, case.images)
    net = build_model(ModelConfig(case.model), len(dataset.classes), dataset.in_channels, dataset.image_size)
    training = PlainTraining(net, Pictures(dataset), case.batch_size, workers, torch.device(case.device))

    def turn() -> dict[str, Any]:
        training.epoch(phase)
        return {"peak_mb": peak_megabytes(case.device)}

    return turn


def peak_megabytes(device: str) -> int:
    """Largest memory so far in MB: of the process, or allocated on the GPU."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() // 10**6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def contestants(case: Case) -> dict[tuple[str, str], Contestant]:
    """Return (name, phase) -> contestant: this package, and the plain script with 0 and 2 loader processes."""
    found = {}
    for phase in PHASES:
        found["rts-search fp32", phase] = Contestant(ours, (case, phase))
        for number in (0, 2):
            found[f"plain script, {number} loader processes", phase] = Contestant(plain, (case, phase, number))
    return found


def measure(case: Case) -> None:
    """Measure all contestants. Print a JSON line for each, a table, and the ratio of PUGD to SGD."""
    results = take_turns(contestants(case), case.runs)
    speeds = {who: case.images / result.median for who, result in results.items()}
    rows = []
    for (who, phase), result in results.items():
        speed, peak = speeds[who, phase], result.facts["peak_mb"]
        ratio = speed / speeds[OPPONENT, phase]
        measured = {"images_per_second": round(speed), "times_plain": round(ratio, 2), "peak_mb": peak}
        where = device_facts(case.device, case.threads)
        line({**case.facts(), "who": who, "phase": phase, **measured, **spread(result), **where})
        rows.append((who, phase, f"{speed:,.0f}", f"{ratio:.2f}", f"{peak:,}"))
    table((f"{case.model}, batch {case.batch_size}", "phase", "images/s", "times plain", "peak MB"), rows)
    for who in dict.fromkeys(who for who, _ in results):
        ratio = results[who, "pugd"].median / results[who, "sgd"].median
        print(f"{who}: an epoch of pugd takes {ratio:.2f} times as long as one of sgd")
    print(flush=True)


def together(case: Case, numbers: tuple[int, ...]) -> None:
    """Measure how many images per second several trials at the same time train together."""
    contestant = Contestant(ours, (case, "pugd"))
    speeds, rows = {}, []
    for trials in numbers:
        result = all_at_once(contestant, trials, case.runs)
        speeds[trials] = trials * case.images / result.median
        ratio = speeds[trials] / speeds[numbers[0]]
        measured = {"images_per_second_together": round(speeds[trials]), "times_one": round(ratio, 2)}
        where = device_facts(case.device, case.threads)
        line({**case.facts(), "phase": "pugd", "trials_at_a_time": trials, **measured, **spread(result), **where})
        rows.append((str(trials), f"{speeds[trials]:,.0f}", f"{ratio:.2f}"))
    table((f"{case.model}, batch {case.batch_size}, pugd: trials at a time", "images/s together", "times one"), rows)


def spread(result: Result) -> Mapping[str, Any]:
    """The seconds of every turn, which show how noisy the machine was."""
    return {"n": len(result.seconds), "seconds": [round(value, 2) for value in result.seconds]}


def main(folder: str | None) -> None:
    """Measure the small net on the CPU. (`python -m benchmarks gpu` measures larger models on a GPU.)"""
    threads = torch.get_num_threads()
    small = Case("small", 128, 10_000, "cpu", 5, folder, threads)
    measure(small)
    together(replace(small, threads=1), (1, 2))
