"""A loss over fixed data as a function of the weights: its value, gradient, and products with its Hessian."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

import torch
from torch import Tensor

Vector: TypeAlias = list[Tensor]
"""One tensor for each weight, of its shape, type and device."""


class LossFunction:
    """L(w), computed batch by batch. After each method the weights are what they were, bit for bit.

    `values`, `gradients` and `products` count the passes over all data: forward alone, with the gradient, and with a
    product with the Hessian.
    """

    def __init__(
        self,
        weights: Sequence[Tensor],
        terms: Callable[[], Iterator[Tensor]],
        still: Collection[int] = (),
        moved: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """
        Args:
            weights: the leaf tensors w, at least one; each requires a gradient.
            terms: yields, at the present weights, the addends of L as 0-dim tensors, one for each batch.
            still: places of weights that directions do not move, besides all weights of at most one dimension.
            moved: the context in which L is computed at other weights than w, entered after they are set.
        """
        self.weights, self.still = list(weights), frozenset(still)
        self._terms, self._moved = terms, moved
        self.values = self.gradients = self.products = 0

    def value(self) -> float:
        """L at the present weights; not finite where it overflows."""
        self.values += 1
        with torch.no_grad():
            return sum(float(term) for term in self._terms())

    def gradient(self) -> Vector:
        """The gradient of L at the present weights."""
        self.gradients += 1
        total = self.zeros()
        for term in self._terms():
            for place, own in enumerate(torch.autograd.grad(term, self.weights, allow_unused=True)):
                if own is not None:
                    total[place] += own
        return total

    def hessian_times(self, vector: Vector) -> Vector:
        """H v, with H the Hessian of L at the present weights, by differentiating gradient * v (Pearlmutter 1994)."""
        self.products += 1
        total = self.zeros()
        for term in self._terms():
            slopes = torch.autograd.grad(term, self.weights, create_graph=True, allow_unused=True)
            used = [(own, v) for own, v in zip(slopes, vector, strict=True) if own is not None and own.requires_grad]
            if not used:  # this term is linear in the weights
                continue
            along = torch.stack([(own * v).sum() for own, v in used]).sum()
            for place, own in enumerate(torch.autograd.grad(along, self.weights, allow_unused=True)):
                if own is not None:
                    total[place] += own
        return total

    @contextmanager
    def at(self, move: Vector) -> Iterator[None]:
        """A context in which the weights are w + move."""
        before = [weight.detach().clone() for weight in self.weights]
        try:
            with torch.no_grad():
                for weight, step in zip(self.weights, move, strict=True):
                    weight.add_(step)
            with self._moved():
                yield
        finally:
            with torch.no_grad():
                for weight, kept in zip(self.weights, before, strict=True):
                    weight.copy_(kept)

    def zeros(self) -> Vector:
        """The vector 0."""
        return [torch.zeros_like(weight) for weight in self.weights]


def inner(one: Vector, other: Vector) -> float:
    """The inner product over all elements of two vectors, summed in float64."""
    products = [(a.double() * b.double()).sum() for a, b in zip(one, other, strict=True)]
    return float(torch.stack(products).sum())


def times(factor: float, vector: Vector) -> Vector:
    """The vector times a number."""
    return [factor * tensor for tensor in vector]


def plus(one: Vector, other: Vector) -> Vector:
    """The sum of two vectors."""
    return [a + b for a, b in zip(one, other, strict=True)]
