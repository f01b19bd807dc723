"""`rts-search stability` and `rts-search costs`, as a user runs them."""

import json

import pandas as pd
import pytest

from rts_search.analysis.report.report import report
from rts_search.basics.results_folder import Results
from rts_search.study.workspace import Workspace
from tests.rts_search.conftest import CommandLine
from tests.rts_search.store.swept import Swept


@pytest.fixture
def swept(cli: CommandLine) -> Swept:
    """A sweep with four trials and sgd, whose records are in the store."""
    swept = Swept(Results(cli.results))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    return swept


def test_both_as_text_json_files_report_and_figures(swept: Swept, cli: CommandLine) -> None:
    folder = cli.results
    files = [option for end in ("html", "md", "csv") for option in ("-o", str(folder / f"costs.{end}"))]
    told = cli.run("costs", "mine", "--accuracy", "0.03", *files).stdout
    assert "| rts (trial 4) | 1 | 1 of 1 | 32 | not established: needs 6 seeds | 32 |" in told
    assert "Not confirmed: the best trial of each method" in told
    assert (folder / "costs.md").read_text() == told
    assert "<title>mine: costs" in (folder / "costs.html").read_text()
    assert set(pd.read_csv(folder / "costs.csv")["axis"]) == {"epochs", "gradient_evaluations", "seconds", "to_reach"}
    assert json.loads(cli.run("costs", "mine", "--json", "--against", "sgd").stdout)["metric"] == "val_acc"

    told = cli.run("stability", "mine", "--settings").stdout
    assert "| rts (trial 4) | 1 | 0 of 1 (0.0 to 97.5 %) | - |" in told
    assert "| rts | timing.switch_epoch | 4 | 0 of 2 (0.0 to 84.2 %) |" in told
    plain = json.loads(cli.run("stability", "mine", "--json").stdout)
    assert [one["method"] for one in plain["methods"]] == ["rts", "sgd"]

    page = report("mine", Workspace(swept.results))
    assert "<h2>Stability</h2>" in page
    assert "<h2>Costs</h2>" in page
    assert '"title":"Stability"' in page
    assert '"title":"Costs"' in page


def test_what_cannot_be_compared_is_refused(cli: CommandLine) -> None:
    swept = Swept(Results(cli.results))
    study = swept.sweep("mine")
    none = "rts-search: mine: has no completed trial yet; wait for one, or "
    assert cli.refused("stability", "mine").startswith(none)
    swept.train(study, records=True)
    swept.train(study, epochs=2, state="RUNNING")
    refused = {
        ("costs", "mine", "--accuracy", "95"): "mine: --accuracy: must be in (0, 1], as val_acc is, but got 95",
        ("costs", "mine", "--accuracy", "nan"): "mine: --accuracy: must be in (0, 1], as val_acc is, but got nan",
        ("stability", "mine", "--against", ","): "--against: must be names of baselines, such as sgd,pugd, but got ','",
        ("costs", "mine", "--against", "adam"): "mine: --against: must be among the baselines of the sweep, sgd, but",
        ("stability", "mine", "-o", "x.txt"): "--output: must end in .html, .md, .csv, .png, but got 'x.txt'",
        ("stability", "none"): "none: no sweep of this name has been launched",
    }
    for arguments, line in refused.items():
        assert cli.refused(*arguments).startswith(f"rts-search: {line}")
    told = cli.run("costs", "mine", "--accuracy", "1").stdout
    assert "| sgd (trial 0, untuned) | 1 | 0 of 1 | more than half never |" in told, "all images right is an accuracy"
    assert "No run to compare: rts." in told, "rts has no completed trial yet"
    assert "| rts | 0 | - | - | - | - | - | - |" in cli.run("stability", "mine").stdout
