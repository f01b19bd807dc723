"""The terminal of a command: libraries can ask nobody there, and it may go away while the command runs."""

import getpass
import os
import select
import stat
from collections.abc import Sequence
from typing import NoReturn

STANDARD_INPUT = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""File names under which a command reads its standard input."""


def ask_nobody(arguments: Sequence[str]) -> None:
    """Let every question of a library fail at once, instead of waiting for an answer that may never come.

    Called once, by the command line. Standard input is empty from then on, for this process and those that it starts,
    unless an argument names it as a file. Passwords, which are read from the terminal itself, have no answer either.
    """
    if not any(name in argument for argument in arguments for name in STANDARD_INPUT):
        _replace([0])
    getpass.getpass = _no_answer
    os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")


def _no_answer(prompt: str = "Password: ", stream: object = None) -> NoReturn:  # noqa: ARG001
    raise EOFError(f"{prompt.strip()} no command asks for a password")


def leave_lost_terminal() -> None:
    """If the terminal is gone, print nowhere from now on. An error while printing would keep tables from being written.

    Called by the handler of SIGHUP.
    """
    _replace([descriptor for descriptor in (0, 1, 2) if _lost(descriptor)])


def _lost(descriptor: int) -> bool:
    """Whether an open file is a terminal that is gone. The system then no longer says that it is a terminal."""
    poll = select.poll()
    try:
        poll.register(descriptor, 0)
        return stat.S_ISCHR(os.fstat(descriptor).st_mode) and any(event & select.POLLHUP for _, event in poll.poll(0))
    except OSError:
        return False


def _replace(descriptors: Sequence[int]) -> None:
    """Put /dev/null in the place of open files."""
    if not descriptors:
        return
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    if null not in descriptors:
        os.close(null)
