"""A sweep goes on only in a database that is sound, also where reading the sweep shows nothing."""

import sqlite3
from contextlib import closing

import pytest

from rts_search.study.damage import DamagedStudy
from rts_search.study.study import SweepStudy
from tests.rts_search.store.swept import Swept

LEARNING = ("search={sampler: tpe, trials: 2}", "space={radius: {shape: constant, value: [0.1, 0.2]}}")


@pytest.fixture
def study(swept: Swept) -> SweepStudy:
    """A study with one trial that has ended and one that has not."""
    made = swept.sweep("mine", *LEARNING)
    for state in ("COMPLETE", "RUNNING"):
        swept.train(made, state=state)
    return made


def change(swept: Swept, *statements: str) -> SweepStudy:
    """The study after these changes by another program."""
    with closing(sqlite3.connect(swept.results.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return SweepStudy.load(swept.results.storage_url, "mine")


def test_a_sound_database_is_let_through(study: SweepStudy) -> None:
    study.require_sound()


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE trial_params SET param_value = 1 - param_value", "trial 1: what was drawn for it does not match its"),
        ("UPDATE trial_params SET distribution_json = '{'", "trial 1: what was drawn for it does not match its"),
        ("DELETE FROM trial_params", "trial 1: what was drawn for it does not match its checksum"),
        ("UPDATE trial_params SET trial_id = 77", "row 1 of trial_params belongs to a row of trials that is missing"),
    ],
)
def test_a_draw_that_is_another_now_is_told(swept: Swept, statement: str, line: str) -> None:
    found = change(swept, statement)
    assert len(found.trials()) == 2, "no table reads it"
    with pytest.raises(DamagedStudy, match=f"study mine: {line}"):
        found.require_sound()


@pytest.mark.usefixtures("study")
def test_what_optuna_cannot_read_is_told_also_in_a_study_of_an_earlier_version(swept: Swept) -> None:
    found = change(
        swept,
        "DELETE FROM trial_user_attributes WHERE key = 'checksum'",
        "UPDATE trial_params SET distribution_json = '{'",
    )
    with pytest.raises(DamagedStudy, match="study mine: holds what was never written there: JSONDecodeError"):
        found.require_sound()


@pytest.mark.usefixtures("study")
def test_a_new_sweep_never_takes_the_trials_of_one_whose_row_was_lost(swept: Swept) -> None:
    with closing(sqlite3.connect(swept.results.database)) as connection:
        connection.execute("DELETE FROM studies")
        connection.commit()
    with pytest.raises(
        DamagedStudy, match=r"studies\.sqlite3: row \d+ of \w+ belongs to a row of studies that is missing"
    ):
        swept.sweep("other")


@pytest.mark.usefixtures("study")
def test_a_damaged_page_is_told_in_one_line_though_sqlite_uses_several(swept: Swept) -> None:
    unread = "SELECT rootpage FROM sqlite_master WHERE name = 'trial_heartbeats'"
    with closing(sqlite3.connect(swept.results.database)) as connection:
        ((page,), (size,)) = (connection.execute(line).fetchone() for line in (unread, "PRAGMA page_size"))
    with swept.results.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))
    found = change(swept)
    with pytest.raises(DamagedStudy, match=r"^study mine: its file is damaged: [^\n]+ [^\n]+$"):
        found.require_sound()
