"""A results folder of an earlier version is read, resumed, extended and judged as one of today."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry
from tests.rts_search.conftest import CommandLine

DATA = Path(__file__).parents[1] / "data" / "earlier_results"
INLINE = ("--executor", "inline")
SEARCHED = 8
BASELINES = 2


def unpack(folder: Path) -> None:
    """Make a copy of the folder."""
    with tarfile.open(DATA / "results.tar.gz") as archive:
        archive.extractall(folder, filter="data")


@pytest.fixture
def earlier(cli: CommandLine) -> CommandLine:
    """A command line on a copy of the folder."""
    unpack(cli.results)
    return cli


def status(cli: CommandLine, sweep: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cli.run("status", sweep, "--json").stdout)
    return found


def recorded(cli: CommandLine) -> dict[int, tuple[EpochEntry, ...]]:
    """Trial number -> its epochs."""
    study = SweepStudy.load(f"sqlite:///{cli.results / 'studies.sqlite3'}", "earlier")
    return {entry.number: entry.epochs for entry in study.trials()}


def trials_csv(cli: CommandLine) -> pd.DataFrame:
    return pd.read_csv(cli.results / "earlier" / "trials.csv", dtype=str, keep_default_na=False)


def test_an_earlier_sweep_shows_its_state_and_its_ranking(earlier: CommandLine) -> None:
    found = status(earlier, "earlier")
    assert found["state"] == "budget used up"
    assert (found["completed"], found["held"], found["unfinished"]) == (2, [2, 3], {"4": 3})
    assert (found["gradient_evaluations"], found["gradient_evaluations_spent"]) == (468, 432)
    written = (earlier.results / "earlier" / "table.md").read_text()
    assert earlier.run("table", "earlier").stdout.startswith(written)
    assert earlier.run("table", "confirmed").stdout.startswith((earlier.results / "confirmed" / "table.md").read_text())


def test_an_earlier_sweep_is_resumed_to_its_end_extended_reported_and_exported(earlier: CommandLine) -> None:
    before = recorded(earlier)
    earlier.run("resume", "earlier", "--set", "budget.gradient_evaluations=5000", *INLINE)
    after = recorded(earlier)
    assert all(after[number][: len(epochs)] == epochs for number, epochs in before.items()), "nothing is trained again"
    drawn = pd.read_csv(DATA / "drawn.csv", dtype=str, keep_default_na=False)
    assert trials_csv(earlier)[drawn.columns].equals(drawn)
    assert (status(earlier, "earlier")["state"], len(after)) == ("finished", BASELINES + SEARCHED)

    earlier.run("resume", "earlier", "--trials", str(SEARCHED + 2), *INLINE)
    found = status(earlier, "earlier")
    assert (found["state"], found["trials"]) == ("finished", BASELINES + SEARCHED + 2)
    best = trials_csv(earlier).set_index("number").loc[str(found["best"]["trial"])]

    report = earlier.results / "report.html"
    earlier.run("report", "earlier", "-o", str(report))
    assert f"{100 * float(best['val_acc']):.2f} %" in report.read_text()
    exported = json.loads(earlier.run("export", "earlier", "--format", "json").stdout)
    assert exported["provenance"]["trial"] == found["best"]["trial"]


def test_an_earlier_verdict_still_holds_and_is_not_judged_again(earlier: CommandLine) -> None:
    verdict = "Trial 2 (radius 0.617, switch 0, scale 1) against sgd and pugd the difference is not established."
    exported = json.loads(earlier.run("export", "confirmed", "--format", "json").stdout)
    assert verdict in json.dumps(exported)
    report = earlier.results / "report.html"
    earlier.run("report", "confirmed", "-o", str(report))
    assert verdict in report.read_text()
    told = earlier.run("confirm", "confirmed").stdout
    assert verdict in told
    assert "This is look 1." in told
