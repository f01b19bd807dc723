"""The fused step for parameters on a CPU: as few passes over memory as the two norms of PUGD allow.

Computed formula by formula, a step at radius and scale 1 reads or writes 30 times the size of the parameters, in main
memory when they are larger than the cache. Here the formulas run block by block: each block is loaded into the cache
once per pass, and all operations of the pass work on it there. PUGD needs four passes, because each of its two norms
must be complete before anything is divided by it: |w| g; w + eps; s g + g_star; and the update, for which torch has a
fused SGD kernel. w + eps has a buffer of its own, so that going back to w costs nothing. Small parameters lie side by
side in one buffer, since for each of them alone the call of a torch function would take longer than its work.
"""

import math

import torch
from torch import Tensor

from trainables.core.optimizer.layout import Layout, Piece, can_move, in_blocks
from trainables.core.optimizer.methods import FORMULAS
from trainables.core.optimizer.perturbations import TINY
from trainables.core.optimizer.steps import ReferenceStep
from trainables.core.optimizer.target import Target

MOST_LAYOUTS = 8
"""Most times in an epoch that parameters are moved into a new layout. When other parameters have a gradient at every
step, each step would move them; after this many moves the step is computed formula by formula."""


class FusedStep:
    """The step in cache-sized blocks.

    It has the formulas of SGD and of PUGD. It falls back to `ReferenceStep` for what other methods make of a gradient,
    over AdamW, and when the parameters are not all on a CPU with one floating type.
    """

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._layouts = 0
        self._away = False
        self._ascended: tuple[Target, list[Tensor]] | None = None
        self._reference = ReferenceStep()

    def begin_epoch(self) -> None:
        """Count the layouts of this epoch from 0. A layout that is still in use counts as the first."""
        self._layouts = 0

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Set the parameters to w + eps."""
        blockwise = FORMULAS[target.phase].blockwise(target.groups[0])
        layout = self._layout_of(target) if blockwise else None
        if layout is None:
            self._reference.ascend(target, g)
            return
        gradients = layout.gradients(g)
        squares = []
        for piece, g_piece in zip(layout.pieces, gradients, strict=True):
            for (w, perturbed), x in zip(piece.blocks, in_blocks(g_piece), strict=True):
                torch.abs(w, out=perturbed)
                perturbed.mul_(x)
                squares.append(torch.dot(perturbed, perturbed))
        norm = _root(squares)
        for piece in layout.pieces:
            torch.add(piece.w, piece.perturbed, alpha=piece.group["radius"] / norm, out=piece.perturbed)
        layout.leave()
        self._away, self._ascended = True, (target, gradients)

    def take_back(self, w: list[Tensor]) -> None:
        """Set the parameters back to w."""
        if self._away and self._layout is not None:
            self._layout.come_back()
            self._away = False
        else:
            self._reference.take_back(w)

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights: one pass for the norm, one for the update."""
        ascended, self._ascended = self._ascended, None
        if ascended is not None and ascended[0] is target and self._layout is not None and g_star is not None:
            self._descend_mixed(self._layout, ascended[1], g_star)
            return
        method = FORMULAS[target.phase]
        layout = self._layout_of(target) if g_star is None and method.fused_alone else None
        if layout is None:
            self._reference.descend(target, g, g_star)
            return
        gradients = layout.gradients(g)
        if not method.plain_alone:
            norm = _root([torch.dot(x, x) for x in gradients])
            # Not in place, since these are the parameters' own gradients. The buffer of w + eps is free here.
            pairs = zip(layout.pieces, gradients, strict=True)
            gradients = [torch.mul(x, 1.0 / norm, out=p.perturbed) for p, x in pairs]
        for piece, x in zip(layout.pieces, gradients, strict=True):
            _update(piece, x)

    def _descend_mixed(self, layout: Layout, g: list[Tensor], g_star: list[Tensor]) -> None:
        """Update the weights with the unit gradient of s * g + g_star, which overwrites g."""
        layout.mix_gathered(g_star)
        squares = []
        for piece, x in zip(layout.pieces, g, strict=True):
            if piece.gathered is not None:
                squares.append(torch.dot(x, x))
                continue
            star = layout.gradient(piece, g_star)
            for mixed, other in zip(in_blocks(x), in_blocks(star), strict=True):
                torch.add(other, mixed, alpha=piece.group["scale"], out=mixed)
                squares.append(torch.dot(mixed, mixed))
        norm = _root(squares)
        for piece, x in zip(layout.pieces, g, strict=True):
            _update(piece, x, norm)

    def _layout_of(self, target: Target) -> Layout | None:
        """Return the layout of the parameters; None where the step falls back to the reference."""
        if any(group["base"] != "sgd" for group in target.groups):
            return None
        if self._layout is None or not self._layout.fits(target):
            self._layout = None
            if self._layouts < MOST_LAYOUTS and can_move(target):
                self._layout = Layout(target)
                self._layouts += 1
        self._layouts = max(self._layouts, 1)
        return self._layout


def _root(squares: list[Tensor]) -> float:
    """Return sqrt(sum of squares) + TINY."""
    return math.sqrt(sum(square.item() for square in squares)) + TINY


def _update(piece: Piece, direction: Tensor, norm: float | None = None) -> None:
    """In place d = direction / norm + wd * w, then `sgd_update` with d. With a norm, direction is overwritten."""
    scale = None
    if norm is not None and direction.dtype == torch.float32:
        scale = torch.tensor(norm)
    elif norm is not None:  # the kernel takes a scale in single precision only
        direction.div_(norm)
    group = piece.group
    torch._fused_sgd_(
        [piece.w],
        [direction],
        [piece.m] if group["momentum"] else [],
        weight_decay=group["weight_decay"],
        momentum=group["momentum"],
        lr=group["lr"],
        dampening=0.0,
        nesterov=group["nesterov"],
        maximize=False,
        is_first_step=False,
        grad_scale=scale,
    )
