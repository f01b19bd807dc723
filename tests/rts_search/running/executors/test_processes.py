"""Processes are found by their parents and by the files that they have open, and ended only when they are meant."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.running.executors.processes import command_of, descendants, end_if, parent_of, users_of, uses

OPENS = "import sys, time; held = open(sys.argv[1], 'w'); print('open', flush=True); time.sleep(60)"


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has a file open in the folder `(odd) name`."""
    folder = tmp_path / "(odd) name"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", OPENS, str(folder / "log")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


def test_children_of_children_are_descendants() -> None:
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout is not None
        sleep = int(shell.stdout.readline())
        assert descendants(shell.pid) == [sleep]
        assert parent_of(sleep) == shell.pid
        assert command_of(sleep)[:2] == ["sleep", "60"]
        end_if(sleep, lambda pid: parent_of(pid) == shell.pid)
        shell.wait(30)


def test_the_users_of_a_folder_are_known_by_their_open_files(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    assert users_of(tmp_path / "(odd) name") == [holder.pid]
    assert users_of(tmp_path / "(odd)") == [], "the beginning of the name is not enough"


def test_only_a_process_that_is_meant_is_ended(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    end_if(holder.pid, lambda pid: uses(pid, tmp_path / "another"))
    assert holder.poll() is None
    end_if(holder.pid, lambda pid: uses(pid, tmp_path))
    assert holder.wait(30) == -9
    end_if(holder.pid, lambda _: True)  # it has ended: nothing happens


def test_a_process_that_has_ended_has_no_parent_and_no_files(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert parent_of(ended.pid) is None
    assert command_of(ended.pid) == []
    assert not uses(ended.pid, tmp_path)
