"""The sweeps as the service reads them from the database: again only when they have changed."""

import threading
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import String, cast, func, select

from rts_search.analysis.arms.table import ArmsTable, arms_table
from rts_search.analysis.confirmation.current import CurrentVerdict, current_verdict
from rts_search.analysis.courses.course import Courses
from rts_search.analysis.courses.reading import courses_to_show
from rts_search.analysis.report.board import Board
from rts_search.analysis.tables import Tables
from rts_search.analysis.tested import tested_of
from rts_search.basics.driver import Driver
from rts_search.basics.results_folder import SweepPaths
from rts_search.server.database.connection import Database
from rts_search.server.database.until_written import UntilWritten
from rts_search.server.paced_cache import PacedCache
from rts_search.server.problems import Problem
from rts_search.study.attributes import CHECKSUMS, DRIVER, FORMAT
from rts_search.study.confirmation_progress import ConfirmationProgress, confirmation_progress
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.lease_row import Look, looks_on
from rts_search.study.optuna_internals import (
    StudyModel,
    StudyUserAttributeModel,
    TrialModel,
    TrialUserAttributeModel,
)
from rts_search.study.status import may_be_confirmed, status_of
from rts_search.study.study import SweepStudy
from rts_search.study.times import SweepTimes, times_of
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace

LOOK_SECONDS = 1.0
"""The versions of the sweeps are read from the database at most this often."""
PAUSE = 5.0
"""A sweep that took t seconds to read is not read again for 5 * t seconds."""


@dataclass(frozen=True)
class Snapshot:
    """One sweep at one moment."""

    study: SweepStudy
    entries: tuple[TrialEntry, ...]
    current: CurrentVerdict
    """The verdict of its confirmation, and whether it still holds."""
    version: str
    """Changes whenever the sweep in the database changes."""
    paths: SweepPaths
    driver: Driver | None
    """The process that drove the sweep, read just before the trials: where there is none, the trials are its last."""
    since: float | None
    """When this process began with the study, in seconds since 1970; None where there is none, and before it has."""
    at: float
    """When it was read, in seconds since 1970."""
    part: ConfirmationStudy | None
    """The study of its confirmation; None as long as none was begun."""

    @cached_property
    def ended(self) -> bool:
        """Whether all its trials have ended and no driver is there: nothing changes that `version` does not tell."""
        return self.driver is None and self.study.ended_by(self.entries)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The progress of the sweep, computed once."""
        return status_of(self.study, self.entries, self.driver)

    def status(self) -> dict[str, Any]:
        """The same."""
        return self.facts

    @cached_property
    def times(self) -> SweepTimes:
        """When it began, how long it has trained, and about how long it still takes."""
        return times_of(self.study.turns(), self.entries, self.study.total, self.since, self.at)

    @cached_property
    def confirmation(self) -> ConfirmationProgress | None:
        """How far its confirmation is; None as long as none was begun, and while the search is not over."""
        if self.part is None or not may_be_confirmed(self.study, self.entries):
            return None
        return confirmation_progress(self.part, self.since, self.at)

    @cached_property
    def arms(self) -> ArmsTable | None:
        """The table of its arms; None unless its baselines are tuned."""
        return arms_table(self.study, self.entries)

    @cached_property
    def board(self) -> Board:
        """Its trials as the rows of a leaderboard."""
        return Board(self.study.sweep, self.entries, tested_of(self.study))


class Snapshots:
    """All sweeps of a database."""

    def __init__(self, database: Database, workspace: Workspace) -> None:
        self._database, self._workspace = database, workspace
        self._snapshots: PacedCache[str, Snapshot] = PacedCache(PAUSE)
        self._lock = threading.Lock()
        self._read_versions = UntilWritten(database, self._versions_and_leases)
        self._versions: dict[str, str] = {}
        self._leases: dict[str, Look] = {}
        """Name of a sweep -> what its lease said when the versions were read."""
        self._looked = 0.0

    def names(self) -> list[str]:
        """The names of all sweeps that have a study, sorted."""
        return sorted(name for name in self.versions() if ":" not in name)

    def get(self, name: str, fresh: bool = False) -> Snapshot:
        """A sweep as it was a moment ago, or with `fresh` as it is now.

        It is read at once when its driver has begun or ended: a sweep that has finished is never called interrupted.
        One whose trials have all ended is not read again while its version is the same.

        Raises:
            Problem: there is no such sweep.
            UserError: its study cannot be read, for example because it contradicts itself.
        """
        version = self.versions(fresh).get(name)
        if version is None or ":" in name:
            raise Problem(404, f"{name}: no sweep of this name has been launched")
        paths = self._workspace.results.sweep(name)
        driver, look = self._driver(name), self._leases.get(name)
        since = look.since(driver) if look is not None else None if driver is None else 0.0
        return self._snapshots.get(
            name,
            version,
            lambda: self._read(name, version, paths, driver, since),
            urgent=(driver, since),
            fresh=fresh and not self._has_ended(name, version),
        )

    def _has_ended(self, name: str, version: str) -> bool:
        """Whether a sweep has been read in this version, in which all its trials had ended."""
        known = self._snapshots.known(name)
        return known is not None and known.version == version and known.ended

    def identities(self) -> dict[str, str]:
        """Name of each sweep that has been read -> identity of its study."""
        return {name: snapshot.study.identity for name, snapshot in self._snapshots.values()}

    def driver(self, name: str) -> Driver | None:
        """The process that drives a sweep now, from this folder or any other; None where there is none."""
        self.versions(fresh=True)
        return self._driver(name)

    def _driver(self, name: str) -> Driver | None:
        """The same as far as the lock file tells now, and the lease when the versions were read."""
        found, look = self._workspace.results.sweep(name).driver(), self._leases.get(name)
        return found if found is not None or look is None else look.driver

    def tables(self, snapshot: Snapshot) -> Tables:
        """The tables of a sweep; the records of its epochs are read from the store."""
        return Tables(snapshot.study, self._workspace.results.store_url, snapshot.entries, snapshot.paths)

    def courses(self, snapshot: Snapshot) -> Courses | None:
        """The runs of a sweep that are compared, from the store; None where there are none to show."""
        return courses_to_show(snapshot.study, snapshot.entries, snapshot.current.verdict, self._workspace)

    def versions(self, fresh: bool = False) -> dict[str, str]:
        """The version of each study by its name; it changes whenever anything in the study changes."""
        with self._lock:
            if fresh or time.monotonic() - self._looked >= LOOK_SECONDS:
                self._versions, leases = self._read_versions.get()
                with self._database.engine.connect() as connection:
                    look = looks_on(connection)  # a lease ends with time, too
                self._leases = {name: look(text) for name, text in leases.items()}
                self._looked = time.monotonic()
                self._snapshots.keep_only(self._versions.keys())
            return self._versions

    def _versions_and_leases(self) -> tuple[dict[str, str], dict[str, str]]:
        """Read the versions and the texts of the leases by four queries, however many trials there are.

        A version is made of a checksum of all that the study keeps besides its trials (settings, verdict, values on the
        test part), the numbers of trials by state, and the number of attributes, since each finished epoch adds one.
        """
        attribute = StudyUserAttributeModel
        ours = select(attribute.study_id).where(attribute.key == FORMAT)
        studies = select(StudyModel.study_id, StudyModel.study_name).where(StudyModel.study_id.in_(ours))
        settings = select(attribute.study_id, attribute.key, attribute.value_json)
        settings = settings.where(attribute.key != CHECKSUMS)
        state_as_text = cast(TrialModel.state, String)  # a damaged one is none that Optuna knows
        trials = select(TrialModel.study_id, state_as_text, func.count())
        trials = trials.group_by(TrialModel.study_id, state_as_text).order_by(state_as_text)
        written = select(TrialModel.study_id, func.count()).group_by(TrialModel.study_id)
        written = written.join(TrialUserAttributeModel, TrialUserAttributeModel.trial_id == TrialModel.trial_id)
        parts: defaultdict[int, list[str]] = defaultdict(list)
        sums: defaultdict[int, int] = defaultdict(int)
        leases: dict[str, str] = {}
        with self._database.engine.connect() as connection:
            names = dict(connection.execute(studies).all())
            for study, key, text in connection.execute(settings.order_by(attribute.key)):
                if key != DRIVER:
                    sums[study] = zlib.crc32(f"{key}={text}".encode(), sums[study])
                elif study in names:
                    leases[names[study]] = text
            for study, state, count in connection.execute(trials):
                parts[study].append(f"{count}{str(state).lower()}")
            for study, count in connection.execute(written):
                parts[study].append(f"{count}written")
        told = {name: "-".join([f"{sums[study]:x}", *parts[study]]) for study, name in names.items()}
        return _with_confirmations(told), leases

    def _read(self, name: str, version: str, paths: SweepPaths, driver: Driver | None, since: float | None) -> Snapshot:
        storage = self._database.storage
        study = SweepStudy.kept_in(storage, name)
        study.options = self._workspace.options()
        entries, confirmed = tuple(study.trials()), name + ConfirmationStudy.PART in self._versions
        part = ConfirmationStudy.kept_in(storage, name) if confirmed else None
        recorded = None if part is None else part.verdict
        current = current_verdict(study.judge, entries, recorded, study.sweep.space)
        return Snapshot(study, entries, current, version, paths, driver, since, time.time(), part)


def _with_confirmations(versions: dict[str, str]) -> dict[str, str]:
    """Add the version of each confirmation to that of its sweep."""
    found = dict(versions)
    for name, version in versions.items():
        sweep = name.removesuffix(ConfirmationStudy.PART)
        if sweep != name and sweep in versions:
            found[sweep] += f"+{version}"
    return found
