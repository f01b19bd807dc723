"""The formulas of a step, with numbers worked by hand."""

import pytest
import torch

from trainables.core.optimizer import perturbations
from trainables.core.optimizer.base_updates import sgd_update
from trainables.core.optimizer.methods.pugd import mix_, unit, unit_
from trainables.core.optimizer.perturbations import global_norm


def test_the_formulas_agree_with_numbers_worked_by_hand() -> None:
    w, g = [torch.tensor([2.0, -1.0], dtype=torch.float64)], [torch.tensor([1.5, 4.0], dtype=torch.float64)]
    eps = perturbations.pugd(w, g, [0.5])
    assert torch.allclose(eps[0], torch.tensor([0.3, 0.4], dtype=torch.float64))
    mix_(g, [torch.tensor([0.0, -4.0], dtype=torch.float64)], [2.0])
    assert torch.equal(g[0], torch.tensor([3.0, 4.0], dtype=torch.float64))
    u = unit(g)
    assert torch.allclose(u[0], torch.tensor([0.6, 0.8], dtype=torch.float64))
    unit_(g)
    assert torch.equal(g[0], u[0])
    m = [torch.tensor([1.0, 0.0], dtype=torch.float64)]
    sgd_update(w, u, m, {"lr": 0.5, "momentum": 0.9, "weight_decay": 0.1, "nesterov": False})
    assert torch.allclose(m[0], torch.tensor([1.7, 0.7], dtype=torch.float64))
    assert torch.allclose(w[0], torch.tensor([1.15, -1.35], dtype=torch.float64))


def test_the_other_perturbations_agree_with_numbers_worked_by_hand() -> None:
    assert torch.allclose(perturbations.sam([torch.tensor([3.0, 4.0])], [0.5])[0], torch.tensor([0.3, 0.4]))
    w, g = [torch.tensor([2.0, -1.0]), torch.tensor([7.0])], [torch.tensor([1.0, 2.0]), torch.tensor([12.0])]
    weight, bias = perturbations.asam(w, g, [1.3, 2.6], eta=[1.0, None])
    assert torch.allclose(weight, torch.tensor([0.9, 0.8])), "T_w = (3, 2), T_w g = (3, 4), norm 13 with the bias"
    assert torch.allclose(bias, torch.tensor([2.4]))
    eps = perturbations.amp(None, [torch.tensor([3.0, 4.0])], [2.5], inner_lr=1.0)
    assert torch.allclose(eps[0], torch.tensor([1.5, 2.0])), "pulled back from length 5"
    eps = perturbations.amp(eps, [torch.tensor([0.0, -2.0])], [2.5], inner_lr=0.5)
    assert torch.allclose(eps[0], torch.tensor([1.5, 1.0])), "inside the ball"


def test_one_norm_runs_over_all_tensors() -> None:
    assert global_norm([torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]).item() == pytest.approx(5.0)
