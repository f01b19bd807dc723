"""A command loads the study of its sweep once, and makes no sampler to read results."""

from collections import Counter
from pathlib import Path
from typing import Any

import optuna
import pytest

from rts_search.cli import app
from rts_search.study import study as module
from rts_search.study.study import SweepStudy
from tests.rts_search.whole_sweeps.test_earlier_results import unpack

READING = [
    ("status", "earlier"),
    ("table", "earlier"),
    ("export", "confirmed"),
    ("report", "earlier"),
    ("stop", "earlier"),
    ("gc", "earlier", "--dry-run"),
    ("confirm", "confirmed", "--executor", "inline"),
]
RESUME = ("resume", "earlier", "--set", "budget.gradient_evaluations=5000", "--executor", "inline")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    unpack(tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each study has been loaded, by name."""
    counted, begin = Counter[str](), SweepStudy.__init__

    def counting(study: SweepStudy, found: optuna.Study) -> None:
        counted[found.study_name] += 1
        begin(study, found)

    monkeypatch.setattr(SweepStudy, "__init__", counting)
    return counted


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_a_command_that_reads_loads_its_study_once_and_makes_no_sampler(
    results: Path, loads: Counter[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a sampler is made to draw trials only")

    monkeypatch.setattr(module, "make_sampler", refuse)
    app([*arguments, "--results", str(results)], standalone_mode=False)
    assert loads[arguments[1]] == 1


@pytest.mark.slow
def test_a_resume_loads_its_study_once(results: Path, loads: Counter[str]) -> None:
    app([*RESUME, "--results", str(results)], standalone_mode=False)
    assert loads["earlier"] == 1
    assert SweepStudy.load(f"sqlite:///{results / 'studies.sqlite3'}", "earlier").ended
