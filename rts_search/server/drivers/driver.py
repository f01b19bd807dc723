"""Where drivers run: what the queue needs to know of a place for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Outcome:
    """What has become of a driver."""

    over: bool
    """Whether it has ended; a driver of which nobody can be asked now counts as one that runs."""
    code: int | None = None
    """Its exit code, where somebody knows it."""


RUNS = Outcome(over=False)


class NotNowError(Exception):
    """No driver can be started at this moment, but soon, such as by a cluster that has just come up."""


class Drivers(Protocol):
    """Starts drivers that outlive the service, and finds them again by names that they are given before."""

    def new_name(self) -> str:
        """A name that no driver has had."""

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        """Start `rts-search` with these arguments. What it says is added to `output`, at its end at last.

        Raises: NotNowError.
        """

    def outcome(self, name: str, output: Path) -> Outcome:
        """What has become of it."""

    def terminate(self, name: str) -> None:
        """Ask it to stop."""
