"""The commands that run a sweep until it ends: launch, resume."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.lines import say
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import (
    DEFAULT_EXECUTOR,
    Address,
    Executor,
    Name,
    Overrides,
    ResultsOption,
    Storage,
    Sweep,
    Verbose,
    workspace_of,
)
from rts_search.cli.stopping import same_command, stop_told

if TYPE_CHECKING:
    from rts_search.analysis.tables import Tables
    from rts_search.study.study import SweepStudy
    from rts_search.study.workspace import Workspace
    from rts_search.sweep.sweep import SweepFile

DETACH = "--detach"
"""The option that starts the driver in the background."""


def launch(
    sweep: Sweep,
    name: Annotated[str | None, typer.Option("--name", help="Name of the sweep, instead of the file's.")] = None,
    overrides: Overrides = None,
    detach: Annotated[
        bool, typer.Option(DETACH, help="Go on in the background, also when the terminal is closed.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = DEFAULT_EXECUTOR,
) -> None:
    """Launch a sweep and show its progress until it ends."""
    with phase(f"reading {sweep}", lines=False):  # the display of the sweep tells the first line
        workspace = workspace_of(results, storage, address, verbose, executor)
        workspace.results.require_writable()
        from rts_search.sweep.sweep_file import load_sweep

        settings = [*(overrides or []), *([f"name={json.dumps(name)}"] if name else [])]
        loaded = load_sweep(sweep, settings)
        workspace.require_new_name(loaded.name)  # before the seconds in which torch is imported
    if detach:
        _detach(loaded, workspace)
    else:
        launch_loaded(loaded, workspace)


def _detach(loaded: "SweepFile", workspace: "Workspace") -> None:
    """Start the driver in the background, and say how to watch and stop it. Raises: UserError: it cannot start."""
    from rts_search.operations.background import start_in_background
    from rts_search.operations.launch import require_new
    from rts_search.study.study import SweepStudy

    require_new(loaded, workspace)
    name, log = loaded.name, workspace.results.sweep(loaded.name).log
    driver = start_in_background([word for word in sys.argv[1:] if word != DETACH], log)
    goes_on = f"{name}: goes on in the background (process {driver.pid}). Its output is in {log}"
    with stop_told(lambda: goes_on):
        driver.wait_for_start(name, lambda: SweepStudy.exists(workspace.storage_url, name))
    say(goes_on)
    say(f"  watch it with: {workspace.command('watch', name)}")
    say(f"  stop it with: {workspace.command('stop', name)}")


def launch_loaded(loaded: "SweepFile", workspace: "Workspace") -> None:
    """Launch a sweep that has been read, and show its progress until it ends. Raises: as `_watch`."""
    with phase(f"{loaded.name}: starting", lines=False):
        from rich.console import Console

        from rts_search.cli.live_display import SweepDisplay

        display = SweepDisplay(Console(), loaded, loaded.total_trials)

    def drive() -> "Tables":
        display.phase(f"starting {workspace.executor}, loading the data")
        from rts_search.operations import launch as operation

        return operation.launch(loaded, workspace, display)

    _watch(display, loaded.name, workspace, loaded.confirm is not None, drive)


def resume(
    name: Name,
    trials: Annotated[
        int | None, typer.Option("--trials", help="Extend the search to this many trials in all.")
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option("--arm", help="The only method that --trials extends, or a baseline to tune besides the others."),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PLACE=VALUE",
            help="Change a limit of the budget or the resources of a trial: budget.hours=8, "
            "resources.cpus_per_trial=1.",
        ),
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = DEFAULT_EXECUTOR,
) -> None:
    """Continue an interrupted sweep, or extend a finished one."""
    with phase(f"{name}: reading the trials", lines=False):
        workspace = workspace_of(results, storage, address, verbose, executor)
        workspace.results.require_writable(name)
        study = workspace.load(name)
    resume_study(study, workspace, trials, arm, overrides)


def resume_study(
    study: "SweepStudy",
    workspace: "Workspace",
    trials: int | None = None,
    arm: str | None = None,
    overrides: list[str] | None = None,
) -> None:
    """Continue a sweep that has been loaded, and show its progress until it ends. Raises: as `_watch`."""
    from rich.console import Console

    from rts_search.basics.errors import UserError

    if arm is not None and trials is None:
        raise UserError(f"--arm: must be given with --trials, the number of trials of {arm}")
    with phase(f"{study.name}: reading the trials", lines=False):
        from rts_search.cli.live_display import SweepDisplay
        from rts_search.operations import launch as operation
        from rts_search.sweep.sweep_file import read_changes

        extended = study.sweep if trials is None else study.extended(trials, arm)
        display = SweepDisplay.of_study(Console(), study, extended.total_trials)
        changes = read_changes(overrides or [])
    confirms = study.sweep.confirm is not None
    drive = partial(operation.resume, study, trials, changes, workspace, display, arm)
    _watch(display, study.name, workspace, confirms, drive)


def _watch(display: Any, name: str, workspace: "Workspace", confirms: bool, drive: Callable[[], "Tables"]) -> None:
    """Run a sweep under its display, confirm it if its file says so, and print its results.

    Raises:
        typer.Exit: the user stopped the sweep.
        UserError: something ended it, or its tables lack the row of an epoch.
    """
    with stop_told(lambda: f"{name}: {_how_to_continue(name, workspace)}"):
        paths = workspace.results.sweep(name)
        with _one_executor(workspace) if confirms else nullcontext():
            with display:
                tables = drive()
            print_markdown(paths.table_md.read_text(encoding="utf-8"))
            _confirm(tables.study, workspace)
        from rts_search.analysis.forecast import forecast_error
        from rts_search.operations.results import tell_gaps, verdict_told

        if compared := forecast_error.told(paths):
            say(compared)
        line = f"Results in {paths.folder}."
        if paths.best_yaml.exists():
            line += f" Export the best with: {workspace.command('export', name, '-o best.yaml')}"
        say(line)
        if not confirms and (told := verdict_told(tables.study, tables.entries, workspace)):
            say(told)
        tell_gaps(tables, workspace, partial(say, err=True))


@contextmanager
def _one_executor(workspace: "Workspace") -> Iterator[None]:
    from rts_search.running.executors import one_executor

    with one_executor(workspace):
        yield


def _confirm(study: "SweepStudy", workspace: "Workspace") -> None:
    """Confirm a sweep whose search is over, if its file has a `confirm` section."""
    from rich.console import Console

    from rts_search.cli.confirming import run_confirmation
    from rts_search.study.ranking import best_trials
    from rts_search.study.status import may_be_confirmed

    if study.sweep.confirm is None:
        return
    entries = study.trials()
    missing = "its search is not over" if not may_be_confirmed(study, entries) else ""
    if not missing and not best_trials(entries, study.sweep.objective):
        missing = "it has no completed trial"
    if missing:
        typer.echo(f"{study.name}: is not confirmed: {missing}")
        return
    run_confirmation(study, study.sweep.confirm, workspace, Console())
    print_markdown(workspace.results.sweep(study.name).confirm_md.read_text(encoding="utf-8"))


def _how_to_continue(name: str, workspace: "Workspace") -> str:
    from rts_search.basics.errors import UserError
    from rts_search.study.study import SweepStudy

    with suppress(UserError):  # the database cannot be read; a resume will say why
        if not SweepStudy.exists(workspace.storage_url, name):
            return f"stopped before it began; nothing was saved. Begin with: {same_command()}"
    return f"stopped; all finished epochs are saved. Continue with: {workspace.command('resume', name)}"
