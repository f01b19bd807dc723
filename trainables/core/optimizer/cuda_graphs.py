"""Record steps as CUDA graphs, and clean up after a recording that failed."""

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import numpy as np
import torch

from trainables.core.optimizer.capture import Figures, Replay

WAITS = "called a synchronizing CUDA operation"
"""Part of torch's warning when the host waits for the device."""


@cache
def stream_of(device: torch.device) -> torch.cuda.Stream:
    """The stream on which this process records steps. There is one per device, since torch reuses memory per stream."""
    return torch.cuda.Stream(device)


class CudaGraphs:
    """The `Recorder` of a GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
        self._graphs: list[torch.cuda.CUDAGraph] = []

    @contextmanager
    def working(self) -> Iterator[None]:
        """Use the recording stream: its work starts after earlier work of the current stream and before later work."""
        before, own = torch.cuda.current_stream(self._device), stream_of(self._device)
        own.wait_stream(before)
        with torch.cuda.stream(own):
            yield
        before.wait_stream(own)

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Watch for two things in a step: waiting for the GPU (breaks a recording) and random numbers of the host.

        A recording would repeat the same random numbers in every replay.
        """
        found: list[str] = []
        mode, drawn = torch.cuda.get_sync_debug_mode(), _drawn_on_the_host()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
            try:
                yield found
            finally:
                torch.cuda.set_sync_debug_mode(mode)
        others = [warning for warning in told if WAITS not in str(warning.message)]
        for warning in others:
            if "Synchronization debug mode" not in str(warning.message):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        if len(others) < len(told):
            found.append("the host waits for a value from the GPU")
        if _drawn_on_the_host() != drawn:
            found.append("random numbers are drawn on the host")

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        """Record the work on the current stream, which must be the one that `working` selects."""
        torch.cuda.synchronize(self._device)
        torch.cuda.empty_cache()  # a recording cannot use cached memory: it allocates from what the GPU has free
        graph, pool = torch.cuda.CUDAGraph(), torch.cuda.graph_pool_handle()
        drawn = torch.cuda.get_rng_state(self._device)
        try:
            graph.capture_begin(pool=pool)
            figures = work()
            graph.capture_end()
        except BaseException:
            self._clear_away(graph, pool)
            with suppress(RuntimeError):
                torch.cuda.set_rng_state(drawn, self._device)
            raise
        self._graphs.append(graph)
        return graph.replay, figures

    def release(self) -> None:
        """Free the memory of all recordings. No tensor that was made in a recording may still be in use."""
        if not self._graphs:
            return
        stream_of(self._device).synchronize()
        while self._graphs:
            self._graphs.pop().reset()
        torch.cuda.empty_cache()

    def _clear_away(self, graph: torch.cuda.CUDAGraph, pool: Any) -> None:
        """End a failed recording, so that the process can go on."""
        try:
            graph.capture_end()  # works when the recording itself is valid, such as when memory ran out
        except RuntimeError:
            # torch stops here and leaves its allocator and its random generator in recording mode. No public function
            # ends that mode (torch 2.11 to 2.14); a second recording that succeeds does.
            with suppress(RuntimeError):  # raised when the allocator has left that mode already
                torch._C._cuda_endAllocateToPool(self._device.index, pool)
                torch._C._cuda_releasePool(self._device.index, pool)
            with suppress(RuntimeError):
                self._record_next_to_nothing()
        with suppress(RuntimeError):
            graph.reset()
            torch.cuda.empty_cache()

    def _record_next_to_nothing(self) -> None:
        number, graph = torch.zeros((), device=self._device), torch.cuda.CUDAGraph()
        graph.capture_begin()
        number.add_(1)
        graph.capture_end()
        graph.reset()


def _drawn_on_the_host() -> tuple[Any, ...]:
    """The state of the host's random generators: it changes with every number drawn from torch, NumPy or `random`."""
    of_numpy: dict[str, Any] = np.random.get_state(legacy=False)
    keys, place = of_numpy["state"]["key"], of_numpy["state"]["pos"]
    rest = of_numpy["has_gauss"], of_numpy["gauss"]
    return random.getstate(), keys.tobytes(), place, rest, torch.get_rng_state().numpy().tobytes()
