"""The options that commands share, and how markdown is printed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace

PATIENCE = "RTS_SEARCH_STORAGE_PATIENCE"
"""Seconds that a sweep waits for a database server that is away."""

Name = Annotated[str, typer.Argument(help="Name of a launched sweep.")]
Sweep = Annotated[str, typer.Argument(help="A sweep file, or the name of a shipped one: digits, cifar10, cifar100.")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder of all results.")]
Storage = Annotated[
    str | None,
    typer.Option(
        "--storage",
        envvar="RTS_SEARCH_STORAGE",
        help="Study database as SQLAlchemy URL.",
        show_default="SQLite in --results",
    ),
]
Address = Annotated[str | None, typer.Option("--address", envvar="RAY_ADDRESS", help="Ray cluster to join.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show Ray's own messages.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="PLACE=VALUE", help="Override a setting: --set training.epochs=4.")
]


def workspace_of(
    results: Path, storage: str | None = None, address: str | None = None, verbose: bool = False
) -> "Workspace":
    """Where a command finds and keeps sweeps."""
    from rts_search.basics.results_folder import Results
    from rts_search.study.database.storage import completed_url
    from rts_search.study.workspace import Workspace

    url = None if storage is None else completed_url(storage)
    return Workspace(Results(results.resolve()), url, address, verbose, _patience_seconds())


def _patience_seconds() -> float:
    """How long a sweep waits for a database server that is away, by the environment. Raises: UserError."""
    from rts_search.basics.errors import UserError
    from rts_search.study.workspace import PATIENCE_SECONDS

    told = os.environ.get(PATIENCE)
    try:
        seconds = PATIENCE_SECONDS if told is None else float(told)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise UserError(f"{PATIENCE}: must be a number of seconds >= 0, but got {told!r}")
    return seconds


def print_markdown(text: str) -> None:
    """Render it on a terminal, else print it as it is."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        typer.echo(text)
