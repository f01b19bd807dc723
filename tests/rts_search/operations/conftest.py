"""What the tests of several operations share."""

import shutil
from pathlib import Path

import pytest

from tests.rts_search.conftest import CommandLine


@pytest.fixture
def line(launched: CommandLine, tmp_path: Path) -> CommandLine:
    """A copy of the ended sweep that a module has in its fixture `launched`."""
    shutil.copytree(launched.results, tmp_path / "results")
    return CommandLine(tmp_path / "results")
