"""The commands that follow a sweep from another terminal: watch, logs."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.lines import say
from rts_search.cli.options import Name, ResultsOption, Storage, workspace_of
from rts_search.cli.stopping import stop_told

if TYPE_CHECKING:
    from rts_search.cli.live_display import SweepDisplay
    from rts_search.study.study import SweepStudy
    from rts_search.study.workspace import Workspace

LOOK_SECONDS = 1.0
"""Pause between two looks at the study, and at the log."""


def watch(name: Name, results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None) -> None:
    """Watch a running sweep until it ends. Ctrl-C ends the watching, not the sweep."""
    with phase(f"{name}: reading the trials"):
        from rts_search.cli.running_sweeps import print_status

        workspace = workspace_of(results, storage)
        study = workspace.load(name)
    again = workspace.command("watch", name)
    with stop_told(lambda: f"{name}: is no longer watched, and goes on. Watch it again with: {again}", say):
        _watch(study, workspace)
    print_status(name, workspace)


def _watch(study: "SweepStudy", workspace: "Workspace") -> None:
    """Show the search while it runs, then its confirmation, if there is one."""
    from rts_search.study.confirmation_study import ConfirmationStudy

    _show(study, workspace, study)
    while workspace.driver(study) is not None:
        if ConfirmationStudy.exists(workspace.storage_url, study.name):
            _show(ConfirmationStudy.load(workspace.storage_url, study.name), workspace, study)
        time.sleep(LOOK_SECONDS)


def _show(study: "SweepStudy", workspace: "Workspace", sweep: "SweepStudy") -> None:
    """Show the trials of a study until its driver is gone, or all have ended. sweep: the study that is driven."""
    from rich.console import Console

    from rts_search.cli.live_display import SweepDisplay

    if workspace.driver(study) is None:
        return
    entries = study.trials()
    display = SweepDisplay.of_study(Console(), study, study.total)
    began = min((begin for turns in study.turns().values() for begin, _ in turns), default=time.time())
    display.attached(time.time() - began, study.sweep.resources)
    with display:
        known: dict[int, int] = {entry.number: -1 for entry in entries if entry.state in display.ended}
        while True:
            _tell(display, study, known, sweep.driven_since(workspace.driver(sweep)))
            if workspace.driver(study) is None or study.ended:
                return
            time.sleep(LOOK_SECONDS)


def _tell(display: "SweepDisplay", study: "SweepStudy", known: dict[int, int], since: float | None) -> None:
    """Tell the display what is new.

    Args:
        display: shows the trials.
        study: of the trials.
        known: trial -> number of its epochs that were told; -1 for one that has ended.
        since: when the driver began.
    """
    display.total, entries = study.total, study.trials()
    display.timed(study.turns(), {entry.number for entry in entries if entry.state in display.ended}, since)
    for entry in entries:
        told = known.get(entry.number)
        if told == -1:
            continue
        if entry.state in display.ended:
            known[entry.number] = -1
            display.trial_ended(entry, entry.state, entry.reason)
        elif entry.held:
            display.trial_held(entry)
        elif entry.config and told != len(entry.epochs):
            known[entry.number] = len(entry.epochs)
            display.trial_began(entry)


def logs(
    name: Name,
    trial: Annotated[
        int | None, typer.Option("--trial", min=0, help="Print the epochs of this trial instead, of any sweep.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the sweep or the trial ends.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Print the output of a sweep, or the epochs of a trial.

    There is an output to print when the sweep was launched with --detach or by the service.
    """
    workspace = workspace_of(results, storage)
    more = () if trial is None else ("--trial", str(trial))
    again = workspace.command("logs", name, *more, "--follow")
    with stop_told(lambda: f"{name}: is no longer followed, and goes on. Follow it again with: {again}", say):
        if trial is None:
            _print_log(name, workspace, follow)
        else:
            _print_trial(name, trial, workspace, follow)


def _print_log(name: str, workspace: "Workspace", follow: bool) -> None:
    """Print the output of the driver. Raises: UserError: it went to a terminal."""
    from rts_search.basics.errors import UserError

    file = workspace.results.sweep(name).log
    if not file.is_file():
        workspace.load(name)  # a sweep that there is not is told as such
        raise UserError(
            f"{file}: there is no log, since {name} was launched in a terminal; launch with --detach, or watch it with "
            f"`{workspace.command('watch', name)}`"
        )
    with file.open(encoding="utf-8", errors="replace") as opened:
        while True:
            goes_on = follow and _goes_on(name, workspace)  # asked before the last lines are read
            typer.echo(opened.read(), nl=False)
            if not goes_on:
                return
            time.sleep(LOOK_SECONDS)


def _print_trial(name: str, number: int, workspace: "Workspace", follow: bool) -> None:
    """Print the epochs of a trial. Raises: UserError: there is no such trial."""
    with phase(f"{name}: reading the trials"):
        from rts_search.cli import trial_log
        from trainables.core.history.store import Store

        study, store = workspace.load(name), Store(workspace.results.store_url)
        entry = trial_log.trial_of(study, number)
        say(trial_log.head(entry, study))
    printed = 0
    while True:
        goes_on = follow and workspace.driver(study) is not None  # asked before the last epochs are read
        entry = trial_log.trial_of(study, number)
        for line in trial_log.epochs(entry, store, printed):
            say(line)
        printed, ended = len(entry.epochs), trial_log.end(entry)
        if ended:
            say(ended)
        if ended or not goes_on:
            return
        time.sleep(LOOK_SECONDS)


def _goes_on(name: str, workspace: "Workspace") -> bool:
    """Whether a process drives the sweep."""
    return workspace.results.sweep(name).driver() is not None or workspace.driver(workspace.load(name)) is not None
