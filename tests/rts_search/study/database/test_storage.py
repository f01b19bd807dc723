"""A study database that cannot be used is refused with one line that says why and what to do."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from rts_search.basics.errors import UserError
from rts_search.study.database import storage
from rts_search.study.database.storage import open_storage, shown, storage_errors
from tests.trainables.core.odd_files import ODD_FILES


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A sound database with one study."""
    file = tmp_path / "studies.sqlite3"
    engine = open_storage(f"sqlite:///{file}")
    optuna.create_study(storage=engine, study_name="one")
    return file


def open_it(file: Path, must_exist: bool = True) -> None:
    url = f"sqlite:///{file}"
    with storage_errors(url):
        open_storage(url, must_exist)


def test_a_sound_database_opens(database: Path) -> None:
    open_it(database)


def test_a_missing_database_is_named_when_it_has_to_exist_and_made_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "none.sqlite3"
    with pytest.raises(UserError, match=r"none\.sqlite3: no study database here; .* --results, or .* --storage"):
        open_it(file)
    open_it(file, must_exist=False)
    assert file.exists()


@pytest.mark.slow
def test_launches_that_make_the_same_database_at_the_same_moment_all_open_it(tmp_path: Path) -> None:
    for turn in range(5):
        file = tmp_path / f"{turn}.sqlite3"
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _, file=file: open_it(file, must_exist=False), range(6)))
        open_it(file)


def test_a_truncated_database_is_refused_and_left_alone(database: Path) -> None:
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"malformed; restore it from a copy, or name another with --storage"):
        open_it(database)
    assert database.read_bytes() == content[: len(content) // 2]


def test_a_database_that_is_moved_away_while_it_is_open_is_told(database: Path) -> None:
    url = f"sqlite:///{database}"
    opened = open_storage(url)
    opened.get_all_studies()
    database.rename(database.with_name("moved.sqlite3"))
    line = f"{database}: the study database cannot be used: .* readonly .*; it was moved, .* place where it is now$"
    with pytest.raises(UserError, match=line), storage_errors(url):
        optuna.create_study(storage=opened, study_name="two")


def test_two_versions_of_the_tables_are_told(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO alembic_version VALUES ('v9')")
        connection.commit()
    line = f"{database}: the study database is damaged, .*: its table alembic_version must have one row, but has 2; re"
    with pytest.raises(UserError, match=line):
        open_storage(f"sqlite:///{database}")


@pytest.mark.parametrize("ending", ["", "-journal", "-wal"])
@pytest.mark.parametrize("odd", ["a pipe", "a link to a device", "a socket", "a folder"])
def test_nothing_waits_for_what_is_no_file_in_the_place_of_a_database(database: Path, odd: str, ending: str) -> None:
    place = database.with_name(database.name + ending)
    place.unlink(missing_ok=True)
    ODD_FILES[odd](place)
    with pytest.raises(UserError, match=rf"^{place}: must (be a study database, but is|not be) [^\n]+; move it away"):
        open_storage(f"sqlite:///{database}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are notes, not a database\n" * 100)
    with pytest.raises(UserError, match="file is not a database"):
        open_it(file)


def test_a_database_of_something_else_is_refused_and_gets_no_tables(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    with pytest.raises(UserError, match="must be a study database, but holds orders"):
        open_it(file)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]
    connection.close()


def test_a_locked_database_is_refused_after_waiting(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0.2)
    holder = sqlite3.connect(database)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(UserError, match=r"database is locked; another program holds it"):
            open_it(database)
    finally:
        holder.rollback()
        holder.close()
    open_it(database)


def test_the_tables_of_another_version_of_optuna_are_refused(database: Path) -> None:
    open_it(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9.9.9.z'")
        connection.commit()
    with pytest.raises(UserError, match=r"the study database cannot be used: The runtime optuna version .* no longer"):
        open_it(database)


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(UserError, match="--storage: must be an SQLAlchemy URL"):
        open_storage("studies.sqlite3")


def test_a_password_is_never_shown() -> None:
    assert "secret" not in shown("postgresql+psycopg://me:secret@host/studies")
    assert "host" in shown("postgresql+psycopg://me:secret@host/studies")
