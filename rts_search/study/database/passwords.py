"""Where a database's password must not be seen: in the process table, in what workers inherit."""

import os
import sys
from collections.abc import Sequence

STORAGE_VARIABLE = "RTS_SEARCH_STORAGE"
CARRIERS = (STORAGE_VARIABLE, "PGPASSWORD")
"""Variables of the environment that may hold a password."""


def forget_passwords() -> None:
    """Take what may hold a password out of the environment: every process that is started from now on inherits it."""
    for name in CARRIERS:
        os.environ.pop(name, None)


def leave_process_table() -> None:
    """Start this very command again with the URL in its environment, when a password stands on the command line.

    Everybody on the machine can list command lines, and Ray keeps its driver's as the name of the job.
    """
    url, rest = _without_storage(sys.orig_argv)
    if url is not None and ("@" in url or "password=" in url):
        os.execve(sys.executable, [sys.executable, *rest[1:]], {**os.environ, STORAGE_VARIABLE: url})


def _without_storage(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The URL of --storage, and everything else."""
    url, rest, waiting = None, [], False
    for argument in arguments:
        if waiting:
            url, waiting = argument, False
        elif argument == "--storage":
            waiting = True
        elif argument.startswith("--storage="):
            url = argument.partition("=")[2]
        else:
            rest.append(argument)
    return url, rest
