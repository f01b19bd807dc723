"""A command that is stopped says how to go on, whatever it was doing."""

import os
import signal
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import typer

from rts_search.basics.errors import UserError
from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.signals import Interrupted, interrupts_noted, terminated_as_interrupted
from rts_search.cli.stopping import stop_told, stoppable
from tests.rts_search.conftest import CommandLine


@pytest.mark.parametrize("error", [Interrupted(), KeyboardInterrupt()])
def test_a_stop_is_one_line_and_exit_code_130(error: BaseException) -> None:
    said: list[str] = []
    with pytest.raises(typer.Exit) as ended, stop_told(lambda: "stopped", said.append):
        raise error
    assert (ended.value.exit_code, said) == (INTERRUPTED, ["stopped"])


def test_an_error_that_came_of_a_stop_is_a_stop_and_no_other_error_is(capsys: pytest.CaptureFixture[str]) -> None:
    with terminated_as_interrupted(), interrupts_noted():
        with pytest.raises(SystemError), stop_told(lambda: "stopped"):
            raise SystemError
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(typer.Exit), stop_told(lambda: "stopped"):
            raise SystemError
        with pytest.raises(UserError), stop_told(lambda: "stopped"):
            raise UserError("the disk is full")
    assert capsys.readouterr().out == "stopped\n"


def test_a_command_that_was_stopped_before_its_first_line_does_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["rts-search", "table", "my sweep"])
    began: list[bool] = []
    with terminated_as_interrupted(), interrupts_noted():
        signal.raise_signal(signal.SIGHUP)
        with pytest.raises(typer.Exit):
            stoppable(began.append)(True)
    assert not began
    assert "The same command begins again: rts-search table 'my sweep'\n" in capsys.readouterr().out


def test_a_stop_during_the_first_imports_is_one_line(cli: CommandLine) -> None:
    cli.session = True
    process = cli.start("launch", "digits")
    status = Path("/proc", str(process.pid), "status")
    while not _catches_sigterm(status.read_text()):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (INTERRUPTED, "")
    (line,) = out.splitlines()
    assert line.endswith(f": rts-search launch digits --results {cli.results}")
    assert not cli.results.exists()


@pytest.mark.ray
def test_a_stop_while_ray_starts_is_one_line_and_leaves_no_process(ray_cli: CommandLine) -> None:
    ray_cli.session = True
    mark = uuid.uuid4().hex
    process = ray_cli.start("launch", "digits", RTS_TEST_MARK=mark)
    assert process.stdout is not None
    assert process.stdout.readline() == "digits: starting ray, loading the data\n"
    os.killpg(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (INTERRUPTED, "")
    (line,) = out.splitlines()
    assert line.startswith("digits: stopped before it began; nothing was saved. Begin with: rts-search launch digits ")
    psutil.wait_procs(_marked(mark), timeout=30)
    assert _marked(mark) == []


def _catches_sigterm(status: str) -> bool:
    """By the system's list of the signals that a process handles."""
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> signal.SIGTERM - 1 & 1)


def _marked(mark: str) -> list[psutil.Process]:
    """The processes that have this mark in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("RTS_TEST_MARK") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
