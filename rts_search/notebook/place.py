"""The workspace of a sweep in a notebook, from the arguments that all methods share."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace


def workspace_of(
    results: str | Path, storage: str | None, address: str | None = None, executor: str | None = None
) -> "Workspace":
    """The workspace. Raises: UserError: `storage` is no URL of a database.

    Args:
        results: folder with the results of all sweeps.
        storage: database of the studies, as an SQLAlchemy URL; None: an SQLite file in `results`.
        address: Ray cluster to join; None: as the command line does it.
        executor: ray or inline; None: as the command line does it.
    """
    from rts_search.basics.files import without_links
    from rts_search.basics.results_folder import Results

    with warnings.catch_warnings():  # Optuna's progress bars miss ipywidgets in a notebook, and are not in use
        warnings.filterwarnings("ignore", "IProgress not found")
        from rts_search.study.database.storage import completed_url
        from rts_search.study.workspace import Workspace

    url = None if storage is None else completed_url(storage)
    trains = executor or os.environ.get("RTS_SEARCH_EXECUTOR") or "ray"
    return Workspace(Results(without_links(Path(results))), url, address, executor=trains)
