"""A driver in the background: its output, its exit code, and what it could not start with."""

import os
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.operations.background import BackgroundDriver, start_in_background


def ended(driver: BackgroundDriver) -> int:
    while (code := driver.code()) is None:
        os.sched_yield()
    return code


@pytest.mark.slow
def test_its_output_is_appended_to_the_log_and_its_exit_code_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "mine" / "driver.log"
    log.parent.mkdir()
    log.write_text("of before\n")
    driver = start_in_background(["status", "mine", "--results", str(tmp_path)], log)
    assert os.getsid(driver.pid) == driver.pid
    assert (ended(driver), driver.code()) == (2, 2)
    assert driver.output().splitlines()[-1] == driver.last_line()
    assert "no study database here" in driver.last_line()
    assert log.read_text().startswith("of before\n")
    assert "of before" not in driver.output()
    with pytest.raises(UserError, match=r"no study database here"):
        driver.wait_for_start("mine", lambda: False)


@pytest.mark.slow
def test_it_has_the_variables_that_it_is_given_and_no_others(tmp_path: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "RTS_SEARCH_STORAGE"}
    given = {**variables, "RTS_SEARCH_STORAGE": "nonsense"}
    driver = start_in_background(["list", "--results", str(tmp_path)], tmp_path / "driver.log", given)
    assert ended(driver) == 2
    assert "--storage: must be an SQLAlchemy URL" in driver.output()


def test_a_driver_that_ends_before_it_is_looked_for_has_begun(tmp_path: Path) -> None:
    driver = start_in_background(["--version"], tmp_path / "driver.log")
    assert ended(driver) == 0
    driver.wait_for_start("mine", lambda: False)


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UserError, match=r"driver\.log: must be a file that can be written, but "):
        start_in_background(["--version"], tmp_path / "mine" / "driver.log")
