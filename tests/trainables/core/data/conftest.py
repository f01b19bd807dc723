"""Small data sets that count as the published ones."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trainables.core.data.published import count_as_published


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """A function that makes the small archives of a folder count as the published ones."""
    return functools.partial(count_as_published, put=monkeypatch.setattr)
