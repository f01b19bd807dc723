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
