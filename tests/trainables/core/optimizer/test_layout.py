"""Parameters in flat buffers: only their addresses change, and those that cannot be moved are refused."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from trainables.core.optimizer import layout
from trainables.core.optimizer.layout import ALIGNMENT, Layout, can_move, in_blocks
from trainables.core.optimizer.target import Target

GROUP: dict[str, Any] = {"phase": "pugd", "momentum": 0.9}


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes so small that a few hundred elements are large parameters of several blocks."""
    monkeypatch.setattr(layout, "BLOCK", 50)
    monkeypatch.setattr(layout, "SMALL", 20)


def parameters() -> list[Tensor]:
    """Return small and large parameters, one of them in channels-last order."""
    shapes = [(3,), (12, 10), (5,), (2, 3, 4, 5)]
    made: list[Tensor] = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    made[3].data = made[3].data.to(memory_format=torch.channels_last)
    return made


def target_of(w: list[Tensor]) -> Target:
    return Target(w, [GROUP] * len(w), [torch.randn_like(p) for p in w])


def test_moving_keeps_values_shapes_and_strides_of_parameters_and_momentum() -> None:
    target = target_of(parameters())
    momentum = [m for m in target.m if m is not None]
    tensors = [*(p.data for p in target.w), *momentum]
    before = [(x.clone(), x.stride()) for x in tensors]
    laid = Layout(target)
    moved = [*(p.data for p in target.w), *momentum]
    assert all(torch.equal(x, old) and x.stride() == stride for x, (old, stride) in zip(moved, before, strict=True))
    start = min(p.data_ptr() for p in target.w)
    assert all((p.data_ptr() - start) % (ALIGNMENT * p.element_size()) == 0 for p in target.w)
    assert laid.fits(target)


def test_small_parameters_share_a_piece_and_large_ones_have_their_own() -> None:
    target = target_of(parameters())
    small, *large = Layout(target).pieces
    assert small.gathered is not None
    assert [piece.gathered for piece in large] == [None, None]
    assert [piece.w.numel() for piece in large] == [120, 120]
    assert [len(block) for block, _ in large[0].blocks] == [50, 50, 20]


def test_gradients_come_flat_in_the_memory_order_of_their_parameters() -> None:
    target = target_of(parameters())
    laid = Layout(target)
    gradients = [torch.randn(p.shape) for p in target.w]  # that of the channels-last parameter is contiguous
    small, matrix, images = laid.gradients(gradients)
    assert torch.equal(small[:3], gradients[0])
    assert torch.equal(matrix, gradients[1].flatten())
    assert torch.equal(images, gradients[3].permute(0, 2, 3, 1).flatten())


def test_the_parameters_change_to_their_perturbed_values_and_back() -> None:
    target = target_of(parameters())
    laid = Layout(target)
    before = [p.detach().clone() for p in target.w]
    for piece in laid.pieces:
        piece.perturbed.fill_(7.0)
    laid.leave()
    assert all(bool((p == 7.0).all()) for p in target.w)
    laid.come_back()
    assert all(torch.equal(p, old) for p, old in zip(target.w, before, strict=True))


def test_a_layout_does_not_fit_other_or_moved_parameters() -> None:
    target = target_of(parameters())
    laid = Layout(target)
    assert not laid.fits(Target(target.w[:3], target.groups[:3], target.m[:3]))
    assert not laid.fits(Target(target.w, [dict(GROUP) for _ in target.w], target.m))
    target.w[1].data = target.w[1].data.clone()
    assert not laid.fits(target)


def test_only_parameters_that_lie_apart_dense_on_a_cpu_in_one_type_can_be_moved() -> None:
    whole = torch.zeros(4, 4)
    assert can_move(target_of([torch.zeros(2), torch.zeros(3)]))
    for w in (
        [torch.zeros(2), torch.zeros(2, dtype=torch.float64)],
        [whole, whole[0]],
        [whole[:, :2]],
        [torch.zeros(0)],
        [torch.zeros(2, device="meta")],
    ):
        assert not can_move(target_of(w))


def test_blocks_are_views_of_all_elements_in_order() -> None:
    flat = torch.arange(120.0)
    found = in_blocks(flat)
    assert torch.equal(torch.cat(found), flat)
    found[2].zero_()
    assert not flat[100:].any()
