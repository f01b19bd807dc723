"""The commands for the checkpoint store: gc, verify."""

import json
from typing import Annotated

import typer

from rts_search.basics.exit_codes import DAMAGED
from rts_search.basics.results_folder import DEFAULT_RESULTS
from rts_search.cli.options import (
    Json,
    Name,
    ResultsOption,
    Storage,
    workspace_of,
)


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
    from rts_search.operations import results as operation

    cleaning = operation.gc(name, keep, max_size, dry_run, workspace_of(results, storage))
    if as_json:
        typer.echo(json.dumps({"sweep": name, "dry_run": dry_run, **cleaning.to_dict()}))
    else:
        typer.echo(f"{name}: {cleaning.sentence('would be removed' if dry_run else 'were removed')}")


def verify(
    delete_damaged: Annotated[
        bool,
        typer.Option("--delete-damaged", help="Delete damaged files; epochs that a sweep needs are trained again."),
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Check every file in the store against its checksum.

    The exit code is 1 if a state or a record is damaged.
    """
    from rich.console import Console

    from rts_search.cli.progress_bar import ProgressBar
    from rts_search.store.verification import verify_store

    with ProgressBar(Console(stderr=True)) as bar:
        found = verify_store(workspace_of(results).results.store_url, delete_damaged, bar.show)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        for line in found.lines():
            typer.echo(line)
    if found.damaged:
        raise typer.Exit(DAMAGED)
