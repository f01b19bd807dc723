"""How a sweep is stopped from outside: Ctrl-C and SIGTERM alike."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(Exception):
    """The user stopped the sweep; everything reached so far is kept."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, which SLURM and Kubernetes send, stops a sweep the way Ctrl-C does; Ray Tune traps only the latter."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def interrupts_noted() -> Iterator[threading.Event]:
    """SIGINT sets this event instead of raising anywhere; a second one raises as ever."""
    noted = threading.Event()
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
