"""Refuse settings that a new sweep would accept and then not use. Sweeps that were launched before keep theirs."""

from pydantic import BaseModel

from rts_search.sweep.confirm_section import ConfirmBudget
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig, SchedulerConfig
from rts_search.sweep.sweep import SweepFile
from search_spaces.space import Space
from trainables.core.settings.perturbation_config import FIRST_ORDER
from trainables.core.settings.section import require

ONE_GPU = "must be <= 1: a trial trains on one GPU, and more would stay idle"


def check_use(sweep: SweepFile) -> None:
    """Refuse settings that have no effect. Called when a sweep is launched or planned, not when a record of one is
    read.

    Raises:
        ConfigError: with the place of the first such setting.
    """
    gpus = sweep.resources.gpus_per_trial
    require(gpus == "auto" or gpus <= 1, "resources.gpus_per_trial", ONE_GPU, gpus)
    check_gpu_hours(sweep.budget, sweep.resources, "budget")
    if sweep.confirm is not None and sweep.confirm.budget is not None:
        check_gpu_hours(sweep.confirm.budget, sweep.resources, "confirm.budget")
    if sweep.scheduler.name == "none":
        rule = "is not used by none: leave it out"
        _require_default(sweep.scheduler, SchedulerConfig(name="none"), "scheduler", rule)
    other = sweep.space.perturbation
    if other is not None and "pugd" not in other.kinds:
        rule = f"is not used by {' or '.join(other.kinds)}: leave it out"
        require(
            sweep.space.scale == Space().scale, "space.scale", rule, sweep.space.scale.model_dump(exclude_none=True)
        )
    if other is not None and set(other.kinds) <= set(FIRST_ORDER):
        rule = f"is not used by {' or '.join(other.kinds)}: leave it out"
        own = sweep.space.radius
        require(own == Space().radius, "space.radius", rule, own.model_dump(exclude_none=True))
    if other is not None and set(other.kinds) == {"looksam"}:
        given = sweep.space.timing.model_dump(exclude_none=True).get("every")
        require(given is None, "space.timing.every", "is not used by looksam, whose k it is: leave it out", given)
    told = sweep.notify is None or sweep.notify.webhook is not None or sweep.notify.command is not None
    require(told, "notify", "must have a webhook or a command, or be left out", {})


def check_gpu_hours(budget: BudgetConfig | ConfirmBudget, resources: ResourcesConfig, place: str) -> None:
    """Refuse a limit of GPU hours where trials have no GPU. Raises: ConfigError."""
    rule = "is never used up with resources.gpus_per_trial 0: take hours or gradient_evaluations"
    require(budget.gpu_hours is None or resources.gpus_per_trial != 0, f"{place}.gpu_hours", rule, budget.gpu_hours)


def _require_default(section: BaseModel, default: BaseModel, place: str, rule: str) -> None:
    for name in type(section).model_fields:
        value = getattr(section, name)
        require(value == getattr(default, name), f"{place}.{name}", rule, value)
