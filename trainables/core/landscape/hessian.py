"""The curvature at the weights: the largest eigenvalue of the Hessian, and its trace."""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from trainables.core.landscape.directions import gaussian, random_signs
from trainables.core.landscape.loss_function import LossFunction, Vector, inner, plus, times


@dataclass(frozen=True)
class Eigenvalue:
    """An estimate of the largest eigenvalue. An eigenvalue lies within `residual` of `value`."""

    value: float
    iterations: int
    """Products with the Hessian so far."""
    residual: float
    """norm(H v - value v) of the unit vector v."""
    converged: bool
    """Whether the residual is at most the tolerance times the eigenvalue of the largest absolute value."""


@dataclass(frozen=True)
class Trace:
    """An estimate of the trace, the mean over random vectors."""

    value: float
    standard_error: float
    vectors: int


def largest_eigenvalue(
    loss: LossFunction, source: torch.Generator, tolerance: float, most_iterations: int
) -> Iterator[Eigenvalue]:
    """Yield the estimate after every step of power iteration; the last one is the result.

    Power iteration finds the eigenvalue of the largest absolute value. Where that is negative, a second one on
    H - value I, whose eigenvalues are all >= 0, finds the largest. It gets `most_iterations` more.

    Args:
        loss: the loss function.
        source: a generator on the CPU, for the first vector.
        tolerance: see `Eigenvalue.converged`.
        most_iterations: of one power iteration, >= 1.
    """
    start, found = gaussian(loss.weights, source), Eigenvalue(0.0, 0, 0.0, False)
    for found in _dominant(loss.hessian_times, start, tolerance, most_iterations):
        yield found
    if not found.value < 0.0:
        return
    lowest, before = found.value, found.iterations

    def shifted(vector: Vector) -> Vector:
        return plus(loss.hessian_times(vector), times(-lowest, vector))

    for found in _dominant(shifted, start, tolerance, most_iterations):
        yield Eigenvalue(found.value + lowest, before + found.iterations, found.residual, found.converged)


def _dominant(
    product: Callable[[Vector], Vector], start: Vector, tolerance: float, most_iterations: int
) -> Iterator[Eigenvalue]:
    """Power iteration on a symmetric matrix, given by its product with a vector."""
    vector = times(1.0 / math.sqrt(inner(start, start)), start)
    for iteration in range(1, most_iterations + 1):
        image = product(vector)
        value = inner(vector, image)
        off = plus(image, times(-value, vector))
        residual, length = math.sqrt(inner(off, off)), math.sqrt(inner(image, image))
        converged = residual <= tolerance * abs(value)
        yield Eigenvalue(value, iteration, residual, converged)
        if converged or not math.isfinite(length) or length == 0.0:
            return
        vector = times(1.0 / length, image)


def trace_samples(loss: LossFunction, source: torch.Generator, vectors: int) -> Iterator[float]:
    """Yield v' H v for Rademacher vectors v. Its expectation is the trace of H (Hutchinson 1990).

    source: a generator on the CPU. vectors: how many, >= 2.
    """
    for _ in range(vectors):
        signs = random_signs(loss.weights, source)
        yield inner(signs, loss.hessian_times(signs))


def trace_of(samples: Sequence[float]) -> Trace:
    """The mean of at least two samples, and its standard error: their standard deviation over sqrt(n)."""
    spread = statistics.stdev(samples) if all(map(math.isfinite, samples)) else math.nan
    return Trace(sum(samples) / len(samples), spread / math.sqrt(len(samples)), len(samples))
