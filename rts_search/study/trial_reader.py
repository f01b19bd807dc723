"""Reads the trials of a sweep from the database.

Optuna makes an object of every row, and a sweep of 10,000 trials has 130,000 rows. Reading Optuna's tables directly
takes a fifth of the time. Optuna checks the version of the tables when it opens them.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, select

from rts_search.study.attributes import (
    ARM,
    BASELINE,
    CONFIG,
    EPOCH,
    IN_VAIN,
    PASSED,
    REASON,
    REPEATS,
    SHORT_OF_MEMORY,
    TURNS,
    number_in,
)
from rts_search.study.optuna_internals import BEGAN, ENDED
from rts_search.study.optuna_internals import TrialIntermediateValueModel as Value
from rts_search.study.optuna_internals import TrialModel as Row
from rts_search.study.optuna_internals import TrialUserAttributeModel as Attribute
from rts_search.study.samplers.shown_study import stands_held
from rts_search.study.trials import EpochEntry, TrialEntry

Turn = tuple[float, float | None]
"""Begin and end of a turn, in seconds since 1970; the end is None until it has ended."""


def read_trials(engine: Engine, study_id: int, reports: bool, number: int | None = None) -> list[TrialEntry]:
    """The trials of a study, by number, or only the trial of one number.

    Args:
        engine: the database.
        study_id: Optuna's number of the study.
        reports: whether each epoch's objective is also written as a value of Optuna's; an epoch then counts once it is.
        number: of the only trial that is read.
    """

    def wanted(columns: Select[Any]) -> Select[Any]:
        found = columns.where(Row.study_id == study_id)
        return found if number is None else found.where(Row.number == number)

    with engine.connect() as connection:
        # The driver writes the attribute of an epoch before its value. Reading in reverse never misses an attribute.
        trials = connection.execute(wanted(select(Row.trial_id, Row.number, Row.state)).order_by(Row.number)).all()
        steps: dict[int, int] = defaultdict(int)
        if reports:
            values = select(Value.trial_id).join(Row, Row.trial_id == Value.trial_id)
            for (trial,) in connection.execute(wanted(values)):
                steps[trial] += 1
        attributes: dict[int, dict[str, str]] = defaultdict(dict)
        columns = select(Attribute.trial_id, Attribute.key, Attribute.value_json)
        for trial, name, value in connection.execute(wanted(columns.join(Row, Row.trial_id == Attribute.trial_id))):
            attributes[trial][name] = value
    return [
        _entry(number, state.name, attributes[trial], steps[trial] if reports else None)
        for trial, number, state in trials
    ]


def read_turns(engine: Engine, study_id: int) -> dict[int, list[Turn]]:
    """Trial number -> its turns: the times in which it had a worker. A turn that was cut off is not among them."""
    turns = (Attribute.trial_id == Row.trial_id) & (Attribute.key == TURNS)
    wanted = select(Row.number, BEGAN, ENDED, Attribute.value_json)
    with engine.connect() as connection:
        rows = connection.execute(wanted.join(Attribute, turns, isouter=True).where(Row.study_id == study_id)).all()
    found: dict[int, list[Turn]] = {}
    for number, began, ended, text in rows:
        if text is not None:
            found[number] = [(begin, end) for begin, end in json.loads(text)]
        elif began is not None:
            found[number] = [(_seconds(began), None if ended is None else _seconds(ended))]
    return found


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def _entry(number: int, state: str, texts: Mapping[str, str], steps: int | None) -> TrialEntry:
    """A trial with its first `steps` epochs, or with all epochs for None."""
    named = sorted(name for name in texts if name.startswith(EPOCH))[:steps]
    epochs = tuple(EpochEntry(epoch=number_in(name), **json.loads(texts[name])) for name in named)
    attrs = {name: json.loads(text) for name, text in texts.items() if not name.startswith(EPOCH)}
    return TrialEntry(
        number=number,
        state=state,
        config=attrs.get(CONFIG),
        baseline=attrs.get(BASELINE, ""),
        arm=attrs.get(ARM, ""),
        reason=attrs.get(REASON, ""),
        epochs=epochs,
        short_of_memory=bool(attrs.get(SHORT_OF_MEMORY)),
        held=state == "RUNNING" and stands_held(attrs, len(epochs)),
        passed=attrs.get(PASSED, 0),
        in_vain=attrs.get(IN_VAIN, 0),
        repeats=attrs.get(REPEATS),
    )
