"""What is kept from the database is read again after every change, whoever makes it, and otherwise never."""

import sqlite3
from pathlib import Path

from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.notes import Notes
from rts_search.server.database.tokens import create_token
from rts_search.server.database.until_written import UntilWritten
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import Swept


def opened(folder: Path) -> tuple[Database, Results]:
    results = Results(folder / "results")
    results.require_space()
    return Database(Workspace(results).storage_url), results


def test_the_database_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    database, results = opened(tmp_path)
    made: list[int] = []
    kept = UntilWritten(database, lambda: made.append(1) or len(made))  # type: ignore[func-returns-value]
    assert [kept.get() for _ in range(3)] == [1, 1, 1]
    create_token(database, "ada", "runner")
    assert [kept.get() for _ in range(2)] == [2, 2], "a change by this process"
    with sqlite3.connect(results.database) as other:
        other.execute("UPDATE rts_tokens SET role = 'viewer'")
    other.close()
    assert [kept.get() for _ in range(2)] == [3, 3], "a change by another program"
    swept = Swept(results)
    study = swept.sweep("mine")
    assert [kept.get() for _ in range(2)] == [4, 4], "a new study"
    swept.train(study)
    assert [kept.get() for _ in range(2)] == [5, 5], "a trial"


def test_a_change_while_it_is_read_is_seen_the_next_time(tmp_path: Path) -> None:
    database, _ = opened(tmp_path)
    notes = Notes(database)
    texts = iter(("first", "second"))

    def read() -> str:
        found = notes.now().of("mine", "id").text
        if text := next(texts, ""):
            notes.write("mine", "id", {"text": text})
        return found

    kept = UntilWritten(database, read)
    assert [kept.get() for _ in range(4)] == ["", "first", "second", "second"]
