"""A sweep from its plan to its verdict on a real Ray, two trials at a time."""

import json

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine

SETTINGS = (
    *("--set", "training.epochs=2", "--set", "dataset.num_train=256", "--set", "search={sampler: grid}"),
    *("--set", "space={radius: {value: [0.5, 1.0]}, timing: {switch_epoch: [1]}}", "--set", "baselines=[sgd, pugd]"),
    *("--set", "scheduler=none", "--set", "confirm={top_k: 1, seeds: 2}"),
    *("--set", "resources={cpus_per_trial: 0.5, max_concurrent_trials: 2}"),
)


@pytest.mark.ray
def test_a_sweep_is_planned_launched_and_confirmed(ray_cli: CommandLine) -> None:
    planned = json.loads(ray_cli.run("plan", "digits", *SETTINGS, "--json").stdout)
    assert planned["concurrent"] == 2
    costs = planned["costs"]
    assert 0 < costs["sgd_step"] < costs["pugd_step"] < 1
    assert planned["seconds"] > costs["start"] > 0

    told = ray_cli.run("launch", "digits", *SETTINGS).stdout
    assert "digits: 4 trials, 2 at a time on " in told
    assert f"{planned['charged']:,} gradient evaluations charged ({planned['charged']:,} forecast, off by +0 %)" in told
    trials = pd.read_csv(ray_cli.results / "digits" / "trials.csv")
    assert list(trials["state"]) == ["COMPLETE"] * 4
    assert trials["test_acc"].notna().sum() == 3, "the best and the baselines"
    verdict = json.loads(ray_cli.run("confirm", "digits", "--json").stdout)
    assert verdict["sentence"] in told, "the launch has confirmed it, and nothing is trained again"
    ours = {"digits", "store", "studies.sqlite3"}
    assert {path.name for path in ray_cli.results.iterdir() if not path.name.startswith(".")} == ours
