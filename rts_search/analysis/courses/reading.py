"""Reads the courses of the runs that are compared from the checkpoint store."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rts_search.analysis.courses.chosen import ChosenRun, chosen_methods
from rts_search.analysis.courses.course import Course, Courses, Method
from rts_search.basics.errors import UserError
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.study.confirmation_study import ConfirmationStudy, has_diverged
from rts_search.study.stored_epochs import lost_epochs, read_record, told
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store


class LostRecords(UserError):
    """The records of some epochs are lost."""


def read_courses(
    study: SweepStudy, entries: Sequence[TrialEntry], verdict: Mapping[str, Any] | None, workspace: Workspace
) -> Courses:
    """The runs that are compared, with the records of their epochs.

    Args:
        study: the sweep.
        entries: its trials.
        verdict: its current verdict as plain values; None without one.
        workspace: its place.

    Raises:
        LostRecords: records are lost; the text says which, and how to get them back.
        UserError: the study cannot be read.
    """
    if verdict is not None and not ConfirmationStudy.exists(workspace.storage_url, study.name):
        verdict = None
    store, objective = Store(workspace.results.store_url), study.sweep.objective
    methods = []
    with garbage_collection_paused():
        for one in chosen_methods(study, entries, verdict, workspace.storage_url):
            courses = tuple(course_of(run, store, study, workspace) for run in one.runs)
            diverged = sum(has_diverged(entry) for entry in one.trials)
            methods.append(Method(one.name, one.label, courses, len(one.trials), diverged))
    return Courses(tuple(methods), objective, verdict is not None, study.data.val_images)


def courses_to_show(
    study: SweepStudy, entries: Sequence[TrialEntry], verdict: Mapping[str, Any] | None, workspace: Workspace
) -> Courses | None:
    """The same for pages and figures; None where records are lost or no run has ended: all else is shown."""
    try:
        found = read_courses(study, entries, verdict, workspace)
    except LostRecords:
        return None
    return found if found.shown else None


def course_of(run: ChosenRun, store: Store, study: SweepStudy, workspace: Workspace) -> Course:
    """The course of one run. Raises: LostRecords."""
    entry, metric = run.entry, study.sweep.objective.metric
    found = [read_record(store, epoch)[0] for epoch in entry.epochs]
    stored = [one for one in found if one is not None]
    if len(stored) < len(found):
        raise _lost(entry, store, study.name, workspace)
    records = [one.record for one in stored]
    return Course(
        seed=entry.settings.training.seed,
        diverged=has_diverged(entry),
        value=np.array([getattr(epoch, metric) for epoch in entry.epochs], dtype=np.float64),
        train_loss=np.array([record.train_loss for record in records], dtype=np.float64),
        gradient_evaluations=np.array([epoch.gradient_evaluations for epoch in entry.epochs], dtype=np.float64),
        seconds=np.cumsum([record.seconds for record in records], dtype=np.float64),
        norms=tuple(_norms(one) for one in stored),
        test=run.test,
    )


def _norms(stored: StoredEpoch) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(stored.grad_norms, dtype=np.float64)


def _lost(entry: TrialEntry, store: Store, name: str, workspace: Workspace) -> LostRecords:
    lost = told(list(lost_epochs(store, [entry])))
    return LostRecords(
        f"{name}: the records of all epochs of the compared runs must be in {store.url}, but those of {lost} are not; "
        f"get them back with `rts-search restore {name}{workspace.options()}`"
    )
