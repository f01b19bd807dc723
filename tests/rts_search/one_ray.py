"""A Ray in the process of the tests. It saves the seconds that each Ray needs to start."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from rts_search.running.executors import EXECUTORS, Executor
from rts_search.running.executors.ray import RayExecutor
from rts_search.running.executors.shared import SharedExecutor


@contextlib.contextmanager
def one_ray() -> Iterator[Executor]:
    """Start a Ray that all commands of this process use instead of their own.

    It runs before the first command. Ray switches on its tokens with an environment variable, RAY_AUTH_MODE, and each
    of its processes reads it. A command of `run_in_this_process` removes that variable, so that the processes started
    from then on would ask for no token, or send none.
    """
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as context:
        shared = SharedExecutor(RayExecutor(None, verbose=False), context)
        patch.setitem(EXECUTORS, "ray", lambda _: shared)
        with shared.started():
            shared.nodes()  # waits until Ray runs
            yield shared
    wait_for_the_end_of_ray()


def wait_for_the_end_of_ray() -> None:
    """Wait until Ray has ended: its thread still imports modules, while pytest goes through the modules."""
    for thread in threading.enumerate():
        if thread.name == "ray":
            thread.join()
