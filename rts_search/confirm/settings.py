"""The section of a sweep file that says how its top configs are confirmed."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from rts_search.errors import refused
from rts_search.pydantic_errors import broken_rule
from rts_search.sweep_sections import SECTION


class ConfirmConfig(BaseModel):
    """How the top configs of a finished sweep are compared with the baselines, on seeds that nothing was chosen on."""

    model_config = SECTION

    top_k: Annotated[int, Field(ge=1)] = 3
    """How many of the sweep's best trials contend, >= 1."""
    seeds: Annotated[int, Field(ge=2)] = 5
    """Seeds on which contenders and baselines are measured, >= 2; 8 find smaller gains than 5 do."""
    screening_seeds: Annotated[int, Field(ge=2)] = 3
    """Seeds on which one of several contenders is chosen before the measurement, >= 2; not used with top_k 1."""


def confirm_settings(written: ConfirmConfig | None, top_k: int | None, seeds: int | None) -> ConfirmConfig:
    """The sweep file's section, with what the command line says instead. Raises: UserError."""
    given = {name: value for name, value in (("top_k", top_k), ("seeds", seeds)) if value is not None}
    try:
        return ConfirmConfig.model_validate({**(written or ConfirmConfig()).model_dump(), **given})
    except ValidationError as error:
        raise refused("confirm", broken_rule(error, ConfirmConfig)) from error
