"""A little net in three groups of their own settings, for the optimizer and its twin."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tests.trainables.core.twin import Twin
from trainables.core.optimizer.pugd import PUGD

GROUPS = (
    {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "radius": 1.0, "scale": 1.0},
    {"lr": 0.03, "momentum": 0.0, "weight_decay": 0.0, "radius": 0.4, "scale": 0.0},
    {"lr": 0.2, "momentum": 0.5, "weight_decay": 1e-2, "radius": 0.0, "scale": 2.5},
)
POINTS = {
    "sgd": {"phase": "sgd"},
    "ngd": {"phase": "pugd", "radius": 0.0},
    "pugd": {"phase": "pugd", "radius": 1.0, "scale": 1.0},
    "rts": {"phase": "pugd"},
}


class Net(nn.Module):
    """Three layers that are used, one that is frozen and one that is never called."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(17, 17, dtype=dtype) for _ in range(4))
        self.unused = nn.Linear(17, 17, dtype=dtype)
        for p in self.parameters():
            p.data.normal_(0.0, 0.3, generator=generator)
        self.layers[2].requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x

    def groups(self, **settings: Any) -> list[dict[str, Any]]:
        """The layers dealt out to groups, the frozen and the unused one among them."""
        parts = (
            [*self.layers[0].parameters(), *self.layers[2].parameters()],
            [*self.layers[1].parameters(), *self.unused.parameters()],
            [*self.layers[3].parameters()],
        )
        return [{"params": part, **group, **settings} for part, group in zip(parts, GROUPS, strict=True)]


def batch(step: int, dtype: torch.dtype) -> Tensor:
    return torch.randn(8, 17, generator=torch.Generator().manual_seed(100 + step)).to(dtype)


def closure_of(net: Net, x: Tensor) -> Callable[[], Tensor]:
    def closure() -> Tensor:
        net.zero_grad()
        loss = (net(x) - x.flip(1)).square().mean()
        loss.backward()
        return loss

    return closure


def train(net: Net, optimizer: PUGD | Twin, steps: range, dtype: torch.dtype = torch.float64) -> list[float]:
    losses = []
    for step in steps:
        loss = optimizer.step(closure_of(net, batch(step, dtype)))
        assert loss is not None
        losses.append(loss.item())
    return losses


def pair(dtype: torch.dtype, **settings: Any) -> tuple[Net, PUGD, Net, Twin]:
    net, slow = Net(dtype), Net(dtype)
    return net, PUGD(net.groups(**settings), lr=0.1), slow, Twin(slow.groups(**settings))


def assert_equal(net: nn.Module, other: nn.Module) -> None:
    for (name, p), q in zip(net.named_parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q), name


def one_parameter(values: list[float], grad: list[float] | None, **settings: Any) -> tuple[nn.Parameter, PUGD]:
    p = nn.Parameter(torch.tensor(values, dtype=torch.float64))
    p.grad = None if grad is None else torch.tensor(grad, dtype=torch.float64)
    return p, PUGD([p], **{"lr": 0.1, **settings})
