"""The folder of results: the path of every file that the service writes there."""

import shutil
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.driver_lock import Driver, current_driver, driver_lock
from rts_search.basics.errors import UserError

DEFAULT_RESULTS = Path("results")
LEAST_FREE_BYTES = 200_000_000


@dataclass(frozen=True)
class Results:
    """The folder of all sweeps. It holds their database, their checkpoint store and one folder per sweep."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the studies, used unless `--storage` names another database."""
        return self.folder / "studies.sqlite3"

    @property
    def storage_url(self) -> str:
        """The URL of that file, as SQLAlchemy reads it."""
        return f"sqlite:///{self.database.resolve()}"

    @property
    def deleted_looks(self) -> Path:
        """The looks at test parts by confirmations of sweeps that were deleted since, one confirmation per line."""
        return self.folder / "deleted_looks.jsonl"

    @property
    def store_url(self) -> str:
        """The checkpoint store that all sweeps of this folder share."""
        return str((self.folder / "store").resolve())

    def sweep(self, name: str) -> "SweepPaths":
        """The paths of one sweep's files."""
        return SweepPaths(self.folder / name)

    def require_space(self) -> None:
        """Make the folder and check that it can be written.

        Raises:
            UserError: it cannot be written, or its disk has less than LEAST_FREE_BYTES free.
        """
        if any(mark in str(self.folder) for mark in ("?", "#", "::")):
            raise UserError(f"--results: must not contain ? # or ::, which have a meaning in URLs: {self.folder}")
        try:
            str(self.folder).encode()
        except UnicodeEncodeError as error:
            raise UserError(f"--results: must be a folder whose whole path is UTF-8: {self.folder}") from error
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
    """The files of one sweep. All but the lock can be rebuilt from the study and the store."""

    folder: Path

    @property
    def arms_csv(self) -> Path:
        """The arms of a sweep with tuned baselines, one per row."""
        return self.folder / "arms.csv"

    @property
    def effort_csv(self) -> Path:
        """The best value after each number of tuning trials, one arm and number per row."""
        return self.folder / "effort.csv"

    @property
    def sweep_file(self) -> Path:
        """The sweep file with every default filled in."""
        return self.folder / "sweep.yaml"

    @property
    def environment(self) -> Path:
        """Versions, devices, commit and seeds of the run."""
        return self.folder / "environment.json"

    @property
    def trials_csv(self) -> Path:
        """One row per trial."""
        return self.folder / "trials.csv"

    @property
    def trials_parquet(self) -> Path:
        """The same table as parquet."""
        return self.folder / "trials.parquet"

    @property
    def epochs_parquet(self) -> Path:
        """One row per epoch of every trial."""
        return self.folder / "epochs.parquet"

    @property
    def table_md(self) -> Path:
        """The ranking of the trials, in Markdown."""
        return self.folder / "table.md"

    @property
    def best_yaml(self) -> Path:
        """The best config and its provenance."""
        return self.folder / "best.yaml"

    @property
    def confirm_md(self) -> Path:
        """The verdict of the confirmation, in Markdown."""
        return self.folder / "confirm.md"

    @property
    def confirm_csv(self) -> Path:
        """One row per comparison of the confirmation."""
        return self.folder / "confirm.csv"

    @property
    def plan_json(self) -> Path:
        """The forecast of `rts-search plan`, and the real costs once the sweep has ended."""
        return self.folder / "plan.json"

    @property
    def report(self) -> Path:
        """The report of the sweep, one HTML file."""
        return self.folder / "report.html"

    @property
    def tracking(self) -> Path:
        """The files of trackers that write to a folder."""
        return self.folder / "tracking"

    @property
    def submitted(self) -> Path:
        """The sweep file as it was sent to the service."""
        return self.folder / "submitted.yaml"

    @property
    def log(self) -> Path:
        """The output of a driver that the service started."""
        return self.folder / "driver.log"

    def remove(self) -> None:
        """Remove the folder with everything in it. Raises: UserError."""
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise UserError(f"{self.folder}: must be a folder that can be removed, but {error.strerror}") from error

    @property
    def lock(self) -> Path:
        """The lock file that the sweep's driver holds."""
        return self.folder / "driver.lock"

    def driving(self) -> AbstractContextManager[None]:
        """Hold the sweep's lock. Raises: UserError when another process drives the sweep."""
        return driver_lock(self.lock, self.folder.name)

    def driver(self) -> Driver | None:
        """The process that drives the sweep now, if any."""
        return current_driver(self.lock)
