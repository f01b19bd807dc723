"""No library waits for an answer, and a terminal that is gone disturbs nobody."""

import subprocess
import sys

ASKING = """
import getpass, os, subprocess, sys
from rts_search.basics.terminal import ask_nobody

ask_nobody(sys.argv[1:])
for ask in (input, getpass.getpass):
    try:
        print(ask("Your key: "))
    except EOFError:
        print("no answer")
print("git asks nobody" if os.environ["GIT_TERMINAL_PROMPT"] == "0" else "")
"""

LOSING = """
import os, pty, sys
from rts_search.basics.terminal import leave_lost_terminal

master, terminal = pty.openpty()
kept = os.dup(1)
os.dup2(terminal, 1)
leave_lost_terminal()
assert os.isatty(1)
os.close(master)
leave_lost_terminal()
os.write(1, b"lost")
os.write(kept, b"goes on")
"""


def run(program: str, *arguments: str) -> str:
    """What a program prints. Its standard input stays open until it has ended, and holds one line."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("an answer\n")
        process.stdin.flush()
        told = process.stdout.read()
        assert process.wait(30) == 0
    return told


def test_a_library_that_asks_gets_no_answer() -> None:
    assert run(ASKING, "launch", "mine.yaml") == "Your key: no answer\nno answer\ngit asks nobody\n"


def test_a_sweep_file_is_read_from_standard_input() -> None:
    assert run(ASKING, "launch", "/dev/stdin") == "Your key: an answer\nno answer\ngit asks nobody\n"


def test_a_terminal_that_is_gone_is_no_error_for_who_prints() -> None:
    assert run(LOSING) == "goes on"
