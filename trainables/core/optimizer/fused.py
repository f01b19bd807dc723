"""A step in as few passes over memory as its two norms allow, for parameters on a CPU.

Formula by formula, a step at radius and scale 1 reads or writes 30 times the size of the parameters, in main memory
when they are larger than the cache. Here the formulas run block by block: a block comes into the cache once and
all operations of a pass work on them there. PUGD needs four passes, since each of its two norms has to be known before
something is divided by it: |w| g; w + eps; s g + g_star; the update, which is torch's own kernel for SGD. w + eps has a
buffer of its own: the way back is free. Small parameters are laid side by side, since a call of torch would cost more
than its work.
"""

import math

import torch
from torch import Tensor

from trainables.core.optimizer.layout import Layout, Piece, can_move, in_blocks
from trainables.core.optimizer.perturbations import TINY
from trainables.core.optimizer.steps import ReferenceStep, Target

MOST_LAYOUTS = 8
"""Parameters that take turns at having a gradient would be moved at every step: after so many moves in an epoch they
stay."""


class FusedStep:
    """Blocks on a CPU; formula by formula where the parameters are not of one floating type on a CPU, or in a phase
    whose perturbation is not PUGD's."""

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._layouts = 0
        self._away = False
        self._ascended: tuple[Target, list[Tensor]] | None = None
        self._reference = ReferenceStep()

    def begin_epoch(self) -> None:
        """Count the moves anew; a layout that is taken over counts as the first."""
        self._layouts = 0

    def ascend(self, target: Target, g: list[Tensor]) -> None:
        """Let the parameters show w + eps."""
        layout = self._layout_of(target) if target.phase == "pugd" else None
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
        """Let the parameters show w again."""
        if self._away and self._layout is not None:
            self._layout.come_back()
            self._away = False
        else:
            self._reference.take_back(w)

    def descend(self, target: Target, g: list[Tensor], g_star: list[Tensor] | None) -> None:
        """Update the weights in one pass, after one for the norm."""
        ascended, self._ascended = self._ascended, None
        if ascended is not None and ascended[0] is target and self._layout is not None and g_star is not None:
            self._descend_mixed(self._layout, ascended[1], g_star)
            return
        layout = self._layout_of(target) if g_star is None else None
        if layout is None:
            self._reference.descend(target, g, g_star)
            return
        gradients = layout.gradients(g)
        if target.phase == "pugd":
            norm = _root([torch.dot(x, x) for x in gradients])
            # Not in place: these gradients are the parameters' own. w + eps is not in use.
            pairs = zip(layout.pieces, gradients, strict=True)
            gradients = [torch.mul(x, 1.0 / norm, out=p.perturbed) for p, x in pairs]
        for piece, x in zip(layout.pieces, gradients, strict=True):
            _update(piece, x)

    def _descend_mixed(self, layout: Layout, g: list[Tensor], g_star: list[Tensor]) -> None:
        """With s * g + g_star, which takes the place of g."""
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
        if self._layout is None or not self._layout.fits(target):
            self._layout = None
            if self._layouts < MOST_LAYOUTS and can_move(target):
                self._layout = Layout(target)
                self._layouts += 1
        self._layouts = max(self._layouts, 1)
        return self._layout


def _root(squares: list[Tensor]) -> float:
    """The root of their sum, + TINY."""
    return math.sqrt(sum(square.item() for square in squares)) + TINY


def _update(piece: Piece, direction: Tensor, norm: float | None = None) -> None:
    """d = direction / norm + wd * w; m = mu * m + d; w = w - lr * m, in place; with a norm the direction as well."""
    scale = None
    if norm is not None and direction.dtype == torch.float32:
        scale = torch.tensor(norm)
    elif norm is not None:  # the kernel knows a scale of single precision only
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
        nesterov=False,
        maximize=False,
        is_first_step=False,
        grad_scale=scale,
    )
