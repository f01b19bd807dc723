"""How long the parts of a trial take, and how much memory it needs, measured by training a few steps of it."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from trainables.core.allocator import keep_freed_memory
from trainables.core.config import TrialConfig
from trainables.core.data import load_dataset
from trainables.core.engine import Engine
from trainables.core.lineage import epoch_settings, steps_per_epoch
from trainables.core.provenance import machine, machine_id
from trainables.core.store import Store

CHUNK_SECONDS = 0.3
"""Steps are timed in chunks of about this length."""
MOST_VALIDATED = 2048
"""Images of the validation part that are looked at; the time is scaled to all."""


@dataclass(frozen=True)
class Measured:
    """Medians of what was measured."""

    sgd_step_seconds: float
    pugd_step_seconds: float
    validation_seconds: float
    """Of the whole validation part."""
    test_seconds: float
    """Of the whole test part."""
    state_seconds: float
    """To take and write one state."""
    state_bytes: int
    memory_bytes: int
    """Most that the process had resident, the mapped images that all trials share included."""
    gpu_memory_bytes: int
    """Most that torch had reserved on the GPU; 0 without one."""
    rounds: int
    """How often each was measured."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Gauge:
    """One process that trains a few steps, alone or beside others that do the same."""

    def __init__(self, config: dict[str, Any], threads: int, gpu: bool) -> None:
        """Of a PUGD trial's plain values, whose SGD steps are measured too."""
        self._config = TrialConfig.from_dict(config)
        self._threads = threads
        self._device = torch.device("cuda" if gpu and torch.cuda.is_available() else "cpu")

    def prepare(self) -> str:
        """Load the data, build the model and warm it up: the id of this machine, as provenances have it."""
        keep_freed_memory()
        torch.set_num_threads(self._threads)
        self._data = load_dataset(self._config.dataset)
        self._engine = Engine(self._config, self._data, self._device)
        self._steps = steps_per_epoch(len(self._data.train.labels), self._config.training.batch_size)
        for phase in ("sgd", "pugd"):
            self._train(phase, 2)
        return machine_id(machine(self._device))

    def measure(self, seconds: float, folder: str) -> dict[str, Any]:
        """Measure for so long, and write states into a folder that is no store."""
        validated = self._data.val.take(np.arange(min(len(self._data.val.labels), MOST_VALIDATED)))
        store, scale = Store(folder), len(self._data.val.labels) / len(validated.labels)
        chunks = {phase: self._chunk(phase) for phase in ("sgd", "pugd")}
        times: dict[str, list[float]] = {name: [] for name in ("sgd", "pugd", "validation", "state")}
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends or len(times["state"]) < 3:
            for phase, steps in chunks.items():
                began = time.perf_counter()
                self._train(phase, steps)
                times[phase].append((time.perf_counter() - began) / steps)
            times["validation"].append(scale * _timed(lambda: self._engine.evaluate(validated)))
            times["state"].append(_timed(lambda: store.put_state("state", str(id(self)), self._engine.dump())))
        medians = {name: statistics.median(values) for name, values in times.items()}
        reserved = torch.cuda.max_memory_reserved() if self._device.type == "cuda" else 0
        return Measured(
            sgd_step_seconds=medians["sgd"],
            pugd_step_seconds=medians["pugd"],
            validation_seconds=medians["validation"],
            test_seconds=medians["validation"] * len(self._data.test.labels) / len(self._data.val.labels),
            state_seconds=medians["state"],
            state_bytes=len(self._engine.dump()),
            memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            gpu_memory_bytes=reserved,
            rounds=len(times["state"]),
        ).to_dict()

    def _chunk(self, phase: str) -> int:
        """So many steps that an epoch's own preparations do not matter, or the whole epoch."""
        few = min(2, self._steps)
        each = _timed(lambda: self._train(phase, few)) / few
        return max(few, min(self._steps, round(CHUNK_SECONDS / max(each, 1e-6))))

    def _train(self, phase: str, steps: int) -> None:
        self._engine.train_epoch(0, epoch_settings(self._config, 0, None if phase == "sgd" else 0), most_steps=steps)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
