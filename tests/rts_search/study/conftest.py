"""A results folder of written sweeps."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from tests.rts_search.store.swept import Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))
