"""MATLAB files for tests, written by SciPy in the form of the published ones."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat


def write_mat(path: Path, values: dict[str, Any], compressed: bool = True) -> Path:
    """A file of version 5; lists become cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = {name: cell(value) if isinstance(value, list) else value for name, value in values.items()}
    savemat(path, cells, do_compression=compressed)
    return path


def cell(values: list[Any]) -> Any:
    """One row of values of any kind."""
    row = np.empty((1, len(values)), object)
    row[0, :] = values
    return row


def structures(rows: list[dict[str, Any]]) -> Any:
    """One row of structures with the same fields."""
    table = np.empty((1, len(rows)), [(field, object) for field in rows[0]])
    for place, row in enumerate(rows):
        table[0, place] = tuple(row.values())
    return table
