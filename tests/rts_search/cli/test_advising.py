"""`rts-search advise` on a real sweep and on recorded curves."""

import json
from pathlib import Path

import pandas as pd
import pytest

from rts_search.sweep.sweep_file import load_sweep
from scripts.pictures import FAIR, kept_sweep
from tests.rts_search.analysis.simulation.recorded import recorded
from tests.rts_search.conftest import CommandLine


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """A command line on the results of a kept sweep."""
    cli.results.mkdir(parents=True)
    kept_sweep(cli.results, FAIR)
    return cli


def test_advice_on_a_sweep_as_text_json_page_and_next_sweep(kept: CommandLine, tmp_path: Path) -> None:
    page, file = tmp_path / "advice.html", tmp_path / "next.yaml"
    told = kept.run("advise", FAIR, "-o", str(page), "--space", str(file)).stdout
    assert "These trials do not show that any setting matters." in told
    assert "trials of digits_fair: " in told
    assert "No effect is established of " in page.read_text()
    plain = json.loads(kept.run("advise", FAIR, "--json").stdout)
    assert {one["setting"] for one in plain["settings"]} >= {"training.lr", "radius.shape"}
    before, after = load_sweep(FAIR), load_sweep(str(file))
    assert after.name == f"{FAIR}_next"
    assert after.space == before.space
    assert (after.training.epochs, after.efforts) == (before.training.epochs, before.efforts)
    assert "# Nothing is ruled out." in file.read_text()


def test_advice_on_recorded_curves(cli: CommandLine, tmp_path: Path) -> None:
    page, table = tmp_path / "advice.md", tmp_path / "advice.csv"
    told = cli.run("advise", "--curves", str(recorded(tmp_path)), "-o", str(page), "-o", str(table)).stdout
    assert "radius_max matters" in told
    assert "24 trials of net, 40 epochs: 24 completed." in told
    assert page.read_text() in told
    frame = pd.read_csv(table)
    assert frame.columns.tolist() == ["setting", "values", "trials", "better_than", "interval", "judgement"]
    assert "radius_max" in frame["setting"].tolist()


def test_what_cannot_be_advised_on_is_refused(kept: CommandLine, tmp_path: Path) -> None:
    curves = ["--curves", str(recorded(tmp_path))]
    refused = {
        (): "advise: must have the names of launched sweeps, or --curves, but got neither",
        (FAIR, *curves): "advise: must have the names of launched sweeps, or --curves, but got both",
        (FAIR, FAIR): f"{FAIR}: must be named once: its trials would count twice",
        ("none",): "none: no sweep of this name has been launched",
        (*curves, "--space", "x.yaml"): "--space: must be left out with --curves, which have no sweep",
        (FAIR, "-o", "x.tex"): "--output: must end in .html, .md, .csv, but got 'x.tex'",
        ("--curves", "none.parquet"): "none.parquet: must be a parquet file of curves, but there is no such file",
    }
    for arguments, line in refused.items():
        assert kept.refused("advise", *arguments).startswith(f"rts-search: {line}")
    assert not Path("x.yaml").exists()
