"""The parts of the GPU measurement on an emulated GPU."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from benchmarks.gpu import breaking, equality, memory, resuming, times, updates, waiting
from benchmarks.gpu.task import Task
from tests.trainables.core.emulated_gpu import AutocastOfGpu, EmulatedGpu
from tests.trainables.core.tape import Tape
from trainables.core.optimizer import cuda_graphs
from trainables.core.training import engine as engine_module

NOTHING = ("synchronize", "reset_peak_memory_stats", "empty_cache", "set_per_process_memory_fraction")
BYTES = {"memory_allocated": 10**9, "memory_reserved": 2 * 10**9, "max_memory_reserved": 3 * 10**9}


class Graphs(Tape):
    """A recorder that also tells models that a recording is running."""

    recording = False

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        assert device.type == "cuda"

    def record(self, work: Any) -> Any:
        Graphs.recording = True
        try:
            return super().record(work)
        finally:
            Graphs.recording = False


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedGpu]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for module in (cuda_graphs, engine_module):
        monkeypatch.setattr(module, "CudaGraphs", Graphs)
    monkeypatch.setattr(torch, "autocast", AutocastOfGpu)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda _: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda *_: (2**38, 2**40))
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: Graphs.recording)
    for name, value in {**dict.fromkeys(NOTHING), **BYTES}.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)
    with EmulatedGpu() as emulated:
        yield emulated
    torch.set_num_threads(threads)


@pytest.fixture
def task() -> Task:
    """A task with small sizes on the emulated GPU."""
    return Task("cuda", float("inf"))


@pytest.mark.slow
def test_a_step_is_timed_as_it_stands_recorded_and_replayed() -> None:
    line = times.measure("small", "pugd", "cuda", 4, 1)
    assert line["precision"] == "bf16"
    assert min(line["eager_ms"], line["capture_ms"], line["replay_ms"]) > 0


def test_an_update_is_recorded_and_held_against_the_memory(task: Task) -> None:
    line, claim = updates.run(task)
    assert min(line["eager_ms"], line["update_ms"], line["floor_ms"]) > 0
    assert claim["holds"] is (line["times_the_floor"] <= updates.GOAL)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rts", *(pytest.param(one, marks=pytest.mark.campaign) for one in ("ngd", "amp"))])
def test_recorded_steps_are_compared_bit_by_bit(method: str) -> None:
    line = equality.compare("small", method, "cuda", 4, 3)
    assert line["tensors"] == line["bit_equal"] == line["plain_twice_bit_equal"] > 0
    assert line["same_figures"]
    assert line["notes"] == []


@pytest.mark.parametrize("way", ["reading", "raising", "filling"])
def test_a_model_that_breaks_its_recording_is_found_out_and_the_next_is_recorded(way: str, task: Task) -> None:
    line = breaking.broken(way, task)
    assert line["error"] is None
    assert "cannot be recorded" in " ".join(line["notes"])
    assert line["tensors"] == line["bit_equal"] > 0
    assert line["next"] == "recorded"


def test_a_step_is_guarded_against_waiting(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[str] = []
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    assert waiting.waited("small", "pugd", "fused", task) is None
    assert modes == ["default", "default", "error", "error", "error", "default", "default"]


def test_an_interrupted_training_is_compared_with_a_whole_one() -> None:
    line = resuming.compare("small", "fused", 2, "cuda", 4, 2)
    assert line["tensors"] == line["bit_equal"] > 0


def test_memory_is_read_after_every_epoch(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "EPOCHS", 6)
    line, *claims = memory.run(task)
    assert line["n"] == 6 == len(line["reserved_mb"]) == len(line["allocated_mb"])
    assert [claim["holds"] for claim in claims] == [True, True, True]
