"""Which layers feed which is seen in a forward pass."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainables.core.models.calls import calls_in


class Block(nn.Module):
    """A norm, an activation that is a module or a function, dropout, a gate and a sum."""

    def __init__(self, inplace: bool, function: bool = False) -> None:
        super().__init__()
        self.conv, self.norm, self.relu = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace)
        self.drop, self.gate, self.last = nn.Dropout(0.5), Gate(), nn.Conv2d(4, 4, 1)
        self.function = functional.relu_ if inplace else functional.relu
        self.is_function = function

    def forward(self, maps: Tensor) -> Tensor:
        normed = self.norm(self.conv(maps))
        activated = self.function(normed) if self.is_function else self.relu(normed)
        return maps + self.last(self.gate(self.drop(activated)))


class Gate(nn.Module):
    """Multiplies its input."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sigmoid()

    def forward(self, maps: Tensor) -> Tensor:
        return maps * self.inner(maps)


def seen(model: nn.Module) -> list[tuple[str, int | None]]:
    def run() -> None:
        with torch.no_grad():
            model.eval()(torch.zeros(2, 4, 3, 3))

    return [(type(call.module).__name__, call.source) for call in calls_in(model, run)]


def test_modules_are_linked_whether_or_not_they_work_in_place() -> None:
    links = [("Conv2d", None), ("BatchNorm2d", 0), ("ReLU", 1), ("Sigmoid", 2), ("Gate", 2), ("Conv2d", 4)]
    for inplace in (False, True):
        assert seen(Block(inplace)) == [*links, ("Block", None)]


def test_a_function_between_two_modules_breaks_the_link() -> None:
    for inplace in (False, True):
        assert seen(Block(inplace, function=True))[2] == ("Sigmoid", None)


def test_a_block_that_adds_is_a_call_of_its_own_and_a_sequence_is_none() -> None:
    model = nn.Sequential(nn.Sequential(Block(False)), nn.Conv2d(4, 4, 1))
    assert seen(model)[-2:] == [("Block", None), ("Conv2d", 6)]


def test_no_hook_is_left() -> None:
    model = Block(False)
    seen(model)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
