"""LookSAM, GSAM and Friendly SAM against another package."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tests.trainables.core.little_net import Net, batch, closure_of
from tests.trainables.core.optimizer.sam_twins import RHO, SETTINGS
from trainables.core.optimizer.pugd import PUGD


def one_matrix() -> nn.Parameter:
    return nn.Parameter(torch.randn(17, 17, generator=torch.Generator().manual_seed(3), dtype=torch.float64))


def closure_on(p: nn.Parameter, number: int) -> Callable[[], Tensor]:
    x = batch(number, torch.float64)

    def closure() -> Tensor:
        p.grad = None
        loss = (torch.tanh(x @ p) - x.flip(1)).square().mean()
        loss.backward()
        return loss

    return closure


def test_looksam_agrees_with_another_implementation_on_one_tensor() -> None:
    # That implementation has a norm of its own for each tensor, where the paper has one; with one tensor they agree.
    from pytorch_optimizer import LookSAM

    mine, theirs = one_matrix(), one_matrix()
    optimizer = PUGD([mine], **SETTINGS, radius=RHO, phase="looksam", every=3, alpha=0.6)
    other = LookSAM([theirs], torch.optim.SGD, rho=RHO, k=3, alpha=0.6, **SETTINGS)
    for number in range(8):
        optimizer.step(closure_on(mine, number))
        closure_on(theirs, number)()
        other.first_step()
        closure_on(theirs, number)()
        other.second_step()
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)  # its norm has single precision


def test_gsam_agrees_with_another_implementation() -> None:
    from pytorch_optimizer import GSAM

    class Constant:
        def step(self) -> float:
            return RHO

    net, other = Net(torch.float64), Net(torch.float64)
    optimizer = PUGD(net.parameters(), **SETTINGS, radius=RHO, phase="gsam", alpha=0.3)
    trained = [p for name, p in other.named_parameters() if p.requires_grad and "unused" not in name]
    base = torch.optim.SGD(trained, **SETTINGS)
    theirs = GSAM(trained, base, other, Constant(), alpha=0.3)
    for number in range(8):
        x = batch(number, torch.float64)
        optimizer.step(closure_of(net, x))
        theirs.set_closure(lambda found, wanted: (found - wanted).square().mean(), x, x.flip(1))
        theirs.step()
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-7)


def test_friendly_sam_agrees_with_another_implementation_from_the_same_mean_on() -> None:
    # That implementation begins with m = g and subtracts the mean before this step. The paper begins with m = 0 and
    # subtracts the mean with this step, which for sigma 1 has the same direction.
    from pytorch_optimizer import FriendlySAM

    mine, theirs = one_matrix(), one_matrix()
    optimizer = PUGD([mine], **SETTINGS, radius=RHO, phase="friendly_sam", sigma=1.0, decay=0.8)
    other = FriendlySAM([theirs], torch.optim.SGD, rho=RHO, sigma=1.0, lmbda=0.8, **SETTINGS)
    for number in range(8):
        optimizer.step(closure_on(mine, number))
        closure_on(theirs, number)()
        other.first_step()
        if number == 0:
            optimizer.state[mine]["friendly_mean"].copy_(other.state[theirs]["momentum"])
        closure_on(theirs, number)()
        other.second_step()
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)
