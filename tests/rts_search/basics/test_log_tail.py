"""The end of a driver's log."""

from pathlib import Path

from rts_search.basics.log_tail import MOST_BYTES, log_tail, note_command, of_last_command


def test_the_last_lines_come_without_empty_ones_and_without_control_characters(tmp_path: Path) -> None:
    log = tmp_path / "driver.log"
    log.write_bytes(b"one\n\ntwo\x1b[31m\n\xff\nthree" + b"x" * 400 + b"\n")
    lines = log_tail(log, 3)
    assert lines[:2] == ["two[31m", "\N{REPLACEMENT CHARACTER}"]
    assert lines[2] == "three" + "x" * 295 + " \N{HORIZONTAL ELLIPSIS}", "a cut is shown"


def test_of_several_commands_the_last_one_is_told(tmp_path: Path) -> None:
    log = tmp_path / "one" / "driver.log"
    for command, said in (("launch", "done"), ("confirm", "reading the trials")):
        note_command(log, [command, "my sweep.yaml"])
        assert of_last_command(log_tail(log)) == []
        with log.open("a") as file:
            file.write(f"{said}\n")
        assert of_last_command(log_tail(log)) == [said]
    assert log_tail(log)[0] == "$ rts-search launch 'my sweep.yaml'"
    assert of_last_command(["a line", "another"]) == ["a line", "another"]


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "driver.log"
    log.write_text("line\n" * MOST_BYTES + "last\n")
    assert log_tail(log, 2) == ["line", "last"]


def test_without_a_log_there_are_no_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "driver.log") == []
    assert log_tail(tmp_path) == []
