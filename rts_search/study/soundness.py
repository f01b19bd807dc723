"""Checks a whole database before a sweep goes on in it, since what is written beside damage makes it worse."""

import json
from collections import defaultdict
from typing import Any

import optuna
from sqlalchemy import Engine, select

from rts_search.study.attributes import CHECKSUM
from rts_search.study.checksums import PARAMS, of_params
from rts_search.study.damage import damaged
from rts_search.study.optuna_internals import (
    TrialModel,
    TrialParamModel,
    TrialSystemAttributeModel,
    TrialUserAttributeModel,
    engine_of,
    storage_of,
    study_id,
)


def check_database(study: optuna.Study) -> None:
    """Check the database of a study: its file, its rows, and what its sampler reads.

    Raises:
        DamagedStudy: a page is damaged, a row belongs to nothing, or a draw is another than was written.
    """
    engine, place = engine_of(storage_of(study)), f"study {study.study_name}"
    if engine.dialect.name == "sqlite":
        _check_file(engine, place)
    _check_draws(engine, study_id(study), place)
    study.get_trials(deepcopy=False)


def _check_file(engine: Engine, place: str) -> None:
    with engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if said != "ok":
            raise damaged(place, f"its file is damaged: {said}")
    check_rows(engine, place)


def check_rows(engine: Engine, place: str) -> None:
    """Check that no row belongs to a trial or a study that is missing, which a new one would take for its own.

    Raises:
        DamagedStudy: one does.
    """
    if engine.dialect.name == "sqlite":  # a server does not let it come to this
        with engine.connect() as connection:
            orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if orphan is not None:
            raise damaged(place, f"row {orphan[1]} of {orphan[0]} belongs to a row of {orphan[2]} that is missing")


def _check_draws(engine: Engine, which: int, place: str) -> None:
    def rows(table: Any, *columns: Any) -> dict[int, list[tuple[Any, ...]]]:
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        wanted = select(TrialModel.number, *columns).join(table, TrialModel.trial_id == table.trial_id)
        for number, *row in connection.execute(wanted.where(TrialModel.study_id == which)):
            found[number].append(tuple(row))
        return found

    params, own, told = TrialParamModel, TrialSystemAttributeModel, TrialUserAttributeModel
    with engine.connect() as connection:
        drawn = rows(params, params.param_name, params.param_value, params.distribution_json)
        attributes = rows(own, own.key, own.value_json)
        sums = {
            number: json.loads(text)
            for number, kept in rows(told, told.key, told.value_json).items()
            for name, text in kept
            if name == CHECKSUM
        }
    for number, known in sums.items():
        if PARAMS in known and known[PARAMS] != of_params(drawn[number], attributes[number]):
            raise damaged(f"{place}: trial {number}", "what was drawn for it does not match its checksum")
