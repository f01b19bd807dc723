"""The interface through which the job runner starts drivers. A driver is a process that runs one job."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

DRIVER_VARIABLE = "RTS_SEARCH_DRIVER"
"""The environment variable with the name of a driver. By it a driver reports, and its process is found again."""


@dataclass(frozen=True)
class Outcome:
    """Whether a driver has ended, and how."""

    over: bool
    """Whether the driver has ended; false when this cannot be found out now."""
    code: int | None = None
    """Its exit code; None when it is unknown."""


RUNS = Outcome(over=False)


class NotNowError(Exception):
    """A driver cannot be started now, but can be soon, for example because the cluster has just started."""


class Drivers(Protocol):
    """Starts drivers that continue after the service has ended, and finds them again by their names."""

    def new_name(self) -> str:
        """A new name. The queue records it before the driver starts, so that no driver is lost."""

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        """Start `rts-search` with these arguments.

        Its output is appended to the file `output`, at the latest when it has ended.

        Raises: NotNowError: try again later.
        """

    def outcome(self, name: str, output: Path) -> Outcome:
        """Whether the driver of this name has ended; called twice a second while its job runs."""

    def terminate(self, name: str) -> None:
        """Ask the driver of this name to stop. A driver that has ended, or was never started, is no error."""
