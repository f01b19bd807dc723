"""A name, a database or a place that cannot be used: one line and exit code 2, and what is stored stays."""

import sqlite3
from pathlib import Path

import optuna
import pytest

from rts_search.basics import results_folder
from rts_search.cli import app
from rts_search.notebook import Sweep
from rts_search.study.database import storage
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.bad_input import folder_of_images, launched
from tests.rts_search.conftest import Refused
from tests.rts_search.store.swept import FACTS


def test_a_full_disk(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_folder, "LEAST_FREE_BYTES", 10**18)
    assert "results: needs at least 1000000000000 MB of free disk, but got" in refused("launch", "digits")


def test_a_name_that_is_taken(refused: Refused) -> None:
    database = launched()
    before = database.read_bytes()
    assert refused("launch", "digits") == (
        "digits: a sweep of this name exists; continue it with `rts-search resume digits --executor inline` or choose "
        "another --name"
    )
    assert database.read_bytes() == before


def test_a_name_of_a_sweep_that_runs_is_refused_before_the_data_are_looked_at(refused: Refused, tmp_path: Path) -> None:
    launched()
    root = folder_of_images(tmp_path / "photos")
    (root / "train" / "ant" / "0.png").write_bytes(b"no image")
    data = f"dataset={{name: imagefolder, root: '{root}'}}"
    with results_folder.Results(Path("results")).sweep("digits").driving():
        told = refused("launch", "digits", "--set", data)
    assert told == (
        "digits: a sweep of this name is running; watch it with `rts-search watch digits` or choose another --name"
    )


@pytest.mark.slow
def test_a_name_that_does_not_exist(refused: Refused) -> None:
    launched("other")
    for command in ("resume", "status", "stop", "table", "export"):
        line = refused(command, "digits")
        assert line == "digits: no sweep of this name has been launched; known are other"


def test_a_launched_sweep_with_several_gpus_is_told_of_and_does_not_go_on(
    refused: Refused, capsys: pytest.CaptureFixture[str]
) -> None:
    database = launched()
    study = optuna.load_study(storage=f"sqlite:///{database}", study_name="digits")
    sweep = study.user_attrs["sweep"]
    study.set_user_attr("sweep", {**sweep, "resources": {**sweep["resources"], "gpus_per_trial": 2.0}})
    study.set_user_attr("checksums", {})  # as the earlier version that allowed it
    for command in ("resume", "confirm"):
        assert refused(command, "digits") == (
            "digits: resources.gpus_per_trial: must be <= 1: a trial trains on one GPU, and more would stay idle, but "
            "it was launched with 2; launch a new sweep with 1: it reuses the epochs of this one from the store"
        )
    for command in ("status", "table"):
        with pytest.raises(SystemExit, match="0"):
            app([command, "digits"])
        assert "digits" in capsys.readouterr().out


def test_a_database_that_is_not_ours(refused: Refused) -> None:
    Path("results").mkdir()
    with sqlite3.connect("results/studies.sqlite3") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    assert "must be a study database, but holds orders" in refused("launch", "digits")


def test_a_study_that_is_not_ours(refused: Refused) -> None:
    database = launched()
    optuna.create_study(storage=f"sqlite:///{database}", study_name="theirs")
    for command in ("resume", "table"):
        assert refused(command, "theirs").startswith("theirs: must be a study of rts-search")


def test_a_database_that_is_locked(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0.2)
    connection = sqlite3.connect(launched(), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for command in ("resume", "table", "status"):
            assert "database is locked; another program holds it: end that" in refused(command, "digits")
    finally:
        connection.close()


def test_a_database_that_is_truncated(refused: Refused) -> None:
    database = launched()
    half = database.read_bytes()[: database.stat().st_size // 2]
    database.write_bytes(half)
    for command in ("launch", "resume", "table"):
        assert "restore it from a copy, or name another with --storage" in refused(command, "digits")
    assert database.read_bytes() == half


def test_an_export_that_cannot_be(refused: Refused) -> None:
    launched()
    assert refused("export", "digits").startswith("digits: has no completed trial yet; wait for one")
    assert refused("export", "digits", "-o", "best.txt") == (
        "--output: must end in .yaml, .yml, .json or .py without --format, but got 'best.txt'"
    )


def test_a_sweep_in_a_database_elsewhere_has_one_results_folder(refused: Refused, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    launched("mine", storage_url=url)
    for command in ("resume", "status", "stop", "table", "export"):
        line = refused(command, "mine", "--storage", url, "--results", "other")
        assert line.startswith(f"--results: must be {tmp_path}/results, where mine was launched, but got")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--storage", "nonsense"), "--storage: must be an SQLAlchemy URL such as sqlite:///studies.sqlite3"),
        (("--storage", "sqlite://"), "--storage: must be a database that lasts"),
        (
            ("--storage", "oracle://u:hunter2@h/d"),
            "--storage: oracle needs a driver that is not installed: No module named 'oracledb'; use an SQLite file, "
            "or PostgreSQL with `pip install 'rts-search[postgresql]'`",
        ),
        (("--storage", "sqlite:////proc/x/y.sqlite3"), "/proc/x/y.sqlite3: must be a file that can be made, but"),
        (("--results", "/proc/x"), "/proc/x: must be a folder that can be written, but"),
        (("--results", "what?a=b"), "--results: must not contain ? # or ::"),
        (("--name", "store"), "--set: name: must not be the name of another file in the results folder: set `name`"),
        (("--name", "Studies.sqlite3-WAL"), "--set: name: must not be the name of another file in the results folder"),
        (
            ("--executor", "ray", "--address", "ray://somewhere:10001"),
            "--address: must not be the address of a Ray client, but got",
        ),
    ],
)
def test_a_place_that_cannot_be(refused: Refused, arguments: tuple[str, ...], line: str) -> None:
    assert refused("launch", "digits", *arguments).startswith(line)


@pytest.mark.parametrize("command", ["launch", "plan"])
def test_a_name_that_differs_from_another_in_case_alone(refused: Refused, command: str) -> None:
    launched("Mine")
    line = "mine: must differ from the names of all other sweeps in more than upper and lower case, but there is Mine"
    assert refused(command, "digits", *named(command, "mine")) == f"{line}; choose another name"


def test_a_name_that_differs_in_case_alone_from_a_sweep_in_another_database(refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "Mine"
    folder.mkdir(parents=True)
    (folder / "sweep.yaml").touch()
    assert "but there is Mine" in refused("launch", "digits", *named("launch", "mine"))


def test_a_name_that_is_a_file_in_the_results_folder(refused: Refused, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/results/other.sqlite3"
    launched("first", storage_url=url)
    for name in ("other.sqlite3", "other.sqlite3-journal"):
        line = refused("launch", "digits", *named("launch", name), "--storage", url)
        place = f"{tmp_path}/results (other.sqlite3)"
        assert line == f"{name}: must not be the name of another file in {place}; choose another name"


def named(command: str, name: str) -> tuple[str, str]:
    return ("--name", name) if command == "launch" else ("--set", f"name={name}")


def test_a_sweep_of_an_earlier_version_whose_name_is_refused_today_can_still_be_read(tmp_path: Path) -> None:
    results = results_folder.Results(tmp_path)
    SweepStudy.create(results.storage_url, load_sweep("digits").model_copy(update={"name": "mine.lock"}), FACTS)
    assert Sweep.load("mine.lock", tmp_path).status()["sweep"] == "mine.lock"


def test_a_folder_where_the_database_needs_a_file(refused: Refused) -> None:
    database = launched()
    database.with_name("studies.sqlite3-journal").mkdir()
    line = refused("status", "digits")
    assert line.startswith(f"{database}-journal: must not be a folder, since the database {database} needs a file")
