"""The section `confirm` of a sweep file: how the best configs of a sweep are compared with the baselines."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.sections import MOST_TRIALS, SECTION, BudgetConfig, GPUHours, Gradients, Hours
from rts_search.sweep.validation_errors import broken_rule
from trainables.core.settings.section import require

if TYPE_CHECKING:
    from rts_search.sweep.sweep import SweepFile

AT_RULE = "is not used without tuned baselines, which train at equal cost: leave it out"


class ConfirmBudget(BaseModel):
    """What a confirmation may cost, the sweep itself not counted. It ends when the first limit is reached."""

    model_config = SECTION

    gradient_evaluations: Gradients | None = None
    """Gradient evaluations that the confirmation computes, > 0. Epochs from the store cost nothing. No limit when left
    out."""
    gpu_hours: GPUHours | None = None
    """GPU hours, > 0: the GPUs of a run times the hours for which it has them. No limit when left out."""
    hours: Hours | None = None
    """Hours of wall-clock time while runs are trained, > 0. No limit when left out."""

    def limits(self) -> BudgetConfig:
        """The same limits as the budget of a sweep."""
        return BudgetConfig(**self.model_dump())


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Seeds = Annotated[int, Field(ge=2, le=1_000)]
Looks = Annotated[
    tuple[Seeds, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=tuple[Seeds, ...]),
]


At = Literal["tuned", "own_cost"]
"""How long the finalists of tuned baselines train in a confirmation."""


class ConfirmConfig(BaseModel):
    """How the best configs of a finished sweep are compared with the baselines, on new seeds and at equal cost, or
    where baselines are tuned at the lengths of their tuning.

    Contenders are the best configs of the sweep. Nothing was chosen on the seeds on which they are measured.
    """

    model_config = SECTION

    top_k: Annotated[int, Field(ge=1, le=MOST_TRIALS)] = 3
    """Number of contenders: the best trials of the sweep that are compared with the baselines, in [1, 100000]. 1 is
    cheapest, since it needs no screening; more find the best config more often. Where baselines are tuned, so many of
    each method are screened, and the best one of each is measured."""
    seeds: Seeds = 5
    """Number of new seeds on which contenders and baselines are measured, in [2, 1000]. Fewer than 3 can establish
    nothing; 8 find smaller gains than 5. With `looks` it is the last number of `looks`, and may be left out."""
    screening_seeds: Seeds = 3
    """Number of seeds on which one of several contenders is chosen before the measurement, in [2, 1000]. Not used with
    top_k 1."""
    looks: Looks | None = None
    """Rising numbers of seeds, such as [3, 5, 8], after which the test accuracies are judged. Each look has an equal
    share of the 5 % risk of a false claim, and the confirmation ends with the first look that decides all
    comparisons: it saves runs when differences are large. When left out there is one look, after all seeds, with 4 of
    the 5 %."""
    at: At = "tuned"
    """How long tuned baselines train. tuned (default): as long as in the sweep, where no run costs more than one of
    pugd, so that RTS wins at no more training cost. own_cost: as long as RTS's run costs, which is another length than
    the one that they were tuned at. Only where baselines are tuned; others always train at equal cost."""
    budget: ConfirmBudget | None = None
    """What the confirmation may cost. When it is used up, the seeds that are complete for every method are judged. No
    limit when left out."""

    @model_validator(mode="before")
    @classmethod
    def _end_with_the_last_look(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        looks = values.get("looks")
        last = looks[-1] if isinstance(looks, list | tuple) and looks else None
        if "seeds" not in values and isinstance(last, int) and last >= 2:
            return {**values, "seeds": last}
        return values

    @model_validator(mode="after")
    def _check_looks(self) -> Self:
        looks = (self.seeds,) if self.looks is None else self.looks
        require(bool(looks), "looks", "must name a number of seeds, or be left out", list(looks))
        rising = all(before < after for before, after in pairwise(looks))
        require(rising, "looks", "must rise", list(looks))
        rule = f"must be left out or the last of `looks`, {looks[-1]}"
        require(self.seeds == looks[-1], "seeds", rule, self.seeds)
        return self


def confirm_settings(
    written: ConfirmConfig | None,
    top_k: int | None,
    seeds: int | None,
    budget: BudgetConfig | None = None,
    at: str | None = None,
) -> ConfirmConfig:
    """The settings of a confirmation: the section of the sweep file, changed by options of the command line.

    Args:
        written: the section; None when the sweep file has none.
        top_k: `--top-k`, if given.
        seeds: `--seeds`, if given; with planned looks, the look to stop at.
        budget: limits that are given on the command line.
        at: `--at`, if given.

    Raises:
        UserError: a value that is not legal.
    """
    settings = written or ConfirmConfig()
    looks = settings.looks
    if looks is not None and seeds is not None and seeds not in looks:
        raise UserError(f"--seeds: must be one of the planned looks, {', '.join(map(str, looks))}, but got {seeds}")
    asked = (("top_k", top_k), ("seeds", seeds), ("at", at))
    given: dict[str, Any] = {name: value for name, value in asked if value is not None}
    if looks is not None and seeds is not None:
        given["looks"] = tuple(look for look in looks if look <= seeds)
    if budget is not None:
        limits = {**(settings.budget.model_dump() if settings.budget else {}), **budget.model_dump(exclude_none=True)}
        given["budget"] = {name: value for name, value in limits.items() if name != "trials"}
    try:
        return ConfirmConfig.model_validate({**settings.model_dump(), **given})
    except ValidationError as error:
        raise refused("confirm", broken_rule(error, ConfirmConfig)) from error


def require_at(sweep: "SweepFile", settings: ConfirmConfig) -> None:
    """Refuse `at` where no baseline is tuned. Raises: UserError."""
    if settings.at != "tuned" and not sweep.tuned:
        raise UserError(f"{sweep.name}: confirm.at: {AT_RULE}, but got {settings.at!r}")
