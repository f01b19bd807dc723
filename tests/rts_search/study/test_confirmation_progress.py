"""The progress of a confirmation follows from its planned runs and the times of those that have begun."""

import time
from pathlib import Path

from rts_search.study.confirmation_progress import confirmation_progress, method_told
from tests.rts_search.server.confirmed import confirmed, run


def test_what_is_left_follows_from_the_runs_that_have_ended(tmp_path: Path) -> None:
    study = confirmed(tmp_path).confirmation(9)
    run(study, 8)
    run(study, 2, "RUNNING")
    (began, ended), open_since = study.turns()[0][0], study.turns()[1][0][0]
    assert ended is not None
    found = confirmation_progress(study, 0.0, open_since)
    assert (found.runs, found.ended, found.complete) == (9, 1, False)
    assert [(one.number, one.method, one.epochs, one.of) for one in found.running] == [(1, "sgd", 2, 8)]
    assert abs((found.times.left or 0.0) - 8 * (ended - began)) < 1e-6
    assert confirmation_progress(study, None, time.time()).times.left is None


def test_the_runs_of_a_contender_are_named_after_its_trial() -> None:
    assert (method_told("6"), method_told("sgd")) == ("contender 6", "sgd")
