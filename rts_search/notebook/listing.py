"""Several sweeps in one DataFrame: all of a results folder, or some side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from rts_search.notebook.sweep import Sweep
    from rts_search.operations.overview import Row
    from rts_search.study.workspace import Workspace


def list_of(workspace: "Workspace") -> "pd.DataFrame":
    """One row per sweep, see `Sweep.list`. Raises: UserError."""
    import pandas as pd

    from rts_search.operations.overview import Row, overview

    rows = [_plain(row) for row in overview(workspace)]
    found = pd.DataFrame(rows, columns=list(_plain(Row("", ""))))
    found["started"] = pd.to_datetime(found["started"], unit="s", utc=True)
    return found


def _plain(row: "Row") -> dict[str, Any]:
    best, baseline = row.best, row.best_baseline
    return {
        "sweep": row.sweep,
        "state": row.state,
        "ended": row.ended,
        "trials": row.trials,
        "metric": best.metric if best else baseline.metric if baseline else "",
        "best": best.value if best else None,
        "best_trial": best.trial if best else None,
        "best_baseline": baseline.value if baseline else None,
        "baseline": baseline.arm if baseline else "",
        "dataset": row.dataset,
        "model": row.model,
        "started": row.started,
        "seconds": row.seconds,
        "message": row.message,
    }


def comparison_of(name: str, others: "Sequence[Sweep | str]", workspace: "Workspace") -> "pd.DataFrame":
    """Sweeps side by side, see `Sweep.compare`. Raises: UserError."""
    from rts_search.analysis.report.comparison import compare
    from rts_search.basics.errors import UserError

    names = [name]
    for other in others:
        names.append(other if isinstance(other, str) else other.name)
        if not isinstance(other, str) and other._workspace.storage_url != workspace.storage_url:
            raise UserError(
                f"{other.name}: must be in the database of {name} to be compared with it, but is in another one; load "
                "both from one results folder"
            )
    found = compare(names, workspace)
    frame = found.table.frame()
    frame.attrs.update(sentences=found.sentences())
    return frame
