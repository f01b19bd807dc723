"""The folder of results: the path of every file that the service writes there."""

import os
import shutil
import uuid
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.driver import Driver
from rts_search.basics.driver_lock import current_driver, driver_lock
from rts_search.basics.errors import UserError
from rts_search.basics.files import without_links

DEFAULT_RESULTS = Path("results")
DATABASE_SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite adds to the name of a database for the files that it keeps beside it."""
ENDINGS_OF_OURS = (".lock", ".partial")
"""Endings of files that are locks, or are still being written."""
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
        return f"sqlite:///{without_links(self.database)}"

    @property
    def deleted_looks(self) -> Path:
        """The looks at test parts by confirmations of sweeps that were deleted since, one confirmation per line."""
        return self.folder / "deleted_looks.jsonl"

    @property
    def had_tokens(self) -> Path:
        """A file that remembers, outside of the database, that the service has had tokens."""
        return self.folder / ".service_had_tokens"

    @property
    def reference(self) -> Path:
        """The folder of the measurements that come with the source code."""
        return self.folder / "reference"

    @property
    def own_files(self) -> tuple[Path, ...]:
        """Every file and folder here that belongs to no sweep, but for those whose names begin with a dot."""
        return self.database, self.deleted_looks, Path(self.store_url), self.reference

    @property
    def store_url(self) -> str:
        """The checkpoint store that all sweeps of this folder share."""
        return str(without_links(self.folder / "store"))

    def restoring(self, name: str) -> Path:
        """The folder in which `restore` keeps what it trains for a sweep, until that has been compared."""
        return self.folder / f".restore-{name}"

    def sweep(self, name: str) -> "SweepPaths":
        """The paths of one sweep's files."""
        return SweepPaths(self.folder / name)

    def clash_of(self, name: str, databases: Collection[Path] = ()) -> str | None:
        """The file of ours that a sweep of this name would meet with its folder, on any file system; None: it is free.

        `databases`: further SQLite databases in this folder.
        """
        wanted = name.casefold()
        for file in (*self.own_files, *databases):
            own = file.name.casefold()
            if wanted == own:
                return file.name
            if file in (self.database, *databases) and wanted.startswith((f"{own}-", f"{own}.")):
                return file.name  # a file that SQLite, or a backup, keeps beside the database
        return next((ending for ending in ENDINGS_OF_OURS if wanted.endswith(ending)), None)

    def sweeps_but_for_case(self, name: str) -> list[str]:
        """The names of the sweeps here that differ from this one in upper and lower case alone."""
        if not self.folder.is_dir():
            return []
        others = (entry.name for entry in self.folder.iterdir() if entry.name != name)
        alike = (other for other in others if other.casefold() == name.casefold())
        return sorted(other for other in alike if self.sweep(other).sweep_file.exists())

    def require_space(self, name: str | None = None) -> None:
        """Make the folder, and check that it can be written and that its disk has room.

        name: of the sweep whose folder is checked too.

        Raises:
            UserError: a folder cannot be written, the store is no folder, or the disk has less than LEAST_FREE_BYTES
                free.
        """
        if any(mark in str(self.folder) for mark in ("?", "#", "::")):
            raise UserError(f"--results: must not contain ? # or ::, which have a meaning in URLs: {self.folder}")
        try:
            str(self.folder).encode()
        except UnicodeEncodeError as error:
            raise UserError(f"--results: must be a folder whose whole path is UTF-8: {self.folder}") from error
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.folder}: must be a folder that can be written, but {error.strerror}") from error
        store = self.folder / "store"
        if os.path.lexists(store) and not store.is_dir():
            raise UserError(
                f"{store}: must be the folder of the checkpoint store, but is no folder; move it away or name another "
                "folder with --results"
            )
        self.require_writable(name)
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE_BYTES:
            raise UserError(
                f"{self.folder}: needs at least {LEAST_FREE_BYTES // 10**6} MB of free disk, but got "
                f"{free // 10**6} MB; free some or name another folder with --results"
            )

    def require_writable(self, name: str | None = None) -> None:
        """Check that the folder can be written, as well as the store and a sweep's folder in it, as far as they exist.

        Called by commands that write, before anything that takes long. Makes nothing that stays.

        Raises:
            UserError: one of them cannot be written.
        """
        for folder in (self.folder, Path(self.store_url), *([self.folder / name] if name else [])):
            probe = folder / f".{uuid.uuid4().hex}"
            try:
                if folder.is_dir():
                    probe.touch()
                    probe.unlink()
            except OSError as error:
                raise UserError(
                    f"{folder}: must be a folder that can be written, but {error.strerror}; make it writable, or name "
                    "another with --results"
                ) from error


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
    def landscape_json(self) -> Path:
        """The landscape around the best trial and its rivals, as `rts-search landscape` has measured it so far."""
        return self.folder / "landscape.json"

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
    def rewritten(self) -> tuple[Path, ...]:
        """The files that every command which writes the results replaces."""
        tables = self.trials_csv, self.trials_parquet, self.epochs_parquet, self.table_md, self.effort_csv
        return *tables, self.arms_csv, self.best_yaml, self.sweep_file, self.environment

    @property
    def lock(self) -> Path:
        """The lock file that the sweep's driver holds."""
        return self.folder / "driver.lock"

    def driving(self, watch: str = "") -> AbstractContextManager[None]:
        """Hold the sweep's lock. Raises: UserError when another process drives the sweep.

        watch: the command that shows the sweep, for the message.
        """
        return driver_lock(self.lock, self.folder.name, watch)

    def driver(self) -> Driver | None:
        """The process that drives the sweep now, if any."""
        return current_driver(self.lock)
