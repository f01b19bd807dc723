"""Finished sweeps of many trials within minutes: a driver writes a few trials, and all others are copies of them.

A copy has a number, accuracies, addresses, a seed and a largest radius of its own, and the checksum that belongs to
them, so that the service reads it as it reads any other trial. The records of its epochs are in the store.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from benchmarks.study import EPOCHS, STEPS, Driver, record
from rts_search.basics.results_folder import Results
from rts_search.study.attributes import CHECKSUM, CHECKSUMS, CONFIG, EPOCH, IDENTITY, SWEEP
from rts_search.study.checksums import ENDED, checksum, of_end
from rts_search.study.data_facts import DataFacts
from rts_search.study.database.storage import open_storage
from rts_search.study.optuna_internals import (
    StudyDirectionModel,
    StudyModel,
    StudyUserAttributeModel,
    TrialIntermediateValueModel,
    TrialModel,
    TrialUserAttributeModel,
    TrialValueModel,
    engine_of,
)
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store

COPIED = "copied"
"""Name of the sweep whose trials are copied."""
BATCH = 500
BEGAN = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SECONDS_A_TRIAL = 10


@dataclass(frozen=True)
class _Row:
    """A trial as it is in the database."""

    number: int
    state: Any
    texts: dict[str, str]

    def copied(self, number: int) -> "_Row":
        """The same under another number."""
        draw = random.Random(number)
        texts = dict(self.texts)
        for name in sorted(name for name in texts if name.startswith(EPOCH)):
            key = f"{number:024x}{int(name.removeprefix(EPOCH)):08x}"
            texts[name] = json.dumps({**json.loads(texts[name]), "key": key, "val_acc": round(draw.random(), 4)})
        config = json.loads(texts[CONFIG])
        config["training"]["seed"] = number
        if number:
            radius = config["radius"]
            largest = "value" if radius["shape"] == "constant" else "beta_max"
            radius[largest] = round(radius.get("beta_min", 0.0) + 10 ** draw.uniform(-1, 1), 4)
        texts[CONFIG] = json.dumps(config)
        sums = {ENDED: of_end(number, self.state.name, texts, _steps(texts), _values(texts))}
        return _Row(number, self.state, {**texts, CHECKSUM: json.dumps(sums)})


def _steps(texts: dict[str, str]) -> dict[int, float | None]:
    named = sorted(name for name in texts if name.startswith(EPOCH))
    return {epoch: json.loads(texts[name])["val_acc"] for epoch, name in enumerate(named)}


def _values(texts: dict[str, str]) -> list[float | None]:
    return list(_steps(texts).values())[-1:]


class Copies:
    """Writes finished sweeps into a results folder."""

    def __init__(self, results: Results, trials: int = 40) -> None:
        """Write the trials that are copied, as a driver does. `trials`: their number."""
        self._results, self._store = results, Store(results.store_url)
        study = self._begun(COPIED, trials)
        for _ in Driver(study, self._store).trials():
            pass
        self._engine = engine_of(open_storage(results.storage_url))
        with self._engine.connect() as connection:
            self._rows = list(_rows(connection, COPIED))
        study.delete()

    def write(self, name: str, trials: int) -> None:
        """Write a finished sweep of so many trials of the search and one baseline."""
        self._begun(name, trials)
        self._fill(name, trials)

    def write_like(self, name: str, other: str, trials: int) -> None:
        """The same with the settings of another sweep, in a tenth of the time."""
        with self._engine.begin() as connection:
            _begin_like(connection, name, other)
        self._fill(name, trials)

    def _fill(self, name: str, trials: int) -> None:
        with self._engine.begin() as connection:
            which = connection.scalar(select(StudyModel.study_id).where(StudyModel.study_name == name))
            first, *others = self._rows
            for begin in range(0, trials + 1, BATCH):
                numbers = range(begin, min(begin + BATCH, trials + 1))
                copies = [(others[n % len(others)] if n else first).copied(n) for n in numbers]
                _insert(connection, int(which or 0), copies)
                for one in copies:
                    self._put(one)

    def _begun(self, name: str, trials: int) -> SweepStudy:
        settings = [f"name={name}", f"training.epochs={EPOCHS}", f"search={{sampler: random, trials: {trials}}}"]
        sweep = load_sweep("digits", [*settings, "baselines=[sgd]", "space=radius"])
        return SweepStudy.create(
            self._results.storage_url, sweep, DataFacts("simulated", STEPS, 256, 64, 360), model="a small model"
        )

    def _put(self, row: _Row) -> None:
        for epoch, accuracy in _steps(row.texts).items():
            key = f"{row.number:024x}{epoch:08x}"
            own = record(epoch, accuracy or 0.0)
            self._store.put_epoch(StoredEpoch(key, "simulated", "", f"{row.number}", own, (1.0,) * STEPS, {}))


def _begin_like(connection: Connection, name: str, other: str) -> None:
    """Begin a study with the attributes of another one."""
    study, told, goal = StudyModel.__table__, StudyUserAttributeModel.__table__, StudyDirectionModel.__table__
    like = connection.scalar(select(study.c.study_id).where(study.c.study_name == other))
    which = connection.execute(insert(study), {"study_name": name}).inserted_primary_key[0]
    texts: dict[str, str] = dict(
        connection.execute(select(told.c.key, told.c.value_json).where(told.c.study_id == like)).all()
    )
    texts[SWEEP] = json.dumps({**json.loads(texts[SWEEP]), "name": name})
    texts[IDENTITY] = json.dumps(f"copy {name}")
    sums = json.loads(texts[CHECKSUMS])
    texts[CHECKSUMS] = json.dumps({own: checksum(texts[own]) for own in sums})
    rows = [{"study_id": which, "key": own, "value_json": text} for own, text in texts.items()]
    connection.execute(insert(told), rows)
    connection.execute(insert(goal), {"study_id": which, "objective": 0, "direction": "MAXIMIZE"})


def _rows(connection: Connection, name: str) -> Iterator[_Row]:
    trials = select(TrialModel.trial_id, TrialModel.number, TrialModel.state).join(StudyModel)
    found = connection.execute(trials.where(StudyModel.study_name == name).order_by(TrialModel.number)).all()
    attribute = TrialUserAttributeModel
    for which, number, state in found:
        texts = select(attribute.key, attribute.value_json).where(attribute.trial_id == which)
        yield _Row(number, state, dict(connection.execute(texts).all()))


def _insert(connection: Connection, study: int, rows: list[_Row]) -> None:
    """Write trials with all that belongs to them."""
    times = [BEGAN + timedelta(seconds=SECONDS_A_TRIAL * row.number) for row in rows]
    told = [
        {"number": row.number, "study_id": study, "state": row.state, "datetime_start": began}
        | {"datetime_complete": began + timedelta(seconds=SECONDS_A_TRIAL)}
        for row, began in zip(rows, times, strict=True)
    ]
    connection.execute(insert(TrialModel.__table__), told)
    numbered = select(TrialModel.number, TrialModel.trial_id).where(TrialModel.study_id == study)
    keys: dict[int, int] = dict(connection.execute(numbered.where(TrialModel.number >= rows[0].number)).all())
    texts = [
        {"trial_id": keys[row.number], "key": name, "value_json": text}
        for row in rows
        for name, text in row.texts.items()
    ]
    connection.execute(insert(TrialUserAttributeModel.__table__), texts)
    steps = [
        {"trial_id": keys[row.number], "step": step, "intermediate_value": value, "intermediate_value_type": "FINITE"}
        for row in rows
        for step, value in _steps(row.texts).items()
    ]
    connection.execute(insert(TrialIntermediateValueModel.__table__), steps)
    values = [
        {"trial_id": keys[row.number], "objective": 0, "value": value, "value_type": "FINITE"}
        for row in rows
        for value in _values(row.texts)
    ]
    connection.execute(insert(TrialValueModel.__table__), values)
