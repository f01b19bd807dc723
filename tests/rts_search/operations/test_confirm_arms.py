"""`rts-search confirm` of a sweep with tuned arms and real training: files, export, report, kill, and an extension."""

import json
import shutil

import pandas as pd
import pytest
import yaml

from rts_search import Sweep
from rts_search.study.confirmation_study import ConfirmationStudy
from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import trials_ended, wait_for

pytestmark = pytest.mark.slow

SWEEP = """
dataset: {name: digits, num_train: 128}
model: small
training: {epochs: 2, batch_size: 64, lr_schedule: constant}
space:
  training: {lr: {loguniform: [0.01, 0.3]}}
  timing: {rule: epoch, switch_epoch: [1]}
search: {sampler: random, trials: 3}
scheduler: none
baselines: [sgd, pugd]
resources: {max_concurrent_trials: 1}
"""
CONFIRM = ("confirm", "fair", "--top-k", "2", "--seeds", "3")
OF_ONE = ("confirm", "fair", "--top-k", "1", "--seeds", "3")


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A finished sweep of three arms."""
    folder = tmp_path_factory.mktemp("launched")
    file = folder / "fair.yaml"
    file.write_text(SWEEP)
    line = CommandLine(folder / "results")
    line.run("launch", str(file))
    return line


@pytest.fixture
def fair(launched: CommandLine, cli: CommandLine) -> CommandLine:
    """A command line with a copy of it."""
    shutil.copytree(launched.results, cli.results)
    return cli


def runs(line: CommandLine) -> list[tuple[str, int]]:
    """Label and seed of every planned run of the confirmation."""
    url = f"sqlite:///{line.results / 'studies.sqlite3'}"
    found = ConfirmationStudy.load(url, "fair").trials()
    return [(entry.baseline, entry.settings.training.seed) for entry in found if entry.config]


def test_every_surface_tells_the_verdict_of_arms_until_one_of_them_is_extended(fair: CommandLine) -> None:
    verdict = json.loads(fair.run(*CONFIRM, "--json").stdout)
    told = verdict["sentence"]
    assert told.startswith(f"RTS (trial {verdict['winner']}: ")
    assert "each the best of 3 trials, " in told
    arms = pd.read_csv(fair.results / "fair" / "arms.csv").set_index("arm")
    tuned = {one["arm"]: one for one in verdict["tuning"]["arms"]}
    assert {arm: one["gradient_evaluations"] for arm, one in tuned.items()} == arms["charged"].to_dict()
    assert tuned["sgd"]["epochs"] == 4
    page = (fair.results / "fair" / "confirm.md").read_text()
    assert told in page
    assert "| method | trials | tuning cost |" in page
    table = pd.read_csv(fair.results / "fair" / "confirm.csv")
    assert list(table["baseline"]) == ["sgd", "pugd"]
    assert list(table["baseline_trial"]) == [tuned["sgd"]["trial"], tuned["pugd"]["trial"]]
    assert (table["gradient_evaluations"] <= table["baseline_gradient_evaluations"]).all()
    best = yaml.safe_load((fair.results / "fair" / "best.yaml").read_text())["provenance"]
    assert (best["trial"], best["arm"], best["selected_among"]) == (verdict["winner"], "rts", 3)
    assert best["verdict"]["sentence"] == told
    fair.run("report", "fair")
    report = (fair.results / "fair" / "report.html").read_text()
    assert told.partition(" beats")[0].partition(" against")[0] in report
    assert f"sgd trial {tuned['sgd']['trial']}" in report
    notebook = Sweep.load("fair", fair.results)
    shown = notebook.verdict()
    assert shown is not None
    assert shown["sentence"] == told
    assert json.loads(fair.run(*CONFIRM, "--json").stdout) == verdict, "nothing new is trained or judged"
    shorter = json.loads(fair.run(*CONFIRM, "--at", "own_cost", "--json").stdout)
    assert shorter["look"] == 2
    assert "SGD was tuned over 4 epochs and measured over 3, at RTS's cost." in shorter["sentence"]

    fair.run("resume", "fair", "--arm", "sgd", "--trials", "4")
    stale = "The sweep has changed since it was confirmed: judge again with `rts-search confirm fair --results "
    assert (fair.results / "fair" / "confirm.md").read_text().startswith(stale)
    again = json.loads(fair.run(*CONFIRM, "--json").stdout)
    assert "The effort of tuning was not equal: " in again["sentence"]
    assert "sgd was added or extended later" in again["sentence"]


def test_a_killed_confirmation_goes_on_without_training_a_run_twice(fair: CommandLine) -> None:
    process = fair.start(*OF_ONE)
    wait_for(lambda: trials_ended(fair) >= 9 + 4, process)  # the 9 trials of the sweep, and 4 runs
    fair.kill(process)
    verdict = json.loads(fair.run(*OF_ONE, "--json").stdout)
    found = runs(fair)
    assert len(found) == len(set(found)) == 3 * 3
    assert {row["seeds"] for row in verdict["comparisons"]} == {3}
