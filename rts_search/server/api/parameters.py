"""The parameters that requests have in their path or their query."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import StringConstraints

from rts_search.analysis.figures import FIGURES
from rts_search.sweep.sweep import NAME_PATTERN

_WHOLE_NAME = f"^{NAME_PATTERN}$"

Name = Annotated[str, Path(pattern=_WHOLE_NAME, description="Name of a sweep.")]
OtherName = Annotated[str, Path(pattern=_WHOLE_NAME, description="Name of another sweep.")]
Names = Annotated[
    list[Annotated[str, StringConstraints(pattern=_WHOLE_NAME)]],
    Query(alias="sweep", min_length=1, description="Name of a sweep. Can be repeated."),
]
Against = Annotated[
    str | None, Query(pattern=_WHOLE_NAME, description="The one that the others are compared with; else the first.")
]
NewName = Annotated[
    str | None, Query(pattern=_WHOLE_NAME, description="Name of the sweep, instead of the name in the file.")
]
Priority = Annotated[
    int, Query(ge=-100, le=100, description="Jobs of higher priority start first; above 0 needs the role admin.")
]
Number = Annotated[int, Path(ge=0, lt=2**31, description="Number of a trial.")]
PlanNumber = Annotated[int, Path(ge=1, lt=2**31, description="Number of a plan's job.")]
FigureName = Annotated[str, Path(description="Name of a figure.", json_schema_extra={"enum": [*FIGURES]})]
