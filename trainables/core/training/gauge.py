"""Measure how long the parts of a trial take and how much memory it needs, by training a few steps of it."""

import functools
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from trainables.core.data import load_dataset
from trainables.core.history.lineage import EpochSettings, epoch_settings, steps_per_epoch
from trainables.core.history.provenance import machine, machine_id
from trainables.core.history.store import Store
from trainables.core.optimizer.capture import Recorder
from trainables.core.settings.config import TrialConfig
from trainables.core.training.allocator import keep_freed_memory
from trainables.core.training.engine import Engine

CHUNK_SECONDS = 0.3
"""Several steps are timed together, so that they take about this long."""
WITH_A_REPLAY = 4
"""Least number of steps in which each kind occurs: one computed directly, one recorded, one replayed, and the epoch's
last one, whose mini-batch may be smaller."""
PHASES = ("sgd", "pugd")
MOST_VALIDATED = 2048
"""Most images of the validation part that are evaluated; the time is then scaled to all of them."""


@dataclass(frozen=True)
class Measured:
    """The results: medians of the times, largest values of the memory."""

    sgd_step_seconds: float
    """Time of one SGD step; where steps are recorded, of one replay."""
    pugd_step_seconds: float
    """Time of one PUGD step; where steps are recorded, of one replay."""
    sgd_recording_seconds: float
    """Extra time of an SGD epoch where steps are recorded: the first step, the recording and the end of the epoch.
    Where they are not recorded: 0."""
    pugd_recording_seconds: float
    """The same for a PUGD epoch."""
    validation_seconds: float
    """Time to evaluate the whole validation part."""
    test_seconds: float
    """Time to evaluate the whole test part."""
    state_seconds: float
    """Time to serialise and write one state."""
    state_bytes: int
    """Size of one state."""
    memory_bytes: int
    """Largest resident memory of the process, including the memory-mapped images that all trials share."""
    gpu_memory_bytes: int
    """Largest memory that torch reserved on the GPU; 0 without a GPU."""
    rounds: int
    """How often each time was measured."""

    def to_dict(self) -> dict[str, Any]:
        """The results as a dictionary."""
        return asdict(self)


class Gauge:
    """Measures a trial in this process, alone or while other processes do the same."""

    def __init__(self, config: dict[str, Any], threads: int, gpu: bool, recorder: Recorder | None = None) -> None:
        """config: the `to_dict` of a PUGD trial; its SGD steps are measured too.

        threads: torch's threads on a CPU. gpu: whether to use a GPU if there is one. recorder: see `Engine`.
        """
        self._recorder, self._config = recorder, TrialConfig.from_dict(config)
        self._threads = threads
        self._device = torch.device("cuda" if gpu and torch.cuda.is_available() else "cpu")

    def prepare(self) -> str:
        """Load the data, build the model and train a few steps to warm up. Returns this machine's provenance."""
        keep_freed_memory()
        torch.set_num_threads(self._threads)
        self._data = load_dataset(self._config.dataset)
        self._engine = Engine(self._config, self._data, self._device, recorder=self._recorder)
        self._steps = steps_per_epoch(len(self._data.train.labels), self._config.training.batch_size)
        for phase in PHASES:
            self._train(phase, WITH_A_REPLAY)
        return machine_id(machine(self._device, model_name=self._config.model.name))

    def measure(self, seconds: float, folder: str) -> dict[str, Any]:
        """Measure for at least `seconds`, and at least 3 rounds. Returns `Measured.to_dict()`.

        folder: an empty folder, to which the states are written.
        """
        validated = self._data.val.take(np.arange(min(len(self._data.val.labels), MOST_VALIDATED)))
        store, scale = Store(folder), len(self._data.val.labels) / len(validated.labels)
        chunks = {phase: self._chunks(phase) for phase in PHASES}
        times: dict[str, list[float]] = {name: [] for name in ("validation", "state")}
        passes: dict[tuple[str, int], list[float]] = {(phase, steps): [] for phase in PHASES for steps in chunks[phase]}
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends or len(times["state"]) < 3:
            for (phase, steps), taken in passes.items():
                taken.append(_timed(functools.partial(self._train, phase, steps)))
            times["validation"].append(scale * _timed(lambda: self._engine.evaluate(validated)))
            times["state"].append(_timed(lambda: store.put_state("state", str(id(self)), self._engine.dump())))
        medians = {name: statistics.median(values) for name, values in times.items()}
        typical = {name: statistics.median(taken) for name, taken in passes.items()}
        parts = {phase: _parts({steps: typical[phase, steps] for steps in chunks[phase]}) for phase in PHASES}
        reserved = torch.cuda.max_memory_reserved() if self._device.type == "cuda" else 0
        return Measured(
            sgd_step_seconds=parts["sgd"][0],
            pugd_step_seconds=parts["pugd"][0],
            sgd_recording_seconds=parts["sgd"][1],
            pugd_recording_seconds=parts["pugd"][1],
            validation_seconds=medians["validation"],
            test_seconds=medians["validation"] * len(self._data.test.labels) / len(self._data.val.labels),
            state_seconds=medians["state"],
            state_bytes=len(self._engine.dump()),
            memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            gpu_memory_bytes=reserved,
            rounds=len(times["state"]),
        ).to_dict()

    def _chunks(self, phase: str) -> tuple[int, ...]:
        """Return the numbers of steps to time together: enough for CHUNK_SECONDS, or the whole epoch.

        Where steps are recorded, it is two numbers, few and many: from the times of both, the fixed time of an epoch
        and the time of a step are computed.
        """
        few = min(WITH_A_REPLAY if self._engine.records else 2, self._steps)
        took = least = _timed(lambda: self._train(phase, few))
        if not self._engine.records:
            return (max(few, min(self._steps, round(CHUNK_SECONDS * few / max(took, 1e-6)))),)
        many = few
        while many < self._steps and took < least + CHUNK_SECONDS:
            many = min(self._steps, 4 * many)
            took = _timed(functools.partial(self._train, phase, many))
        return (few, many) if few < many else (few,)

    def _train(self, phase: str, steps: int) -> None:
        settings = replace(_unfrozen(epoch_settings(self._config, 0, None if phase == "sgd" else 0)), every=1)
        self._engine.train_epoch(0, settings, most_steps=steps, to_the_last=self._engine.records)


def memory_on_gpu(configs: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the most GPU memory that any of these trials takes, and the memory of this worker's GPU, in bytes.

    Each trial does two short epochs, with a validation and a state after each; the second epoch starts with the memory
    that the first has left reserved. Where `timing.every` is above 1, both kinds of steps are done. The
    memory of CUDA itself is included, which is right only if nothing else runs on the GPU.
    """
    device = torch.device("cuda")
    for trial in map(TrialConfig.from_dict, configs):
        dataset = load_dataset(trial.dataset)
        engine = Engine(trial, dataset, device)
        settings = _unfrozen(epoch_settings(trial, 0, 0))
        for epoch in range(2):
            engine.train_epoch(epoch, settings, most_steps=settings.every * WITH_A_REPLAY, to_the_last=True)
            engine.evaluate(dataset.val)
            engine.dump()
        del engine  # frees its memory before the next engine is built
        torch.cuda.empty_cache()
    torch.cuda.synchronize(device)
    free, memory = torch.cuda.mem_get_info(device)
    besides = memory - free - torch.cuda.memory_reserved(device)
    return besides + torch.cuda.max_memory_reserved(device), memory


def _parts(passes: dict[int, float]) -> tuple[float, float]:
    """From number of steps -> seconds of a pass, return the seconds of one step and the fixed seconds of a pass."""
    (few, least), (many, most) = min(passes.items()), max(passes.items())
    if few == many:
        return most / many, 0.0
    step = max(0.0, (most - least) / (many - few))
    return step, max(0.0, least - few * step)


def _unfrozen(settings: EpochSettings) -> EpochSettings:
    """Most epochs train all layers, and these take more time and memory."""
    return replace(settings, frozen=False)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
