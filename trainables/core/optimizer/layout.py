"""Lay parameters side by side in flat buffers, so that a step can work on them in blocks."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from trainables.core.optimizer.target import Target

BLOCK = 3 << 16
"""Elements of a block. Sizes from 2**17 to 2**20 differ by less than 5 % in speed; 2**15 and 2**16 are up to a fifth
slower (ResNet-18, fp32, medians of 15, one thread of an AMD EPYC with 1 MB of L2 and 32 MB of L3 cache, torch
2.14.1)."""
SMALL = 1 << 16
"""Parameters with fewer elements than this share a piece with others; larger ones have a piece of their own."""
ALIGNMENT = 16
"""Every parameter starts at a multiple of this many elements, as it does when torch allocates it. The start address can
change the last bits of a matrix product, and an interrupted training must give the same bits as a whole one."""


@dataclass(frozen=True)
class Piece:
    """A range of the flat buffers: one large parameter, or the small parameters of one group."""

    w: Tensor
    perturbed: Tensor
    m: Tensor
    group: dict[str, Any]
    first: int
    """Index of the piece's first parameter."""
    gathered: Tensor | None
    """Flat buffer for the gradients of small parameters; None for a large parameter."""
    blocks: tuple[tuple[Tensor, Tensor], ...]
    """Views of w and perturbed with BLOCK elements each."""


class Layout:
    """A set of parameters in flat buffers, with the small parameters first."""

    def __init__(self, target: Target) -> None:
        """Move the parameters and their momentum into the buffers. Only addresses change: no value, shape or stride."""
        self._w, self._m, self._groups = list(target.w), list(target.m), list(target.groups)
        self._rooms = [-(-p.numel() // ALIGNMENT) * ALIGNMENT for p in self._w]
        total = sum(self._rooms)
        # Zeros, so that the gaps that the alignment leaves between parameters add nothing to the norms.
        self._flat, self._perturbed, self._momentum = (self._w[0].new_zeros(total) for _ in range(3))
        self._home, self._away = [self._flat] * len(self._w), [self._flat] * len(self._w)
        small_runs, self._small, large = self._runs()
        self._gathered = self._flat.new_zeros(sum(self._rooms[index] for index in self._small))
        self._small_views: list[Tensor] = []
        self.pieces: list[Piece] = []
        start = 0
        for run in small_runs:
            end = self._move(run, start)
            self._add_piece(start, end, run[0], self._gathered[start:end])
            start = end
        for index in large:
            end = self._move([index], start)
            self._add_piece(start, start + self._w[index].numel(), index, None)
            start = end
        self._addresses = [p.data_ptr() for p in self._w]
        self._momentum_addresses = [None if m is None else m.data_ptr() for m in self._m]

    def _runs(self) -> tuple[list[list[int]], list[int], list[int]]:
        """Return three lists of indices: the small parameters by group, all small ones, and the large ones."""
        runs: dict[int, list[int]] = {}
        large = []
        for index, (p, group) in enumerate(zip(self._w, self._groups, strict=True)):
            if p.numel() < SMALL:
                runs.setdefault(id(group), []).append(index)
            else:
                large.append(index)
        return list(runs.values()), [index for run in runs.values() for index in run], large

    def _move(self, run: list[int], start: int) -> int:
        """Move parameters into the flat buffers from index `start` on. Returns the index where the next ones begin."""
        for index in run:
            p, m, end = self._w[index], self._m[index], start + self._w[index].numel()
            self._home[index] = _shaped(self._flat[start:end], p).copy_(p)
            self._away[index] = _shaped(self._perturbed[start:end], p)
            if m is not None:
                m.data = _shaped(self._momentum[start:end], p).copy_(m)
            if p.numel() < SMALL:
                self._small_views.append(_shaped(self._gathered[start:end], p))
            p.data = self._home[index]
            start += self._rooms[index]
        return start

    def _add_piece(self, start: int, end: int, first: int, gathered: Tensor | None) -> None:
        w, perturbed, m = (buffer[start:end] for buffer in (self._flat, self._perturbed, self._momentum))
        blocks = tuple(zip(in_blocks(w), in_blocks(perturbed), strict=True))
        self.pieces.append(Piece(w, perturbed, m, self._groups[first], first, gathered, blocks))

    def fits(self, target: Target) -> bool:
        """Whether the target has this layout's parameters, groups and momentum buffers, at unchanged addresses."""
        return (
            len(target.w) == len(self._w)
            and all(mine is its for mine, its in zip(self._w, target.w, strict=True))
            and all(mine is its for mine, its in zip(self._groups, target.groups, strict=True))
            and [p.data_ptr() for p in target.w] == self._addresses
            and [None if m is None else m.data_ptr() for m in target.m] == self._momentum_addresses
        )

    def gradients(self, g: list[Tensor]) -> list[Tensor]:
        """Return the flat gradient of every piece. Small ones are copied into buffers that the next call overwrites."""
        if self._small:
            torch._foreach_copy_(self._small_views, [g[index] for index in self._small])
        return [self.gradient(piece, g) for piece in self.pieces]

    def gradient(self, piece: Piece, g: list[Tensor]) -> Tensor:
        """Return the flat gradient of one piece. Call `gradients` before, which gathers those of small parameters."""
        return piece.gathered if piece.gathered is not None else _flat(g[piece.first], self._w[piece.first])

    def mix_gathered(self, g_star: list[Tensor]) -> None:
        """Replace the gathered gradients g of small parameters by s * g + g_star."""
        for piece in self.pieces:
            if piece.gathered is not None:
                piece.gathered.mul_(piece.group["scale"])
        if self._small:
            torch._foreach_add_(self._small_views, [g_star[index] for index in self._small])

    def leave(self) -> None:
        """Set the parameters to their perturbed values."""
        for p, view in zip(self._w, self._away, strict=True):
            p.data = view

    def come_back(self) -> None:
        """Set the parameters back to their own values."""
        for p, view in zip(self._w, self._home, strict=True):
            p.data = view


def in_blocks(flat: Tensor) -> tuple[Tensor, ...]:
    """Split a flat tensor into views of BLOCK elements; the last may have fewer."""
    return torch.split(flat, BLOCK)


def _shaped(flat: Tensor, like: Tensor) -> Tensor:
    """View the first elements of a flat buffer with the shape and strides of the dense tensor `like`."""
    return flat.as_strided(like.shape, like.stride())


def _flat(x: Tensor, like: Tensor) -> Tensor:
    """A gradient as a flat tensor in the memory order of its parameter; copied only when the orders differ."""
    if x.stride() != like.stride():
        x = torch.empty_like(like).copy_(x)
    return x.view(-1) if x.is_contiguous() else x.as_strided((x.numel(),), (1,))


def can_move(target: Target) -> bool:
    """Whether the parameters can be laid out: all on a CPU, of one type, dense, not empty, and none sharing memory."""
    if len({p.dtype for p in target.w}) != 1 or any(p.device.type != "cpu" for p in target.w):
        return False
    dense = all(torch.empty_like(p).stride() == p.stride() for p in target.w)
    spans = sorted((p.data_ptr(), p.data_ptr() + p.numel() * p.element_size()) for p in target.w)
    apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return dense and apart and all(p.numel() > 0 for p in target.w)
