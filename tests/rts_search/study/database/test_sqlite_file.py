"""A file that another program holds is waited for, with a word, and nothing that was to be written is lost."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.study.database import sqlite_file
from rts_search.study.database.retrying_storage import ConnectionLost, Patience
from rts_search.study.database.storage import open_storage, resumable, storage_errors
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from tests.rts_search.store.swept import Swept

EPOCH = EpochEntry(0, "key", "here", True, 8, 0.5)


@pytest.fixture
def study(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> SweepStudy:
    """A sweep whose connections wait for a moment only before they say a word."""
    monkeypatch.setattr(sqlite_file, "TRY_SECONDS", 0.01)
    return swept.sweep("mine")


@contextlib.contextmanager
def held(file: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the file for itself."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


def test_what_is_written_meanwhile_waits_with_a_word_and_is_there_afterwards(swept: Swept, study: SweepStudy) -> None:
    entry, told = study.open_trials.begin(), list[str]()
    with held(swept.results.database) as holder:

        def say(line: str) -> None:
            told.append(line)
            if len(told) == 1:
                threading.Thread(target=holder.rollback).start()

        study.wait_for_database(60.0, say)
        study.open_trials.record_epoch(entry.number, EPOCH)
    waits, goes_on = told
    assert waits == ("the study database is held by another program, waiting for 60 s: database is locked")
    assert goes_on.startswith("the study database is free again after ")
    assert study.trials()[0].epochs == (EPOCH,)


def test_a_trial_begins_and_ends_once_however_often_the_file_was_held(swept: Swept, study: SweepStudy) -> None:
    waits = 0
    for ask in (
        lambda: study.open_trials.begin(),
        lambda: study.open_trials.record_epoch(0, EPOCH),
        lambda: study.open_trials.finish(0, "PRUNED", "stopped"),
    ):
        with held(swept.results.database) as holder:

            def say(line: str, holder: sqlite3.Connection = holder) -> None:
                nonlocal waits
                if "is held" in line:
                    waits += 1
                    holder.rollback()

            study.wait_for_database(60.0, say)
            ask()
    assert waits == 3
    (entry,) = study.trials()
    assert (entry.state, entry.reason, len(entry.epochs)) == ("PRUNED", "stopped", 1)


def test_who_has_waited_long_enough_is_told_how_to_go_on_and_waits_no_second_time(
    swept: Swept, study: SweepStudy
) -> None:
    entry = study.open_trials.begin()
    patience = Patience(least_seconds=0.05)
    factory = sqlite_file.waiting_connection(patience)
    with held(swept.results.database):
        with contextlib.closing(sqlite3.connect(swept.results.database, timeout=0.01, factory=factory)) as connection:
            cursor, sql = connection.cursor(), "SELECT count(*) FROM trials"
            for _ in range(2):
                with pytest.raises(ConnectionLost, match="database is locked"):
                    cursor.execute(sql)
        url = swept.results.storage_url
        line = r"database is locked; another program holds it: end that and try again; then continue with `go on`"
        with pytest.raises(UserError, match=line), resumable("go on"), storage_errors(url):
            raise ConnectionLost("database is locked")
    assert study.trials()[0].number == entry.number


@pytest.mark.usefixtures("study")
def test_a_table_that_was_lost_is_told_and_not_made_anew(swept: Swept) -> None:
    with contextlib.closing(sqlite3.connect(swept.results.database)) as connection:
        connection.execute("DROP TABLE trials")
        connection.execute("DROP TABLE alembic_version")
        connection.commit()
    with pytest.raises(UserError, match="lacks its table trials, and nothing was written: restore it from a copy"):
        open_storage(swept.results.storage_url)
