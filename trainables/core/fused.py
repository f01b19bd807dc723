"""A step in as few passes over memory as its two norms allow, for parameters on a CPU.

Formula by formula, a step reads or writes 36 times the size of the parameters, in main memory when they are larger than
the cache. Here the formulas run block by block: a block's tensors come into the cache once and all
operations of a pass work on them there. PUGD needs four passes, since each of its two norms has to be known before
something is divided by it: |w| g; w + eps; s g + g_star; the update. w + eps has a buffer of its own: the way back
is free.
Small parameters are laid side by side and share a block, since a call of torch would cost more than its work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from trainables.core.steps import TINY, ReferenceStep, Target

BLOCK = 3 << 16
"""Elements of a block. Of seven sizes between 2**16 and 2**20 the fastest but one, all within a tenth (ResNet-18, fp32,
medians of 15, one thread of an AMD EPYC with 1 MB of L2 and 32 MB of L3 cache, torch 2.14.1)."""
SMALL = 1 << 14
"""A parameter of fewer elements shares a block with others."""
ALIGNMENT = 16
"""Every parameter begins at a multiple of so many elements, as it would on its own: where it begins can change the last
bits of a matrix product, and an interrupted training must not differ from a whole one."""
MOST_LAYOUTS = 8
"""Parameters that take turns at having a gradient would be moved at every step: after so many moves they stay."""


@dataclass(frozen=True)
class Block:
    """Elements that lie side by side, of parameters of one group."""

    w: Tensor
    perturbed: Tensor
    m: Tensor
    scratch: Tensor
    group: dict[str, Any]


@dataclass(frozen=True)
class Segment:
    """Blocks that follow each other and take their gradient from one tensor."""

    large: int | None
    """Index of the one large parameter; none for the small ones of a group."""
    gathered: tuple[tuple[Tensor, ...], ...] = ()
    """Blocks of the gathered gradients of small parameters, for g and for g_star."""


class Layout:
    """A set of parameters moved into flat buffers, block by block, the small parameters first."""

    def __init__(self, target: Target) -> None:
        """Move parameters and their momentum; values, shapes and strides stay, addresses change."""
        self._w, self._m, self._groups = list(target.w), list(target.m), list(target.groups)
        self._rooms = [-(-p.numel() // ALIGNMENT) * ALIGNMENT for p in self._w]
        total = sum(self._rooms)
        # Zeros, since what fills a room up has to stay out of the norms.
        self._flat, self._perturbed, self._momentum = (self._w[0].new_zeros(total) for _ in range(3))
        self._scratch = self._flat.new_empty(min(BLOCK, total))
        self._home, self._away = [self._flat] * len(self._w), [self._flat] * len(self._w)
        small_runs, self._small, large = self._runs()
        small_room = sum(self._rooms[index] for index in self._small)
        self._gathered = tuple(self._flat.new_zeros(small_room) for _ in ("g", "g_star"))
        self._small_views: tuple[list[Tensor], ...] = ([], [])
        self.blocks: list[Block] = []
        self._segments: list[Segment] = []
        start = 0
        for run in small_runs:
            end = self._move(run, start)
            self._add_blocks(start, end, self._groups[run[0]])
            self._segments.append(Segment(None, tuple(buffer[start:end].split(BLOCK) for buffer in self._gathered)))
            start = end
        for index in large:
            end = self._move([index], start)
            self._add_blocks(start, start + self._w[index].numel(), self._groups[index])
            self._segments.append(Segment(index))
            start = end
        self._addresses = [p.data_ptr() for p in self._w]
        self._momentum_addresses = [None if m is None else m.data_ptr() for m in self._m]

    def _runs(self) -> tuple[list[list[int]], list[int], list[int]]:
        """Indices of the small parameters, group by group and all together, and of the large ones."""
        runs: dict[int, list[int]] = {}
        large = []
        for index, (p, group) in enumerate(zip(self._w, self._groups, strict=True)):
            if p.numel() < SMALL:
                runs.setdefault(id(group), []).append(index)
            else:
                large.append(index)
        return list(runs.values()), [index for run in runs.values() for index in run], large

    def _move(self, run: list[int], start: int) -> int:
        """Move parameters to where `start` is in the flat buffers; where the next ones begin."""
        for index in run:
            p, m, end = self._w[index], self._m[index], start + self._w[index].numel()
            self._home[index] = _shaped(self._flat[start:end], p).copy_(p)
            self._away[index] = _shaped(self._perturbed[start:end], p)
            if m is not None:
                m.data = _shaped(self._momentum[start:end], p).copy_(m)
            if p.numel() < SMALL:
                for views, buffer in zip(self._small_views, self._gathered, strict=True):
                    views.append(_shaped(buffer[start:end], p))
            p.data = self._home[index]
            start += self._rooms[index]
        return start

    def _add_blocks(self, start: int, end: int, group: dict[str, Any]) -> None:
        parts = [buffer[start:end].split(BLOCK) for buffer in (self._flat, self._perturbed, self._momentum)]
        for w, perturbed, m in zip(*parts, strict=True):
            self.blocks.append(Block(w, perturbed, m, self._scratch[: len(w)], group))

    def fits(self, target: Target) -> bool:
        """Whether these are the parameters, groups and buffers of the layout, and nobody has moved them since."""
        return (
            len(target.w) == len(self._w)
            and all(mine is its for mine, its in zip(self._w, target.w, strict=True))
            and all(mine is its for mine, its in zip(self._groups, target.groups, strict=True))
            and [p.data_ptr() for p in target.w] == self._addresses
            and [None if m is None else m.data_ptr() for m in target.m] == self._momentum_addresses
        )

    def gradients(self, g: list[Tensor], which: int) -> list[Tensor]:
        """The gradient of every block; `which` buffer (0 or 1) gathers those of small parameters."""
        if self._small:
            torch._foreach_copy_(self._small_views[which], [g[index] for index in self._small])
        found: list[Tensor] = []
        for segment in self._segments:
            if segment.large is None:
                found += segment.gathered[which]
            else:
                found += _flat(g[segment.large], self._w[segment.large]).split(BLOCK)
        return found

    def leave(self) -> None:
        """Let the parameters show their perturbed values."""
        for p, view in zip(self._w, self._away, strict=True):
            p.data = view

    def come_back(self) -> None:
        """Let the parameters show their own values again."""
        for p, view in zip(self._w, self._home, strict=True):
            p.data = view


class FusedStep:
    """Blocks on a CPU; formula by formula where the parameters are not of one floating type on a CPU."""

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._layouts = 0
        self._reference = ReferenceStep()

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Let the parameters show w + eps."""
        layout = self._layout_of(target)
        if layout is None:
            self._reference.ascend(target, g)
            return
        gradients = layout.gradients(g, 0)
        norm = _norm(layout, gradients, lambda block, x: torch.mul(block.w, x, out=block.scratch))
        for block, x in zip(layout.blocks, gradients, strict=True):
            torch.abs(block.w, out=block.scratch)
            factor = block.group["radius"] / norm
            torch.addcmul(block.w, block.scratch, x, value=factor, out=block.perturbed)
        layout.leave()

    def take_back(self, w: list[Tensor]) -> None:
        """Let the parameters show w again."""
        if self._layout is None:
            self._reference.take_back(w)
        else:
            self._layout.come_back()

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights in one pass, after one for the norm."""
        layout = self._layout_of(target)
        if layout is None:
            self._reference.descend(target, g, g_star)
            return
        gradients, norm = layout.gradients(g, 0), 1.0
        if g_star is not None:
            stars = layout.gradients(g_star, 1)
            pairs = list(zip(gradients, stars, strict=True))
            norm = _norm(layout, pairs, _mix)
            for block, pair in zip(layout.blocks, pairs, strict=True):
                _update(block, _mix(block, pair), 1.0 / norm)
            return
        if target.groups[0]["phase"] != "sgd":
            norm = _norm(layout, gradients, lambda _, x: x)
        for block, x in zip(layout.blocks, gradients, strict=True):
            _update(block, x, 1.0 / norm)

    def _layout_of(self, target: Target) -> Layout | None:
        if self._layout is None or not self._layout.fits(target):
            self._layout = None
            if self._layouts < MOST_LAYOUTS and _can_move(target):
                self._layout = Layout(target)
                self._layouts += 1
        return self._layout


def _mix(block: Block, pair: tuple[Tensor, Tensor]) -> Tensor:
    """s * g + g_star in the block's scratch."""
    g, g_star = pair
    return torch.add(g_star, g, alpha=block.group["scale"], out=block.scratch)


def _norm(layout: Layout, per_block: list[Any], vector: Callable[[Block, Any], Tensor]) -> float:
    """L2 norm over all blocks of what `vector` makes of each, + TINY."""
    squares = []
    for block, x in zip(layout.blocks, per_block, strict=True):
        value = vector(block, x)
        squares.append(torch.dot(value, value))
    return float(torch.stack(squares).sum().sqrt()) + TINY


def _update(block: Block, direction: Tensor, factor: float) -> None:
    """d = factor * direction + wd * w; m = mu * m + d; w = w - lr * m, in place."""
    group = block.group
    lr, mu, wd = group["lr"], group["momentum"], group["weight_decay"]
    d = block.m.mul_(mu).add_(direction, alpha=factor) if mu else torch.mul(direction, factor, out=block.scratch)
    if wd:
        d.add_(block.w, alpha=wd)
    block.w.add_(d, alpha=-lr)


def _shaped(flat: Tensor, like: Tensor) -> Tensor:
    """The first elements of a flat buffer in the shape and memory order of a dense tensor."""
    return flat.as_strided(like.shape, like.stride())


def _flat(x: Tensor, like: Tensor) -> Tensor:
    """A gradient's elements in the memory order of its parameter, copied only if its own order is another."""
    if x.stride() != like.stride():
        x = torch.empty_like(like).copy_(x)
    return x.view(-1) if x.is_contiguous() else x.as_strided((x.numel(),), (1,))


def _can_move(target: Target) -> bool:
    """One floating type, on a CPU, dense, and no two parameters on the same memory."""
    if len({p.dtype for p in target.w}) != 1 or any(p.device.type != "cpu" for p in target.w):
        return False
    dense = all(torch.empty_like(p).stride() == p.stride() for p in target.w)
    spans = sorted((p.data_ptr(), p.data_ptr() + p.numel() * p.element_size()) for p in target.w)
    apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return dense and apart and all(p.numel() > 0 for p in target.w)
