"""A sweep has at most one driver, and the lock is free when the driver ends, even by SIGKILL."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rts_search.basics.driver import Driver, identified, this_process
from rts_search.basics.driver_lock import current_driver, driver_lock
from rts_search.basics.errors import UserError
from tests.trainables.core.odd_files import ODD_FILES

HOLDER = """
import sys, time
from pathlib import Path
from rts_search.basics.driver_lock import driver_lock
with driver_lock(Path(sys.argv[1]), "mine"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_driver_is_refused_with_the_process_that_holds_the_lock_until_it_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "mine" / "driver.lock"
    assert current_driver(lock) is None
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            assert current_driver(lock) == identified(process.pid)
            line = f"mine: is already running .process {process.pid} on .*; watch it with `rts-search watch mine`"
            with pytest.raises(UserError, match=line), driver_lock(lock, "mine"):
                pass
            with pytest.raises(UserError, match="`rts-search watch mine --results there`"):
                driver_lock(lock, "mine", "rts-search watch mine --results there").__enter__()
        finally:
            process.kill()
    assert current_driver(lock) is None
    with driver_lock(lock, "mine"):
        assert current_driver(lock) == this_process()


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd != "a sparse file of 2 TiB"])
def test_an_odd_file_in_the_place_of_the_lock_has_no_driver_and_is_refused(tmp_path: Path, odd: str) -> None:
    lock = tmp_path / "driver.lock"
    ODD_FILES[odd](lock)
    assert current_driver(lock) is None
    line = f"{lock}: must be a file that can be written, but [^\n]+; remove it, or name another --results$"
    with pytest.raises(UserError, match=line), driver_lock(lock, "mine"):
        pass


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd != "a folder"])
def test_an_odd_file_in_the_place_of_the_folder_is_refused_in_one_line(tmp_path: Path, odd: str) -> None:
    folder = tmp_path / "mine"
    ODD_FILES[odd](folder)
    assert current_driver(folder / "driver.lock") is None
    with (
        pytest.raises(UserError, match=f"^{folder}: must be a folder that can be written, but [^\n]+$"),
        driver_lock(folder / "driver.lock", "mine"),
    ):
        pass


def test_a_lock_whose_holder_has_not_written_its_name_yet_has_no_known_driver(tmp_path: Path) -> None:
    lock = tmp_path / "driver.lock"
    with driver_lock(lock, "mine"):
        lock.write_text('{"pid": 1')
        assert current_driver(lock) is None
        with pytest.raises(UserError, match=r"is already running \(another process\)"), driver_lock(lock, "mine"):
            pass


def test_a_driver_of_an_earlier_version_is_known_by_the_lock_that_it_holds_open(tmp_path: Path) -> None:
    lock = tmp_path / "driver.lock"
    with driver_lock(lock, "mine"):
        lock.write_text(json.dumps({"pid": os.getpid(), "host": "here"}))
        assert current_driver(lock) == this_process()
        lock.write_text(json.dumps({"pid": os.getppid(), "host": "here"}))
        assert current_driver(lock) == Driver(os.getppid(), "here"), "it may be in another container"
        assert not Driver(os.getppid(), "here").terminate()
