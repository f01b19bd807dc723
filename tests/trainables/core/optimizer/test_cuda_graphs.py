"""The recorder of a GPU: what it finds in a step before recording, and how it cleans up after a failure."""

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from trainables.core.optimizer import cuda_graphs
from trainables.core.optimizer.capture import Figures
from trainables.core.optimizer.cuda_graphs import WAITS, CudaGraphs

POOL = (0, 7)


class Driver:
    """Replaces CUDA and torch's allocator where there is no GPU, and notes the calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.broken = ""
        """What goes wrong when a recording is ended: nothing, "invalid" or "late"."""

    def note(self, name: str, value: object = None) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            del args, kwargs
            self.calls.append(name)
            return value

        return call


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    driver = Driver()

    class Graph:
        def capture_begin(self, pool: object = None) -> None:
            driver.calls.append("begin" if pool == POOL else "begin with a pool of its own")

        def capture_end(self) -> None:
            driver.calls.append("end")
            driver.broken, how = "late" if driver.broken == "late" else "", driver.broken
            if how:
                raise torch.AcceleratorError("CUDA error: operation failed due to a previous error during capture")

        def replay(self) -> None:
            driver.calls.append("replay")

        def reset(self) -> None:
            driver.calls.append("reset")

    class Stream:
        def wait_stream(self, other: object) -> None:
            del other

        def synchronize(self) -> None:
            driver.calls.append("wait")

    for name in ("empty_cache", "synchronize", "set_sync_debug_mode", "set_rng_state"):
        monkeypatch.setattr(torch.cuda, name, driver.note(name))
    for name, value in (
        ("get_sync_debug_mode", 0),
        ("get_rng_state", b""),
        ("current_device", 0),
        ("graph_pool_handle", POOL),
    ):
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)

    def end_allocating(*_: object) -> None:
        driver.calls.append("end allocating")
        if driver.broken == "late":
            driver.broken = ""
            raise RuntimeError("not currently recording to mempool_id")

    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", end_allocating, raising=False)
    monkeypatch.setattr(torch._C, "_cuda_releasePool", driver.note("release"), raising=False)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "Stream", lambda _: Stream())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: Stream())
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: torch.ones(()))
    cuda_graphs.stream_of.cache_clear()
    yield driver
    cuda_graphs.stream_of.cache_clear()


@pytest.fixture
def graphs(driver: Driver) -> CudaGraphs:
    del driver
    return CudaGraphs(torch.device("cuda"))


def work() -> Figures:
    return (torch.ones(()),)


def test_a_recording_is_replayed_and_given_back(driver: Driver, graphs: CudaGraphs) -> None:
    with graphs.working():
        replay, figures = graphs.record(work)
        replay()
    assert [float(figure) for figure in figures] == [1.0]
    assert driver.calls == ["synchronize", "empty_cache", "begin", "end", "replay"]
    graphs.release()
    graphs.release()
    assert driver.calls[5:] == ["wait", "reset", "empty_cache"], "once"


ONE_MORE = ["begin with a pool of its own", "end", "reset"]


@pytest.mark.parametrize(
    ("broken", "by_hand"),
    [
        ("", []),
        ("invalid", ["end allocating", "release", *ONE_MORE]),
        ("late", ["end allocating", *ONE_MORE]),
    ],
    ids=["memory ran out", "the host waited", "no graph could be made"],
)
def test_a_recording_that_broke_off_is_ended_and_given_back(
    driver: Driver, graphs: CudaGraphs, broken: str, by_hand: list[str]
) -> None:
    def breaking() -> Figures:
        driver.broken = broken
        raise torch.OutOfMemoryError("too much")

    with pytest.raises(torch.OutOfMemoryError, match="too much"):
        graphs.record(breaking)
    cleared = ["end", *by_hand, "reset", "empty_cache", "set_rng_state"]
    assert driver.calls == ["synchronize", "empty_cache", "begin", *cleared]


def test_one_stream_for_all_epochs(graphs: CudaGraphs) -> None:
    streams = set()
    for device in (torch.device("cuda", 0), torch.device("cuda:0")):
        with graphs.working():
            streams.add(cuda_graphs.stream_of(device))
    assert len(streams) == 1


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (lambda: None, []),
        (lambda: warnings.warn(f"{WAITS} (at item.cpp)", stacklevel=1), ["the host waits for a value from the GPU"]),
        (random.random, ["random numbers are drawn on the host"]),
        (np.random.rand, ["random numbers are drawn on the host"]),
        (lambda: torch.rand(1), ["random numbers are drawn on the host"]),
    ],
    ids=["nothing", "waits", "random", "numpy", "torch"],
)
def test_a_first_step_shows_what_no_recording_can_hold(
    graphs: CudaGraphs, step: Callable[[], object], found: list[str]
) -> None:
    with graphs.watched() as seen:
        step()
    assert seen == found


def test_other_warnings_of_a_watched_step_are_still_given(graphs: CudaGraphs) -> None:
    with pytest.warns(UserWarning, match="something else"), graphs.watched() as seen:
        warnings.warn("something else", stacklevel=1)
    assert seen == []
