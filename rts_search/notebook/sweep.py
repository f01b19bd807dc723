"""`Sweep`: launches a sweep and shows its results as DataFrames and figures, for notebooks and scripts."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rts_search.basics.results_folder import DEFAULT_RESULTS

if TYPE_CHECKING:
    import pandas as pd

    from rts_search.analysis.confirmation.current import CurrentVerdict
    from rts_search.analysis.tables import Tables
    from rts_search.notebook.figures import Figures
    from rts_search.notebook.trial import Trial
    from rts_search.operations.background import BackgroundDriver
    from rts_search.study.workspace import Workspace
    from trainables.core.training.trained_model import TrainedModel

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


class Sweep:
    """One launched sweep. Each method reads the database again, so a running sweep can be watched.

    >>> sweep = Sweep.launch("digits", settings={"search.trials": 8}).wait()  # doctest: +SKIP
    >>> sweep.table()  # doctest: +SKIP

    Attributes:
        name: of the sweep.
    """

    def __init__(self, name: str, workspace: "Workspace", driver: "BackgroundDriver | None" = None) -> None:
        """Do not call this; use `Sweep.launch` or `Sweep.load`."""
        self.name, self._workspace, self._driver = name, workspace, driver

    @classmethod
    def launch(
        cls,
        source: str | Path | Mapping[str, Any],
        name: str | None = None,
        *,
        settings: Mapping[str, Any] = NO_SETTINGS,
        results: str | Path = DEFAULT_RESULTS,
        storage: str | None = None,
        address: str | None = None,
        executor: str | None = None,
    ) -> "Sweep":
        """Launch a sweep, and return when it has begun: after a few seconds. `wait` shows its progress.

        It is trained by a process of its own, which goes on when this one is interrupted or ends. `Sweep.load` finds
        the sweep again.

        Args:
            source: path of a sweep file, name of a shipped sweep (digits, cifar10, cifar100), or the content of a sweep
                file as a dict.
            name: of the sweep; by default that in the file, else the name of the file.
            settings: changes of the file by dotted names, such as {"search.trials": 8, "training.epochs": 4}.
            results: folder with the results of all sweeps.
            storage: database of the studies, as an SQLAlchemy URL; by default an SQLite file in `results`.
            address: Ray cluster to join, `auto` or HOST:PORT; by default $RAY_ADDRESS, else a Ray of its own.
            executor: `ray`, or `inline` (one trial after another, without Ray); by default $RTS_SEARCH_EXECUTOR, else
                ray.

        Raises:
            UserError: a setting is wrong, the name is taken, or the data or the model cannot be used. Its line is that
                of `rts-search launch`.
        """
        from rts_search.notebook import launching
        from rts_search.notebook.place import workspace_of

        workspace = workspace_of(results, storage, address, executor)
        workspace.results.require_writable()
        sweep = launching.read(source, name, settings)
        return cls(sweep.name, workspace, launching.launch(sweep, workspace))

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
        from rts_search.notebook.place import workspace_of

        workspace = workspace_of(results, storage)
        workspace.load(name)
        return cls(name, workspace)

    @staticmethod
    def list(results: str | Path = DEFAULT_RESULTS, storage: str | None = None) -> "pd.DataFrame":
        """All sweeps: running ones first, then the latest. The same as `rts-search list`.

        One row per sweep: name, state, trials and how many of them have ended, the best value of the search and of the
        baselines with their trials, data set, model, start, seconds, and why it cannot be read if it is damaged.

        Args:
            results: folder with the results of all sweeps.
            storage: database of the studies, as an SQLAlchemy URL; by default an SQLite file in `results`.

        Raises:
            UserError: the database cannot be used.
        """
        from rts_search.notebook.listing import list_of
        from rts_search.notebook.place import workspace_of

        return list_of(workspace_of(results, storage))

    def wait(self) -> "Sweep":
        """Wait until the sweep has ended, with a progress bar; at once if it has. Returns the sweep.

        An interrupt ends the waiting, not the sweep.

        Raises:
            UserError: its process has failed, the text has its last line and `more` the lines before; or the sweep was
                stopped.
        """
        from rts_search.notebook.waiting import wait_for_end

        try:
            wait_for_end(self.name, self._workspace, self._driver)
        finally:
            if self._driver is not None and self._driver.code() is not None:
                self._driver = None  # how it ended is told once: another process may go on with the sweep
        return self

    def stop(self) -> bool:
        """Stop the sweep, and wait until its process has written its tables. `resume` goes on with it.

        Returns False where it was not running.

        Raises:
            UserError: its process does not end.
        """
        from rts_search.operations.stop import stop

        return stop(self.name, self._workspace)

    def resume(self, trials: int | None = None, settings: Mapping[str, Any] = NO_SETTINGS) -> "Sweep":
        """Continue a sweep that was stopped, or extend one that has ended; `wait` shows its progress.

        Args:
            trials: the new number of trials of the search; None: as before.
            settings: changes of limits and resources, such as {"budget.hours": 8}.

        Raises:
            UserError: it runs already, or cannot continue.
        """
        from rts_search.notebook import launching

        self._driver = launching.resume(self.name, trials, settings, self._workspace)
        return self

    def status(self) -> dict[str, Any]:
        """The progress: state, trials, the best trial, gradient evaluations charged and spent."""
        from rts_search.study.status import status

        return status(self.name, self._workspace)

    def table(self, all_columns: bool = False) -> "pd.DataFrame":
        """One row per trial, by number: the settings that differ, accuracies in [0, 1], costs, how it ended.

        Args:
            all_columns: whether columns that are the same in all trials follow; otherwise they are left out.

        Warns:
            UserWarning: the row of an epoch is missing, or comes from earlier tables.
        """
        from rts_search.notebook.columns import arranged

        tables = self._whole()
        return arranged(tables.trials(), tables.study.sweep.objective.measure, all_columns)

    def epochs(self) -> "pd.DataFrame":
        """One row per epoch of each trial: losses, accuracies, radius, scale, gradient evaluations so far.

        Warns:
            UserWarning: the row of an epoch is missing, or comes from earlier tables.
        """
        return self._whole().epochs()

    def trial(self, number: int) -> "Trial":
        """One trial by its number. Raises: UserError: it has not begun."""
        from rts_search.basics.errors import UserError
        from rts_search.notebook.trial import Trial

        study = self._workspace.load(self.name)
        entries = study.trials()
        if not 0 <= number < len(entries):
            begun = f"0 to {len(entries) - 1}" if entries else "none so far"
            raise UserError(f"{self.name}: trial: must be one that has begun ({begun}), but got {number}")
        return Trial(study, entries[number], self._workspace)

    def best(self) -> dict[str, Any]:
        """The best config with its provenance, the same as `rts-search export` writes.

        Raises:
            UserError: no trial of the search is completed yet.
        """
        from rts_search.analysis.best_config import best_export

        tables, current = self._tables(), self._current()
        return best_export(self._workspace.load(self.name), tables, current.verdict, current.outdated)

    def model(self, trial: int | None = None) -> "TrainedModel":
        """The trained best, a torch.nn.Module in evaluation mode; `rts-search train` writes the same weights.

        It takes images as the data set has them (batch, channels, height, width), uint8 or floats in [0, 1], and
        returns logits (batch, classes). `.network` is the network itself, which takes normalised images; `.classes`
        are the names of the classes.

        The weights are those after the epoch that counts by the sweep's objective. Mostly they are in the store and
        only read, in seconds. Where they were removed (`store.keep: best`, `gc`), the trial is trained again from its
        latest stored state, in this process, and the state is stored. On a CPU this gives the same numbers as before.
        A trial that was trained on a GPU gets the GPU of this process, if there is one. Afterwards torch's threads and
        generators of random numbers are as before.

        Args:
            trial: number of another trial; None: the best, which after a confirmation is its winner.

        Raises:
            UserError: no trial is completed, the trial has not trained an epoch, or the data or the model have changed.
        """
        number = self.best()["provenance"]["trial"] if trial is None else trial
        return self.trial(number).model()

    def compare(self, *others: "Sweep | str") -> "pd.DataFrame":
        """This sweep beside others of the same data: the table of `rts-search compare`, one row per sweep and method.

        `attrs["sentences"]` of the DataFrame says what is established, and how the table is to be read.

        Args:
            others: sweeps, or names of sweeps of the same results folder; none: its methods alone.

        Raises:
            UserError: a sweep has other data or another objective, is in another place, or has no completed trial.
        """
        from rts_search.notebook.listing import comparison_of

        return comparison_of(self.name, others, self._workspace)

    def verdict(self) -> dict[str, Any] | None:
        """The verdict of `rts-search confirm`; None before a confirmation, or when the verdict no longer holds.

        Warns:
            UserWarning: the sweep has changed since its confirmation; the text says how to confirm again.
        """
        current = self._current()
        if current.outdated:
            warnings.warn(current.outdated, stacklevel=2)
        return current.verdict

    def figures(self) -> "Figures":
        """The figures by name, each drawn when it is asked for: `sweep.figures()["curves"]`.

        Names: cost, curves, effort, costs, stability, sensitivity, schedules, tree, parallel, importances, allocation,
        landscape, verdict. A figure for which the sweep has no data yet is left out.

        Raises:
            UserError: plotly is not installed.
        """
        from rts_search.notebook.figures import Figures

        return Figures(self._workspace.load(self.name), self._workspace)

    def __repr__(self) -> str:
        return f"Sweep({self.name!r})"

    def _repr_html_(self) -> str:
        """Name, state, progress, the best with its distance to the best baseline, and the verdict."""
        from rts_search.notebook.summary import summary

        return summary(self.name, self._workspace)

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
