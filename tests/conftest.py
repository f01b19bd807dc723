"""What all tests share: the reference material beside the checkout, and the mark that skips without it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the reference material where it is absent, and say so."""
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason=f"needs the reference material in {SHARED}")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(skip)


@pytest.fixture
def shared() -> Path:
    """The folder of the reference material."""
    return SHARED
