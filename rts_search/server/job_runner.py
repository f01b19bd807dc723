"""Starts the queued jobs, each as a driver of its own, and records how they end."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import INTERRUPTED, USER_ERROR
from rts_search.server.database.job_queue import Jobs
from rts_search.server.database.job_states import TOLD, Job
from rts_search.server.database.request_keys import Asked
from rts_search.server.drivers.driver import Drivers, NotNowError
from rts_search.server.drivers.local_process import LocalDrivers
from rts_search.server.job_files import JobFiles
from rts_search.server.problems import Problem
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.study.database.storage import STORAGE_ERRORS, storage_errors
from rts_search.study.status import may_be_confirmed
from rts_search.study.workspace import Workspace
from trainables.core.settings.section import first_line

LOOK_SECONDS = 0.5
"""Seconds between two readings of the queue."""
STARTING_SECONDS = 5.0
"""A job that a service has claimed may have no process for this long; then its driver is started anew."""

log = logging.getLogger(__name__)


class JobRunner:
    """A thread of the service. The drivers that it starts continue after the service has ended."""

    def __init__(
        self, settings: ServerSettings, jobs: Jobs, snapshots: Snapshots, drivers: Drivers | None = None
    ) -> None:
        """`drivers`: starts the drivers; by default those that the address of the workspace asks for."""
        self._settings, self._jobs, self._snapshots = settings, jobs, snapshots
        self.files = JobFiles(settings.workspace.results)
        self._drivers = drivers or drivers_for(settings.workspace)
        self._trouble = ""
        self._all_told = False
        """Whether every driver was told to stop whose job is stopping."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="job runner", daemon=True)

    def begin(self) -> None:
        """Start the thread: it watches the drivers that run already, and starts the queued jobs."""
        self._thread.start()

    def end(self) -> None:
        """End the thread; the drivers continue."""
        self._ending.set()
        self._thread.join()

    def stop(self, job: Job, asked: Asked | None = None) -> None:
        """Take a job out of the queue, or ask its driver to stop: once, however many users ask for it.

        A second signal would cut the driver off while it writes the tables.

        Raises: KeyUsedError, RepeatedError: see `Jobs.stop`.
        """
        if self._jobs.stop(job, asked) in ("stopping", "stopped"):
            try:
                self._terminate(job)
            except Exception:
                self._all_told = False  # the thread tries again
                raise

    def _terminate(self, job: Job) -> None:
        now = self._jobs.get(job.id)
        if now is not None and now.process:
            self._drivers.terminate(now.process)
            self._jobs.note_told(now)

    def _work(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            if not self._all_told:
                self._all_told = True  # a request may set it to False meanwhile
                if not self._succeeds(self.stop_again):
                    self._all_told = False
            self._succeeds(self.look)

    def _succeeds(self, look: Callable[[], None]) -> bool:
        """Do one of the two below. An error is logged once, and not again before it has gone."""
        try:
            with storage_errors(self._settings.workspace.storage_url):
                look()
        except UserError as error:
            if str(error) != self._trouble:
                log.error("%s; trying again", error)
            self._trouble = str(error)
        except Exception as error:
            if repr(error) != self._trouble:
                log.exception("cannot look after the queue; trying again")
            self._trouble = repr(error)
        else:
            self._trouble = ""
            return True
        return False

    def stop_again(self) -> None:
        """Ask the drivers to stop that were not told: their service ended before that, or their cluster was away."""
        for job in self._jobs.driven():
            if job.state == "stopping" and job.message != TOLD:
                self._terminate(job)

    def look(self) -> None:
        """Record which jobs have ended, and start those whose turn has come. The thread calls it twice a second."""
        troubles = []
        for job in self._jobs.driven():
            try:
                self._end_if_over(job)
            except STORAGE_ERRORS as error:  # on a full disk, all that have ended are shown as ended
                troubles.append(error)
        if troubles:
            raise troubles[0]
        self._jobs.forget_old_deletions()
        waiting = self._jobs.waiting()
        driven = [job for job in self._jobs.driven() if not job.over] if waiting else []
        planning = any(job.kind == "plan" for job in driven)
        owners = Counter(job.owner for job in driven if job.kind != "plan")
        for job in waiting:
            if job.kind == "plan":
                planning = planning or self._start(job)  # one plan at a time, beside the sweeps
            elif owners.total() < self._settings.max_sweeps and owners[job.owner] < self._settings.max_per_user:
                owners[job.owner] += self._start(job)

    def _start(self, job: Job) -> bool:
        """Start the driver of a job; False when another service has claimed the job, or the driver cannot start."""
        name = self._drivers.new_name()
        claimed = self._jobs.claim(job, name)
        if claimed is None:
            return False
        try:
            arguments = self.arguments(job)
            self.files.note_start(job, arguments)
            self._drivers.start(name, arguments, self.files.output(job))
        except NotNowError as error:
            self._jobs.put_back(claimed, str(error))
            return False
        except UserError as error:
            self._jobs.end(claimed, "failed", str(error))
            return False
        except Exception as error:
            log.exception("%s: cannot start the driver", job.sweep)
            self._jobs.end(claimed, "failed", first_line(error))
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
        if job.over:
            self._jobs.end(job, job.state, job.message)  # the database could not take it before
            return
        outcome = self._drivers.outcome(job.process, self.files.output(job))
        if not outcome.over:
            return
        if job.state == "starting" and outcome.code is None:
            # Its service was killed before the driver existed, or the driver before it reported: nothing was done.
            if time.time() - (job.started or 0.0) > STARTING_SECONDS:
                self._jobs.put_back(job, "")
            return
        # The job as it is now: its driver may have reported, and a user may have stopped it, since it was read.
        now = self._jobs.get(job.id)
        if now is not None and now.process == job.process and not now.over:
            self._jobs.end(now, *self._end_of(now, outcome.code))

    def _end_of(self, job: Job, code: int | None) -> tuple[str, str]:
        """The state and the message of a job whose driver has ended with this exit code, None if it is unknown."""
        if code == USER_ERROR:
            return "failed", self.files.last_line(job)
        if code == 0 or (code is None and self._is_complete(job)):
            return "finished", ""
        if code == INTERRUPTED or job.state == "stopping":
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
        confirms = snapshot.study.sweep.confirm is not None
        if (job.kind == "confirm" or confirms) and snapshot.current.verdict is None:
            return False
        return may_be_confirmed(snapshot.study, snapshot.entries) and snapshot.paths.table_md.exists()


def drivers_for(workspace: Workspace) -> Drivers:
    """Local processes, or Ray Jobs when the address is that of a cluster's dashboard. Raises: UserError."""
    if workspace.address is None or not workspace.address.startswith(("http://", "https://")):
        return LocalDrivers(workspace)
    from rts_search.server.drivers.ray_job import RayDrivers

    return RayDrivers(workspace.address, workspace.results.folder)
