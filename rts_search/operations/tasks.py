"""`rts-search tasks`: several confirmed sweeps in one table."""

from collections.abc import Sequence
from dataclasses import replace

from rts_search.analysis.tasks.cells import Cell, cell_of
from rts_search.analysis.tasks.names import data_settings, told_apart
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
    return TaskTable(_named(cells))


def _named(cells: Sequence[Cell]) -> list[Cell]:
    """The cells with names that tell their data sets and models apart."""
    files = [cell.file for cell in cells if cell.file is not None]
    datasets = told_apart([cell.dataset for cell in cells], [data_settings(file.dataset) for file in files])
    models = told_apart([cell.model for cell in cells], [file.model.to_dict() for file in files])
    named = zip(cells, datasets, models, strict=True)
    return [replace(cell, dataset=dataset, model=model) for cell, dataset, model in named]
