"""Studies on a real PostgreSQL give the same sweep when others use the server and when connections break."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import psutil
import psycopg
import pytest

from rts_search.basics.driver import Driver, this_process
from rts_search.basics.errors import UserError
from rts_search.running.executors.ray_cluster import QUIET, RaySession
from rts_search.study import lease
from rts_search.study.database.passwords import CARRIERS
from rts_search.study.database.retrying_storage import ConnectionLost
from rts_search.study.database.storage import open_storage, patience_of, shown, shown_url, storage_errors
from rts_search.study.lease import LeaseLost
from rts_search.study.lease_row import LeaseRow, LeaseRows
from rts_search.study.optuna_internals import engine_of
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.conftest import CommandLine
from tests.rts_search.postgresql_server import PostgresqlServer, free_port, running
from tests.rts_search.store.swept import FACTS
from tests.rts_search.whole_sweeps.driver import wait_for


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    """One server for all tests; each test has its own database."""
    with running() as started:
        yield started


def refusal(url: str) -> str:
    with pytest.raises(UserError) as caught, storage_errors(url):
        open_storage(url)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.slow
def test_what_cannot_be_used_is_told_in_one_line_with_a_way_out_and_without_the_password(
    server: PostgresqlServer,
) -> None:
    url = server.database("refusals")
    wrong = refusal(server.url("refusals", password="not-the-secret"))
    assert "give the right one in RTS_SEARCH_STORAGE" in wrong
    assert "not-the-secret" not in wrong
    assert "make it, for example with createdb" in refusal(server.url("nowhere"))
    assert "see that the server runs" in refusal(server.url("refusals", port=free_port()))
    assert server.password not in shown(url) + shown_url(url)
    assert "percent-encoded" in refusal(f"postgresql://me:a@b@127.0.0.1:{server.port}/refusals")


def test_a_bare_postgresql_url_takes_the_installed_driver(server: PostgresqlServer) -> None:
    server.database("bare")
    storage = open_storage(server.url("bare", driver=""))
    assert optuna.create_study(storage=storage, study_name="one").study_name == "one"


def test_the_storage_is_never_pickled(server: PostgresqlServer) -> None:
    import pickle

    backend = open_storage(server.database("pickled"))
    with pytest.raises(TypeError, match="never sent to another process"):
        pickle.dumps(backend)


@pytest.mark.slow
def test_who_only_looks_is_told_at_once_and_who_waits_loses_nothing(server: PostgresqlServer) -> None:
    url = server.database("patient")
    storage = open_storage(url)
    study = optuna.create_study(storage=storage, study_name="one")
    server.kill()
    with pytest.raises(ConnectionLost):
        study.set_user_attr("never", 1)
    server.start()
    told: list[str] = []
    patience = patience_of(storage)
    patience.seconds, patience.say, patience.longest_pause = 60.0, told.append, 0.2
    study.set_user_attr("cut", 1)
    server.cut("patient")
    study.set_user_attr("cut", 2)  # on the next connection, without a word
    assert told == []
    assert study.user_attrs == {"cut": 2}
    server.kill()
    coming_back = threading.Timer(2.0, server.start)
    coming_back.start()
    again = open_storage(url)  # whatever this process opens there waits as well
    coming_back.join()
    assert optuna.load_study(storage=again, study_name="one").user_attrs == {"cut": 2}
    away, back = told
    assert away.startswith("the study database is away, trying again for 60 s")
    assert back.startswith("the study database is back after")


def test_a_trial_whose_acknowledgement_was_lost_is_begun_once(
    server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(server.database("once"))
    study = optuna.create_study(storage=storage, study_name="one")
    dialect: Any = engine_of(storage).dialect
    patience_of(storage).seconds = 60.0
    commit, commits = dialect.do_commit, 0

    def commit_and_lose_the_answer(connection: Any) -> None:
        nonlocal commits
        commit(connection)
        commits += 1
        if commits in (1, 3):
            connection.dbapi_connection.close()
            raise dialect.loaded_dbapi.OperationalError("the connection is lost")

    monkeypatch.setattr(dialect, "do_commit", commit_and_lose_the_answer)
    trial = study.ask()
    study.tell(trial, 0.5)
    assert commits >= 3
    monkeypatch.undo()
    assert [(t.number, t.state.name, t.value) for t in study.trials] == [(0, "COMPLETE", 0.5)]


def test_a_lease_goes_by_the_servers_clock_and_stops_the_writes_of_who_lost_it(
    server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LOOK_SECONDS", 1e6)  # only its writes find out
    url = server.database("leases")
    study = SweepStudy.create(url, load_sweep("digits", ["name=mine"]), FACTS, "results")
    rows, elsewhere = LeaseRows(study._study), Driver(4711, "nodeB", "another start", "pid:[1]", 5)

    def leave(silent: float) -> None:
        look = rows.look()
        assert rows.replace(look.text, LeaseRow("another", 3, look.now - silent, elsewhere))

    leave(10.0)
    again = SweepStudy.load(url, "mine")
    with pytest.raises(UserError, match="process 4711 on nodeB, last heard of"), again.driven():
        pass
    leave(61.0)
    with again.driven():
        assert study.driver() == this_process()
        again.note_times(again.meter())
        leave(0.0)
        with pytest.raises(LeaseLost, match="process 4711 on nodeB has taken the sweep over"):
            again.open_trials.begin()
    assert (study.driver(), study.trials()) == (elsewhere, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("executors", "searched", "epochs"),
    [
        pytest.param({"a": "inline"}, 2, 12, id="one driver"),
        pytest.param(
            {"a": "ray", "b": "inline"}, 6, 24, id="two drivers", marks=[pytest.mark.ray, pytest.mark.campaign]
        ),
    ],
)
@pytest.mark.timeout(900)
def test_drivers_and_a_server_killed_in_the_middle_lose_no_trial(
    server: PostgresqlServer,
    cli: CommandLine,
    tmp_path: Path,
    executors: dict[str, str],
    searched: int,
    epochs: int,
) -> None:
    values = (f"training.epochs={epochs}", "dataset.num_train=256", f"search.trials={searched}", "baselines=[sgd]")
    settings = [part for value in (*values, "resources.max_concurrent_trials=1") for part in ("--set", value)]
    database = f"sweeps_{len(executors)}"
    url = server.database(database)
    alone = CommandLine(tmp_path / "alone")
    alone.run("launch", "digits", *settings)

    looking: list[psycopg.Connection[tuple[Any, ...]]] = []

    def told() -> list[int]:
        with contextlib.suppress(Exception):
            if not looking or looking[-1].closed:  # each look at a new connection costs as much as an epoch
                looking.append(server.connected(database))
            counted = looking[-1].execute(
                "SELECT count(*) FROM trial_intermediate_values JOIN trials USING (trial_id) GROUP BY study_id"
            )
            return [int(row[0]) for row in counted.fetchall()]
        return []

    def all_have(least: int, sweeps: int = len(executors)) -> bool:
        """A command that has not begun fails at once when the server does not answer."""
        counted = told()
        return len(counted) == sweeps and min(counted) >= least

    drivers = {}
    for name, executor in executors.items():
        drivers[name] = cli.start(
            *("launch", "digits", "--name", name, *settings), RTS_SEARCH_STORAGE=url, RTS_SEARCH_EXECUTOR=executor
        )
        wait_for(lambda: all_have(2, len(drivers)), drivers[name])
    seen = _command_lines_and_environments(drivers["a"].pid)
    assert ("Trainable" in seen) == ("ray" in executors.values()), "the worker of Ray is among them"
    assert server.password not in seen
    server.kill()
    assert drivers["a"].poll() is None
    server.start()
    wait_for(lambda: all_have(5), drivers["a"])
    server.cut(database)
    assert drivers["a"].poll() is None
    for name, driver in drivers.items():
        out, err = driver.communicate(timeout=400)
        assert driver.returncode == 0, out + err
        assert server.password not in out + err
        status = json.loads(cli.run("status", name, "--json", RTS_SEARCH_STORAGE=url).stdout)
        assert (status["state"], status["completed"] + status["stopped_early"]) == ("finished", searched + 1)
        assert list(pd.read_csv(cli.results / name / "trials.csv")["number"]) == list(range(searched + 1))
    looking[-1].close()
    spent = ["seconds", "gradient_evaluations_spent"]
    expected = pd.read_csv(alone.results / "digits" / "trials.csv").drop(columns=spent)
    for name in drivers:
        pd.testing.assert_frame_equal(pd.read_csv(cli.results / name / "trials.csv").drop(columns=spent), expected)
    for file in cli.results.rglob("*"):
        if file.is_file():
            assert server.password.encode() not in file.read_bytes(), file


def test_a_ray_that_a_driver_starts_inherits_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command lines and environments of a real one are read above, with two drivers."""
    for name, value in (QUIET | dict.fromkeys(CARRIERS, "secret")).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match="an address is auto, or HOST:PORT"):
        RaySession("nonsense", verbose=False).begin()  # up to the start of its thread
    assert not os.environ.keys() & set(CARRIERS)


def _command_lines_and_environments(pid: int) -> str:
    """All that another user or a worker can read of the processes that a driver has started."""
    told = [" ".join(psutil.Process(pid).cmdline())]
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            told += [*child.cmdline(), *child.environ().values()]
    return "\n".join(told)
