"""Writes attributes and values of a study in one transaction, with the checksums by which damage is found later.

Optuna writes each in a transaction of its own, which takes most of the driver's time in a sweep of short epochs.
Writing again changes nothing, so that a request without an answer can be repeated.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from optuna import Study
from optuna.storages import BaseStorage
from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from rts_search.basics.errors import UserError
from rts_search.study.attributes import BEGUN, CHECKSUM, CHECKSUMS
from rts_search.study.checksums import DRAWN, ENDED, PARAMS, checksum, of_draw, of_end, of_params
from rts_search.study.optuna_internals import (
    StudyModel,
    StudyUserAttributeModel,
    TrialIntermediateValueModel,
    TrialParamModel,
    TrialSystemAttributeModel,
    TrialUserAttributeModel,
    engine_of,
    has_engine,
    id_of_number,
    storage_of,
    study_id,
)

Insist = Callable[[Callable[[], None]], None]
"""Calls its argument until the database has answered."""
UPSERTS: Mapping[str, Callable[..., Any]] = MappingProxyType({"sqlite": sqlite.insert, "postgresql": postgresql.insert})
"""SQLAlchemy's name of a database -> its statement that inserts a row or changes the one that is there."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
NO_VALUES: Mapping[int, float] = MappingProxyType({})


def write_study(study: Study, attributes: Mapping[str, Any], insist: Insist) -> None:
    """Write user attributes of a study, and their checksums beside them. Raises: UserError: the study was deleted."""
    engine, storage, which = _engine(study), storage_of(study), study_id(study)
    if engine is None:
        for name, value in attributes.items():
            storage.set_study_user_attr(which, name, value)
        return
    table = StudyUserAttributeModel.__table__
    texts = {name: json.dumps(value) for name, value in attributes.items()}

    def write() -> None:
        with engine.begin() as connection:
            if connection.scalar(select(StudyModel.study_id).where(StudyModel.study_id == which)) is None:
                raise UserError(f"study {study.study_name}: must be in the database, but was deleted meanwhile")
            _upsert(connection, table, _rows("study_id", which, texts), ("study_id", "key"))
            kept = select(table.c.value_json).where(table.c.study_id == which, table.c.key == CHECKSUMS)
            known = json.loads(connection.scalar(kept) or "{}")
            sums = json.dumps({**known, **{name: checksum(text) for name, text in texts.items()}})
            _upsert(connection, table, _rows("study_id", which, {CHECKSUMS: sums}), ("study_id", "key"))

    insist(write)


def write_trial(
    study: Study, number: int, attributes: Mapping[str, Any], values: Mapping[int, float], insist: Insist
) -> None:
    """Write user attributes and intermediate values (step -> value) of an unfinished trial."""
    _write(study, number, attributes, values, insist, lambda _: None)


def write_draw(
    study: Study, number: int, begun: Mapping[str, Any], attributes: Mapping[str, Any], newest: bool, insist: Insist
) -> None:
    """Write what was drawn for a trial, and its checksum.

    Args:
        study: the study.
        number: the trial's.
        begun: the attributes that the trial was begun with.
        attributes: what was drawn, by name.
        newest: whether no later trial has begun; the study then notes how many trials it has.
        insist: calls its argument until the database has answered.
    """
    texts = {name: json.dumps(value) for name, value in {**begun, **attributes}.items()}
    which, ours = id_of_number(study, number), study_id(study)
    params, own = TrialParamModel.__table__.c, TrialSystemAttributeModel.__table__.c

    def seal(connection: Connection) -> None:
        columns = select(params.param_name, params.param_value, params.distribution_json)
        found = connection.execute(columns.where(params.trial_id == which)).all()
        drawn = connection.execute(select(own.key, own.value_json).where(own.trial_id == which)).all()
        sums = json.dumps({DRAWN: of_draw(number, texts), PARAMS: of_params(found, drawn)})
        table = TrialUserAttributeModel.__table__
        _upsert(connection, table, _rows("trial_id", which, {CHECKSUM: sums}), ("trial_id", "key"))
        rows = _rows("study_id", ours, {BEGUN: json.dumps(number + 1)} if newest else {})
        _upsert(connection, StudyUserAttributeModel.__table__, rows, ("study_id", "key"))

    _write(study, number, attributes, NO_VALUES, insist, seal)


def write_end(
    study: Study,
    number: int,
    attributes: Mapping[str, Any],
    state: str,
    values: Sequence[float] | None,
    insist: Insist,
) -> None:
    """Write the last attributes of a trial and the checksum of everything, just before its state is changed.

    Args:
        study: the study.
        number: the trial's.
        attributes: the last ones, such as the reason of the end.
        state: the state that the trial gets: COMPLETE, PRUNED or FAIL.
        values: the values of a completed trial. Optuna gives a stopped one that of its last epoch.
        insist: calls its argument until the database has answered.
    """
    which = id_of_number(study, number)
    told, reported = TrialUserAttributeModel.__table__, TrialIntermediateValueModel.__table__

    def seal(connection: Connection) -> None:
        rows = connection.execute(select(told.c.key, told.c.value_json).where(told.c.trial_id == which))
        texts: dict[str, str] = dict(rows.all())
        columns = select(reported.c.step, reported.c.intermediate_value).where(reported.c.trial_id == which)
        steps: dict[int, float | None] = dict(connection.execute(columns).all())
        last = [steps[max(steps)]] if state == "PRUNED" and steps else []
        ended = of_end(number, state, texts, steps, last if values is None else list(map(float, values)))
        sums = json.dumps({**json.loads(texts.get(CHECKSUM, "{}")), ENDED: ended})
        _upsert(connection, told, _rows("trial_id", which, {CHECKSUM: sums}), ("trial_id", "key"))

    _write(study, number, attributes, NO_VALUES, insist, seal)


def _write(
    study: Study,
    number: int,
    attributes: Mapping[str, Any],
    values: Mapping[int, float],
    insist: Insist,
    then: Callable[[Connection], None],
) -> None:
    """Write to a trial, and do `then` in the same transaction."""
    engine, which = _engine(study), id_of_number(study, number)
    if engine is None:
        _write_by_optuna(storage_of(study), which, attributes, values)
        return
    texts = {name: json.dumps(value) for name, value in attributes.items()}
    reported = []
    for step, value in values.items():
        stored, kind = TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)
        row = {"trial_id": which, "step": step, "intermediate_value": stored, "intermediate_value_type": kind}
        reported.append(row)

    def write() -> None:
        with engine.begin() as connection:
            rows = _rows("trial_id", which, texts)
            _upsert(connection, TrialUserAttributeModel.__table__, rows, ("trial_id", "key"))
            _upsert(connection, TrialIntermediateValueModel.__table__, reported, ("trial_id", "step"))
            then(connection)

    insist(write)


def _write_by_optuna(
    storage: BaseStorage, which: int, attributes: Mapping[str, Any], values: Mapping[int, float]
) -> None:
    """The same in a database of another kind or in memory, without checksums."""
    for name, value in attributes.items():
        storage.set_trial_user_attr(which, name, value)
    for step, value in values.items():
        storage.set_trial_intermediate_value(which, step, value)


def _engine(study: Study) -> Engine | None:
    """The engine of the study's database; None where it is of a kind without UPSERTS."""
    storage = storage_of(study)
    engine = engine_of(storage) if has_engine(storage) else None
    return engine if engine is not None and engine.dialect.name in UPSERTS else None


def _rows(owner: str, which: int, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of attributes. `owner`: trial_id or study_id."""
    return [{owner: which, "key": name, "value_json": text} for name, text in texts.items()]


def _upsert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]], unique: Iterable[str]) -> None:
    """Insert rows, or change those that are there. `unique`: the columns that tell rows apart."""
    if not rows:
        return
    names = tuple(unique)
    insert = UPSERTS[connection.dialect.name](table).values(rows)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in names}
    connection.execute(insert.on_conflict_do_update(index_elements=names, set_=changed))
