"""Turns what the database holds of a trial into its entry, and checks that it does not contradict itself."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rts_search.study.attributes import (
    ARM,
    BASELINE,
    CHECKSUM,
    CONFIG,
    EPOCH,
    HELD,
    IN_VAIN,
    PASSED,
    REASON,
    REPEATS,
    SHORT_OF_MEMORY,
    number_in,
)
from rts_search.study.checksums import DRAWN, ENDED, of_draw, of_end
from rts_search.study.damage import damaged, readable
from rts_search.study.samplers.shown_study import stands_held
from rts_search.study.trials import EpochEntry, TrialEntry, chosen_by
from rts_search.sweep.sections import ObjectiveConfig
from trainables.core.settings.metrics import METRICS

STATES = ("COMPLETE", "PRUNED", "FAIL", "RUNNING")
FORMS: Mapping[str, type] = {ARM: str, BASELINE: str, CONFIG: dict, REASON: str, SHORT_OF_MEMORY: bool}
"""Attribute -> type of its value."""
COUNTS = (HELD, IN_VAIN, PASSED, REPEATS)
"""Attributes whose value is a number >= 0."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What the database holds of a trial."""

    number: int
    state: str
    texts: Mapping[str, str]
    """Name -> JSON of each attribute."""
    steps: Mapping[int, float | None]
    """Epoch -> the objective's value that Optuna has for it."""
    values: Mapping[int, float | None]
    """Index of the objective -> the value that Optuna has for the trial."""

    @property
    def ended(self) -> bool:
        """Whether the trial has ended."""
        return self.state != "RUNNING"


def checked(record: TrialRecord, study: str, objective: ObjectiveConfig, reports: bool) -> TrialEntry:
    """The entry of a trial.

    A trial whose record matches its checksum is believed. Otherwise all is checked that must be true.

    Args:
        record: what the database holds.
        study: its place in messages.
        objective: by which a completed trial is valued.
        reports: whether each epoch's objective is also written as a value of Optuna's; an epoch then counts once it is.

    Raises:
        DamagedStudy: the record contradicts itself.
    """
    place = f"{study}: trial {record.number}"
    with readable(place):
        if record.state not in STATES:
            raise damaged(place, f"its state must be one of {', '.join(STATES)}, but is {record.state!r}")
        sums = json.loads(record.texts.get(CHECKSUM, "{}"))
        if record.ended and ENDED in sums and _ended_as(record, sums[ENDED]):
            return _entry(record, place, reports)
        _check_forms(record, place)
        entry = _entry(record, place, reports)
        _check(record, entry, place, objective, reports)
        if (record.ended and ENDED in sums) or (DRAWN in sums and not _drawn_as(record, sums[DRAWN])):
            raise damaged(place, "its record does not match its checksum")
        return entry


def _ended_as(record: TrialRecord, known: str) -> bool:
    """Whether an ended trial has this checksum, in today's form or that of earlier versions."""
    values = [record.values[place] for place in sorted(record.values)]
    sums = (of_end(number, record.state, record.texts, record.steps, values) for number in (record.number, None))
    return known in sums


def _drawn_as(record: TrialRecord, known: str) -> bool:
    """The same of a trial as it was drawn."""
    return known in (of_draw(number, record.texts) for number in (record.number, None))


def _entry(record: TrialRecord, place: str, reports: bool) -> TrialEntry:
    texts = record.texts
    named = sorted(name for name in texts if name.startswith(EPOCH))
    if reports and not record.ended:
        named = named[: len(record.steps)]
    epochs = tuple(_epoch(name, texts[name], place) for name in named)
    attrs = {name: _parsed(name, text, place) for name, text in texts.items() if not name.startswith(EPOCH)}
    return TrialEntry(
        number=record.number,
        state=record.state,
        config=attrs.get(CONFIG),
        baseline=attrs.get(BASELINE, ""),
        arm=attrs.get(ARM, ""),
        reason=attrs.get(REASON, ""),
        epochs=epochs,
        short_of_memory=bool(attrs.get(SHORT_OF_MEMORY)),
        held=not record.ended and stands_held(attrs, len(epochs)),
        passed=attrs.get(PASSED, 0),
        in_vain=attrs.get(IN_VAIN, 0),
        repeats=attrs.get(REPEATS),
    )


def _epoch(name: str, text: str, place: str) -> EpochEntry:
    try:
        return EpochEntry(epoch=number_in(name), **json.loads(text))
    except (ValueError, TypeError) as error:
        raise damaged(f"{place}: {name}", f"holds what was never written there: {error}") from error


def _parsed(name: str, text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError) as error:
        raise damaged(f"{place}: {name}", f"is no JSON: {error}") from error


def _check_forms(record: TrialRecord, place: str) -> None:
    """Raises: DamagedStudy: an attribute has another form than it was written with."""
    for name, text in record.texts.items():
        value = _parsed(name, text, place)
        if name in FORMS and not isinstance(value, FORMS[name]):
            raise damaged(f"{place}: {name}", f"must be of type {FORMS[name].__name__}, but is {value!r}")
        if name in COUNTS and (type(value) is not int or value < 0):
            raise damaged(f"{place}: {name}", f"must be a number >= 0, but is {value!r}")


def _check(record: TrialRecord, entry: TrialEntry, place: str, objective: ObjectiveConfig, reports: bool) -> None:
    """Check what must be true of every trial. Raises: DamagedStudy."""
    before = 0
    for expected, epoch in enumerate(entry.epochs):
        if epoch.epoch != expected:
            raise damaged(place, f"epoch {expected + 1} of its {len(entry.epochs)} or more epochs is missing")
        _check_epoch(epoch, f"{place}: epoch {expected + 1}", before)
        before = epoch.gradient_evaluations
    if reports and sorted(record.steps) != list(range(len(record.steps))):
        raise damaged(place, f"the values of its epochs must be 0 to {len(record.steps) - 1}, but one is missing")
    if reports and record.ended and len(record.steps) != len(entry.epochs):
        raise damaged(place, f"has {len(entry.epochs)} epochs, but the values of {len(record.steps)}")
    if entry.config is None and (entry.epochs or record.ended):
        has = f"has {len(entry.epochs)} epochs, but" if entry.epochs else "has ended, but has"
        raise damaged(place, f"{has} no config")
    if record.state == "COMPLETE":
        _check_completed(record, entry, place, objective)


def _check_completed(record: TrialRecord, entry: TrialEntry, place: str, objective: ObjectiveConfig) -> None:
    """Raises: DamagedStudy: a completed trial lacks an epoch, or its value is not that of the epoch that counts."""
    length = entry.config["training"]["epochs"] if entry.config is not None else 0
    if len(entry.epochs) != length:
        raise damaged(place, f"is completed, but has {len(entry.epochs)} of its {length} epochs")
    chosen = chosen_by(objective, entry.epochs)
    value = None if chosen is None else objective.measure.gain(objective.gain(chosen))
    if value != record.values.get(0):
        epoch = chosen.epoch + 1 if chosen is not None else "none"
        raise damaged(
            f"{place}: epoch {epoch}",
            f"{objective.metric} is {value}, but the trial's value is {record.values.get(0)}",
        )


def _check_epoch(epoch: EpochEntry, place: str, before: int) -> None:
    """Check one epoch. `before`: gradient evaluations up to it. Raises: DamagedStudy."""
    for name in ("key", "provenance"):
        if not isinstance(getattr(epoch, name), str):
            raise damaged(place, f"{name} must be a text, but is {getattr(epoch, name)!r}")
    cost = epoch.gradient_evaluations
    if type(cost) is not int or cost < before:
        raise damaged(place, f"gradient_evaluations must be a number >= {before}, but is {cost!r}")
    if not isinstance(epoch.spent, bool):
        raise damaged(place, f"spent must be true or false, but is {epoch.spent!r}")
    for name in METRICS:
        value = getattr(epoch, name)
        if value is None and name != "val_acc":
            continue
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise damaged(place, f"{name} must be a number, but is {value!r}")
