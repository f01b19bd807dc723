"""The error of a study database that contradicts itself or the store, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rts_search.basics.errors import UserError
from trainables.core.settings.section import first_line

WAY_OUT = (
    "the study database is damaged, and nothing was written: restore it from a copy, or launch the sweep again "
    "under another --name with another --storage, such as sqlite:///FILE, which takes its epochs from the store"
)
NOT_AS_WRITTEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, LookupError, AssertionError)
"""What reading raises when the database holds something else than was written."""


class DamagedStudy(UserError):
    """The database holds something that no version of this program wrote, or lacks something that was written."""


def damaged(place: str, what: str) -> DamagedStudy:
    """The error in one line.

    Args:
        place: the study, and the trial and the epoch where they are known, such as `study digits: trial 3: epoch 5`.
        what: the contradiction; of several lines, as SQLite says it, one is made.
    """
    return DamagedStudy(f"{place}: {' '.join(what.split())}; {WAY_OUT}")


@contextmanager
def readable(place: str) -> Iterator[None]:
    """Turn an error of reading inside the `with` block into a DamagedStudy that names the place."""
    try:
        yield
    except UserError:
        raise
    except NOT_AS_WRITTEN as error:
        raise damaged(place, f"holds what was never written there: {_told(error)}") from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {first_line(error)}"
