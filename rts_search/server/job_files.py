"""The files of the service's jobs: the sweep files that drivers read, and what the drivers print."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.basics.log_tail import AGAIN, note_command
from rts_search.basics.results_folder import Results
from rts_search.basics.yaml_text import yaml_text
from rts_search.server.database.job_states import Job

MOST_CHARACTERS = 400
"""Of a driver's last line this many characters are kept."""
MOST_LINES = 20
"""So many lines of a driver's output are shown."""


class JobFiles:
    """The files of all jobs, in the results folder."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def write_sweep(self, job: Job) -> Path:
        """Write the sweep file of a launch or a plan. Raises: UserError: another file is in its place."""
        if job.kind == "launch":
            clash = self._results.clash_of(job.sweep)  # earlier versions let such a name into the queue
            if clash is not None:
                raise UserError(f"{job.sweep}: must not be the name of another file in the results folder ({clash})")
            file = self._results.sweep(job.sweep).submitted
        else:
            file = self._plan(job).with_suffix(".yaml")
        write_atomically(file, yaml_text(job.arguments["sweep"]))
        return file

    def output(self, job: Job) -> Path:
        """The file to which the driver of a job writes its output."""
        return self._plan(job) if job.kind == "plan" else self._results.sweep(job.sweep).log

    def note_start(self, job: Job, arguments: Sequence[str]) -> None:
        """Write a line with the command of a driver into the log of its sweep, before the driver prints anything."""
        if job.kind != "plan":
            note_command(self.output(job), arguments)

    def last_line(self, job: Job) -> str:
        """The last line of a driver's output, shortened; empty when there is none."""
        try:
            text = self.output(job).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = [line for line in text.splitlines() if line.strip()]
        return self._told(job, lines[-1].removeprefix("rts-search: ")) if lines else ""

    def forecast(self, job: Job) -> dict[str, Any] | None:
        """The forecast of a plan, which its driver prints as its last line; None when there is none."""
        try:
            found = json.loads(self._plan(job).read_text(encoding="utf-8").splitlines()[-1])
        except (OSError, ValueError, IndexError):
            return None
        return found if isinstance(found, dict) else None

    def progress(self, job: Job) -> list[str]:
        """The last lines that the driver of a job has printed, without a forecast."""
        try:
            text = self.output(job).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [self._told(job, line) for line in lines if not line.startswith("{")][-MOST_LINES:]

    def _told(self, job: Job, line: str) -> str:
        """A line for a user of the service, shortened: without the service's own files and commands."""
        if job.kind == "plan":
            line = line.replace(str(self._plan(job).with_suffix(".yaml")), "the sweep file").partition(AGAIN)[0]
        return line[:MOST_CHARACTERS]

    def _plan(self, job: Job) -> Path:
        return self._results.folder / ".plans" / f"{job.id}.json"
