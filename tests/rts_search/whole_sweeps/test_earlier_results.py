"""A results folder of an earlier version is read, resumed, extended and confirmed like a new one."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rts_search.cli import app
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry

DATA = Path(__file__).parents[2] / "data" / "earlier_results"
INLINE = ("--executor", "inline")
SEARCHED = 8
BASELINES = 2

Run = Callable[..., str]
"""A command line to what it prints."""


def unpack(folder: Path) -> None:
    """Make a copy of the earlier results."""
    with tarfile.open(DATA / "results.tar.gz") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)  # Python 3.11.0 to 3.11.3
        archive.extractall(folder)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    unpack(tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def run(results: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> str:
        capsys.readouterr()
        app([*arguments, "--results", str(results)], standalone_mode=False)
        return capsys.readouterr().out

    return command


def status(run: Run, sweep: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("status", sweep, "--json"))
    return found


def recorded(results: Path) -> dict[int, tuple[EpochEntry, ...]]:
    """Trial number -> its epochs."""
    study = SweepStudy.load(f"sqlite:///{results / 'studies.sqlite3'}", "earlier")
    return {entry.number: entry.epochs for entry in study.trials()}


def trials_csv(results: Path) -> pd.DataFrame:
    return pd.read_csv(results / "earlier" / "trials.csv", dtype=str, keep_default_na=False)


def test_an_earlier_sweep_shows_its_state_and_its_ranking(run: Run, results: Path) -> None:
    found = status(run, "earlier")
    assert found["state"] == "budget used up"
    assert (found["completed"], found["held"], found["unfinished"]) == (2, [2, 3], {"4": 3})
    assert (found["gradient_evaluations"], found["gradient_evaluations_spent"]) == (468, 432)
    for sweep in ("earlier", "confirmed"):
        written = (results / sweep / "table.md").read_text()
        run("table", sweep)
        assert (results / sweep / "table.md").read_text().splitlines()[-3:] == written.splitlines()[-3:]


@pytest.mark.slow
def test_an_earlier_sweep_is_resumed_to_its_end_extended_reported_and_exported(run: Run, results: Path) -> None:
    before = recorded(results)
    run("resume", "earlier", "--set", "budget.gradient_evaluations=5000", *INLINE)
    after = recorded(results)
    assert all(after[number][: len(epochs)] == epochs for number, epochs in before.items()), "nothing is trained again"
    drawn = pd.read_csv(DATA / "drawn.csv", dtype=str, keep_default_na=False)
    assert trials_csv(results)[drawn.columns].equals(drawn)
    assert (status(run, "earlier")["state"], len(after)) == ("finished", BASELINES + SEARCHED)

    run("resume", "earlier", "--trials", str(SEARCHED + 2), *INLINE)
    found = status(run, "earlier")
    assert (found["state"], found["trials"]) == ("finished", BASELINES + SEARCHED + 2)
    best = trials_csv(results).set_index("number").loc[str(found["best"]["trial"])]

    report = results / "report.html"
    run("report", "earlier", "-o", str(report))
    assert f"{100 * float(best['val_acc']):.2f} %" in report.read_text()
    exported = json.loads(run("export", "earlier", "--format", "json"))
    assert exported["provenance"]["trial"] == found["best"]["trial"]


def test_an_earlier_verdict_still_holds_and_is_not_judged_again(run: Run, results: Path) -> None:
    exported = json.loads(run("export", "confirmed", "--format", "json"))
    assert exported["provenance"]["verdict"]["winner"] == 2
    report = results / "report.html"
    run("report", "confirmed", "-o", str(report))
    verdict = json.loads(run("confirm", "confirmed", *INLINE, "--json"))
    assert (verdict["winner"], verdict["look"]) == (2, 1)
    trial = "Trial 2 (radius 0.617, switch 0, scale 1)"
    today = f"{trial}: No difference to sgd or pugd is established."
    assert exported["provenance"]["verdict"]["sentence"].startswith(today), "in today's words"
    assert today in report.read_text()
    told = (
        "A difference to sgd was measured, but it depends on one seed and is not claimed. "
        "The baselines are untuned, at lr 0.05."
    )
    assert verdict["sentence"] == f"{today} {told}"
