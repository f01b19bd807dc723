"""The summaries of all sweeps, for the pages and requests that list them."""

import threading
import time
from collections.abc import Mapping

from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.job_states import Job
from rts_search.server.responses import SweepSummary
from rts_search.server.snapshots import LOOK_SECONDS, Snapshots
from rts_search.server.summaries import all_summaries


class Overview:
    """The summaries, made again when a sweep or a job has changed, and once a second in any case.

    Whether a sweep has a driver is known to its lock file alone: looking at those of 500 sweeps for every request
    would take most of the time.
    """

    def __init__(self, snapshots: Snapshots, jobs: Jobs) -> None:
        self._snapshots, self._jobs = snapshots, jobs
        self._lock = threading.Lock()
        self._made = float("-inf")
        self._of: tuple[Mapping[str, str], Mapping[str, Job]] | None = None
        self._summaries: tuple[SweepSummary, ...] = ()

    def summaries(self) -> tuple[SweepSummary, ...]:
        """All summaries, sorted by name. It is the same object as before unless they were made again and differ."""
        with self._lock:
            of = self._snapshots.versions(), self._jobs.latest()
            if of != self._of or time.monotonic() - self._made >= LOOK_SECONDS:
                found = tuple(all_summaries(self._snapshots, self._jobs))
                self._summaries = self._summaries if found == self._summaries else found
                self._of, self._made = of, time.monotonic()
            return self._summaries
