"""Reads what a study keeps besides its trials, and checks it against its checksums."""

import json
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.storages import BaseStorage
from sqlalchemy import select

from rts_search.study.attributes import CHECKSUMS
from rts_search.study.checksums import checksum
from rts_search.study.damage import damaged
from rts_search.study.optuna_internals import (
    StudyModel,
    StudyUserAttributeModel,
    engine_of,
    has_engine,
    storage_of,
    study_id,
)


def names_in(storage: BaseStorage) -> list[str]:
    """The names of all studies of a database, sorted; none of them is read."""
    if not has_engine(storage):
        return sorted(optuna.get_all_study_names(storage))
    with engine_of(storage).connect() as connection:
        return sorted(str(name) for name in connection.scalars(select(StudyModel.study_name)))


def attributes_of(study: optuna.Study) -> dict[str, Any]:
    """Name -> value of each attribute of a study. Raises: DamagedStudy: one was changed or lost, or is no JSON."""
    if not has_engine(storage_of(study)):
        return dict(study.user_attrs)
    table, which = StudyUserAttributeModel, study_id(study)
    columns = select(table.key, table.value_json).where(table.study_id == which)
    with engine_of(storage_of(study)).connect() as connection:
        texts: dict[str, str] = dict(connection.execute(columns).all())
    return parsed(texts, f"study {study.study_name}")


def parsed(texts: Mapping[str, str], place: str) -> dict[str, Any]:
    """Name -> value of attributes from their JSON. Raises: DamagedStudy."""
    sums = _value(CHECKSUMS, texts.get(CHECKSUMS, "{}"), place)
    if not isinstance(sums, dict):
        raise damaged(f"{place}: {CHECKSUMS}", f"must be the checksums of the other attributes, but is {sums!r}")
    for name, expected in sums.items():
        if name not in texts:
            raise damaged(place, f"its attribute {name} is missing")
        if not isinstance(texts[name], str) or checksum(texts[name]) != expected:
            raise damaged(f"{place}: {name}", "does not match its checksum")
    return {name: _value(name, text, place) for name, text in texts.items()}


def _value(name: str, text: Any, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError) as error:
        raise damaged(f"{place}: {name}", f"is no JSON: {error}") from error
