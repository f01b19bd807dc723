"""A command ends at once, and loses nothing."""

import subprocess
import sys

import pytest

from rts_search.basics.signals import STOPPED

COMMAND = """
import atexit, sys, threading, time
from rts_search.cli import __main__ as entry

def command():
    atexit.register(print, "a library is told")
    threading.Thread(target=lambda: (time.sleep(0.2), print("a thread has ended"))).start()
    print("printed without a line break", end="")
    sys.exit({code})

entry.main = command
entry.run()
"""


def test_threads_are_waited_for_libraries_are_told_and_output_is_written() -> None:
    ended = subprocess.run([sys.executable, "-c", COMMAND.format(code=3)], capture_output=True, text=True)
    assert ended.returncode == 3
    assert ended.stdout == "printed without a line breaka thread has ended\na library is told\n"


def test_an_error_that_nobody_expected_keeps_its_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", COMMAND.format(code="'a text'")], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "a text\n")


EARLY = """
import signal, sys
from rts_search.cli import __main__ as entry

class Interrupting:
    def find_spec(self, name, *_):
        if name == "typer":  # the command is still being imported
            signal.raise_signal(signal.{name})

sys.meta_path.insert(0, Interrupting())
entry.run()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_the_command_is_imported_ends_it_in_one_line(name: str) -> None:
    ended = subprocess.run([sys.executable, "-c", EARLY.replace("{name}", name)], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", f"{STOPPED}\n")


def test_no_library_can_ask_at_the_terminal() -> None:
    asks = COMMAND.replace("sys.exit({code})", "print(repr(sys.stdin.read()))")
    ended = subprocess.run([sys.executable, "-c", asks], input="y\n", capture_output=True, text=True)
    assert "''" in ended.stdout
    assert ended.returncode == 0
