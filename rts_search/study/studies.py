"""Makes, finds and deletes the Optuna studies in which sweeps are kept."""

from collections.abc import Iterator, Mapping
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection

from rts_search.basics.errors import UserError
from rts_search.study import attributes as kept
from rts_search.study.damage import readable
from rts_search.study.database.storage import open_storage, patience_of, shown, storage_errors
from rts_search.study.direct_writes import write_study
from rts_search.study.driven_study import new_identity
from rts_search.study.lease import take
from rts_search.study.optuna_internals import engine_of, storage_of
from rts_search.study.soundness import check_rows
from rts_search.study.study_reader import attributes_of, names_in
from rts_search.sweep.sweep import SweepFile

FORMAT = 1
"""Version of the attributes. A study of another version, or without it, is not ours."""
WRITTEN_AT_CREATION = {
    kept.SWEEP,
    kept.DATA,
    kept.MODEL_SOURCE,
    kept.MODEL_WEIGHTS,
    kept.MODEL_TOLD,
    kept.LAUNCHED_BY,
    kept.MODULES,
    kept.RESULTS,
    kept.IDENTITY,
    kept.NAMED_RUNS,
    kept.DRIVER,
}


def directions_of(sweep: SweepFile) -> list[StudyDirection]:
    """Directions of the objectives: the metric's; for nsga2 the gradient evaluations of a trial fall."""
    cost = [StudyDirection.MINIMIZE] if sweep.search.sampler == "nsga2" else []
    metric = StudyDirection.MINIMIZE if sweep.objective.measure.falls else StudyDirection.MAXIMIZE
    return [metric, *cost]


def taken(sweep: str, resume: str = "", watch: str = "") -> UserError:
    """The error of a launch under a name that a sweep already has.

    Args:
        sweep: the name.
        resume: the command that continues that sweep; empty: without its place.
        watch: the command that shows it, where it runs now; empty: it does not.
    """
    if watch:
        return UserError(f"{sweep}: a sweep of this name is running; watch it with `{watch}` or choose another --name")
    return UserError(
        f"{sweep}: a sweep of this name exists; continue it with `{resume or f'rts-search resume {sweep}'}` or choose "
        "another --name"
    )


def names(storage_url: str) -> list[str]:
    """The names of all studies of a database. Raises: UserError: the database cannot be used."""
    with storage_errors(storage_url):
        return optuna.get_all_study_names(open_storage(storage_url))


def exists(storage_url: str, name: str) -> bool:
    """Whether a database has a study of this name that was begun. Raises: UserError: the database cannot be used."""
    with storage_errors(storage_url):
        storage = open_storage(storage_url)
        return name in names_in(storage) and not _never_begun(_study(storage, name))


def create(storage_url: str, name: str, sweep: SweepFile, attributes: Mapping[str, Any]) -> optuna.Study:
    """Begin the study of a sweep.

    Args:
        storage_url: the database.
        name: the study's.
        sweep: the sweep whose study it is.
        attributes: what the study keeps besides the sweep and its identity.

    Raises:
        UserError: there is a study of this name, or the database is damaged.
    """
    if exists(storage_url, name):
        raise taken(sweep.name)
    with storage_errors(storage_url):
        storage = open_storage(storage_url)
        check_rows(engine_of(storage), shown(storage_url))
        if name in names_in(storage):
            # Its launch was cut off, unless it goes on at this very moment: then its lease cannot be taken.
            take(optuna.load_study(storage=storage, study_name=name), sweep.name)
            optuna.delete_study(storage=storage, study_name=name)
        return create_in(storage, name, sweep, attributes)


def create_in(storage: BaseStorage, name: str, sweep: SweepFile, attributes: Mapping[str, Any]) -> optuna.Study:
    """The same in an open database that has no study of this name."""
    try:
        study = optuna.create_study(storage=storage, study_name=name, directions=directions_of(sweep))
    except optuna.exceptions.DuplicatedStudyError:
        raise taken(sweep.name) from None  # by a launch at this very moment
    lease = take(study, sweep.name)
    try:
        own = {kept.IDENTITY: new_identity(), kept.NAMED_RUNS: 0, kept.FORMAT: FORMAT}
        written = {kept.SWEEP: sweep.to_dict(), **attributes, **own}
        write_study(study, written, patience_of(storage_of(study)).insist)
    finally:
        lease.end()
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
    names = names_in(storage)
    if is_part(name) or name + part not in names:
        known = ", ".join(sorted(name for name in names if not is_part(name))) or "none yet"
        raise UserError(f"{name}: no sweep of this name has been launched; known are {known}")
    study = _study(storage, name + part)
    if attributes_of(study).get(kept.FORMAT) != FORMAT:
        raise UserError(f"{name}: must be a study of rts-search (format {FORMAT}); use another name or --storage")
    return study


def every(storage: BaseStorage, but: str = "") -> Iterator[optuna.Study]:
    """Our studies of a database, by name: of sweeps and of their parts. The study named `but` is left out."""
    for name in names_in(storage):
        if name != but and attributes_of(study := _study(storage, name)).get(kept.FORMAT) == FORMAT:
            yield study


def delete(study: optuna.Study, sweep: str) -> None:
    """Remove a sweep and its parts from the database of one of their studies."""
    storage = storage_of(study)
    for name in names_in(storage):
        if name.partition(":")[0] == sweep:
            optuna.delete_study(storage=storage, study_name=name)


def is_part(name: str) -> bool:
    """Whether a study's name is that of a part of a sweep, such as its confirmation."""
    return ":" in name


def _study(storage: BaseStorage, name: str) -> optuna.Study:
    """The study of this name, which is there. Raises: DamagedStudy."""
    with readable(f"study {name}"):
        return optuna.load_study(storage=storage, study_name=name)


def _never_begun(study: optuna.Study) -> bool:
    """Whether a launch was cut off before the study was complete: it holds only what a launch writes first."""
    written = {name for name in attributes_of(study) if not name.startswith(kept.WARM_START)}
    return written <= WRITTEN_AT_CREATION and not study.get_trials(deepcopy=False)
