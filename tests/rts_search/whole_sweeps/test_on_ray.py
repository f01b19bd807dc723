"""Sweeps on a real Ray, one for all of them: from the plan to the verdict, and with workers that die."""

import json
import os
import re
import threading
from pathlib import Path

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine, workers_of
from tests.rts_search.whole_sweeps.driver import epochs_told

pytestmark = pytest.mark.ray

SETTINGS = (
    *("--set", "training.epochs=2", "--set", "dataset.num_train=256", "--set", "search={sampler: grid}"),
    *("--set", "space={radius: {value: [0.5, 1.0]}, timing: {switch_epoch: [1]}}", "--set", "baselines=[sgd, pugd]"),
    *("--set", "scheduler=none", "--set", "confirm={top_k: 1, seeds: 2}"),
    *("--set", "resources={cpus_per_trial: 0.5, max_concurrent_trials: 2}"),
)


def test_a_sweep_is_planned_launched_and_confirmed(on_one_ray: CommandLine) -> None:
    planned = json.loads(on_one_ray.run("plan", "digits", *SETTINGS, "--json").stdout)
    assert planned["concurrent"] == 2
    costs = planned["costs"]
    assert 0 < costs["sgd_step"] < costs["pugd_step"] < 1
    assert planned["seconds"] > costs["start"] > 0

    told = on_one_ray.run("launch", "digits", *SETTINGS).stdout
    assert "digits: 4 trials, 2 at a time on " in told
    assert f"{planned['charged']:,} gradient evaluations charged ({planned['charged']:,} forecast, right)" in told
    trials = pd.read_csv(on_one_ray.results / "digits" / "trials.csv")
    assert list(trials["state"]) == ["COMPLETE"] * 4
    assert trials["test_acc"].notna().sum() == 3, "the best and the baselines"
    verdict = json.loads(on_one_ray.run("confirm", "digits", "--json").stdout)
    assert verdict["sentence"] in told, "the launch has confirmed it, and nothing is trained again"
    ours = {"digits", "store", "studies.sqlite3"}
    assert {path.name for path in on_one_ray.results.iterdir() if not path.name.startswith(".")} == ours


def test_a_lost_worker_costs_no_trial(on_one_ray: CommandLine) -> None:
    killed = threading.Event()

    def kill_workers() -> None:
        while epochs_told(on_one_ray) < 6:
            if killed.wait(0.01):
                return
        for worker in workers_of(os.getpid()):  # one alone may be between two trials
            worker.kill()
        killed.set()

    killer = threading.Thread(target=kill_workers)
    killer.start()
    small = ("--set", "training.epochs=5", "--set", "dataset.num_train=512", "--set", "search.trials=5")
    try:
        told = on_one_ray.run("launch", "digits", *small).stdout
        assert killed.is_set()
    finally:
        killed.set()
        killer.join()
    assert "its worker was lost" in told
    trials = pd.read_parquet(on_one_ray.results / "digits" / "trials.parquet")
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert len(trials) == 8


@pytest.mark.campaign
def test_a_sweep_whose_workers_all_die_says_why_and_can_be_resumed(on_one_ray: CommandLine, tmp_path: Path) -> None:
    killer = tmp_path / "deadly.flag"
    killer.touch()
    model = f"model={{name: 'tests.trainables.deadly_model:build', options: {{flag: '{killer}'}}}}"
    small = ("training.epochs=2", "dataset.num_train=128", "search.trials=2", "baselines=[]")
    settings = [word for setting in (model, *small) for word in ("--set", setting)]
    line = on_one_ray.refused("launch", "digits", *settings)
    assert re.search(r"digits: \d+ workers in a row died before a new epoch was stored: its process was killed", line)
    assert line.endswith(f"continue with `rts-search resume digits --results {on_one_ray.results}`")
    killer.unlink()
    on_one_ray.run("resume", "digits")
    trials = pd.read_csv(on_one_ray.results / "digits" / "trials.csv")
    assert list(trials["number"]) == [0, 1]
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
