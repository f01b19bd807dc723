"""`Sweep`: the results of a sweep as DataFrames and figures, for notebooks and scripts."""

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
    """One launched sweep. Each method reads the database again, so a running sweep can be watched.

    >>> Sweep.load("digits").table()  # doctest: +SKIP
    """

    def __init__(self, name: str, workspace: "Workspace") -> None:
        """Do not call this; use `Sweep.load`."""
        self.name, self._workspace = name, workspace

    @classmethod
    def load(cls, name: str, results: str | Path = DEFAULT_RESULTS, storage: str | None = None) -> "Sweep":
        """Load a sweep by its name.

        Args:
            name: of the launched sweep.
            results: folder with the results of all sweeps.
            storage: database of the studies, as an SQLAlchemy URL; by default an SQLite file in `results`.

        Raises:
            UserError: there is no such sweep, or the database cannot be used.
        """
        from rts_search.basics.files import without_links
        from rts_search.basics.results_folder import Results
        from rts_search.study.database.storage import completed_url
        from rts_search.study.workspace import Workspace

        url = None if storage is None else completed_url(storage)
        workspace = Workspace(Results(without_links(Path(results))), url)
        workspace.load(name)
        return cls(name, workspace)

    def status(self) -> dict[str, Any]:
        """The progress: state, trials, the best trial, gradient evaluations charged and spent."""
        from rts_search.study.status import status

        return status(self.name, self._workspace)

    def table(self) -> "pd.DataFrame":
        """One row per trial, by number: each setting in its own column, accuracies in [0, 1], costs, how it ended."""
        return self._whole().trials()

    def epochs(self) -> "pd.DataFrame":
        """One row per epoch of each trial: losses, accuracies, radius, scale, gradient evaluations so far."""
        return self._whole().epochs()

    def best(self) -> dict[str, Any]:
        """The best config with its provenance, the same as `rts-search export` writes.

        Raises:
            UserError: no trial of the search is completed yet.
        """
        from rts_search.analysis.best_config import best_export

        tables, current = self._tables(), self._current()
        return best_export(self._workspace.load(self.name), tables, current.verdict, current.outdated)

    def verdict(self) -> dict[str, Any] | None:
        """The verdict of `rts-search confirm`; None before a confirmation, or when the verdict no longer holds.

        Warns:
            UserWarning: the sweep has changed since its confirmation; the text says how to confirm again.
        """
        current = self._current()
        if current.outdated:
            warnings.warn(current.outdated, stacklevel=2)
        return current.verdict

    def figures(self) -> dict[str, "go.Figure"]:
        """The figures by name: cost, curves, effort, costs, stability, sensitivity, schedules, tree, parallel,
        importances, allocation, landscape, verdict.

        A figure for which the sweep has no data yet is left out.

        Raises:
            UserError: plotly is not installed.
        """
        from rts_search.analysis.courses.reading import courses_to_show
        from rts_search.analysis.figures import FIGURES, SweepView
        from rts_search.basics.errors import UserError
        from rts_search.study.landscape_record import read_landscape

        try:
            import plotly.graph_objects as go
        except ImportError as error:
            raise UserError(f"figures: needs {error.name}: pip install 'rts-search[report]'") from error
        measured = read_landscape(self._workspace.results.sweep(self.name).landscape_json)
        study, verdict = self._workspace.load(self.name), self._current().verdict
        entries = study.trials()
        courses = courses_to_show(study, entries, verdict, self._workspace)
        view = SweepView.of(study, entries, verdict, measured, courses)
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

        study = self._workspace.load(self.name)
        return read_verdict(study, study.trials(), self._workspace.storage_url)

    def _tables(self) -> "Tables":
        from rts_search.analysis.tables import Tables

        results = self._workspace.results
        return Tables(self._workspace.load(self.name), results.store_url, earlier=results.sweep(self.name))

    def _whole(self) -> "Tables":
        """The tables. Warns: UserWarning: they lack the row of an epoch, or take it from earlier tables."""
        from rts_search.basics.errors import UserError
        from rts_search.operations.results import tell_gaps

        tables = self._tables()
        try:
            tell_gaps(tables, self._workspace, lambda line: warnings.warn(line, stacklevel=4))
        except UserError as error:
            warnings.warn(str(error), stacklevel=3)
        return tables
