"""Which layers of a model feed which, seen in one forward pass."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)


@dataclass(frozen=True)
class Call:
    """One call of a module that changed its input."""

    module: nn.Module
    source: int | None
    """Index of the call whose output it got; None when something else made its input, such as a sum."""
    same_shape: bool
    """Whether its output has the shape of its input."""
    is_layer: bool
    """Whether it is a norm or a module without modules inside."""


def calls_in(model: nn.Module, run: Callable[[], None]) -> list[Call]:
    """Return the calls of a forward pass, in the order in which they ended.

    A module with modules inside is listed when it returned another tensor than the last of them, such as a gate that
    multiplies its input. Modules that return what they got, such as dropout in evaluation mode, are not listed.

    run: does one forward pass of the model, without gradients.
    """
    record = _Record()
    inside_norms = {part for norm in model.modules() if isinstance(norm, NORMS) for part in norm.modules()}
    with ExitStack() as hooks:
        for module in model.modules():
            if isinstance(module, NORMS) or module not in inside_norms:
                hooks.enter_context(module.register_forward_pre_hook(record.before))
                hooks.enter_context(module.register_forward_hook(record.after))
        run()
    return record.calls


class _Record:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._makers: dict[int, tuple[int, int]] = {}
        """Id of a tensor -> index of the call that made it, and the tensor's version then."""
        self._versions: list[int] = []
        self._kept: list[Tensor] = []
        """Tensors stay alive, so that no other gets their id."""

    def before(self, _module: nn.Module, given: tuple[Any, ...]) -> None:
        self._versions.append(given[0]._version if given and isinstance(given[0], Tensor) else -1)

    def after(self, module: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        version = self._versions.pop()
        if version < 0 or not isinstance(output, Tensor):
            return
        first = given[0]
        if output is first and output._version == version:
            return
        is_layer = isinstance(module, NORMS) or not any(True for _ in module.children())
        if not is_layer and self._maker(output, output._version) is not None:
            return
        source = self._maker(first, version)
        self._kept += [first, output]
        self._makers[id(output)] = (len(self.calls), output._version)
        self.calls.append(Call(module, source, output.shape == first.shape, is_layer))

    def _maker(self, tensor: Tensor, version: int) -> int | None:
        maker, made = self._makers.get(id(tensor), (None, version))
        return maker if made == version else None  # something else has changed it since
