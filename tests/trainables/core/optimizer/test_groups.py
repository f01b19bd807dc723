"""The settings of parameter groups: every setting of a method has a default and a range."""

import pytest
import torch

from trainables.core.optimizer.groups import method_settings
from trainables.core.optimizer.methods import METHODS
from trainables.core.optimizer.pugd import PUGD

SETTINGS = [(phase, name) for phase, method in METHODS.items() for name in method.settings]


@pytest.mark.parametrize(("phase", "name"), SETTINGS)
def test_a_setting_of_a_method_is_legal_at_its_ends_and_refused_outside(phase: str, name: str) -> None:
    default, least, limit = METHODS[phase].settings[name]
    group = PUGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, phase=phase).param_groups[0]
    assert group[name] == default
    PUGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, phase=phase, **{name: least})
    for wrong in (least - 1, limit):
        with pytest.raises(ValueError, match=f"{name} must be"):
            PUGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, phase=phase, **{name: wrong})


def test_a_setting_that_no_method_has_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"ete must be one of .*eta, inner_lr, .*, but got ete=1"):
        PUGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, ete=1)
    assert method_settings("amp", {"inner_steps": 2})["inner_steps"] == 2


@pytest.mark.parametrize("phase", ["asam", "amp", "looksam", "gsam", "friendly_sam"])
def test_a_norm_that_the_method_does_not_have_is_refused_at_once_and_when_it_is_set_later(phase: str) -> None:
    line = f"q must be 2 in phase {phase}, which has no other norm, but got q=3.0"
    p = torch.nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match=line):
        PUGD([p], lr=0.1, phase=phase, q=3.0)
    optimizer = PUGD([p], lr=0.1, phase="sam", q=3.0)
    assert optimizer.gradients_per_step == 2
    optimizer.param_groups[0]["phase"] = "sgd"  # which does not perturb, so that a later phase may have the norm
    assert optimizer.gradients_per_step == 1
    optimizer.param_groups[0]["phase"] = phase
    with pytest.raises(ValueError, match=line):
        optimizer.step(lambda: p.sum())
    assert p.item() == 1.0
