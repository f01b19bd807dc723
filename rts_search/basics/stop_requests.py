"""The requests to stop this process, which come as signals, and the moment at which one takes effect.

There is one handler for all of them. What a request does depends on the innermost block in which the main thread is
(`rts_search.basics.signals`): it raises KeyboardInterrupt, is only recorded, or waits for the end of the block.
"""

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

from rts_search.basics.terminal import leave_lost_terminal

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""The signals that ask a process to stop: a job scheduler's or the system's, Ctrl-C, the end of the terminal."""
AGAIN_SECONDS = 0.5
"""Signals that come closer together are one request: `timeout` and job schedulers send theirs more than once."""
REPEAT_SECONDS = 0.05
"""Pause after which a request that came during an import is looked at again."""
LONGEST_IMPORT_SECONDS = 3.0
"""A request waits so long for the end of an import. Libraries on a network's disk may take a minute."""
IMPORTING = "<frozen importlib._bootstrap>"
"""File name of Python's own code for imports."""


class Recorder(Protocol):
    """Records requests for a part of the program in which the first one does not raise."""

    raises: bool
    """Whether a request raises all the same, for now."""

    def note(self) -> None:
        """Record a request."""


class StopRequests:
    """The requests since the outermost `heard` block began."""

    def __init__(self) -> None:
        self.number = 0
        """How many there were. They stay on record until the outermost `heard` block ends."""
        self.recorders: list[Recorder] = []
        """Those of the blocks in which the main thread is; the innermost is the last."""
        self.holding = False
        """Whether a request waits for now, until `let_go`."""
        self.waiting = False
        """Whether a request came meanwhile."""
        self.at_last: Callable[[], object] | None = None
        """Called with the third request and every later one."""
        self.when_abandoned: list[Callable[[], object]] = []
        """Called in their order where the process ends without waiting for its threads."""
        self.last_signal = int(signal.SIGINT)
        self._first = self._last = 0.0
        self._depth = 0
        self._repeated = False

    def seconds(self) -> float:
        """Seconds since the first request; 0 where there was none."""
        return time.monotonic() - self._first if self.number else 0.0

    @contextmanager
    def heard(self, *, also_fatal: bool) -> Iterator[dict[int, Any]]:
        """Inside the `with` block, stopping signals come here. Yields the handlers that they have outside it.

        A signal that is ignored stays ignored: a command after `nohup`, or a background job of a script, must not hear
        it. In other threads than the main one, the block changes nothing, since Python gives them no signals.

        also_fatal: whether also signals come here that would end the process.
        """
        before: dict[int, Any] = {}
        if threading.current_thread() is not threading.main_thread():
            yield before
            return
        for number in STOPPING:
            handler = signal.getsignal(number)
            if (callable(handler) and handler != self.hear) or (also_fatal and handler is signal.SIG_DFL):
                before[number] = handler
        if self._depth == 0:
            self.number = 0
        self._depth += 1
        try:
            for taken in before:
                signal.signal(taken, self.hear)
            yield before
        finally:
            self._depth -= 1
            for taken, handler in before.items():
                signal.signal(taken, handler)

    def request(self) -> bool:
        """Record a request. Returns whether it is a new one."""
        now = time.monotonic()
        if self.number and now - self._last < AGAIN_SECONDS:
            return False
        self._first = self._first if self.number else now
        self._last = now
        self.number += 1
        return True

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals. Raises: KeyboardInterrupt, where a request takes effect at once."""
        if number == signal.SIGHUP:
            leave_lost_terminal()
        if self._repeated:
            self._repeated = False
        elif not self.request():
            return
        elif self.number > 2 and self.at_last is not None:
            self.at_last()
        self.last_signal = number
        self.take_effect(number, frame)

    def take_effect(self, number: int, frame: FrameType | None) -> None:
        """Let the last request take effect, or put it off. Raises: KeyboardInterrupt."""
        self.waiting = self.holding
        if self.holding:
            return
        for recorder in self.recorders:
            recorder.note()
        if self.recorders and not self.recorders[-1].raises and self.number == 1:
            return
        if self.seconds() < LONGEST_IMPORT_SECONDS and _importing(frame):
            self.repeat(number)  # an exception would leave half a module, which libraries answer with errors of theirs
            return
        raise KeyboardInterrupt

    def let_go(self, outside: dict[int, Any]) -> None:
        """Let a request take effect that came while `holding`.

        outside: the handlers of the signals where nothing hears them here any more; one of them is called then.

        Raises: KeyboardInterrupt.
        """
        self.holding = False
        if not self.waiting:
            return
        self.waiting = False
        if self._depth > 0:
            self.take_effect(self.last_signal, None)
        elif self.last_signal in outside:
            outside[self.last_signal](self.last_signal, None)

    def repeat(self, number: int) -> None:
        """Let the last request take effect a moment later, once more.

        It starts a bare thread: those of `threading` wait for locks, which the interrupted code may hold.
        """
        _thread.start_new_thread(self._repeat, (number,))

    def _repeat(self, number: int) -> None:
        time.sleep(REPEAT_SECONDS)
        main = threading.main_thread().ident
        if main is not None and signal.getsignal(number) == self.hear:
            self._repeated = True
            signal.pthread_kill(main, number)


requests = StopRequests()
"""The requests to this process."""


def _importing(frame: FrameType | None) -> bool:
    """Whether the code of this frame runs because a module is being imported."""
    while frame is not None:
        if frame.f_code.co_filename == IMPORTING:
            return True
        frame = frame.f_back
    return False
