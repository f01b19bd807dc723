"""An emulated GPU in the host's memory: it computes real numbers and has a GPU's rules for devices and waiting.

Tensors that are sent to `cuda` are marked by their memory and say so when asked for their device. Every operation has
all of its tensors on one side. What makes the host wait for a real GPU is noted, or refused where nothing may wait.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

GPU, HOST = torch.device("cuda", 0), torch.device("cpu")
MARK, PINNED = "on_emulated_gpu", "pinned"
COPIES = ("aten::copy_", "aten::_to_copy")
WAITING = ("aten::_local_scalar_dense", "aten::nonzero", "aten::equal", "aten::masked_select", "aten::_unique2")
"""Operations for which the host waits, because it needs their result or its size."""


class WaitedError(RuntimeError):
    """The host waits for the GPU inside of `no_waiting`."""


class EmulatedGpu:
    """A context in which `torch.device("cuda")` is the emulated GPU."""

    def __init__(self) -> None:
        self.waits: list[str] = []
        """The operations for which the host waited, in order."""
        self._no_waiting = False

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.enter_context(_Front(self))
        self._stack.enter_context(_Rules(self))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @contextmanager
    def no_waiting(self) -> Iterator[None]:
        """A context in which the host may not wait for the GPU, nor read or write its memory. Raises: WaitedError."""
        before, self._no_waiting = self._no_waiting, True
        try:
            yield
        finally:
            self._no_waiting = before

    def waited(self, what: str) -> None:
        if self._no_waiting:
            raise WaitedError(f"{what} makes the host wait for the GPU")
        self.waits.append(what)


def on_gpu(tensor: Tensor) -> bool:
    return MARK in vars(tensor.untyped_storage())


def _marked(tensor: Tensor) -> Tensor:
    setattr(tensor.untyped_storage(), MARK, True)
    return tensor


class _Front(TorchFunctionMode):
    """Emulates what Python sees: devices, transfers and new tensors."""

    def __init__(self, gpu: EmulatedGpu) -> None:
        super().__init__()
        self._gpu = gpu

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = dict(kwargs or {})
        if func == Tensor.device.__get__:  # type: ignore[attr-defined]
            return GPU if on_gpu(args[0]) else HOST
        if func == Tensor.is_cuda.__get__:  # type: ignore[attr-defined]
            return on_gpu(args[0])
        if func is Tensor.to:
            return self._to(*args, **kwargs)
        if func in (Tensor.cpu, Tensor.cuda):
            return self._to(args[0], HOST if func is Tensor.cpu else GPU)
        if func is Tensor.pin_memory:
            pinned = args[0].clone()
            setattr(pinned.untyped_storage(), PINNED, True)
            return pinned
        if func in (Tensor.numpy, Tensor.__array__, Tensor.tolist) and on_gpu(args[0]):
            if func is not Tensor.tolist:
                raise TypeError("can't convert cuda:0 device type tensor to numpy")
            self._gpu.waited("tolist")
        device = kwargs.get("device")
        if device is not None and torch.device(device).type == "cuda":
            if func is torch.tensor:
                self._gpu.waited("torch.tensor on the GPU")
            return _marked(func(*args, **{**kwargs, "device": HOST}))
        return func(*args, **kwargs)

    def _to(self, tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if args and isinstance(args[0], Tensor):
            other = args[0]
            args = (GPU if on_gpu(other) else HOST, other.dtype, *args[1:])
        places = [x for x in (*args, kwargs.get("device")) if isinstance(x, torch.device | str)]
        goal = torch.device(places[0]).type == "cuda" if places else on_gpu(tensor)
        args = tuple(HOST if isinstance(x, torch.device | str) else x for x in args)
        kwargs = {**kwargs, **({"device": HOST} if kwargs.get("device") is not None else {})}
        if goal == on_gpu(tensor):
            return tensor.to(*args, **kwargs)
        pinned = PINNED in vars(tensor.untyped_storage())
        if not (pinned and kwargs.get("non_blocking")):
            self._gpu.waited("a copy to the GPU" if goal else "a copy to the host")
        # A view of new memory, whose mark says where it lies from now on.
        with torch.utils._python_dispatch._disable_current_modes():
            moved = tensor.detach().to(*args, **{**kwargs, "copy": True})
        return _marked(moved) if goal else moved


class _Rules(TorchDispatchMode):
    """Checks every operation: all its tensors must be on one device."""

    def __init__(self, gpu: EmulatedGpu) -> None:
        super().__init__()
        self._gpu = gpu

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs, name = kwargs or {}, func.overloadpacket._qualified_op_name
        tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, Tensor)]
        places = {on_gpu(tensor) for tensor in tensors}
        if len(places) == 2:
            if name not in COPIES:
                raise RuntimeError(f"{name}: expected all tensors on one device, but found cuda:0 and cpu")
            self._gpu.waited(f"{name} between GPU and host")
        elif True in places and (name in WAITING or self._finds_out_its_size(name, tensors)):
            self._gpu.waited(name)
        results = func(*args, **kwargs)
        if True in places and name != "aten::_local_scalar_dense":
            for result in tree_flatten(results)[0]:
                if isinstance(result, Tensor) and not (name == "aten::copy_" and not on_gpu(args[0])):
                    _marked(result)
        return results

    @staticmethod
    def _finds_out_its_size(name: str, tensors: list[Tensor]) -> bool:
        by_mask = name in ("aten::index.Tensor", "aten::index", "aten::index_put_", "aten::_index_put_impl_")
        return by_mask and any(index.dtype in (torch.bool, torch.uint8) for index in tensors[1:])


class AutocastOfGpu(torch.autocast):
    """Autocast for `cuda` that applies the CPU's autocast."""

    def __init__(self, device_type: str, *args: Any, **kwargs: Any) -> None:
        super().__init__("cpu" if device_type == "cuda" else device_type, *args, **kwargs)
