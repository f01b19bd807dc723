"""How a sweep is stopped from outside: Ctrl-C and SIGTERM alike."""

import os
import signal
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
