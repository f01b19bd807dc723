"""Reads the trials of a sweep from the database.

Optuna makes an object of every row, and a sweep of 10,000 trials has 130,000 rows. Reading Optuna's tables directly
takes a fifth of the time. Optuna checks the version of the tables when it opens them.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, String, cast, select

from rts_search.study.attributes import TURNS
from rts_search.study.damage import damaged, readable
from rts_search.study.optuna_internals import BEGAN, ENDED
from rts_search.study.optuna_internals import TrialIntermediateValueModel as Step
from rts_search.study.optuna_internals import TrialModel as Row
from rts_search.study.optuna_internals import TrialUserAttributeModel as Attribute
from rts_search.study.optuna_internals import TrialValueModel as Value
from rts_search.study.trial_record import TrialRecord, checked
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ObjectiveConfig

Turn = tuple[float, float | None]
"""Begin and end of a turn, in seconds since 1970; the end is None until it has ended."""


def read_trials(
    engine: Engine,
    study_id: int,
    study: str,
    objective: ObjectiveConfig,
    reports: bool,
    begun: int = 0,
    number: int | None = None,
) -> list[TrialEntry]:
    """The trials of a study, by number, or only the trial of one number.

    Args:
        engine: the database.
        study_id: Optuna's number of the study.
        study: its name, for messages.
        objective: by which completed trials are valued.
        reports: whether each epoch's objective is also written as a value of Optuna's; an epoch then counts once it is.
        begun: number of trials that the study has at least; read before.
        number: of the only trial that is read.

    Raises:
        DamagedStudy: the database contradicts itself.
    """
    place = f"study {study}"
    records = [TrialRecord(*row) for row in _rows(engine, study_id, number)]
    if number is None:
        _check_numbers(place, [record.number for record in records], begun)
    return [checked(record, place, objective, reports) for record in records]


def _rows(engine: Engine, study_id: int, number: int | None) -> list[tuple[Any, ...]]:
    """Number, state, attributes, steps and values of each trial, as they are in the database."""

    def wanted(columns: Select[Any]) -> Select[Any]:
        found = columns.where(Row.study_id == study_id)
        return found if number is None else found.where(Row.number == number)

    def joined(table: Any, *columns: Any) -> Select[Any]:
        return wanted(select(table.trial_id, *columns).join(Row, Row.trial_id == table.trial_id))

    steps: dict[int, dict[int, float | None]] = defaultdict(dict)
    values: dict[int, dict[int, float | None]] = defaultdict(dict)
    attributes: dict[int, dict[str, str]] = defaultdict(dict)
    with engine.connect() as connection:
        # The driver writes the attribute of an epoch before its value. Reading in reverse never misses an attribute.
        columns = select(Row.trial_id, Row.number, cast(Row.state, String))
        trials = connection.execute(wanted(columns).order_by(Row.number)).all()
        for trial, step, value in connection.execute(joined(Step, Step.step, Step.intermediate_value)):
            steps[trial][step] = value
        for trial, place, value in connection.execute(joined(Value, Value.objective, Value.value)):
            values[trial][place] = value
        for trial, name, text in connection.execute(joined(Attribute, Attribute.key, Attribute.value_json)):
            attributes[trial][name] = text
    return [(number, state, attributes[trial], steps[trial], values[trial]) for trial, number, state in trials]


def _check_numbers(place: str, numbers: list[Any], begun: int) -> None:
    """Raises: DamagedStudy: a number is missing, or is there twice."""
    for expected, found in enumerate(numbers):
        if found != expected:
            what = f"trial {found} is there twice" if found == expected - 1 else f"trial {expected} is missing"
            raise damaged(place, what)
    if len(numbers) < begun:
        raise damaged(place, f"trial {len(numbers)} is missing: it must have {begun} trials")


def read_turns(engine: Engine, study_id: int, study: str) -> dict[int, list[Turn]]:
    """Trial number -> its turns: the times in which it had a worker. A turn that was cut off is not among them.

    Raises:
        DamagedStudy: the times of a trial cannot be read.
    """
    turns = (Attribute.trial_id == Row.trial_id) & (Attribute.key == TURNS)
    wanted = select(Row.number, BEGAN, ENDED, Attribute.value_json)
    with readable(f"study {study}"), engine.connect() as connection:
        rows = connection.execute(wanted.join(Attribute, turns, isouter=True).where(Row.study_id == study_id)).all()
    found: dict[int, list[Turn]] = {}
    for number, began, ended, text in rows:
        with readable(f"study {study}: trial {number}: {TURNS}"):
            if text is not None:
                found[number] = [(begin, end) for begin, end in json.loads(text)]
            elif began is not None:
                found[number] = [(_seconds(began), None if ended is None else _seconds(ended))]
    return found


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
