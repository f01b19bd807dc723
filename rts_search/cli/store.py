"""The checkpoint store: gc, verify."""

import json
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    pass


def gc(
    name: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    keep: Annotated[
        str | None, typer.Option("--keep", help="best, branch or all.", show_default="as the sweep file says")
    ] = None,
    max_size: Annotated[
        str | None, typer.Option("--max-size", help="Free the oldest states too, above this size: 20GB.")
    ] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    storage: Storage = None,
    as_json: Json = False,
) -> None:
    """Free the store of the states that a sweep does not need; records of epochs stay."""
    from rts_search.operations import results as operation

    cleaning = operation.gc(name, keep, max_size, dry_run, workspace_of(results, storage))
    if as_json:
        typer.echo(json.dumps({"sweep": name, "dry_run": dry_run, **cleaning.to_dict()}))
    else:
        typer.echo(f"{name}: {cleaning.sentence('would go' if dry_run else 'went')}")


def verify(
    delete_damaged: Annotated[
        bool, typer.Option("--delete-damaged", help="Remove what is damaged; it is trained anew where it is needed.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Read every state and record of the store and check its checksum; exit code 1 when one is damaged."""
    from rich.console import Console

    from rts_search.store.verification import Counting, verify_store

    with Counting(Console(stderr=True)) as counting:
        found = verify_store(workspace_of(results).results.store_url, delete_damaged, counting)
    if as_json:
        typer.echo(json.dumps(found.to_dict()))
    else:
        for line in found.lines():
            typer.echo(line)
    if found.damaged:
        raise typer.Exit(DAMAGED)
