"""Write the result files of a sweep, export its best config, and remove the states that it does not need."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast, get_args

from rts_search.analysis.best_config import best_export, render, trained_trial
from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.tables import Tables
from rts_search.analysis.trained_with import threads_of
from rts_search.basics.errors import UserError, refused
from rts_search.basics.files import NotWritten, read_text, require_regular, write_atomically
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.sizes import bytes_of
from rts_search.store.cleaning import Cleaning, clean
from rts_search.store.needed_states import Keep
from rts_search.study.ranking import best_trials
from rts_search.study.status import may_be_confirmed
from rts_search.study.stored_epochs import told as epochs_told
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.history.store import Store
from trainables.core.settings.section import ConfigError


def rebuild_tables(name: str, workspace: Workspace) -> tuple[Tables, str]:
    """Write the tables and best.yaml again, from the study and the store. See `tell_gaps`.

    Returns the tables, and why they were not written, in one line, where the folder cannot be written; else "".

    Raises:
        UserError: the sweep cannot be read.
    """
    study = workspace.load(name)
    paths = workspace.results.sweep(name)
    tables = Tables(study, workspace.results.store_url, earlier=paths)
    try:
        _write(tables, study, workspace, paths)
    except NotWritten as error:
        return tables, f"{error}; the files of {name} were left as they are"
    return tables, ""


def write_results(study: SweepStudy, workspace: Workspace, paths: SweepPaths) -> Tables:
    """Write the tables, and best.yaml if a trial has completed. What earlier tables have is never lost.

    Raises:
        UserError: they cannot be written, or the database contradicts itself or a record.
    """
    tables = Tables(study, workspace.results.store_url, earlier=paths)
    _write(tables, study, workspace, paths)
    return tables


def _write(tables: Tables, study: SweepStudy, workspace: Workspace, paths: SweepPaths) -> None:
    require_regular(paths.rewritten)  # before any of them is written
    tables.write(paths)
    current = read_verdict(study, tables.entries, workspace.storage_url)
    if tables.best() is not None:
        exported = best_export(study, tables, current.verdict, current.outdated)
        write_atomically(paths.best_yaml, render(exported, "yaml"))
    if current.outdated:
        _say_first(current.outdated, paths.confirm_md)


def tell_gaps(tables: Tables, workspace: Workspace, say: Callable[[str], None]) -> None:
    """Say which rows come from earlier tables, since the records of their epochs are lost, if no row is missing.

    Called when everything that can be shown has been shown.

    Raises:
        UserError: rows are missing, since no earlier table has them.
    """
    name, store = tables.study.name, Path(workspace.results.store_url)
    gone = " (it is no folder)" if store.exists() else " (it is not there)"
    where = f"in {store}{'' if store.is_dir() else gone}"
    first = "move that away, then " if store.exists() and not store.is_dir() else ""
    way_out = f"{first}get them back with `rts-search restore {name}{workspace.options()}`"
    if tables.rows.lost:
        raise UserError(
            f"{name}: the tables must have every epoch, but lack {epochs_told(tables.rows.lost)} {where}; {way_out}"
        )
    if tables.rows.taken:
        say(f"{name}: rows of {epochs_told(tables.rows.taken)} {where} come from the earlier epochs.parquet; {way_out}")


def _say_first(line: str, file: Path) -> None:
    """Put a line at the top of a file that is out of date; do nothing when there is no file."""
    text = read_text(file) if file.exists() else ""
    if text and not text.startswith(line):
        write_atomically(file, f"{line}\n\n{text}")


def verdict_told(study: SweepStudy, entries: Sequence[TrialEntry], workspace: Workspace) -> str:
    """The verdict in one line, or why there is none and which command makes one; empty where none could be made now.

    entries: the trials of the sweep.

    Raises: UserError: the database cannot be used.
    """
    told = read_verdict(study, entries, workspace.storage_url).told
    best = best_trials(entries, study.sweep.objective)
    if told or not (study.sweep.baselines and best and may_be_confirmed(study, entries)):
        return told
    return f"{study.name}: is not confirmed; test on new seeds whether it beats the baselines: {study.judge}"


def export(
    name: str, workspace: Workspace, form: Any, arm: str | None = None, trial: int | None = None
) -> tuple[str, str]:
    """The best config of a sweep, or of one of its arms, or that of a trial, as text.

    Returns the text, and a line for who wants the best of the sweep, where it is not confirmed or its verdict is out of
    date; else "".

    Raises: UserError.
    """
    study = workspace.load(name)
    tables = Tables(study, workspace.results.store_url)
    current = read_verdict(study, tables.entries, workspace.storage_url)
    chosen = arm is not None or trial is not None
    verdict, outdated = (None, "") if chosen else (current.verdict, current.outdated)
    text = render(best_export(study, tables, verdict, outdated, arm, trial), form)
    return text, "" if chosen or verdict is not None else verdict_told(study, tables.entries, workspace)


def config_of(name: str, trial: int, workspace: Workspace) -> tuple[dict[str, Any], int | None]:
    """The settings of one trial as plain values, and its CPU threads where they are known.

    Raises: UserError: there is no such trial.
    """
    study = workspace.load(name)
    found = trained_trial(study.trials(), trial, name)
    assert found.config is not None
    return found.config, threads_of(found, Store(workspace.results.store_url), study.sweep.resources)


def gc(name: str, keep: str | None, max_size: str | None, dry_run: bool, workspace: Workspace) -> Cleaning:
    """Remove the states that a sweep does not need; with `dry_run`, only list them.

    Raises: UserError, also while the sweep runs.
    """
    if not dry_run:
        workspace.results.require_writable(name)
    study = workspace.load(name)
    if not dry_run:
        workspace.require_drivable(study)
    kept = study.sweep.store.keep if keep is None else keep
    if kept not in get_args(Keep):
        raise UserError(f"--keep: must be best, branch or all, but got {kept!r}")
    try:
        limit = None if max_size is None else bytes_of(max_size)
    except ConfigError as error:
        raise refused("--max-size", error) from error
    paths, store = workspace.results.sweep(name), Store(workspace.results.store_url)
    return clean(study, paths, workspace.storage_url, store, cast(Keep, kept), limit, dry_run)
