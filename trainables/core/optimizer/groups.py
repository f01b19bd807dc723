"""The settings of parameter groups: their ranges, the phase that all share, and the number of the next step."""

import math
from collections.abc import Mapping
from typing import Any

from trainables.core.optimizer.adaptive_scale import RULES
from trainables.core.optimizer.base_updates import check_base
from trainables.core.optimizer.methods import METHODS

NUMBER = "step_number"
"""Name in a parameter group of the number of the next step. It is there only where `every` is above 1."""

Groups = list[dict[str, Any]]


def method_settings(phase: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of all methods: those given, else the defaults, first those of the phase.

    Raises:
        ValueError: no method has a setting of this name.
    """
    known = {name: setting[0] for method in METHODS.values() for name, setting in method.settings.items()}
    for name in given:
        if name not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, but got {name}={given[name]!r}")
    own = METHODS[phase].settings if phase in METHODS else {}
    return {**known, **{name: setting[0] for name, setting in own.items()}, **given}


def check_group(group: dict[str, Any]) -> None:
    """Check a group's settings. Raises: ValueError for one outside its range."""
    for name in ("inner_steps", "every"):
        if group[name] < 1:
            raise ValueError(f"{name} must be >= 1, but got {name}={group[name]!r}")
    ranges = dict.fromkeys(("lr", "weight_decay", "radius", "scale"), (0.0, math.inf)) | {"momentum": (0.0, 1.0)}
    for method in METHODS.values():
        ranges |= {name: (least, limit) for name, (_, least, limit) in method.settings.items()}
    for name, (least, limit) in ranges.items():
        if not least <= group[name] < limit:
            raise ValueError(f"{name} must be in [{least:g}, {limit:g}), but got {name}={group[name]!r}")
    rule = group["scale_rule"]
    if rule is not None and rule not in RULES:
        raise ValueError(f"scale_rule must be None or one of {', '.join(RULES)}, but got scale_rule={rule!r}")
    check_base(group)


def common_phase(groups: Groups) -> str:
    """The phase of all groups.

    Raises:
        ValueError: the phases differ, or one perturbs in another norm than its method has.
    """
    phases = {str(group["phase"]) for group in groups}
    if len(phases) != 1 or not phases.issubset(METHODS):
        raise ValueError(f"phase must be one of {', '.join(METHODS)} and the same in all groups, but got {phases=}")
    phase = phases.pop()
    method = METHODS[phase]
    if method.perturbs and "q" not in method.settings:
        for q in (group["q"] for group in groups):
            if q != 2.0:
                raise ValueError(f"q must be 2 in phase {phase}, which has no other norm, but got {q=}")
    return phase


def next_phase(groups: Groups) -> str:
    """The phase of the next step, which is another one between the perturbed steps. Raises: ValueError."""
    phase, first = common_phase(groups), groups[0]
    return METHODS[phase].between if first.get(NUMBER, 0) % first["every"] else phase


def number_step(groups: Groups, number: int) -> None:
    """Set the number of the next step, where it decides anything."""
    for group in groups if groups[0]["every"] > 1 else ():
        group[NUMBER] = number


def count_step(groups: Groups) -> None:
    """Count a step that has been done."""
    number_step(groups, groups[0].get(NUMBER, 0) + 1)
