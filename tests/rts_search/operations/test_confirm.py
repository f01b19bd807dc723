"""`rts-search confirm`: equal cost, common seeds, the verdict in the export, and no run trained twice."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from rts_search.analysis.confirmation.page import markdown
from rts_search.operations import confirm
from rts_search.study.confirmation_seeds import FIRST_SEED
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.study import SweepStudy
from tests.rts_search.conftest import CommandLine

SETTINGS = (
    *("--set", "training.epochs=2", "--set", "dataset.num_train=256", "--set", "search={sampler: grid}"),
    *("--set", "space={radius: {value: [0.5, 1.0]}, timing: {switch_epoch: [1]}}", "--set", "baselines=[sgd, pugd]"),
    *("--set", "scheduler=none", "--set", "confirm={top_k: 2, seeds: 2, screening_seeds: 2}"),
)


def stopped_first(*arguments: Any) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return markdown(*arguments)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.epoch")}


@pytest.mark.slow
def test_the_best_are_confirmed_at_equal_cost_on_seeds_of_their_own(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = cli.run("launch", "digits", *SETTINGS).stdout
    trained = files(cli.results / "store")
    verdict = json.loads(cli.run("confirm", "digits", "--json").stdout)
    table = pd.read_csv(cli.results / "digits" / "confirm.csv")
    assert set(table["baseline"]) == {"sgd", "pugd"}
    sgd = table[table["baseline"] == "sgd"]
    assert (sgd["gradient_evaluations"] == sgd["baseline_gradient_evaluations"]).all(), "three epochs of SGD"
    assert (table["baseline_gradient_evaluations"] - table["gradient_evaluations"]).between(0, 15).all(), "an epoch up"
    storage = f"sqlite:///{cli.results / 'studies.sqlite3'}"
    runs = ConfirmationStudy.load(storage, "digits").trials()
    seeds = {(run.baseline, run.config["training"]["seed"]) for run in runs if run.config is not None}
    screened, measured = ({FIRST_SEED[purpose], FIRST_SEED[purpose] + 1} for purpose in ("screening", "measuring"))
    assert {seed for label, seed in seeds if label in ("sgd", "pugd")} == measured
    assert {seed for label, seed in seeds if label == str(verdict["winner"])} == screened | measured
    assert SweepStudy.load(storage, "digits").sweep.training.seed == 0
    best = yaml.safe_load((cli.results / "digits" / "best.yaml").read_text())
    assert best["provenance"]["verdict"]["sentence"] == verdict["sentence"]
    assert best["provenance"]["trial"] == verdict["winner"]
    assert best["training"] == yaml.safe_load(cli.run("export", "digits").stdout)["training"]
    assert verdict["sentence"] in (cli.results / "digits" / "confirm.md").read_text()
    assert verdict["sentence"] in launched, "a sweep file with the section is confirmed at the end of its search"
    assert "confirm: screening 2 contenders on 2 seeds" in launched
    assert json.loads(cli.run("confirm", "digits", "--json").stdout) == verdict
    assert files(cli.results / "store") == trained
    assert len(ConfirmationStudy.load(storage, "digits").trials()) == len(runs), "nothing is trained twice"
    written = {name: (cli.results / "digits" / name) for name in ("confirm.md", "confirm.csv", "best.yaml")}
    before = {name: path.read_text() for name, path in written.items()}
    for path in written.values():
        path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(confirm, "markdown", stopped_first)
        assert "saved. Continue with: rts-search confirm digits" in cli.run("confirm", "digits", code=130).stdout
    assert {name: path.read_text() for name, path in written.items()} == before, "a stop leaves whole files"
    assert "must be >= 2" in cli.refused("confirm", "digits", "--seeds", "1")
    assert "must be >= 1" in cli.refused("confirm", "digits", "--top-k", "0")
    assert "no sweep of this name has been launched; known are digits" in cli.refused("confirm", "digit")
