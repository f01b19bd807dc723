"""Stopping by a signal: SIGINT (Ctrl-C), SIGTERM and SIGHUP do the same, and can be recorded instead of raised."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that stop a command. SIGHUP comes when the terminal is closed."""
LOOK_SECONDS = 0.05
"""A wait ends at most this many seconds after a signal."""
SAME_SECONDS = 0.3
"""Signals within this time are one request: `timeout` sends SIGTERM twice, to the process and to its group."""

STOPPED = "rts-search: stopped; what was stored before is kept, and the same command starts again"
"""What a command says that is stopped before or after its own work."""


class Interrupted(Exception):
    """The user stopped the sweep. All epochs trained so far are kept, and the sweep can be resumed."""


class _Requests:
    """The requests to stop this process, from the beginning to the end of one `stoppable`."""

    def __init__(self) -> None:
        self.came = False
        self.noting: list[Noted] = []
        self._last = float("-inf")

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The signal handler. Raises: KeyboardInterrupt, unless a `Noted` records the signal."""
        del number, frame
        now = time.monotonic()
        if now - self._last < SAME_SECONDS:
            return
        self._last, self.came = now, True
        if self.noting and not self.noting[-1].is_set():
            self.noting[-1].set()
        else:
            raise KeyboardInterrupt


_active: list[_Requests] = []
"""The requests of the `stoppable` that is active; a process has one set of signal handlers."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside the `with` block, the STOPPING signals raise KeyboardInterrupt, or are recorded by `interrupts_noted`.

    A signal that this process ignored before stays ignored: a background job of a shell script ignores SIGINT, and one
    under nohup ignores SIGHUP. In a `stoppable` inside another one, and outside of the main thread, it does nothing.

    Python drops an exception that is raised in a destructor or in a callback of C code, and prints a traceback. Inside
    the `with` block it prints none. The request is recorded all the same, and the next `interrupts_noted` or
    `require_no_request` heeds it.
    """
    if _active or threading.current_thread() is not threading.main_thread():
        yield
        return
    requests = _Requests()
    before, hook = {number: signal.getsignal(number) for number in STOPPING}, sys.unraisablehook

    def dropped(told: "sys.UnraisableHookArgs") -> None:
        if told.exc_type is not KeyboardInterrupt:
            hook(told)

    sys.unraisablehook = dropped
    _active.append(requests)
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):  # None: a handler that C code has set
                signal.signal(number, requests.hear)
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) == requests.hear:
                signal.signal(number, handler)
        if sys.unraisablehook is dropped:
            sys.unraisablehook = hook
        _active.remove(requests)


def require_no_request() -> None:
    """Called before a step that takes long. Raises: KeyboardInterrupt when a signal to stop has come."""
    if _active and _active[-1].came:
        raise KeyboardInterrupt


class Noted:
    """Records that a signal to stop came.

    It uses no `threading.Event`: a signal handler that sets one waits forever when the interrupted code holds its lock.
    """

    def __init__(self, came: bool = False) -> None:
        """`came`: whether the signal has come before."""
        self._set, self._raises = came, False

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
    """Inside the `with` block, record the first signal to stop. It raises nothing, unless it comes inside
    `Noted.raised`.

    A signal that came earlier in the command counts as the first. The next one raises KeyboardInterrupt.
    """
    with stoppable():
        if threading.current_thread() is not threading.main_thread():
            yield Noted()
            return
        requests = _active[-1]
        noted = Noted(requests.came)
        requests.noting.append(noted)
        try:
            yield noted
        finally:
            requests.noting.remove(noted)
