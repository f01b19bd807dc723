"""Call Ray in another thread, which can be left when Ray is lost."""

import threading
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 3.0
"""Time that a call gets to notice by itself that Ray is lost."""
LOOK_SECONDS = 0.2
"""Time between two looks whether Ray is lost."""

Result = TypeVar("Result")


class RayLost(Exception):
    """Ray cannot be used any more."""


def called_beside(function: Callable[[], Result], lost: Callable[[], str]) -> Result:
    """Call a function that uses Ray, in a thread of its own, and wait for its result in this one.

    A call to a Ray whose gcs_server is gone waits for a minute, in C++ code that hears no signal, and then ends the
    whole process with exit code 1. Here the call is left alone `PATIENCE_SECONDS` after Ray was lost, so that the
    process can write its tables and end with its own words.

    Args:
        function: called once. It may raise anything.
        lost: why Ray can no longer be used; empty while it can. Called in this thread, `LOOK_SECONDS` apart.

    Raises:
        RayLost: Ray is lost, and the call has not returned. Its thread may still wait.
        BaseException: what the function has raised.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:  # raised again in the thread that waits
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=call, name="calls to ray", daemon=True).start()
    while not done.wait(LOOK_SECONDS):
        if (cause := lost()) and not done.wait(PATIENCE_SECONDS):
            raise RayLost(cause)
    for error in errors:
        raise error
    return results[0]
