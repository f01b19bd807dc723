"""Steps recorded as CUDA graphs, and what is left of a recording that failed."""

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
"""What torch says where the host waits for the device."""


@cache
def stream_of(device: torch.device) -> torch.cuda.Stream:
    """The one stream of this process on which steps are recorded: the allocator keeps memory for each stream apart."""
    return torch.cuda.Stream(device)


class CudaGraphs:
    """The recorder of a GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
        self._graphs: list[torch.cuda.CUDAGraph] = []

    @contextmanager
    def working(self) -> Iterator[None]:
        """On the stream that can be recorded, after what was begun before and ahead of what comes after."""
        before, own = torch.cuda.current_stream(self._device), stream_of(self._device)
        own.wait_stream(before)
        with torch.cuda.stream(own):
            yield
        before.wait_stream(own)

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Find out whether the host waits for the device, which breaks a recording, or draws, which it would freeze."""
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
        """Record work on the current stream, which must be that of `working`."""
        torch.cuda.synchronize(self._device)
        torch.cuda.empty_cache()  # a recording has memory of its own, which is taken from what is free
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
        """Give the memory of all recordings back to the GPU; nobody may hold tensors that were made in them."""
        if not self._graphs:
            return
        stream_of(self._device).synchronize()
        while self._graphs:
            self._graphs.pop().reset()
        torch.cuda.empty_cache()

    def _clear_away(self, graph: torch.cuda.CUDAGraph, pool: Any) -> None:
        """End a recording that broke off, so that the process can go on."""
        try:
            graph.capture_end()  # a sound one, such as one for which memory ran out
        except RuntimeError:
            # torch stops at the error, and leaves its allocator and its random numbers as if recording went on. There
            # is no public way to tell them (torch 2.11 to 2.14), but that another recording ends well.
            with suppress(RuntimeError):  # from the first where the allocator has been told, and so has the graph
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
    """A value that changes with every random number that is drawn on the host."""
    of_numpy: dict[str, Any] = np.random.get_state(legacy=False)
    keys, place = of_numpy["state"]["key"], of_numpy["state"]["pos"]
    rest = of_numpy["has_gauss"], of_numpy["gauss"]
    return random.getstate(), keys.tobytes(), place, rest, torch.get_rng_state().numpy().tobytes()
