"""Waiting until a running driver has come to some point, and killing it there."""

import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.rts_search.conftest import CommandLine

KILLING = str(Path(__file__).parent / "killing")
"""A folder for PYTHONPATH: its `sitecustomize` kills a process in the middle of a state's write."""


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def count(line: CommandLine, query: str) -> int:
    """A number from the study database of a running sweep."""
    file = line.results / "studies.sqlite3"
    if not file.exists():
        return 0
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)
    try:
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the tables are being made
    finally:
        connection.close()


def epochs_told(line: CommandLine) -> int:
    return count(line, "SELECT COUNT(*) FROM trial_intermediate_values")


def trials_ended(line: CommandLine) -> int:
    return count(line, "SELECT COUNT(*) FROM trials WHERE state != 'RUNNING'")
