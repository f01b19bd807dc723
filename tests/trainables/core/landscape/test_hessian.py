"""Eigenvalues and traces of quadratics and of a linear layer."""

import math

import pytest
import torch

from tests.trainables.core.landscape.functions import linear_layer, quadratic, symmetric
from trainables.core.landscape.hessian import Eigenvalue, largest_eigenvalue, trace_of, trace_samples
from trainables.core.landscape.loss_function import LossFunction
from trainables.core.seeding import generator

SPECTRA = ([4.0, 1.0, 0.5, 0.2, 0.0, 3.0, 0.1], [1.0, 0.5, 2.0, -5.0, 0.0, 0.3, -1.0], [-1.0, -2.0, -3.0, -4.0, -7.0])


def last(loss: LossFunction, tolerance: float = 1e-9, most: int = 1000) -> Eigenvalue:
    *_, found = largest_eigenvalue(loss, generator(0, "eigenvalue"), tolerance, most)
    return found


@pytest.mark.parametrize("eigenvalues", SPECTRA, ids=["positive", "negative dominates", "all negative"])
def test_the_largest_eigenvalue_is_exact(eigenvalues: list[float]) -> None:
    loss = quadratic(symmetric(eigenvalues))
    found = last(loss)
    assert found.value == pytest.approx(max(eigenvalues), abs=1e-12)
    assert found.converged
    assert found.iterations == loss.products


@pytest.mark.parametrize("tolerance", [0.1, 0.01])
def test_an_eigenvalue_lies_within_the_residual(tolerance: float) -> None:
    found = last(quadratic(symmetric(SPECTRA[0])), tolerance)
    assert found.converged
    assert found.residual <= tolerance * found.value
    assert min(abs(found.value - one) for one in SPECTRA[0]) <= found.residual
    assert found.iterations < last(quadratic(symmetric(SPECTRA[0]))).iterations


def test_too_few_iterations_are_told() -> None:
    found = last(quadratic(symmetric(SPECTRA[0])), 1e-9, most=3)
    assert (found.iterations, found.converged) == (3, False)


def test_the_eigenvalue_and_the_trace_of_a_linear_layer_are_those_of_least_squares() -> None:
    loss, hessian = linear_layer()
    assert last(loss).value == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]), rel=1e-12)
    trace = trace_of(list(trace_samples(loss, generator(0, "trace"), 100)))
    assert abs(trace.value - float(hessian.trace())) < 3.0 * trace.standard_error
    assert trace.vectors == 100


def test_the_trace_of_a_diagonal_matrix_is_exact_with_any_signs() -> None:
    matrix = torch.diag(torch.tensor(SPECTRA[0], dtype=torch.float64))
    trace = trace_of(list(trace_samples(quadratic(matrix), generator(0, "trace"), 2)))
    assert trace.value == pytest.approx(sum(SPECTRA[0]), rel=1e-13)
    assert trace.standard_error == pytest.approx(0.0, abs=1e-13)


def test_the_standard_error_is_that_of_hutchinsons_estimator() -> None:
    matrix = symmetric(SPECTRA[1])
    trace = trace_of(list(trace_samples(quadratic(matrix), generator(1, "trace"), 2000)))
    off = matrix - torch.diag(matrix.diag())
    assert trace.standard_error * math.sqrt(2000) == pytest.approx(math.sqrt(2.0 * float(off.square().sum())), rel=0.1)
    assert abs(trace.value - float(matrix.trace())) < 3.0 * trace.standard_error


def test_no_curvature_at_all_is_an_eigenvalue_of_0() -> None:
    found = last(quadratic(torch.zeros(7, 7, dtype=torch.float64)))
    assert (found.value, found.iterations, found.converged) == (0.0, 1, True)


def test_a_loss_that_is_not_finite_ends_at_once_and_is_told() -> None:
    loss = quadratic(torch.full((7, 7), math.inf, dtype=torch.float64))
    found = last(loss)
    assert (found.iterations, found.converged) == (1, False)
    assert not math.isfinite(found.value)
    assert math.isnan(trace_of([1.0, math.inf]).standard_error)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_both_precisions_find_the_same(dtype: torch.dtype) -> None:
    found = last(quadratic(symmetric(SPECTRA[0]), dtype), 1e-3)
    assert found.value == pytest.approx(4.0, rel=1e-4)
