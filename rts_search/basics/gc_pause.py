"""Python's search for garbage, which reading many trials need not wait for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Spare the making of many objects that all stay a third to a half of its time: no looking for garbage in them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
