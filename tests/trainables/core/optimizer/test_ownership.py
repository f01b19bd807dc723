"""What the optimizer sets aside is its own: others that write into their own memory change no step."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from tests.trainables.core.little_net import Net, assert_equal, batch, closure_of, one_parameter, train
from trainables.core.optimizer import layout
from trainables.core.optimizer.ownership import owned
from trainables.core.optimizer.pugd import PUGD

PHASES: dict[str, dict[str, Any]] = {
    "pugd": {"phase": "pugd", "radius": 0.5, "scale": 3.0},
    "sam": {"phase": "sam", "radius": 0.05},
    "asam": {"phase": "asam", "radius": 0.5},
    "amp": {"phase": "amp", "radius": 0.5, "inner_steps": 2},
}


@pytest.fixture(scope="module")
def _group_of_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A group of one process. torch puts the number of the process before every traceback from then on."""
    hook = sys.excepthook
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path_factory.mktemp('group')}/store", rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()
    sys.excepthook = hook


def weights(step: str, settings: dict[str, Any], wrap: Callable[[nn.Module], nn.Module], micro_batches: int) -> Tensor:
    """The weights after four steps; DDP's buckets are in place from the second one on."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))
    model = wrap(net)
    optimizer = PUGD(net.named_parameters(), lr=0.1, momentum=0.9, step=step, **settings)
    x, y = torch.randn(16, 5), torch.arange(16) % 3

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros(())
        for here, wanted in zip(x.chunk(micro_batches), y.chunk(micro_batches), strict=True):
            loss = nn.functional.cross_entropy(model(here), wanted) / micro_batches
            loss.backward()
            total += loss.detach()
        return total

    for _ in range(4):
        optimizer.step(closure)
    return torch.cat([p.detach().flatten() for p in net.parameters()])


@pytest.mark.slow  # the first DistributedDataParallel of a process takes seconds
@pytest.mark.usefixtures("_group_of_one")
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(("step", "small"), [("reference", 0), ("fused", 0), ("fused", 1 << 16)])
def test_ddp_with_gradients_in_its_buckets_gives_the_weights_of_a_single_process(
    step: str, small: int, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "SMALL", small)
    for micro_batches in (1, 2):
        alone = weights(step, PHASES[phase], lambda net: net, micro_batches)
        for view in (False, True):
            found = weights(
                step,
                PHASES[phase],
                lambda net, view=view: DistributedDataParallel(net, gradient_as_bucket_view=view),  # type: ignore[misc]
                micro_batches,
            )
            assert torch.equal(found, alone), (view, micro_batches)


@pytest.mark.slow
@pytest.mark.usefixtures("_group_of_one")
def test_the_scale_counts_with_gradients_in_buckets() -> None:
    def wrapped(net: nn.Module) -> nn.Module:
        return DistributedDataParallel(net, gradient_as_bucket_view=True)

    one, nine = ({**PHASES["pugd"], "scale": scale} for scale in (1.0, 9.0))
    assert not torch.equal(weights("reference", one, wrapped, 1), weights("reference", nine, wrapped, 1))


def test_a_flat_buffer_of_gradients_gives_the_same_weights() -> None:
    net, plain = Net(torch.float64), Net(torch.float64)
    flat = torch.zeros(sum(p.numel() for p in net.parameters()), dtype=torch.float64)
    optimizer, other = PUGD(net.parameters(), 0.1, scale=2.0), PUGD(plain.parameters(), 0.1, scale=2.0)
    for step in range(3):
        inner = closure_of(net, batch(step, torch.float64))

        def closure(inner: Callable[[], Tensor] = inner) -> Tensor:
            loss, start = inner(), 0
            for p in net.parameters():
                if p.grad is not None:
                    part = flat[start : start + p.numel()].view_as(p)
                    p.grad = part.copy_(p.grad)
                    start += p.numel()
            return loss

        optimizer.step(closure)
        other.step(closure_of(plain, batch(step, torch.float64)))
    assert_equal(net, plain)


def test_a_second_gradient_that_was_written_over_the_first_is_refused() -> None:
    p, optimizer = one_parameter([1.0, 2.0], None, momentum=0.9)
    buffer = torch.zeros_like(p)

    def closure() -> Tensor:
        p.grad = buffer.copy_(p.detach())
        return p.sum()

    with pytest.raises(ValueError, match="must have memory of its own, but it was written over the first"):
        optimizer.step(closure)
    assert p.tolist() == [1.0, 2.0]
    p.grad = torch.ones_like(p)
    optimizer.first_step()
    p.grad = torch.ones_like(p)
    optimizer.second_step()
    assert p.tolist() != [1.0, 2.0]


def test_gradients_that_autograd_makes_are_not_copied() -> None:
    net = Net(torch.float32)
    closure_of(net, batch(0, torch.float32))()
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    assert len(gradients) == 6
    assert all(mine is its for mine, its in zip(owned(gradients), gradients, strict=True))


@pytest.mark.parametrize("base", ["sgd", "adamw"])
def test_two_optimizers_loaded_from_one_state_do_not_write_into_each_other(base: str) -> None:
    settings: dict[str, Any] = {"lr": 0.1, "base": base, "momentum": 0.9 if base == "sgd" else 0.0}
    net, copied = Net(torch.float64), Net(torch.float64)
    optimizer, other = PUGD(net.parameters(), **settings), PUGD(copied.parameters(), **settings)
    train(net, optimizer, range(2))
    copied.load_state_dict(net.state_dict())
    other.load_state_dict(optimizer.state_dict())
    before = [value.clone() for state in optimizer.state.values() for value in state.values()]
    train(copied, other, range(2, 4))
    now = [value for state in optimizer.state.values() for value in state.values()]
    assert all(torch.equal(one, kept) for one, kept in zip(now, before, strict=True))
    train(net, optimizer, range(2, 4))
    assert_equal(net, copied)
