"""Keeps the password of a database out of the process table and out of the environment of workers."""

import os
import sys
from collections.abc import Sequence

STORAGE_VARIABLE = "RTS_SEARCH_STORAGE"
CARRIERS = (STORAGE_VARIABLE, "PGPASSWORD")
"""Environment variables that may hold a password."""


def forget_passwords() -> None:
    """Remove these variables from the environment, which every process started later inherits."""
    for name in CARRIERS:
        os.environ.pop(name, None)


def leave_process_table() -> None:
    """If the command line holds a password, start the command again with the URL in its environment instead.

    Every user of the machine can list command lines, and Ray keeps the driver's command line as the name of the job.
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
