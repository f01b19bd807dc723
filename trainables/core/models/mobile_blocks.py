"""Find a model's depthwise separable blocks and inverted residuals, whatever its classes are called."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from torch import nn

from trainables.core.models.calls import NORMS, Call, calls_in
from trainables.core.models.separable import KERNELS


@dataclass(frozen=True)
class Block:
    """A depthwise convolution and the 1 x 1 convolution that follows it."""

    depthwise: nn.Conv2d
    between: tuple[nn.Module, ...]
    """The norms and activations between the two."""
    gates: tuple[nn.Module, ...]
    """What else is between them, such as a squeeze-and-excitation."""
    pointwise: nn.Conv2d
    linear: bool
    """Whether there are norms or activations between the two, but no activation after the 1 x 1 convolution: so ends an
    inverted residual, whose 1 x 1 convolution projects."""
    replaceable: bool
    """Whether the depthwise convolution is one of 3 x 3 or 5 x 5 pixels, and all these layers occur once in the forward
    pass, without anything else between them."""


@dataclass(frozen=True)
class MobileBlocks:
    """The blocks of a model, in the order of its forward pass."""

    separable: tuple[Block, ...]
    """Depthwise separable blocks, as in MobileNetV1 and Xception."""
    projecting: tuple[Block, ...]
    """The ends of inverted residuals, as in MobileNetV2."""


def mobile_blocks(model: nn.Module, run: Callable[[], None]) -> MobileBlocks:
    """Find the blocks of a model, all of one kind; none where it has both kinds, or most of its depthwise convolutions
    are elsewhere.

    run: does one forward pass of the model, in evaluation mode and without gradients.
    """
    found = list(_blocks(calls_in(model, run)))
    # Maps of one pixel are pooled without a change of shape, so that a gate's own layers look like the end of a block.
    within_gates = {part for block in found for gate in block.gates for part in gate.modules()}
    blocks = [block for block in found if block.pointwise not in within_gates]
    if 2 * len(blocks) <= sum(_is_depthwise(module) for module in model.modules()):
        return MobileBlocks((), ())
    projecting = tuple(block for block in blocks if block.linear)
    separable = tuple(block for block in blocks if not block.linear and block.replaceable)
    # Most inverted residuals end with fewer channels. Where they do not, the activation after a block is just not seen.
    narrowing = sum(block.pointwise.out_channels < block.pointwise.in_channels for block in projecting)
    inverted = len(projecting) == len(blocks) and 2 * narrowing > len(blocks)
    return MobileBlocks(separable if len(separable) == len(blocks) else (), projecting if inverted else ())


def _blocks(calls: Sequence[Call]) -> Iterator[Block]:
    times = Counter(call.module for call in calls)
    readers: dict[int | None, list[int]] = {}
    for index, call in enumerate(calls):
        readers.setdefault(call.source, []).append(index)
    for index, call in enumerate(calls):
        pointwise = call.module
        if not isinstance(pointwise, nn.Conv2d) or pointwise.kernel_size != (1, 1) or pointwise.groups != 1:
            continue
        steps = _steps_back(calls, call)
        depthwise = steps.pop().module if steps else None
        if not _is_depthwise(depthwise):
            continue
        between = tuple(step.module for step in steps if step.is_layer)
        gates = tuple(step.module for step in steps if not step.is_layer)
        followed = any(_activates_soon(reader, calls, readers) for reader in readers.get(index, ()))
        parts = (depthwise, *between, pointwise)
        plain = type(depthwise) is nn.Conv2d and depthwise.kernel_size in KERNELS and not gates
        once = all(times[part] == 1 for part in parts)
        yield Block(depthwise, between, gates, pointwise, bool(steps) and not followed, plain and once)


def _steps_back(calls: Sequence[Call], call: Call) -> list[Call]:
    """The calls from one back to the last convolution before it, which is the last of them; empty for another way."""
    steps: list[Call] = []
    source = call.source
    while source is not None:
        step = calls[source]
        steps.append(step)
        if isinstance(step.module, nn.Conv2d):
            return steps
        if not step.same_shape:
            break
        source = step.source
    return []


def _is_depthwise(module: nn.Module | None) -> TypeGuard[nn.Conv2d]:
    if not isinstance(module, nn.Conv2d) or max(module.kernel_size) == 1:
        return False
    return 1 < module.groups == module.in_channels == module.out_channels


def _activates_soon(index: int, calls: Sequence[Call], readers: Mapping[int | None, Sequence[int]]) -> bool:
    """Whether a call is an activation, or a norm with an activation inside or after it."""
    module = calls[index].module
    if not isinstance(module, NORMS):
        return _is_activation(calls[index])
    inside = any(_may_activate(part) for part in module.children())
    return inside or any(_is_activation(calls[reader]) for reader in readers.get(index, ()))


def _is_activation(call: Call) -> bool:
    return call.same_shape and call.is_layer and _may_activate(call.module)


def _may_activate(module: nn.Module) -> bool:
    """Whether a module without modules inside may be an activation: it learns nothing, or is a PReLU."""
    plain = not isinstance(module, nn.Identity | nn.modules.dropout._DropoutNd | nn.Conv2d)
    return plain and (isinstance(module, nn.PReLU) or not any(True for _ in module.parameters()))
