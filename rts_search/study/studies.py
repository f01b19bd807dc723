"""Makes, finds and deletes the Optuna studies in which sweeps are kept."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from rts_search.basics.errors import UserError
from rts_search.study import attributes as kept
from rts_search.study.database.storage import open_storage, storage_errors
from rts_search.study.optuna_internals import storage_of
from rts_search.sweep.sweep import SweepFile

FORMAT = 1
"""Version of the attributes. A study of another version, or without it, is not ours."""
WRITTEN_AT_CREATION = {kept.SWEEP, kept.DATA, kept.MODEL_SOURCE, kept.MODEL_WEIGHTS, kept.RESULTS, kept.IDENTITY}


def directions_of(sweep: SweepFile) -> list[StudyDirection]:
    """Directions of the objectives: the metric's; for nsga2 the gradient evaluations of a trial fall."""
    cost = [StudyDirection.MINIMIZE] if sweep.search.sampler == "nsga2" else []
    metric = StudyDirection.MINIMIZE if sweep.objective.measure.falls else StudyDirection.MAXIMIZE
    return [metric, *cost]


def taken(sweep: str, options: str = "") -> UserError:
    """The error of a launch under a name that a sweep already has. `options`: with which commands find that sweep."""
    return UserError(
        f"{sweep}: a sweep of this name exists; continue it with `rts-search resume {sweep}{options}` or choose "
        "another --name"
    )


def exists(storage_url: str, name: str) -> bool:
    """Whether a database has a study of this name that was begun. Raises: UserError: the database cannot be used."""
    with storage_errors(storage_url):
        storage = open_storage(storage_url)
        if name not in optuna.get_all_study_names(storage):
            return False
        return not _never_begun(optuna.load_study(storage=storage, study_name=name))


def create(storage_url: str, name: str, sweep: SweepFile, attributes: Mapping[str, Any]) -> optuna.Study:
    """Begin the study of a sweep.

    Args:
        storage_url: the database.
        name: the study's.
        sweep: the sweep whose study it is.
        attributes: what the study keeps besides the sweep and its identity.

    Raises:
        UserError: there is a study of this name.
    """
    if exists(storage_url, name):
        raise taken(sweep.name)
    with storage_errors(storage_url):
        storage = open_storage(storage_url)
        if name in optuna.get_all_study_names(storage):
            optuna.delete_study(storage=storage, study_name=name)  # it was never begun
        return create_in(storage, name, sweep, attributes)


def create_in(storage: BaseStorage, name: str, sweep: SweepFile, attributes: Mapping[str, Any]) -> optuna.Study:
    """The same in an open database that has no study of this name."""
    try:
        study = optuna.create_study(storage=storage, study_name=name, directions=directions_of(sweep))
    except optuna.exceptions.DuplicatedStudyError:
        raise taken(sweep.name) from None  # by a launch at this very moment
    # The format is written last: a study without it was never begun.
    written = {kept.SWEEP: sweep.to_dict(), **attributes, kept.IDENTITY: uuid.uuid4().hex[:12], kept.FORMAT: FORMAT}
    for attribute, value in written.items():
        study.set_user_attr(attribute, value)
    return study


def load(storage: BaseStorage, name: str, part: str = "") -> optuna.Study:
    """The study of a sweep, or of the part of a sweep.

    Args:
        storage: the database.
        name: the sweep's.
        part: what follows the sweep's name in the name of the study.

    Raises:
        UserError: there is none, or it is not ours.
    """
    names = optuna.get_all_study_names(storage)
    if is_part(name) or name + part not in names:
        known = ", ".join(sorted(name for name in names if not is_part(name))) or "none yet"
        raise UserError(f"{name}: no sweep of this name has been launched; known are {known}")
    study = optuna.load_study(storage=storage, study_name=name + part)
    if study.user_attrs.get(kept.FORMAT) != FORMAT:
        raise UserError(f"{name}: must be a study of rts-search (format {FORMAT}); use another name or --storage")
    return study


def every(storage: BaseStorage, but: str = "") -> Iterator[optuna.Study]:
    """Our studies of a database, by name: of sweeps and of their parts. The study named `but` is left out."""
    for name in sorted(set(optuna.get_all_study_names(storage)) - {but}):
        study = optuna.load_study(storage=storage, study_name=name)
        if study.user_attrs.get(kept.FORMAT) == FORMAT:
            yield study


def delete(study: optuna.Study, sweep: str) -> None:
    """Remove a sweep and its parts from the database of one of their studies."""
    storage = storage_of(study)
    for name in optuna.get_all_study_names(storage):
        if name.partition(":")[0] == sweep:
            optuna.delete_study(storage=storage, study_name=name)


def is_part(name: str) -> bool:
    """Whether a study's name is that of a part of a sweep, such as its confirmation."""
    return ":" in name


def _never_begun(study: optuna.Study) -> bool:
    """Whether a launch was cut off before the study was complete: it holds only what a launch writes first."""
    written = {name for name in study.user_attrs if not name.startswith(kept.WARM_START)}
    return not study.get_trials(deepcopy=False) and written <= WRITTEN_AT_CREATION
