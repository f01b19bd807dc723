"""Stopping a command: SIGTERM, SIGINT (Ctrl-C) and SIGHUP are one request to stop, which is never forgotten.

A request raises KeyboardInterrupt. Inside the blocks of `interrupts_noted` it is recorded instead, and inside
`InterruptsHeldBack` it waits for the end of the block. A second request raises inside `interrupts_noted` as well.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Any, Self

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.stop_requests import STOPPING, requests

LOOK_SECONDS = 0.05
"""A wait ends at most this many seconds after a request to stop."""


class Interrupted(Exception):
    """The user stopped the sweep. All epochs trained so far are kept, and the sweep can be resumed."""


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Inside the `with` block, SIGTERM and SIGHUP do what SIGINT (Ctrl-C) does, unless they are ignored.

    SLURM and Kubernetes send SIGTERM, and a terminal that is closed sends SIGHUP.
    """
    with requests.heard(also_fatal=True):
        yield


def asked() -> bool:
    """Whether this process was asked to stop."""
    return requests.number > 0


def hurried() -> bool:
    """Whether it was asked again: it should end without finishing anything."""
    return requests.number > 1


def when_abandoned(action: Callable[[], object]) -> None:
    """Let a function be called if the process ends, after a request to stop, without waiting for its threads."""
    requests.when_abandoned.append(action)


class Noted:
    """Records that a request to stop came.

    It uses no `threading.Event`: a signal handler that sets one waits forever when the interrupted code holds its lock.
    """

    def __init__(self) -> None:
        self._set = False
        self.raises = False
        """Whether a request raises: inside a block of `raised`."""

    def note(self) -> None:
        """Record a request. Called by the signal handler."""
        self._set = True

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Inside the `with` block, a request raises KeyboardInterrupt; at its beginning, if it has come before.

        For work that may be left at any moment, such as training, and never for a request to the study database: an
        exception in the middle of a request can leave the database locked until the process ends.

        Python drops an exception that is raised in a destructor. The request is recorded all the same.
        """
        before, self.raises = self.raises, True
        try:
            if self._set:
                raise KeyboardInterrupt
            yield
        finally:
            self.raises = before

    def is_set(self) -> bool:
        """Whether a request has come."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait for a request, at most `seconds`. Returns whether it has come."""
        until = time.monotonic() + seconds
        while not self._set and (left := until - time.monotonic()) > 0.0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._set


@contextmanager
def interrupts_noted() -> Iterator[Noted]:
    """Inside the `with` block, record the first request to stop, also one from before. It raises nothing.

    A request inside `Noted.raised` raises KeyboardInterrupt, and so does a second one.
    """
    noted = Noted()
    with requests.heard(also_fatal=False):
        if threading.current_thread() is not threading.main_thread():
            yield noted
            return
        requests.recorders.append(noted)
        try:
            if asked():
                noted.note()
            yield noted
        finally:
            requests.recorders.remove(noted)


def interrupts_raised() -> AbstractContextManager[None]:
    """Inside the `with` block, and at its beginning, a request raises KeyboardInterrupt: see `Noted.raised`.

    For a part of a block of `interrupts_noted` that lies elsewhere in the code. Outside such a block it does nothing.
    """
    innermost = requests.recorders[-1] if requests.recorders else None
    return innermost.raised() if isinstance(innermost, Noted) else nullcontext()


class InterruptsHeldBack:
    """Inside the `with` block a request to stop does nothing; at its end it does what it would have done.

    For a request to the study database: an exception in the middle of one can leave the database locked until the
    process ends, which in a notebook may be days. A block must end soon; one that waits looks at `came` and stops
    waiting. Blocks may lie in each other. Other threads than the main one never see a signal.
    """

    def __enter__(self) -> Self:
        self._signals: AbstractContextManager[dict[int, Any]] | None = None
        if not requests.holding and threading.current_thread() is threading.main_thread():
            requests.holding = True
            self._signals = requests.heard(also_fatal=False)
            self._outside = self._signals.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._signals is not None:
            try:
                self._signals.__exit__(None, None, None)
            finally:
                requests.let_go(self._outside)

    @staticmethod
    def came() -> bool:
        """Whether a request has come in the block, in the main thread."""
        return requests.waiting


@contextmanager
def commands_stopped() -> Iterator[None]:
    """Inside the `with` block, requests to this process are recorded, and raise only inside `interrupts_raised`.

    For a whole process, from before its imports until its end: a request whose exception Python drops, for example in
    a destructor, takes effect again, and a third one ends the process at once.
    """
    dropped = sys.unraisablehook

    def taken_up(told: "sys.UnraisableHookArgs") -> None:
        if told.exc_type is KeyboardInterrupt and asked():
            requests.repeat(requests.last_signal)
        else:
            dropped(told)

    with terminated_as_interrupted(), interrupts_noted():
        sys.unraisablehook, requests.at_last = taken_up, lambda: os._exit(INTERRUPTED)
        try:
            yield
        finally:
            sys.unraisablehook, requests.at_last = dropped, None


def interrupt_this_process() -> None:
    """Do from any thread what the first Ctrl-C of a user does, where SIGINT is ignored as well."""
    heeded = [number for number in STOPPING if signal.getsignal(number) not in (signal.SIG_DFL, signal.SIG_IGN, None)]
    os.kill(os.getpid(), heeded[0] if heeded else signal.SIGTERM)
