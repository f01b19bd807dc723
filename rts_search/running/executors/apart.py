"""Run a function in a thread of its own, so that the main thread can heed signals meanwhile.

Ray's C++ code can keep a thread for a minute. Python calls no signal handler in the main thread as long as it is there.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")

LOOK_SECONDS = 0.05
"""The main thread looks for signals and other news this often."""


class Apart(Generic[Result]):
    """The call of a function in a thread. The thread does not keep the process from ending."""

    def __init__(self, function: Callable[[], Result]) -> None:
        """Begin the call."""
        self._function, self._ended = function, threading.Event()
        self._result: list[Result] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name=f"apart: {function}", daemon=True).start()

    def _run(self) -> None:
        try:
            self._result.append(self._function())
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def wait(self, seconds: float = LOOK_SECONDS) -> bool:
        """Wait for the end of the call. Returns whether it has ended."""
        return self._ended.wait(seconds)

    def result(self) -> Result:
        """What the function returned; raises what it raised. Only after the call has ended."""
        if self._error is not None:
            raise self._error
        return self._result[0]
