"""Stopping a sweep by a signal: SIGTERM acts like Ctrl-C, and SIGINT can be recorded instead of raised."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOOK_SECONDS = 0.05
"""A wait ends at most this many seconds after SIGINT."""


class Interrupted(Exception):
    """The user stopped the sweep. All epochs trained so far are kept, and the sweep can be resumed."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Inside the `with` block, SIGTERM does what SIGINT (Ctrl-C) does.

    SLURM and Kubernetes send SIGTERM, and Ray Tune handles SIGINT only. The handler of SIGINT is called directly: a
    background job of a shell script ignores SIGINT, so that sending it would do nothing.
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
    """Records that SIGINT came.

    It uses no `threading.Event`: a signal handler that sets one waits forever when the interrupted code holds its lock.
    """

    def __init__(self) -> None:
        self._set = self._raises = False

    def set(self) -> None:
        """Record the signal. Called by the signal handler. Raises: KeyboardInterrupt inside a block of `raised`."""
        self._set = True
        if self._raises:
            raise KeyboardInterrupt

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Inside the `with` block, the signal raises KeyboardInterrupt; at its beginning, if it has come before.

        For work that may be left at any moment, such as training, and never for a request to the study database: an
        exception in the middle of a request can leave the database locked until the process ends.

        Python drops an exception that is raised in a destructor. The signal is recorded all the same.
        """
        self._raises = True
        try:
            if self._set:
                raise KeyboardInterrupt
            yield
        finally:
            self._raises = False

    def is_set(self) -> bool:
        """Whether the signal has come."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait for the signal, at most `seconds`. Returns whether it has come."""
        until = time.monotonic() + seconds
        while not self._set and (left := until - time.monotonic()) > 0.0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._set


@contextmanager
def interrupts_noted() -> Iterator[Noted]:
    """Inside the `with` block, record the first SIGINT. It raises nothing, unless it comes inside `Noted.raised`.

    A second one raises KeyboardInterrupt.
    """
    noted = Noted()
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGINT, before)
        noted.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
