"""A study has one driver, from whatever folder or host it was started, and one that lost its lease writes no more."""

import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from rts_search.basics.driver import Driver, identified, this_process
from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.study import lease as module
from rts_search.study import studies
from rts_search.study.first_attributes import first_attributes
from rts_search.study.lease import LeaseLost
from rts_search.study.lease_row import FileIdentity, LeaseRow, LeaseRows
from rts_search.study.optuna_internals import engine_of, storage_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from rts_search.sweep.sections import BudgetConfig
from tests.rts_search.store.swept import Swept, swept_from

ELSEWHERE = Driver(4711, "nodeB", "another start", "pid:[1] time:[1]", 5)
"""A driver on another machine."""
CONTAINER = replace(this_process(), pid=12, namespace="pid:[1] time:[1]")
"""A driver in a container of this machine."""


@pytest.fixture
def swept(tables: Path, tmp_path: Path) -> Swept:
    return swept_from(tables, tmp_path / "results")


@pytest.fixture
def study(swept: Swept) -> SweepStudy:
    return swept.sweep("mine")


@pytest.fixture
def again(study: SweepStudy, swept: Swept) -> SweepStudy:
    """The same study, opened a second time."""
    return SweepStudy.load(swept.results.storage_url, study.name)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are lost, and looked after, within a moment."""
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.1)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.0)


def leave(study: SweepStudy, driver: Driver, silent: float = 1.0, **more: FileIdentity | None) -> LeaseRow:
    """Let another driver hold the lease, which was last heard of so many seconds ago."""
    url = engine_of(storage_of(study._study)).url.render_as_string()
    rows = LeaseRows(optuna.load_study(storage=url, study_name=study.name))
    while True:  # a driver may beat in between
        before = rows.look()
        row = LeaseRow("another", 3, before.now - silent, driver, more.get("file", before.file), more.get("lock"))
        if rows.replace(before.text, row):
            return row


@contextmanager
def refused(study: SweepStudy, *words: str) -> Iterator[None]:
    """Insist on a refusal in one line."""
    with pytest.raises(UserError) as caught:
        yield
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{study.name}: is already running (")
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_second_driver_is_refused_until_the_first_has_ended(study: SweepStudy, again: SweepStudy) -> None:
    assert again.driver() is None
    with study.driven():
        assert again.driver() == this_process()
        with refused(study, f"process {this_process().pid} on {this_process().host})"), again.driven():
            pass
    assert again.driver() is None
    with again.driven(), refused(study), study.driven():
        pass


def test_the_lease_of_a_killed_driver_is_taken_at_once(study: SweepStudy) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        leave(study, identified(process.pid), silent=3600.0)
        with refused(study, f"process {process.pid} on "), study.driven():
            pass
        process.kill()
    assert study.driver() is None
    with study.driven():
        assert study.driver() == this_process()


def test_a_driver_that_cannot_be_seen_is_believed_for_a_minute(study: SweepStudy) -> None:
    for driver in (ELSEWHERE, CONTAINER):
        leave(study, driver, silent=10.0)
        assert study.driver() == driver
        words = (f"process {driver.pid} on {driver.host}, last heard of ", "try again after ")
        with refused(study, *words), study.driven():
            pass


def test_after_a_minute_a_driver_in_another_container_of_this_machine_is_gone(study: SweepStudy) -> None:
    leave(study, CONTAINER, silent=61.0)
    assert study.driver() is None
    with study.driven():
        assert study.driver() == this_process()


def test_who_holds_the_lock_file_of_a_driver_in_another_container_knows_at_once_that_it_is_gone(
    study: SweepStudy, swept: Swept
) -> None:
    paths = swept.results.sweep("mine")
    with paths.driving():
        leave(study, CONTAINER, lock=FileIdentity.of(paths.lock))
        with refused(study), study.driven():
            pass
        with study.driven(paths.lock):
            assert study.driver() == this_process()


@pytest.mark.usefixtures("short")
def test_the_clock_of_another_machine_is_not_believed(study: SweepStudy) -> None:
    leave(study, ELSEWHERE, silent=3600.0)
    assert study.driver() is None
    with refused(study, "`rts-search resume` finds out whether it is gone"), study.driven():
        pass
    told: list[str] = []
    with study.driven(say=told.append):
        assert study.driver() == this_process()
    assert told == ["mine: may still be driven by process 4711 on nodeB; waiting 0.1 s for a sign of it"]


@pytest.mark.usefixtures("short")
def test_a_sign_of_a_driver_whose_clock_is_wrong_is_enough(study: SweepStudy) -> None:
    row = leave(study, ELSEWHERE, silent=3600.0)

    def beat(_: str) -> None:
        assert LeaseRows(study._study).replace(row.text, row.next_beat(row.at))

    with refused(study, "process 4711 on nodeB"), study.driven(say=beat):
        pass


@pytest.mark.usefixtures("short")
def test_a_damaged_lease_is_watched_before_it_is_taken(study: SweepStudy) -> None:
    for text in ("7", '{"word": ', '{"word": "x", "beat": 1, "at": "soon", "driver": {}}'):
        study._study.set_user_attr("driver", text)
        assert study.driver() is None
        with refused(study, "another process"), study.driven():
            pass
        told: list[str] = []
        with study.driven(say=told.append):
            assert study.driver() == this_process()
        assert len(told) == 1


@pytest.mark.usefixtures("short")
def test_a_driver_beats(study: SweepStudy, again: SweepStudy) -> None:
    rows = LeaseRows(again._study)
    with study.driven():
        deadline = time.monotonic() + 60.0
        while (row := rows.look().row) is None or row.beat < 3:
            assert time.monotonic() < deadline


WRITES: dict[str, Callable[[SweepStudy], object]] = {
    "an epoch": lambda study: study.open_trials.record_epoch(0, EpochEntry(1, "key", "here", True, 16, 0.9)),
    "lost work": lambda study: study.open_trials.add_in_vain(0, 8),
    "a passed trial": lambda study: study.open_trials.note_passed(0, 1),
    "a held trial": lambda study: study.open_trials.hold(0),
    "the end of a trial": lambda study: study.open_trials.finish(1, "COMPLETE"),
    "a new trial": lambda study: study.open_trials.begin(),
    "times": lambda study: study.note_times(study.meter()),
    "a test": lambda study: study.record_test(0, 1, {"test_acc": 0.5}),
    "a setting": lambda study: study.allow(BudgetConfig(hours=1.0)),
}


def test_a_driver_that_lost_its_lease_writes_nothing_more(
    swept: Swept, study: SweepStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 1e6)  # only its writes find out
    with study.driven():
        for _ in range(2):
            swept.train(study, 1, "RUNNING")
        leave(study, ELSEWHERE)
        before = dump(swept)
        for name, write in WRITES.items():
            with pytest.raises(
                LeaseLost, match="mine: process 4711 on nodeB has taken the sweep over, so this one has"
            ):
                write(study)
            assert dump(swept) == before, name
    assert dump(swept) == before, "not even the lease is given back"
    assert study.driver() == ELSEWHERE


def dump(swept: Swept) -> list[str]:
    """All that a database holds."""
    with closing(sqlite3.connect(swept.results.database)) as connection:
        return list(connection.iterdump())


def wait_driving(study: SweepStudy, meanwhile: Callable[[], object]) -> None:
    """Drive a study and do nothing."""
    with study.driven():
        meanwhile()
        threading.Event().wait(60.0)


@pytest.mark.usefixtures("short")
def test_a_driver_ends_soon_after_its_lease_was_taken(study: SweepStudy, again: SweepStudy) -> None:
    study.watch = "rts-search status mine --results there"
    with pytest.raises(LeaseLost, match=f"watch the sweep with `{study.watch}`"):
        wait_driving(study, lambda: leave(again, ELSEWHERE))


@pytest.mark.usefixtures("short")
@pytest.mark.usefixtures("short")
def test_a_study_that_is_deleted_slowly_is_not_taken_for_one_whose_lease_was_lost(study: SweepStudy) -> None:
    with study.driven() as lease:
        lease.leave()
        study.delete()
        time.sleep(0.2)  # many looks long
    assert lease.lost is None


def test_a_driver_reads_that_it_is_asked_to_stop(study: SweepStudy, again: SweepStudy) -> None:
    with pytest.raises(KeyboardInterrupt):
        wait_driving(study, again.ask_to_stop)
    assert not again.ask_to_stop(), "nobody drives it any more"
    with study.driven():
        assert again.driver() == this_process(), "an old request stops no new driver"


def test_a_copy_of_a_sweep_that_runs_is_a_sweep_of_its_own(study: SweepStudy, swept: Swept, tmp_path: Path) -> None:
    with study.driven():
        shutil.copytree(swept.results.folder, tmp_path / "copy")
        copy = SweepStudy.load(Results(tmp_path / "copy").storage_url, "mine")
        assert copy.driver() is None
        told: list[str] = []
        with copy.driven(say=told.append):
            assert study.driver() == copy.driver() == this_process()
        swept.train(study)
        assert told == [f"mine: this is a copy of {swept.results.database}; it goes on as a sweep of its own"]
        assert copy.identity != study.identity
        assert SweepStudy.load(Results(tmp_path / "copy").storage_url, "mine").identity == copy.identity
    assert (len(study.trials()), len(copy.trials())) == (1, 0)


def test_a_sweep_whose_folder_was_moved_while_it_ran_is_no_copy(
    study: SweepStudy, swept: Swept, tmp_path: Path
) -> None:
    with study.driven():
        swept.results.folder.rename(tmp_path / "moved")
        moved = SweepStudy.load(Results(tmp_path / "moved").storage_url, "mine")
        with refused(study), moved.driven():
            pass
        (tmp_path / "moved").rename(swept.results.folder)
    assert moved.identity == study.identity


def test_a_study_that_is_being_made_is_not_taken_for_one_whose_launch_was_cut_off(swept: Swept) -> None:
    study = swept.sweep("mine")
    storage, sweep = swept.results.storage_url, study.sweep
    with closing(sqlite3.connect(swept.results.database)) as connection, connection:
        connection.execute("DELETE FROM study_user_attributes WHERE key IN ('rts_search', 'data', 'checksums')")
    row = leave(study, ELSEWHERE)
    with refused(study, "process 4711 on nodeB"):
        remade(storage, study)
    assert LeaseRows(study._study).replace(row.text, replace(row, driver=identified(2**22)))  # it runs no more
    remade(storage, study)
    assert SweepStudy.load(storage, "mine").sweep == sweep


def remade(storage: str, study: SweepStudy) -> None:
    """Launch a sweep whose study has only what a launch writes first."""
    studies.create(storage, study.name, study.sweep, first_attributes(study.sweep, study.data))


def test_the_lease_tells_since_when_its_driver_has_the_study(study: SweepStudy, again: SweepStudy) -> None:
    assert again.driven_since(None) is None
    before = time.time()
    with study.driven():
        since = again.driven_since(again.driver())
        assert since is not None
        assert before <= since <= time.time()
        assert again.driven_since(ELSEWHERE) is None, "a driver that has not taken the lease yet"
    leave(study, ELSEWHERE)
    assert again.driven_since(ELSEWHERE) == 0.0, "a row of an earlier version"
