"""A recorder for the CPU: it records the operations of a step and replays them, as a CUDA graph does.

As with a CUDA graph: nothing is computed by recording, a replay writes where the recorded work wrote, random numbers go
on from where the generator is, and the memory of a recording is gone with it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_flatten, tree_map_only

from trainables.core.optimizer.capture import Figures, Replay

UNKNOWN = 0xFF
"""Byte that fills memory which must not be read: NaN in every floating type."""
REFUSED = "operation not permitted when stream is capturing"


class Tape:
    """The `Recorder` of the emulated GPU."""

    def __init__(self) -> None:
        self.recordings: list[_Recording] = []
        self.made, self.replays = 0, 0
        self._given_back: list[StorageWeakRef] = []

    def working(self) -> AbstractContextManager[None]:
        return nullcontext()

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        yield []

    def record(self, work: Callable[[], Figures]) -> tuple[Replay, Figures]:
        drawn, recording = torch.get_rng_state(), _Recording()
        try:
            with recording:
                figures = work()
        finally:
            recording.take_back()
            torch.set_rng_state(drawn)
        self.made += 1
        self.recordings.append(recording)

        def replay() -> None:
            self.replays += 1
            recording.replay()

        return replay, figures

    def release(self) -> None:
        while self.recordings:
            self._given_back += self.recordings.pop().forget()

    def left_behind(self) -> int:
        """Number of pieces of memory of released recordings that are still in use."""
        gc.collect()
        return sum(not memory.expired() for memory in self._given_back)


class _Recording(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, Any, list[Any]]] = []
        self._before: dict[int, tuple[torch.UntypedStorage, Tensor]] = {}
        """Memory that was there, with its content."""
        self._own: dict[int, torch.UntypedStorage] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        if func.overloadpacket._qualified_op_name in ("aten::_local_scalar_dense", "aten::nonzero"):
            raise RuntimeError(REFUSED)
        given = _as_it_lies((args, kwargs or {}))
        for tensor in _tensors(given):
            self._know(tensor.untyped_storage())
        results = func(*args, **(kwargs or {}))
        for tensor in _tensors(results):
            storage = tensor.untyped_storage()
            if storage._cdata not in self._before:
                self._own[storage._cdata] = storage
        self._operations.append((func, given, tree_flatten(_as_it_lies(results))[0]))
        return results

    def _know(self, storage: torch.UntypedStorage) -> None:
        if storage._cdata not in self._before and storage._cdata not in self._own:
            self._before[storage._cdata] = storage, _bytes(storage).clone()

    def take_back(self) -> None:
        """Restore all memory, as if nothing had been computed."""
        with _disable_current_modes():
            for storage, content in self._before.values():
                _bytes(storage).copy_(content)
            for storage in self._own.values():
                _bytes(storage).fill_(UNKNOWN)

    def forget(self) -> list[StorageWeakRef]:
        """Free the recording's memory."""
        with _disable_current_modes():
            for storage in self._own.values():
                _bytes(storage).fill_(UNKNOWN)
        memory = [StorageWeakRef(storage) for storage in self._own.values()]
        for kept in (self._operations, self._before, self._own):
            kept.clear()
        return memory

    @torch.no_grad()
    def replay(self) -> None:
        with _disable_current_modes():
            for func, (args, kwargs), results in self._operations:
                lies = {tensor.untyped_storage()._cdata for tensor in _tensors((args, kwargs))}
                new = [x for x in results if isinstance(x, Tensor) and x.untyped_storage()._cdata not in lies]
                if not new and results and not func._schema.is_mutable:
                    continue  # a view
                again = tree_flatten(func(*args, **kwargs))[0]
                for old, computed in zip(results, again, strict=True):
                    if any(old is one for one in new):
                        old.copy_(computed)


def _as_it_lies(values: Any) -> Any:
    """The tensors with the memory that they have now; their owners may move on."""
    return tree_map_only(Tensor, lambda tensor: tensor.detach(), values)


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_flatten(values)[0] if isinstance(value, Tensor)]


def _bytes(storage: torch.UntypedStorage) -> Tensor:
    return torch.empty(0, dtype=torch.uint8).set_(storage)
