"""Starts the queued jobs, each as a driver of its own, and records how they end."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence

from rts_search.basics.exit_codes import INTERRUPTED, USER_ERROR
from rts_search.server.database.job_queue import Job, Jobs
from rts_search.server.drivers.driver import Drivers, NotNowError
from rts_search.server.drivers.local_process import LocalDrivers
from rts_search.server.job_files import JobFiles
from rts_search.server.problems import Problem
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.study.status import may_be_confirmed
from rts_search.study.workspace import Workspace

LOOK_SECONDS = 0.5
"""Seconds between two readings of the queue."""
STARTING_SECONDS = 5.0
"""A job that another service has claimed may have no process for this long."""
STOPPING = "asked to stop"
"""The message of a running job that a user has stopped."""

log = logging.getLogger(__name__)


class JobRunner:
    """A thread of the service. The drivers that it starts continue after the service has ended."""

    def __init__(self, settings: ServerSettings, jobs: Jobs, snapshots: Snapshots) -> None:
        self._settings, self._jobs, self._snapshots = settings, jobs, snapshots
        self.files = JobFiles(settings.workspace.results)
        self._drivers = drivers_for(settings.workspace)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="job runner", daemon=True)

    def begin(self) -> None:
        """Start the thread: it watches the drivers that run already, and starts the queued jobs."""
        self._thread.start()

    def end(self) -> None:
        """End the thread; the drivers continue."""
        self._ending.set()
        self._thread.join()

    def stop(self, job: Job) -> None:
        """Take a job out of the queue, or ask its driver to stop."""
        if not self._jobs.cancel(job):
            self._jobs.note(job, STOPPING)
            self._drivers.terminate(job.process)

    def _work(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception:
                log.exception("cannot read the queue; trying again")

    def _look(self) -> None:
        """Record which jobs have ended, and start those whose turn has come."""
        for job in self._jobs.running():
            self._end_if_over(job)
        running = self._jobs.running()
        planning = any(job.kind == "plan" for job in running)
        owners = Counter(job.owner for job in running if job.kind != "plan")
        for job in self._jobs.waiting():
            if job.kind == "plan":
                planning = planning or self._start(job)  # one plan at a time, beside the sweeps
            elif owners.total() < self._settings.max_sweeps and owners[job.owner] < self._settings.max_per_user:
                owners[job.owner] += self._start(job)

    def _start(self, job: Job) -> bool:
        """Start the driver of a job; False when another service has claimed the job, or the driver cannot start."""
        name = self._drivers.new_name()
        if not self._jobs.begin(job, name):
            return False
        try:
            self._drivers.start(name, self.arguments(job), self.files.output(job))
        except NotNowError as error:
            self._jobs.put_back(job, str(error))
            return False
        except Exception as error:
            self._jobs.end(job, "failed", str(error))
            log.exception("%s: cannot start the driver", job.sweep)
            return False
        return True

    def arguments(self, job: Job) -> Sequence[str]:
        """The arguments of `rts-search` for a job. A user's text is in a file, or was checked by the API."""
        asked = job.arguments
        if job.kind == "launch":
            return ["launch", str(self.files.write_sweep(job))]
        if job.kind == "plan":
            return ["plan", str(self.files.write_sweep(job)), "--json"]
        options = [
            f"--{name.replace('_', '-')}={asked[name]}"
            for name in ("trials", "arm", "top_k", "seeds", "at")
            if asked.get(name) is not None
        ]
        limits = [f"--set=budget.{name}={value!r}" for name, value in (asked.get("budget") or {}).items()]
        return [job.kind, job.sweep, *options, *limits]

    def _end_if_over(self, job: Job) -> None:
        """Record how a job ended, if its driver has ended."""
        outcome = self._drivers.outcome(job.process, self.files.output(job))
        age = time.time() - (job.started or 0.0)
        if outcome.over and (outcome.code is not None or age > STARTING_SECONDS):
            self._jobs.end(job, *self._end_of(job, outcome.code))

    def _end_of(self, job: Job, code: int | None) -> tuple[str, str]:
        """The state and the message of a job whose driver has ended with this exit code, None if it is unknown."""
        if code == USER_ERROR:
            return "failed", self.files.last_line(job)
        if code == 0 or (code is None and self._is_complete(job)):
            return "finished", ""
        if code == INTERRUPTED or job.message == STOPPING:
            return "stopped", ""
        if job.kind == "plan":
            return "failed", self.files.last_line(job)
        return "lost", "its driver ended unexpectedly; resume continues from the last stored states"

    def _is_complete(self, job: Job) -> bool:
        """Whether a job has done its work, by its files and its study."""
        if job.kind == "plan":
            return self.files.forecast(job) is not None
        try:
            snapshot = self._snapshots.get(job.sweep, fresh=True)
        except Problem:
            return False
        if job.kind == "confirm":
            return snapshot.current.verdict is not None
        return may_be_confirmed(snapshot.study, snapshot.entries)


def drivers_for(workspace: Workspace) -> Drivers:
    """Local processes, or Ray Jobs when the address is that of a cluster's dashboard. Raises: UserError."""
    if workspace.address is None or not workspace.address.startswith(("http://", "https://")):
        return LocalDrivers(workspace)
    from rts_search.server.drivers.ray_job import RayDrivers

    return RayDrivers(workspace.address, workspace.results.folder)
