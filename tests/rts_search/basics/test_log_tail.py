"""The end of a driver's log."""

from pathlib import Path

from rts_search.basics.log_tail import MOST_BYTES, log_tail


def test_the_last_lines_come_without_empty_ones_and_without_control_characters(tmp_path: Path) -> None:
    log = tmp_path / "driver.log"
    log.write_bytes(b"one\n\ntwo\x1b[31m\n\xff\nthree" + b"x" * 400 + b"\n")
    lines = log_tail(log, 3)
    assert lines[:2] == ["two[31m", "\N{REPLACEMENT CHARACTER}"]
    assert len(lines[2]) == 300


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "driver.log"
    log.write_text("line\n" * MOST_BYTES + "last\n")
    assert log_tail(log, 2) == ["line", "last"]


def test_without_a_log_there_are_no_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "driver.log") == []
    assert log_tail(tmp_path) == []
