"""Sweeps in a notebook or a script: what the command line shows, as DataFrames and figures."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rts_search.basics.results_folder import DEFAULT_RESULTS

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from rts_search.analysis.confirmation.current import CurrentVerdict
    from rts_search.analysis.tables import Tables
    from rts_search.study.workspace import Workspace


class Sweep:
    """One launched sweep, read anew whenever something is asked of it.

    >>> Sweep.load("digits").table()  # doctest: +SKIP
    """

    def __init__(self, name: str, workspace: "Workspace") -> None:
        """Use `load`."""
        self.name, self._place = name, workspace

    @classmethod
    def load(cls, name: str, results: str | Path = DEFAULT_RESULTS, storage: str | None = None) -> "Sweep":
        """A sweep by its name.

        Args:
            name: of a launched sweep.
            results: folder of all results.
            storage: study database as SQLAlchemy URL; SQLite in `results` when left out.

        Raises:
            UserError: there is none of this name, or the database cannot be used.
        """
        from rts_search.basics.results_folder import Results
        from rts_search.study.database.storage import completed_url
        from rts_search.study.workspace import Workspace

        workspace = Workspace(Results(Path(results).resolve()), None if storage is None else completed_url(storage))
        workspace.load(name)
        return cls(name, workspace)

    def status(self) -> dict[str, Any]:
        """How far it is: state, trials, best, gradient evaluations charged and spent."""
        from rts_search.study.status import status

        return status(self.name, self._place)

    def table(self) -> "pd.DataFrame":
        """One row per trial (by number): every setting in a column of its own, accuracies in [0, 1], costs, end."""
        return self._tables().trials()

    def epochs(self) -> "pd.DataFrame":
        """One row per epoch of every trial: losses, accuracies, radius, scale, cost up to its end."""
        return self._tables().epochs()

    def best(self) -> dict[str, Any]:
        """The best config with its provenance, as `rts-search export` writes it.

        Raises:
            UserError: no trial of the search is complete.
        """
        from rts_search.analysis.best_config import best_export

        tables, current = self._tables(), self._current()
        return best_export(self._place.load(self.name), tables, current.verdict, current.outdated)

    def verdict(self) -> dict[str, Any] | None:
        """What `rts-search confirm` has established; None before that, and when the sweep has changed since.

        Warns: UserWarning in the latter case.
        """
        current = self._current()
        if current.outdated:
            warnings.warn(current.outdated, stacklevel=2)
        return current.verdict

    def figures(self) -> dict[str, "go.Figure"]:
        """Name -> what there is to draw: cost, curves, schedules, tree, parallel, importances, allocation, verdict.

        Raises:
            UserError: plotly is not installed.
        """
        from rts_search.analysis.figures import FIGURES, SweepView
        from rts_search.basics.errors import UserError

        try:
            import plotly.graph_objects as go
        except ImportError as error:
            raise UserError(f"figures: needs {error.name}: pip install 'rts-search[report]'") from error
        view = SweepView.of(self._place.load(self.name), None, self._current().verdict)
        drawn = {name: draw(view) for name, draw in FIGURES.items()}
        return {
            name: go.Figure(figure.data, {**figure.layout, "title": {"text": figure.title}})
            for name, figure in drawn.items()
            if figure is not None
        }

    def __repr__(self) -> str:
        return f"Sweep({self.name!r})"

    def _current(self) -> "CurrentVerdict":
        from rts_search.analysis.confirmation.current import read_verdict

        study = self._place.load(self.name)
        return read_verdict(study, study.trials(), self._place.storage_url)

    def _tables(self) -> "Tables":
        from rts_search.analysis.tables import Tables

        return Tables(self._place.load(self.name), self._place.results.store_url)
