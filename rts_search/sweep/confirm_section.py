"""The section of a sweep file that says how its top configs are confirmed."""

from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from rts_search.basics.errors import UserError, refused
from rts_search.sweep.sections import SECTION, BudgetConfig
from rts_search.sweep.validation_errors import broken_rule
from trainables.core.settings.section import require


class ConfirmBudget(BaseModel):
    """What a confirmation may cost, apart from the sweep; it ends with whatever is used up first."""

    model_config = SECTION

    gradient_evaluations: Annotated[int, Field(gt=0)] | None = None
    """Gradient evaluations that are really computed, > 0; what is taken from the store costs nothing."""
    gpu_hours: Annotated[float, Field(gt=0)] | None = None
    """GPUs given to runs times hours, > 0."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """Hours by the clock while runs are trained, > 0."""

    def limits(self) -> BudgetConfig:
        """As a sweep's budget."""
        return BudgetConfig(**self.model_dump())


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Looks = Annotated[
    tuple[Annotated[int, Field(ge=2)], ...],
    BeforeValidator(_as_tuple, json_schema_input_type=tuple[int, ...]),
]


class ConfirmConfig(BaseModel):
    """How the top configs of a finished sweep are compared with the baselines, on seeds that nothing was chosen on."""

    model_config = SECTION

    top_k: Annotated[int, Field(ge=1)] = 3
    """How many of the sweep's best trials contend, >= 1."""
    seeds: Annotated[int, Field(ge=2)] = 5
    """Seeds on which contenders and baselines are measured, >= 2; fewer than 3 establish nothing, 8 find smaller gains
    than 5 do. With `looks` it is the last of them."""
    screening_seeds: Annotated[int, Field(ge=2)] = 3
    """Seeds on which one of several contenders is chosen before the measurement, >= 2; not used with top_k 1."""
    looks: Looks | None = None
    """Numbers of seeds, rising, at which the test part is judged, each with an equal share of the 5 %; it ends with the
    first that decides everything. One look after all seeds when left out, with 4 of the 5 %."""
    budget: ConfirmBudget | None = None
    """What the confirmation may cost; at its end the seeds that are complete for every method are judged."""

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
    written: ConfirmConfig | None, top_k: int | None, seeds: int | None, budget: BudgetConfig | None = None
) -> ConfirmConfig:
    """The sweep file's section, with what the command line says instead. Raises: UserError.

    seeds: where looks are planned, the one to stop at.
    """
    settings = written or ConfirmConfig()
    looks = settings.looks
    if looks is not None and seeds is not None and seeds not in looks:
        raise UserError(f"--seeds: must be one of the planned looks, {', '.join(map(str, looks))}, but got {seeds}")
    asked = (("top_k", top_k), ("seeds", seeds))
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
