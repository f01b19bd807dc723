"""Drivers as Ray Jobs, which run on the head of a cluster."""

import shlex
import uuid
from collections.abc import Sequence
from pathlib import Path

from ray.exceptions import AuthenticationError
from ray.job_submission import JobInfo, JobStatus, JobSubmissionClient

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.server.drivers.driver import DRIVER_VARIABLE, RUNS, Drivers, NotNowError, Outcome
from trainables.core.settings.section import first_line

STOP_SECONDS = 120
"""Seconds that a stopped driver has to end before Ray kills it."""
MOST_LOGGED = 256 * 1024
"""Characters of a job's output that are kept, from its end."""
UNKNOWN = "does not exist"
"""Part of the error of a cluster that does not know a job."""
NOT_NOW = "try again later"
"""Part of the error of a cluster whose agent has not started yet."""


class RayDrivers(Drivers):
    """Jobs of the cluster whose dashboard has this address. Its head must see the same results folder.

    The URL of a database server, with its password, is not sent: it must be in the environment of the cluster.
    """

    def __init__(self, address: str, results: Path) -> None:
        """Raises: UserError: the cluster does not answer, or asks for a token."""
        self._results = results
        try:
            self._client = JobSubmissionClient(address)
        except AuthenticationError as error:
            raise UserError(
                f"--address: {address} asks for a token: set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN_PATH to its file"
            ) from error
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UserError(
                f"--address: {address} must be the dashboard of a running Ray cluster that has ray[default], but: "
                f"{first_line(error)}"
            ) from error

    def new_name(self) -> str:
        """A new id of a job."""
        return f"rts-search-{uuid.uuid4().hex}"

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        """Submit a job. Ray runs its command in a shell, so every word is quoted."""
        output.parent.mkdir(parents=True, exist_ok=True)
        variables = {"RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS), DRIVER_VARIABLE: name}
        words = ["python", "-m", "rts_search.cli", *arguments, "--results", str(self._results), "--address", "auto"]
        try:
            self._client.submit_job(
                entrypoint=shlex.join(words),
                submission_id=name,
                runtime_env={"env_vars": variables},
            )
        except RuntimeError as error:
            if NOT_NOW in str(error):
                raise NotNowError(first_line(error)) from error
            raise

    def outcome(self, name: str, output: Path) -> Outcome:
        """The status of the job; when it has ended, its output is fetched."""
        try:
            info = self._client.get_job_info(name)
            if not info.status.is_terminal():
                return RUNS
            with output.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self._client.get_job_logs(name)[-MOST_LOGGED:])
        except (RuntimeError, OSError) as error:
            # A new cluster at the same address does not know the job; a cluster that does not answer may come back.
            return Outcome(True) if UNKNOWN in str(error) else RUNS
        return Outcome(True, _code(info))

    def terminate(self, name: str) -> None:
        """Send SIGTERM, and after STOP_SECONDS SIGKILL."""
        try:
            self._client.stop_job(name)
        except (RuntimeError, OSError) as error:
            if UNKNOWN in str(error):
                return
            raise UserError(f"the cluster cannot be asked to stop it: {first_line(error)}") from error


def _code(info: JobInfo) -> int | None:
    if info.status == JobStatus.STOPPED:
        return INTERRUPTED
    return 0 if info.status == JobStatus.SUCCEEDED else info.driver_exit_code
