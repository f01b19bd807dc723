"""A small sweep that has really been trained, for all tests of this folder."""

from pathlib import Path

import pytest

from rts_search import Sweep
from tests.rts_search.environment import plain_environment
from tests.rts_search.in_this_process import run_in_this_process

SMALL = {
    "search.trials": 3,
    "training.epochs": 3,
    "dataset.num_train": 200,
    "baselines": ["sgd"],
    "scheduler": "none",
}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with the sweep `small`."""
    folder = tmp_path_factory.mktemp("notebook") / "results"
    changes = [word for place, value in SMALL.items() for word in ("--set", f"{place}={value}".replace("'", '"'))]
    words = ["launch", "digits", "--name", "small", *changes, "--results", str(folder), "--executor", "inline"]
    assert run_in_this_process(words, plain_environment()).returncode == 0
    return folder


@pytest.fixture
def small(results: Path) -> Sweep:
    return Sweep.load("small", results)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process launches trains without Ray."""
    monkeypatch.setenv("RTS_SEARCH_EXECUTOR", "inline")
