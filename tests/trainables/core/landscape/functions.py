"""Loss functions of which everything is known exactly."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from trainables.core.landscape.loss_function import LossFunction, Vector


def symmetric(eigenvalues: Sequence[float]) -> Tensor:
    """A full matrix with these eigenvalues, float64."""
    size = len(eigenvalues)
    source = torch.Generator().manual_seed(5)
    basis, _ = torch.linalg.qr(torch.randn(size, size, generator=source, dtype=torch.float64))
    return basis @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ basis.T


def quadratic(matrix: Tensor, dtype: torch.dtype = torch.float64, device: str = "cpu") -> LossFunction:
    """1/2 w' A w at some w, as the sum of two terms. w is a matrix of two rows, and a bias of the rest."""
    size = len(matrix)
    w = torch.linspace(-1.0, 1.5, size, dtype=torch.float64).to(device, dtype)
    columns = (size - 1) // 2
    own = [w[: 2 * columns].reshape(2, columns).clone(), w[2 * columns :].clone()]
    weights, a = [tensor.requires_grad_() for tensor in own], matrix.to(device, dtype)

    def terms() -> Iterator[Tensor]:
        for share in (0.25, 0.75):
            now = flat(weights)
            yield share * 0.5 * now @ a @ now

    return LossFunction(weights, terms)


def exact(matrix: Tensor, w: Tensor) -> float:
    return float(0.5 * w @ matrix @ w)


def flat(vector: Vector) -> Tensor:
    return torch.cat([tensor.reshape(-1) for tensor in vector])


def linear_layer() -> tuple[LossFunction, Tensor]:
    """One linear layer with squared error on 40 examples in 3 batches, and its Hessian: X'X / n for each output."""
    source = torch.Generator().manual_seed(3)
    x, y = torch.randn(40, 4, generator=source).double(), torch.randn(40, 3, generator=source).double()
    layer = torch.nn.Linear(4, 3, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(3, 4, generator=source).double())

    def terms() -> Iterator[Tensor]:
        for inputs, wanted in zip(x.split(16), y.split(16), strict=True):
            yield 0.5 * (layer(inputs) - wanted).square().sum() / len(x)

    return LossFunction([layer.weight], terms), torch.block_diag(*[x.T @ x / len(x)] * 3)
