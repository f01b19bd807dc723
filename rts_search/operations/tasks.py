"""`rts-search tasks`: several confirmed sweeps in one table."""

from collections.abc import Sequence

from rts_search.analysis.tasks.cells import cell_of
from rts_search.analysis.tasks.table import TaskTable
from rts_search.basics.errors import UserError
from rts_search.study.workspace import Workspace


def tasks(names: Sequence[str], workspace: Workspace) -> TaskTable:
    """The table of these sweeps.

    Raises:
        UserError: a sweep is named twice, cannot be read or is not confirmed, or the sweeps have different metrics.
    """
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise UserError(f"{twice}: must be named once: it is one task")
    cells = [cell_of(name, workspace) for name in names]
    metrics = sorted({cell.metric.name for cell in cells})
    if len(metrics) > 1:
        raise UserError(f"{names[-1]}: objective.metric: must be that of all sweeps, but got {', '.join(metrics)}")
    return TaskTable(cells)
