"""The options that several commands share."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rts_search.study.workspace import Workspace

PATIENCE = "RTS_SEARCH_STORAGE_PATIENCE"
"""The environment variable with the seconds that a sweep waits for a database server that does not answer."""

EXECUTORS = ("ray", "inline")
DEFAULT_EXECUTOR = "ray"

Name = Annotated[str, typer.Argument(help="Name of a launched sweep.")]
Sweep = Annotated[str, typer.Argument(help="Sweep file, or the name of a shipped one: digits, cifar10, cifar100.")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Folder with the results of all sweeps.")]
Storage = Annotated[
    str | None,
    typer.Option(
        "--storage",
        envvar="RTS_SEARCH_STORAGE",
        help="Database of the studies, as an SQLAlchemy URL.",
        show_default="an SQLite file in --results",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        envvar="RAY_ADDRESS",
        help="Ray cluster to use: auto or HOST:PORT.",
        show_default="a Ray of its own on this machine",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show Ray's own log messages.")]
Executor = Annotated[
    str,
    typer.Option(
        "--executor",
        envvar="RTS_SEARCH_EXECUTOR",
        help="Where trials train: ray, or inline (one after another in this process, without Ray).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PLACE=VALUE", help="Change a setting of the file: training.epochs=4. Can be repeated."
    ),
]


def workspace_of(
    results: Path,
    storage: str | None = None,
    address: str | None = None,
    verbose: bool = False,
    executor: str | None = None,
) -> "Workspace":
    """The workspace that a command's options name. A driver of the service reports to its queue first.

    executor: None for a command that trains nothing.

    Raises: UserError.
    """
    from rts_search.basics.files import without_links
    from rts_search.basics.results_folder import Results
    from rts_search.study.database.storage import completed_url
    from rts_search.study.workspace import Workspace

    trains, executor = executor is not None, executor or DEFAULT_EXECUTOR
    _check_executor(executor, address, verbose)
    url = None if storage is None else completed_url(storage)
    workspace = Workspace(Results(without_links(results)), url, address, verbose, executor, _patience_seconds(), trains)
    if "RTS_SEARCH_DRIVER" in os.environ:
        from rts_search.server.drivers.reporting import report_to_queue

        report_to_queue(workspace.storage_url)
    return workspace


def _check_executor(executor: str, address: str | None, verbose: bool) -> None:
    """Raises: UserError for an unknown executor, and for options that it would ignore."""
    from rts_search.basics.errors import UserError

    if executor not in EXECUTORS:
        raise UserError(f"--executor: must be one of {', '.join(EXECUTORS)}, but got {executor!r}")
    if executor == "ray":
        return
    # RAY_ADDRESS is set on every node of a cluster, whatever runs there: only the option itself is refused.
    if address is not None and address != os.environ.get("RAY_ADDRESS"):
        raise UserError(f"--address: must not be set with --executor {executor}, which joins no cluster; leave one out")
    if verbose:
        raise UserError(f"--verbose: shows Ray's messages, and --executor {executor} has none; leave one out")


def _patience_seconds() -> float:
    """Read the seconds from the environment variable PATIENCE. Raises: UserError."""
    from rts_search.basics.errors import UserError
    from rts_search.study.workspace import PATIENCE_SECONDS

    value = os.environ.get(PATIENCE)
    try:
        seconds = PATIENCE_SECONDS if value is None else float(value)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise UserError(f"{PATIENCE}: must be a number of seconds >= 0, but got {value!r}")
    return seconds


def rivals_in(against: str | None) -> list[str] | None:
    """The names in --against; None where it is not given. Raises: UserError: it holds no name."""
    from rts_search.basics.errors import UserError

    if against is None:
        return None
    names = [name.strip() for name in against.split(",") if name.strip()]
    if not names:
        raise UserError(f"--against: must be names of baselines, such as sgd,pugd, but got {against!r}")
    return names


def require_form(files: Sequence[Path] | None, forms: Sequence[str]) -> None:
    """Refuse a file to write whose ending names none of the forms. Raises: UserError."""
    from rts_search.basics.errors import UserError

    odd = next((file for file in files or [] if file.suffix not in forms), None)
    if odd is not None:
        raise UserError(f"--output: must end in {', '.join(forms)}, but got {str(odd)!r}")
