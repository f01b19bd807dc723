"""What starts the queued jobs, each as a process of its own, and writes down how they ended."""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from rts_search.basics.exit_codes import INTERRUPTED, USER_ERROR
from rts_search.basics.files import write_atomically
from rts_search.server.database.job_queue import Job, Jobs
from rts_search.server.drivers.driver import Drivers, NotNowError
from rts_search.server.drivers.local_process import LocalDrivers
from rts_search.server.problems import Problem
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.study.status import may_be_confirmed
from rts_search.study.workspace import Workspace

LOOK_SECONDS = 0.5
STARTING_SECONDS = 5.0
"""What another service has claimed may take so long to be there."""
STOPPING = "asked to stop"
MOST_TOLD = 400
"""Characters of a driver's last line that are kept."""

log = logging.getLogger(__name__)


class Supervisor:
    """Works in a thread of the service; every job is a process that outlives it."""

    def __init__(self, settings: ServerSettings, jobs: Jobs, catalogue: Snapshots) -> None:
        self._settings, self._jobs, self._catalogue = settings, jobs, catalogue
        self._drivers = drivers_for(settings.workspace)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def begin(self) -> None:
        """Take up what runs, and go on with the queue."""
        self._thread.start()

    def end(self) -> None:
        """Look no more; what runs goes on."""
        self._stopping.set()
        self._thread.join()

    def stop(self, job: Job) -> None:
        """Take a job out of the queue, or ask its process to stop."""
        if not self._jobs.cancel(job):
            self._jobs.note(job, STOPPING)
            self._drivers.terminate(job.process)

    def plan_file(self, job: Job) -> Path:
        """What a plan prints."""
        return self._settings.workspace.results.folder / ".plans" / f"{job.id}.json"

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception:
                log.exception("the queue cannot be looked at; trying again")

    def _look(self) -> None:
        running = self._jobs.running()
        for job in running:
            self._see(job)
        running = [job for job in self._jobs.running() if job.kind != "plan"]
        owners = Counter(job.owner for job in running)
        planning = any(job.kind == "plan" for job in self._jobs.running())
        for job in self._jobs.waiting():
            if job.kind == "plan":
                if not planning:
                    planning = self._start(job)
            elif sum(owners.values()) < self._settings.max_sweeps and owners[job.owner] < self._settings.max_per_user:
                owners[job.owner] += self._start(job)

    def _start(self, job: Job) -> bool:
        name = self._drivers.new_name()
        if not self._jobs.begin(job, name):
            return False
        try:
            self._drivers.start(name, self._arguments(job), self._output(job))
        except NotNowError as error:
            self._jobs.put_back(job, str(error))
            return False
        except Exception as error:
            self._jobs.end(job, "failed", str(error))
            log.exception("%s cannot be started", job.sweep)
            return False
        return True

    def _arguments(self, job: Job) -> Sequence[str]:
        """The command of a job; what came over HTTP stands in files, or as values that were checked."""
        told: dict[str, Any] = job.arguments
        paths = self._settings.workspace.results.sweep(job.sweep)
        if job.kind in ("launch", "plan"):
            file = paths.submitted if job.kind == "launch" else self.plan_file(job).with_suffix(".yaml")
            write_atomically(file, yaml.safe_dump(told["sweep"], sort_keys=False))
            return ["launch", str(file)] if job.kind == "launch" else ["plan", str(file), "--json"]
        limits = [f"--set=budget.{name}={value!r}" for name, value in told.get("budget", {}).items()]
        if job.kind == "resume":
            trials = told.get("trials")
            return ["resume", job.sweep, *([f"--trials={trials}"] if trials else []), *limits]
        asked = [
            f"--{name.replace('_', '-')}={told[name]}" for name in ("top_k", "seeds") if told.get(name) is not None
        ]
        return ["confirm", job.sweep, *asked, *limits]

    def _see(self, job: Job) -> None:
        """Write down how a job ended, when it has."""
        outcome = self._drivers.outcome(job.process, self._output(job))
        if outcome.over and (outcome.code is not None or _age(job) > STARTING_SECONDS):
            self._jobs.end(job, *self._ending(job, outcome.code))

    def _output(self, job: Job) -> Path:
        """Where a job's process writes what it says."""
        return self.plan_file(job) if job.kind == "plan" else self._settings.workspace.results.sweep(job.sweep).log

    def _ending(self, job: Job, code: int | None) -> tuple[str, str]:
        """State and message of a job whose process is gone, with its exit code where somebody knows it."""
        said = self._last_line(job)
        if code == USER_ERROR:
            return "failed", said
        if code == 0 or (code is None and self._complete(job)):
            return "finished", ""
        if code == INTERRUPTED or job.message == STOPPING:
            return "stopped", ""
        if job.kind == "plan":
            return "failed", said
        return "lost", "its process is gone; resume takes it up where it was"

    def _complete(self, job: Job) -> bool:
        """Whether what a job should do is done."""
        if job.kind == "plan":
            return self.plan_of(job) is not None
        try:
            snapshot = self._catalogue.snapshot(job.sweep, fresh=True)
        except Problem:
            return False
        if job.kind == "confirm":
            return snapshot.current.verdict is not None
        return may_be_confirmed(snapshot.study, snapshot.entries)

    def plan_of(self, job: Job) -> dict[str, Any] | None:
        """The forecast that a plan has printed, last of all."""
        try:
            found = json.loads(self.plan_file(job).read_text().splitlines()[-1])
        except (OSError, ValueError, IndexError):
            return None
        return found if isinstance(found, dict) else None

    def _last_line(self, job: Job) -> str:
        try:
            lines = [line for line in self._output(job).read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            return ""
        return lines[-1].removeprefix("rts-search: ")[:MOST_TOLD] if lines else ""


def _age(job: Job) -> float:
    return time.time() - (job.started or 0.0)


def drivers_for(workspace: Workspace) -> Drivers:
    """Processes of this machine, or Ray Jobs where the address is that of a cluster's dashboard. Raises: UserError."""
    if workspace.address is None or not workspace.address.startswith(("http://", "https://")):
        return LocalDrivers(workspace)
    from rts_search.server.drivers.ray_job import RayDrivers

    return RayDrivers(workspace.address, workspace.results.folder)
