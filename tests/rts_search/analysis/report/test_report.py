"""A report shows the results of a sweep, needs no other file, and runs no code from a sweep file."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis.confirmation.current import CurrentVerdict
from rts_search.analysis.confirmation.verdict import Claim, Comparison, Verdict
from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.analysis.report.rendering import coded, embedded
from rts_search.analysis.report.report import report, report_of
from rts_search.basics.results_folder import Results
from rts_search.study.status import read_status
from rts_search.study.workspace import Workspace
from tests.rts_search.store.swept import EPOCHS, Swept

COMPARISON = Comparison(
    trial=2,
    settings="radius cosine",
    baseline="sgd",
    seeds=5,
    gradient_evaluations=64.0,
    baseline_gradient_evaluations=64.0,
    same_cost=True,
    test_acc=0.95,
    test_acc_sd=0.001,
    baseline_test_acc=0.94,
    baseline_test_acc_sd=0.002,
    difference=0.01,
    low=0.005,
    high=0.015,
    level=0.96,
    bootstrap_low=0.006,
    bootstrap_high=0.014,
    holm_p=0.003,
    outcome="better",
    diverged=0,
    baseline_diverged=0,
    far=(),
    baseline_far=(),
    one_seed=False,
    missing="",
    claim=Claim(1, 5, 0.01, 0.005, 0.015, 0.96, 0.003, "equal cost", 0),
)


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def figures_in(page: str) -> dict[str, dict[str, object]]:
    found = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    figures = [json.loads(text) for text in found]
    return {figure["title"]: figure for figure in figures}


def test_the_whole_sweep_is_in_one_file(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    verdict = Verdict(4, "", (COMPARISON,), (), look=1, alpha=0.04).to_dict()
    workspace = Workspace(swept.results)
    page = report_of(study, *read_status(study, workspace), CurrentVerdict(verdict), workspace)
    assert not re.search(r'(?:src|href)="(?!#)', re.sub("<script>.*</script>", "", page, flags=re.DOTALL))
    assert "beats sgd by 1.00 points (96 % interval 0.50 to 1.50, look 1, 5 seeds, equal cost)" in page
    board = page[page.index("Leaderboard</h2>") :]
    heads = re.findall(r'<th scope="row" class="number">(?:<span class="arm">\w+</span> )?(\d)', board)
    assert heads == ["4", "3", "2", "1", "0"]
    figures = figures_in(page)
    assert {"Accuracy against cost", "Learning curves", "The tree of shared epochs", "The verdict"} <= figures.keys()
    charged = sum(entry.cost for entry in study.trials())
    assert f"{charged:,} gradient evaluations" in str(figures["The tree of shared epochs"]["caption"])
    assert "name: mine" in page, "the sweep file"
    assert "selected_among: 4" in page, "the best config and where it comes from"


def test_a_verdict_without_some_of_its_numbers_is_reported_too(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    numbers = ("gradient_evaluations", "baseline_gradient_evaluations", "test_acc", "test_acc_sd", "difference")
    numbers += ("baseline_test_acc", "baseline_test_acc_sd", "low", "high", "bootstrap_low", "bootstrap_high")
    lost = {"outcome": "incomplete", "missing": "sgd on seed 7 (lost)", "claim": None, "same_cost": False}
    told = replace(COMPARISON, **dict.fromkeys(numbers), **lost)
    verdict = Verdict(4, "", (told,), (), look=None, alpha=0.0, notes=("What else is to be known.",)).to_dict()
    workspace = Workspace(swept.results)
    page = report_of(study, *read_status(study, workspace), CurrentVerdict(verdict), workspace)
    assert "<td>incomplete; sgd on seed 7 (lost)</td>" in page
    assert "<p>What else is to be known.</p>" in page


def test_a_comparison_without_a_difference_has_a_row_too(swept: Swept) -> None:
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study)
    none = dict.fromkeys(("test_acc", "test_acc_sd", "difference", "low", "high", "bootstrap_low", "bootstrap_high"))
    lost = replace(COMPARISON, **none, outcome="diverged", diverged=5, claim=None)
    verdict = Verdict(4, "", (lost,), (), look=1, alpha=0.04).to_dict()
    workspace = Workspace(swept.results)
    page = report_of(study, *read_status(study, workspace), CurrentVerdict(verdict), workspace)
    assert "diverged on 5 of 5 seeds" in page
    assert "diverged; the trial diverged on 5" in page
    assert "The verdict" not in figures_in(page)


def test_a_sweep_that_has_just_begun_has_a_report_too(swept: Swept) -> None:
    study = swept.sweep("mine")
    swept.train(study, epochs=1, state="RUNNING")
    page = report("mine", Workspace(swept.results))
    assert "Learning curves" in figures_in(page)
    assert "Best config" not in page


def test_text_of_a_sweep_file_cannot_end_a_script_element() -> None:
    told = embedded({"name": "</script><script>alert(1)</script>\u2028"})
    assert not set("<>&\u2028") & set(told)
    assert json.loads(told) == {"name": "</script><script>alert(1)</script>\u2028"}


def test_learning_curves_have_every_epoch(swept: Swept) -> None:
    study = swept.sweep("mine")
    entry = swept.train(study)
    figure = FIGURES["curves"](SweepView.of(study))
    assert figure is not None
    own = next(line for line in figure.data if line["name"] == entry.baseline)
    assert own["x"] == list(range(1, EPOCHS + 1))
    assert own["y"] == [round(100 * epoch.val_acc, 4) for epoch in entry.epochs]


def test_commands_are_set_as_code_and_nothing_else_becomes_html() -> None:
    assert coded("goes on: `rts-search resume a`, <b>") == "goes on: <code>rts-search resume a</code>, &lt;b&gt;"
    assert coded("a ` alone") == "a ` alone"
    assert coded("`<b>` and `c`") == "<code>&lt;b&gt;</code> and <code>c</code>"
