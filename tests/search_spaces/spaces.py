"""Spaces of every shape and of every rule, and a way to draw one of them."""

from typing import Any

from search_spaces.domains import Domain
from trainables.core.settings.config import RULE_PARAMETERS, SHAPE_PARAMETERS

ALL_SCHEDULES: dict[str, Any] = {
    "shape": list(SHAPE_PARAMETERS),
    "value": [0.0, 1.0],
    "beta_min": {"loguniform": [0.1, 1.0]},
    "beta_max": {"uniform": [1.0, 3.0]},
    "origin": ["training", "switch"],
    "T_0": {"integer": [1, 5]},
    "T_mult": [1, 2],
    "step_size": 2,
    "gamma": {"uniform": [0.1, 1.0]},
}


ALL_TIMING: dict[str, Any] = {
    "rule": list(RULE_PARAMETERS),
    "switch_epoch": {"integer": [0, 8, 2]},
    "window": [2, 10],
    "decay": {"uniform": [0.1, 1.0]},
    "start": [0, 1],
    "base_epochs": 2,
    "ratio": [2.0, 3.0],
    "period": 3,
}


class Asked:
    """Chooses one kind, and the lowest value of everything else."""

    def __init__(self, kind: str) -> None:
        self.kind, self.names = kind, list[str]()

    def __call__(self, name: str, domain: Domain) -> Any:
        self.names.append(name)
        return self.kind if name in ("radius.shape", "timing.rule") else domain.lowest
