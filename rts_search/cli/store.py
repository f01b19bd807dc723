"""The commands for the checkpoint store: gc, verify, restore."""

import json
from functools import partial
from typing import Annotated

import typer

from rts_search.basics.exit_codes import DAMAGED
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import (
    Address,
    Executor,
    Json,
    Name,
    ResultsOption,
    Storage,
    Verbose,
    workspace_of,
)
from rts_search.cli.stopping import same_command, stop_told


def gc(
    name: Name,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be deleted, and delete nothing.")
    ] = False,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep", help="States to keep: best, branch or all.", show_default="store.keep of the sweep file"
        ),
    ] = None,
    max_size: Annotated[
        str | None, typer.Option("--max-size", help="Above this size, such as 20GB, also delete the oldest states.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Delete the states that a sweep no longer needs.

    The records of its epochs stay in the store.
    """
    with phase(f"{name}: looking for the states that no sweep needs"):
        from rts_search.operations import results as operation

        cleaning = operation.gc(name, keep, max_size, dry_run, workspace_of(results, storage))
    if as_json:
        typer.echo(json.dumps({"sweep": name, "dry_run": dry_run, **cleaning.to_dict()}))
    else:
        typer.echo(f"{name}: {cleaning.sentence('would be removed' if dry_run else 'were removed')}")


def verify(
    delete_damaged: Annotated[
        bool,
        typer.Option("--delete-damaged", help="Delete damaged files; `restore` trains their epochs again."),
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Check every file in the store against its checksum.

    It also looks for the record of every epoch of all sweeps. The exit code is 1 if a state or a record is damaged, or
    a record is missing.
    """
    with phase("reading the files of the store") as reading:
        from rts_search.store.verification import verify_store

        found = verify_store(workspace_of(results, storage), delete_damaged, reading.progress)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        for line in found.lines():
            typer.echo(line)
    if not found.sound:
        raise typer.Exit(DAMAGED)


def restore(
    name: Name,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    address: Address = None,
    verbose: Verbose = False,
    executor: Executor = "inline",
) -> None:
    """Train the lost epochs of a sweep again, and write its tables.

    An epoch is lost when its record is missing or damaged. Records are stored only if their numbers are those that the
    study has. Trials stay as they are.
    """
    workspace = workspace_of(results, storage, address, verbose, executor)
    stopped = f"{name}: stopped; what is restored is kept. The same command goes on: {same_command()}"
    with stop_told(lambda: stopped, partial(typer.echo, err=True)):
        with phase(f"{name}: reading the trials"):
            from rts_search.operations.restore import restore as operation
            from rts_search.operations.results import tell_gaps

        done = operation(name, workspace, typer.echo)
        tell_gaps(done.tables, workspace, typer.echo)
        number = "1 epoch is" if done.epochs == 1 else f"{done.epochs:,} epochs are"
        restored = f"{number} restored" if done.epochs else "no epoch was lost"
        typer.echo(f"{name}: {restored}. Results in {workspace.results.sweep(name).folder}.")
