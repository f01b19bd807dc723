"""What the service knows of the sweeps: read from the database when something has changed, and not more often."""

import threading
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from optuna.storages._rdb.models import (
    StudyModel,
    StudyUserAttributeModel,
    TrialModel,
    TrialUserAttributeModel,
)
from sqlalchemy import func, select

from rts_search.analysis.confirmation.current import CurrentVerdict, current_verdict
from rts_search.analysis.tables import Tables
from rts_search.basics.results_folder import SweepPaths
from rts_search.server.database.connection import Database
from rts_search.server.problems import Problem
from rts_search.study.attributes import FORMAT, SWEEP, VERDICT
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace

LOOK_SECONDS = 1.0
"""The database is asked whether something has changed at most this often."""
SHARE = 5.0
"""Reading a sweep takes at most one part in so many of the time."""


@dataclass(frozen=True)
class Snapshot:
    """One sweep at one moment."""

    study: SweepStudy
    entries: tuple[TrialEntry, ...]
    current: CurrentVerdict
    """What is to be shown of its confirmation."""
    version: str
    """Another one whenever anything else has changed."""
    paths: SweepPaths

    def status(self) -> dict[str, Any]:
        """How far it is; whether its driver lives is looked up now."""
        return status_of(self.study, self.entries, self.paths.driver())


@dataclass
class _Kept:
    snapshot: Snapshot
    read_at: float
    took: float


class Snapshots:
    """All sweeps of a database."""

    def __init__(self, database: Database, workspace: Workspace) -> None:
        self._database, self._place = database, workspace
        self._lock = threading.Lock()
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._kept: dict[str, _Kept] = {}
        self._versions: dict[str, str] = {}
        self._looked = 0.0

    def names(self) -> list[str]:
        """Every sweep that has begun."""
        return sorted(name for name in self.versions() if ":" not in name)

    def snapshot(self, name: str, fresh: bool = False) -> Snapshot:
        """A sweep as it stood a moment ago; with `fresh` as it stands now. Raises: Problem when there is none."""
        version = self.versions(fresh).get(name)
        if version is None or ":" in name:
            raise Problem(404, f"{name}: no sweep of this name has been launched")
        with self._reading[name]:
            kept = self._kept.get(name)
            if kept is not None and not fresh:
                recent = time.monotonic() - kept.read_at < SHARE * kept.took
                if kept.snapshot.version == version or recent:
                    return kept.snapshot
            began = time.monotonic()
            snapshot = self._read(name, version)
            self._kept[name] = _Kept(snapshot, time.monotonic(), time.monotonic() - began)
            return snapshot

    def tables(self, snapshot: Snapshot) -> Tables:
        """The tables of a sweep, its epochs' records read from the store."""
        return Tables(snapshot.study, self._place.results.store_url, snapshot.entries)

    def versions(self, fresh: bool = False) -> dict[str, str]:
        """Sweep -> what is another one whenever something has changed."""
        with self._lock:
            if fresh or time.monotonic() - self._looked >= LOOK_SECONDS:
                self._versions = self._look()
                self._looked = time.monotonic()
                for gone in self._kept.keys() - self._versions.keys():
                    self._kept.pop(gone, None)
            return self._versions

    def _look(self) -> dict[str, str]:
        attribute = StudyUserAttributeModel
        ours = select(attribute.study_id).where(attribute.key == FORMAT)
        studies = select(StudyModel.study_id, StudyModel.study_name).where(StudyModel.study_id.in_(ours))
        settings = select(attribute.study_id, attribute.value_json).where(attribute.key.in_((SWEEP, VERDICT)))
        trials = select(TrialModel.study_id, TrialModel.state, func.count())
        trials = trials.group_by(TrialModel.study_id, TrialModel.state).order_by(TrialModel.state)
        written = select(TrialModel.study_id, func.count()).group_by(TrialModel.study_id)
        written = written.join(TrialUserAttributeModel, TrialUserAttributeModel.trial_id == TrialModel.trial_id)
        told: defaultdict[int, list[str]] = defaultdict(list)
        with self._database.engine.connect() as connection:
            names = dict(connection.execute(studies).all())
            for study, text in connection.execute(settings.order_by(attribute.key)):
                told[study].append(f"{zlib.crc32(text.encode()):x}")
            for study, state, count in connection.execute(trials):
                told[study].append(f"{count}{state.name.lower()}")
            for study, count in connection.execute(written):
                told[study].append(f"{count}written")
        versions = {name: "-".join(told[study]) for study, name in names.items()}
        confirmed = {name: part for name, part in versions.items() if name.endswith(ConfirmationStudy.PART)}
        for name, part in confirmed.items():
            sweep = name.removesuffix(ConfirmationStudy.PART)
            if sweep in versions:
                versions[sweep] += f"+{part}"
        return versions

    def _read(self, name: str, version: str) -> Snapshot:
        storage = self._database.storage
        study = SweepStudy.kept_in(storage, name)
        entries, confirmed = tuple(study.trials()), name + ConfirmationStudy.PART in self._versions
        recorded = ConfirmationStudy.kept_in(storage, name).verdict if confirmed else None
        current = current_verdict(name, entries, recorded)
        return Snapshot(study, entries, current, version, self._place.results.sweep(name))
