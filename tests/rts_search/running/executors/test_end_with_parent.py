"""The kernel ends the program with its parent; one whose parent has ended before is not started."""

import subprocess
import sys

import psutil

from rts_search.running.executors import end_with_parent

BOUND = [sys.executable, "-I", "-S", end_with_parent.__file__]
PROGRAM = [sys.executable, "-c", "print('it runs', flush=True); input()"]
PARENT = f"""
import os, subprocess, sys
os.environ["RAY_RAYLET_PID"] = str(os.getpid())
child = subprocess.Popen({[*BOUND, *PROGRAM]!r}, stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""


def test_the_program_is_killed_together_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        told = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        (number,) = told - {"it runs"}
        program = psutil.Process(int(number))
        assert program.cmdline() == PROGRAM
        parent.kill()
        assert psutil.wait_procs([program], timeout=10)[1] == []


def test_the_program_is_not_started_when_its_parent_has_ended_before() -> None:
    done = subprocess.run(
        [*BOUND, *PROGRAM], env={"RAY_RAYLET_PID": "1"}, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
