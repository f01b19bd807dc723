"""The commands for all sweeps of a results folder: list, delete."""

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from rts_search.basics.durations import duration
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.basics.sizes import counted
from rts_search.cli.lines import say
from rts_search.cli.markdown_view import print_markdown
from rts_search.cli.options import Json, Name, ResultsOption, Storage, workspace_of

if TYPE_CHECKING:
    from rts_search.operations.overview import Best, Row

HEAD = ("sweep", "state", "trials", "best", "best baseline", "data set", "model", "started", "duration")
TERMINAL = "/dev/tty"


def list_(results: ResultsOption = DEFAULT_RESULTS, storage: Storage = None, as_json: Json = False) -> None:
    """List all sweeps: running ones first, then the latest."""
    with phase(f"{results}: reading the sweeps"):
        from rts_search.operations.overview import overview

        workspace = workspace_of(results, storage)
        rows = overview(workspace)
    if as_json:
        typer.echo(json.dumps([row.to_dict() for row in rows]))
        return
    if not rows:
        say(f"{workspace.results.folder}: no sweeps yet. Try: rts-search launch digits{workspace.options()}")
        return
    from rts_search.analysis.formats import markdown_table

    print_markdown("\n".join(markdown_table(HEAD, [_cells(row) for row in rows])))
    for row in rows:
        if row.message:
            say(row.message, err=True)


def _cells(row: "Row") -> list[str]:
    started = "" if row.started is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(row.started))
    trials = f"{row.ended} of {row.trials}" if row.trials else ""
    state = "confirmed" if row.verdict and row.state == "finished" else row.state
    return [
        *(row.sweep, state, trials, _best(row.best), _best(row.best_baseline)),
        *(row.dataset, row.model, started, duration(row.seconds) if row.trials else ""),
    ]


def _best(best: "Best | None") -> str:
    if best is None:
        return ""
    from trainables.core.settings.metrics import METRICS

    shown = METRICS[best.metric].shown(best.value)
    return f"{shown} (trial {best.trial})" if best.arm == "rts" else f"{shown} ({best.arm})"


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without a question.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
) -> None:
    """Delete a sweep, its folder, and states that only it uses.

    A running sweep is refused. The records of its epochs stay in the store.
    """
    with phase(f"{name}: reading the trials"):
        from rts_search.operations.stop import delete as operation

        workspace = workspace_of(results, storage)
        workspace.results.require_writable(name)
        study = workspace.load(name)
        workspace.require_drivable(study)
        trials = len(study.trials())
    folder = workspace.results.sweep(name).folder
    if not yes and not _answered(f"{name}: delete its {counted(trials, 'trial')} and {folder}? [y/N] "):
        say(f"{name}: was not deleted")
        return
    with phase(f"{name}: deleting"):
        operation(name, workspace)
    say(f"{name}: deleted")


def _answered(question: str) -> bool:
    """Ask on the terminal. Raises: UserError: there is none. Standard input is not read: see `ask_nobody`."""
    from rts_search.basics.errors import UserError

    missing = UserError("--yes: must be given where there is no terminal to ask on")
    if not sys.stderr.isatty():
        raise missing
    try:
        terminal = os.open(TERMINAL, os.O_RDWR)
    except OSError:
        raise missing from None
    try:
        os.write(terminal, question.encode())
        answer = os.read(terminal, 100).decode(errors="replace")
    finally:
        os.close(terminal)
    return answer.strip().lower() in ("y", "yes")
