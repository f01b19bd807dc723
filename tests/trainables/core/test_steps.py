"""The formulas of a step, with numbers worked by hand."""

import pytest
import torch

from trainables.core.steps import base_update, global_norm, perturbation, unit, weighted


def test_the_formulas_agree_with_numbers_worked_by_hand() -> None:
    w, g = [torch.tensor([2.0, -1.0], dtype=torch.float64)], [torch.tensor([1.5, 4.0], dtype=torch.float64)]
    eps = perturbation(w, g, [0.5])
    assert torch.allclose(eps[0], torch.tensor([0.3, 0.4], dtype=torch.float64))
    mixed = weighted(g, [torch.tensor([0.0, -4.0], dtype=torch.float64)], [2.0])
    assert torch.equal(mixed[0], torch.tensor([3.0, 4.0], dtype=torch.float64))
    u = unit(mixed)
    assert torch.allclose(u[0], torch.tensor([0.6, 0.8], dtype=torch.float64))
    m = [torch.tensor([1.0, 0.0], dtype=torch.float64)]
    base_update(w, u, m, lr=0.5, mu=0.9, wd=0.1)
    assert torch.allclose(m[0], torch.tensor([1.7, 0.7], dtype=torch.float64))
    assert torch.allclose(w[0], torch.tensor([1.15, -1.35], dtype=torch.float64))


def test_one_norm_runs_over_all_tensors() -> None:
    assert global_norm([torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]).item() == pytest.approx(5.0)
