"""Every path of the service, and the only place besides the store that writes files."""

import fcntl
import json
import os
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rts_search.basics.errors import UserError

DEFAULT_RESULTS = Path("results")
LEAST_FREE_BYTES = 200_000_000


@dataclass(frozen=True)
class Results:
    """The folder of all sweeps: their database, their checkpoint store and a folder for each."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the studies, unless another storage is named."""
        return self.folder / "studies.sqlite3"

    @property
    def storage_url(self) -> str:
        """The database as SQLAlchemy URL."""
        return f"sqlite:///{self.database.resolve()}"

    @property
    def deleted_looks(self) -> Path:
        """What the confirmations of sweeps that were deleted have spent, one a line."""
        return self.folder / "deleted_looks.jsonl"

    @property
    def store_url(self) -> str:
        """The checkpoint store that all sweeps of this folder share."""
        return str((self.folder / "store").resolve())

    def sweep(self, name: str) -> "SweepPaths":
        """The paths of one sweep."""
        return SweepPaths(self.folder / name)

    def require_space(self) -> None:
        """Make the folder. Raises: UserError when it cannot be written or its disk is nearly full."""
        if any(mark in str(self.folder) for mark in ("?", "#", "::")):
            raise UserError(f"--results: must not contain ? # or ::, which URLs take for their own: {self.folder}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise UserError(f"{self.folder}: must be a folder that can be written, but {error.strerror}") from error
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE_BYTES:
            raise UserError(
                f"{self.folder}: needs at least {LEAST_FREE_BYTES // 10**6} MB of free disk, but got "
                f"{free // 10**6} MB; free some or name another folder with --results"
            )


@dataclass(frozen=True)
class SweepPaths:
    """The files of one sweep; all but the lock can be rebuilt from the study and the store."""

    folder: Path

    @property
    def sweep_file(self) -> Path:
        """The sweep file as run."""
        return self.folder / "sweep.yaml"

    @property
    def environment(self) -> Path:
        """Versions, device, commit and seeds of the run."""
        return self.folder / "environment.json"

    @property
    def trials_csv(self) -> Path:
        """One row per trial."""
        return self.folder / "trials.csv"

    @property
    def trials_parquet(self) -> Path:
        """One row per trial."""
        return self.folder / "trials.parquet"

    @property
    def epochs_parquet(self) -> Path:
        """One row per epoch of every trial."""
        return self.folder / "epochs.parquet"

    @property
    def table_md(self) -> Path:
        """The ranking to read."""
        return self.folder / "table.md"

    @property
    def best_yaml(self) -> Path:
        """The best config with its provenance."""
        return self.folder / "best.yaml"

    @property
    def confirm_md(self) -> Path:
        """The verdict of the confirmation, to be read."""
        return self.folder / "confirm.md"

    @property
    def confirm_csv(self) -> Path:
        """One row per comparison of the confirmation."""
        return self.folder / "confirm.csv"

    @property
    def plan_json(self) -> Path:
        """What `rts-search plan` forecast, and what really happened."""
        return self.folder / "plan.json"

    @property
    def report(self) -> Path:
        """The sweep as one HTML file."""
        return self.folder / "report.html"

    @property
    def tracking(self) -> Path:
        """What trackers without a server of their own keep."""
        return self.folder / "tracking"

    @property
    def submitted(self) -> Path:
        """The sweep file as the service got it."""
        return self.folder / "submitted.yaml"

    @property
    def log(self) -> Path:
        """What the driver says when the service has started it."""
        return self.folder / "driver.log"

    def remove(self) -> None:
        """Remove the folder. Raises: UserError."""
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise UserError(f"{self.folder}: must be a folder that can be removed, but {error.strerror}") from error

    @property
    def lock(self) -> Path:
        """Held by the sweep's driver as long as it lives, however it dies."""
        return self.folder / "driver.lock"

    @contextmanager
    def driving(self) -> Iterator[None]:
        """Be the sweep's one driver. Raises: UserError when another process is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.lock.open("a+") as file:
            if not _locked(file, fcntl.LOCK_EX):
                holder = self.driver()
                who = f"process {holder.pid} on {holder.host}" if holder else "another process"
                raise UserError(
                    f"{self.folder.name}: is already running ({who}); "
                    f"watch it with `rts-search status {self.folder.name}`"
                )
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
            file.flush()
            yield

    def driver(self) -> "Driver | None":
        """The living driver; None when there is none, or it is just coming or going."""
        if not self.lock.exists():
            return None
        with self.lock.open("r") as file:
            if _locked(file, fcntl.LOCK_SH, attempts=1):
                return None
            try:
                return Driver(**json.loads(file.read()))
            except (json.JSONDecodeError, TypeError):
                return None


@dataclass(frozen=True)
class Driver:
    """The process that drives a sweep."""

    pid: int
    host: str


def _locked(file: IO[str], how: int, attempts: int = 10) -> bool:
    """Take a lock; several attempts, since a look at the lock holds it for a moment too."""
    for attempt in range(attempts):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < attempts:
                time.sleep(0.05)
        else:
            return True
    return False


def require_writable(path: Path) -> None:
    """Find out early that a file cannot be written later. Raises: UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        existed = path.exists()
        path.open("ab").close()
        if not existed:
            path.unlink()
    except OSError as error:
        raise UserError(f"{path}: must be a file that can be written, but {error.strerror}") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file in one step: readers see the old or the new content, never a part. Raises: UserError."""
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"{path}: must be a file that can be written, but {error.strerror}") from error
