"""How a sweep is stopped from outside: Ctrl-C and SIGTERM alike."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOOK_SECONDS = 0.05
"""How soon a wait ends that SIGINT ends, at the latest."""


class Interrupted(Exception):
    """The user stopped the sweep; everything reached so far is kept."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, which SLURM and Kubernetes send, stops a sweep the way Ctrl-C does; Ray Tune traps only the latter.

    A script's background jobs ignore SIGINT, so that SIGTERM does not send it, but does what would have followed.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number
        follows = signal.getsignal(signal.SIGINT)
        if not callable(follows):
            raise KeyboardInterrupt
        follows(signal.SIGINT, frame)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Noted:
    """Whether SIGINT has come. No event of `threading`: a handler that sets one can meet its lock held, and hang."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """It has come."""
        self._set = True

    def is_set(self) -> bool:
        """Whether it has."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait until it comes, so many seconds at most; whether it has come."""
        until = time.monotonic() + seconds
        while not self._set and (left := until - time.monotonic()) > 0.0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._set


@contextmanager
def interrupts_noted() -> Iterator[Noted]:
    """SIGINT is noted instead of raising anywhere; a second one raises as ever."""
    noted = Noted()
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        noted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
