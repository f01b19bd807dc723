"""The states of a job, and which of them may follow which. `Jobs` makes each step in one transaction.

    queued -> starting -> running -> stopping -> ended

A job is `starting` from the moment in which a service claims it until its driver reports. A driver that reports when
its job is no longer starting ends at once: so a stop, or a second start, is never too late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["launch", "resume", "confirm", "plan"]
DELETE = "delete"
"""The kind of the row that keeps a sweep's place while the sweep is deleted. It is no job: no driver runs it."""
ENDED = ("finished", "stopped", "failed", "lost", "cancelled")
DRIVEN = ("starting", "running", "stopping")
"""States in which a job has a driver, or gets one now."""
FOLLOWING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "queued": ("starting", "cancelled"),
        "starting": ("running", "queued", *ENDED[:-1]),
        "running": ("stopping", *ENDED[:-1]),
        "stopping": ENDED[:-1],
    }
)
"""State -> the states that may follow. Nothing follows a state of ENDED."""
ON_STOP: Mapping[str, str] = MappingProxyType({"queued": "cancelled", "starting": "stopped", "running": "stopping"})
"""State -> the state after a user's stop. A job that is stopping, or has ended, stays as it is."""
TOLD = "asked to stop"
"""The message of a job that is stopping, once its driver was told."""


@dataclass(frozen=True)
class Job:
    """One row of the queue; see JobRow for its columns."""

    id: int
    kind: str
    sweep: str
    arguments: dict[str, Any]
    owner: str
    priority: int
    state: str
    message: str
    process: str
    created: float
    started: float | None
    ended: float | None

    @property
    def over(self) -> bool:
        """Whether the job has ended."""
        return self.state in ENDED

    @property
    def cut_off(self) -> bool:
        """Whether the job trained a sweep and ended before all of its work was done."""
        return self.kind in ("launch", "resume") and self.state in ("stopped", "failed", "lost")
