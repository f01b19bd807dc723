"""A sweep that its budget has ended can be confirmed: by `launch`, if the sweep file says so, or by `confirm`."""

import json
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.cli import main
from rts_search.cli.sweeps import _confirm
from rts_search.operations.launch import _require_budget
from rts_search.study.workspace import Workspace
from tests.rts_search.conftest import CommandLine
from tests.rts_search.store.swept import EPOCHS, Swept

SETTINGS = (
    *("--set", "training.epochs=2", "--set", "dataset.num_train=256", "--set", "search={sampler: random, trials: 3}"),
    *("--set", "baselines=[sgd]", "--set", "scheduler=none", "--set", "resources.max_concurrent_trials=1"),
    *("--set", "budget.gradient_evaluations=48", "--set", "confirm={top_k: 1, seeds: 3}"),
)


@pytest.mark.slow
def test_a_sweep_that_its_budget_ended_is_confirmed_at_the_end_of_its_launch(cli: CommandLine) -> None:
    out = cli.run("launch", "digits", *SETTINGS).stdout
    assert "digits: confirmed" in out
    facts = json.loads(cli.run("status", "digits", "--json").stdout)
    assert (facts["state"], facts["can_confirm"]) == ("budget used up", True)
    assert facts["completed"] < facts["trials"]


def status(swept: Swept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr("sys.argv", ["rts-search", "status", "mine", "--results", str(swept.results.folder)])
    with pytest.raises(SystemExit):
        main()
    return capsys.readouterr().out


@pytest.mark.parametrize(("completed", "offered"), [(2, True), (1, False)])
def test_status_offers_to_judge_what_a_used_up_budget_has_brought(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    completed: int,
    offered: bool,
) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", f"budget.gradient_evaluations={8 * EPOCHS * completed}")
    for _ in range(completed):
        swept.train(study)
    told = status(swept, monkeypatch, capsys)
    assert "continue with: rts-search resume mine --set budget.LIMIT=VALUE" in told
    assert ("or confirm the trials it has: rts-search confirm mine" in told) is offered, "the first is the baseline"


@pytest.mark.parametrize(
    ("completed", "budget", "why"),
    [(1, 8 * EPOCHS, "it has no completed trial"), (2, 10_000, "its search is not over")],
)
def test_a_launch_says_why_it_does_not_confirm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], completed: int, budget: int, why: str
) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", f"budget.gradient_evaluations={budget}", "confirm={seeds: 3}")
    for _ in range(completed):
        swept.train(study)
    _confirm(study, Workspace(swept.results))
    assert capsys.readouterr().out == f"mine: is not confirmed: {why}\n"


def test_a_resume_without_a_larger_budget_names_both_ways_out(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine", f"budget.gradient_evaluations={8 * EPOCHS}")
    swept.train(study)
    _require_budget(study)  # the test accuracy of its best trial is left to read
    study.record_test(0, EPOCHS, {"test_acc": 0.9})
    with pytest.raises(UserError, match=r"raise it: .*; or confirm the trials it has: `rts-search confirm mine`$"):
        _require_budget(study)
