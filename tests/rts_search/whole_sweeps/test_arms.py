"""A sweep that tunes its baselines: killed and resumed it is the same, and fair at every moment; arms share epochs."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import epochs_told, wait_for

pytestmark = pytest.mark.slow

SWEEP = """
dataset: {name: digits, num_train: 128}
model: small
training: {epochs: 4, batch_size: 64, lr_schedule: constant}
space:
  training: {lr: [0.05, 0.1]}
  timing: {rule: epoch, switch_epoch: [0, 2, 4]}
search: {sampler: random, trials: 4}
scheduler: {grace_fraction: 0.5, reduction_factor: 2}
baselines: [sgd, pugd, sam]
resources: {max_concurrent_trials: 1}
"""
ARMS = ("rts", "sgd", "pugd", "sam")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "fair.yaml"
    path.write_text(SWEEP)
    return str(path)


def begun(line: CommandLine) -> dict[str, int]:
    told = json.loads(line.run("status", "fair", "--json").stdout)["arms"]
    return {arm: facts["begun"] for arm, facts in told.items()}


@pytest.mark.campaign
def test_killed_at_random_moments_it_stays_fair_and_becomes_the_same(cli: CommandLine, file: str) -> None:
    whole = CommandLine(cli.results.parent / "whole")
    whole.run("launch", file)
    chance, at = random.Random(4), 0
    process = cli.start("launch", file)
    for _ in range(2):
        at += chance.randrange(6, 24)
        wait_for(lambda least=at: epochs_told(cli) >= least, process)  # type: ignore[misc]
        cli.kill(process)
        counts = begun(cli)
        assert max(counts.values()) - min(counts.values()) <= 1, counts
        process = cli.start("resume", "fair")
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, (out, err)
    assert begun(cli) == dict.fromkeys(ARMS, 4)
    for table, changing in (("trials.csv", ["seconds", "gradient_evaluations_spent"]), ("arms.csv", ["spent"])):
        resumed, at_once = (pd.read_csv(line.results / "fair" / table) for line in (cli, whole))
        pd.testing.assert_frame_equal(resumed.drop(columns=changing), at_once.drop(columns=changing), check_exact=True)


def test_arms_share_epochs_and_reach_what_they_reach_alone(command_line: Callable[..., CommandLine], file: str) -> None:
    found = {}
    for name, sharing in (("shared", "same_device"), ("alone", "off")):
        line = command_line(name)
        line.run("launch", file, "--set", f"store.sharing='{sharing}'", "--set", "scheduler=none")
        found[name] = pd.read_csv(line.results / "fair" / "trials.csv")
    shared, alone = found["shared"], found["alone"]
    for column in ("arm", "training.lr", "val_acc", "gradient_evaluations"):
        assert list(shared[column]) == list(alone[column])
    assert shared["gradient_evaluations_spent"].sum() < alone["gradient_evaluations_spent"].sum()
    rates = {arm: set(rows["training.lr"]) for arm, rows in shared.groupby("arm")}
    taken = shared[(shared["arm"] == "sgd") & (shared["gradient_evaluations_spent"] < shared["gradient_evaluations"])]
    assert rates["rts"] & rates["sgd"]
    assert len(taken), "sgd took the first epochs of a trial that starts with SGD"


def test_an_arm_of_a_finished_sweep_is_added_and_extended(cli: CommandLine, file: str) -> None:
    cli.run("launch", file, "--set", "search.trials=1", "--set", "scheduler=none")
    before = pd.read_csv(cli.results / "fair" / "trials.csv")
    cli.run("resume", "fair", "--arm", "asam", "--trials", "2")
    assert begun(cli) == {**dict.fromkeys(ARMS, 1), "asam": 2}
    cli.run("resume", "fair", "--arm", "sgd", "--trials", "2")
    cli.run("resume", "fair", "--trials", "2")
    assert begun(cli) == dict.fromkeys((*ARMS, "asam"), 2)
    after = pd.read_csv(cli.results / "fair" / "trials.csv")
    pd.testing.assert_frame_equal(
        after[: len(before)].drop(columns=["test_acc", "pareto"]), before.drop(columns=["test_acc", "pareto"])
    )
    text = (cli.results / "fair" / "table.md").read_text()
    assert "rts was added or extended later" in text, "asam had two trials before the others had"
    assert "Every arm gets the same number" not in text
    exported = cli.run("export", "fair", "--arm", "asam").stdout
    assert "kind: asam" in exported
    assert "arm: asam" in exported


def test_what_cannot_be_extended_is_refused_in_one_line(cli: CommandLine, file: str) -> None:
    short = ("--set", "search.trials=1", "--set", "training.epochs=1", "--set", "scheduler=none")
    short = (*short, "--set", "space={training: {lr: [0.05, 0.1]}}")
    cli.run("launch", file, *short)
    cli.run("launch", "digits", *short[:-1], "space={timing: {switch_epoch: 0}}", "--set", "baselines=[]")
    assert "--arm: must be given with --trials" in cli.refused("resume", "fair", "--arm", "sam")
    assert "fair: arm: must be one of rts, sgd, ngd" in cli.refused("resume", "fair", "--arm", "adam", "--trials", "2")
    extended = cli.refused("resume", "fair", "--arm", "sgd", "--trials", "0")
    assert "fair: trials: must be >= 1 for sgd, but got 0" in extended
    untuned = cli.refused("resume", "digits", "--arm", "sam", "--trials", "2")
    assert "digits: arm: needs a sweep whose baselines are tuned, and this one has no space.training" in untuned


def test_a_forecast_counts_the_trials_of_all_arms(cli: CommandLine, file: str) -> None:
    told = json.loads(cli.run("check", file, "--json").stdout)
    assert told["arms"] == dict.fromkeys(ARMS, 4)
    assert told["gradient_evaluations_at_most"] == 16 * told["gradient_evaluations_of_the_dearest_trial"]
    forecast = json.loads(cli.run("plan", file, "--json").stdout)
    assert forecast["trials"] == 16
    most = told["gradient_evaluations_at_most"]
    assert most * 3 / 4 <= forecast["charged_to_the_end"] <= most
