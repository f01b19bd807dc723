"""What a sweep promises: no epoch trained twice, divergence told and not fatal, real photographs on a CPU."""

import re
import tarfile
from pathlib import Path

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine

STEPS = 8
"""Mini-batches of an epoch of 256 images."""


def settings(*values: str) -> list[str]:
    return [part for value in values for part in ("--set", value)]


@pytest.mark.slow
def test_two_trials_that_differ_in_the_switch_share_the_epochs_before_it(cli: CommandLine) -> None:
    cli.run(
        "launch",
        "digits",
        *settings(
            "training.epochs=10",
            "dataset.num_train=256",
            "space={timing: {rule: epoch, switch_epoch: [6, 9]}}",
            "search={sampler: grid}",
            "scheduler=none",
            "baselines=[]",
            "resources.max_concurrent_trials=1",
        ),
    )
    trials = pd.read_parquet(cli.results / "digits" / "trials.parquet")
    assert list(trials["timing.switch_epoch"]) == list(trials["switch_epoch"]) == [6, 9]
    assert list(trials["gradient_evaluations"]) == [STEPS * (6 + 2 * 4), STEPS * (9 + 2 * 1)], "as if alone"
    assert list(trials["gradient_evaluations_spent"]) == [STEPS * (6 + 2 * 4), STEPS * (3 + 2 * 1)], "six shared"
    assert len(list((cli.results / "store").rglob("*.epoch"))) == 10 + 4
    assert "200 charged, 152 spent (24 % saved by shared epochs)" in (cli.results / "digits" / "table.md").read_text()


INERT = (
    "training.epochs=2",
    "dataset.num_train=256",
    "space={radius: {value: [0.5, 1.0]}, scale: {shape: [constant, cosine], value: 1.0, beta_min: 1.0, beta_max: 1.0}, "
    "timing: {rule: epoch, switch_epoch: [0, 2]}}",
    "search={sampler: grid}",
    "scheduler=none",
    "baselines=[sgd]",
)
"""Eight points of three effects: a scale of 1 by two names, and a switch at the end, which makes every radius SGD."""


def test_settings_without_an_effect_are_trained_once(cli: CommandLine) -> None:
    cli.run("launch", "digits", *settings(*INERT))
    trials = pd.read_parquet(cli.results / "digits" / "trials.parquet")
    assert len(trials) == 1 + 2 * 2 * 2
    assert trials["gradient_evaluations_spent"].sum() == STEPS * 2 * (1 + 2 * 2), "SGD and two radii"
    last = trials["timing.switch_epoch"] == 2
    assert set(trials.loc[last, "repeats"].dropna()) == {0.0}, "a switch at the end is SGD, whatever the radius"
    assert trials["repeats"].notna().sum() == 8 + 1 - 3
    repeats = trials[trials["repeats"].notna()]
    assert list(repeats["val_acc"]) == [trials["val_acc"][int(number)] for number in repeats["repeats"]]


@pytest.mark.slow
def test_a_repeat_is_spent_on_another_seed_where_the_sweep_file_says_so(cli: CommandLine) -> None:
    cli.run("launch", "digits", *settings(*INERT, "search.repeats=reseed"))
    trials = pd.read_parquet(cli.results / "digits" / "trials.parquet").set_index("number")
    searched = trials[trials["baseline"] == ""]
    sgd = searched["timing.switch_epoch"] == 2
    assert sorted(searched.loc[sgd, "training.seed"]) == [0, 1, 2, 3], "four times SGD, on four seeds"
    assert sorted(searched.loc[~sgd, "training.seed"]) == [0, 0, 1, 1], "two radii, on two seeds each"
    assert searched["gradient_evaluations_spent"].sum() == STEPS * 2 * (3 + 2 * 4), "one is the baseline"
    reseeded = searched[searched["training.seed"] > 0]
    assert all(searched["training.seed"][int(number)] == 0 for number in reseeded["repeats"])
    ranked = re.findall(r"^\| (\d+)", (cli.results / "digits" / "table.md").read_text(), re.MULTILINE)
    assert set(map(int, ranked)) == set(trials.index) - set(reseeded.index), "each effect is ranked once"
    best = searched[searched["test_acc"].notna()]
    assert list(best["training.seed"]) == [0], "the best is chosen among different effects on the same seed"


def test_every_baseline_stands_in_the_table_with_what_it_costs(cli: CommandLine) -> None:
    baselines = "baselines=[sgd, sam, asam, {name: amp, inner_steps: 2}]"
    values = settings("training.epochs=2", "dataset.num_train=256", "search.trials=1", baselines)
    cli.run("launch", "digits", *values)
    trials = pd.read_parquet(cli.results / "digits" / "trials.parquet")
    assert list(trials["baseline"]) == ["sgd", "sam", "asam", "amp", ""]
    assert list(trials["gradient_evaluations"][:4]) == [2 * STEPS * gradients for gradients in (1, 2, 2, 3)]
    assert trials["test_acc"].notna().all()
    assert list(trials["radius.value"][1:4]) == [0.05, 0.5, 0.5]
    epochs = pd.read_parquet(cli.results / "digits" / "epochs.parquet")
    assert list(epochs["phase"][epochs["number"] < 4]) == [name for name in ("sgd", "sam", "asam", "amp") for _ in "12"]
    checked = cli.run(
        "check", "digits", *settings("training.epochs=2", "dataset.num_train=256", "search.trials=1", baselines)
    )
    assert "at most 32 gradient evaluations a trial, 160 in all" in checked.stdout, "2 * 8 steps of 2 + 1 + 2 + 2 + 3"


def test_a_sweep_whose_trials_diverge_ends_and_says_why(cli: CommandLine) -> None:
    values = ("training.lr=1e30", "training.epochs=2", "dataset.num_train=256", "search.trials=2", "baselines=[pugd]")
    out = cli.run("launch", "digits", *settings(*values)).stdout
    trials = pd.read_parquet(cli.results / "digits" / "trials.parquet")
    assert list(trials["state"]) == ["FAIL"] * 3
    assert trials["reason"].str.fullmatch(r"diverged: the .* is not finite at step \d of epoch 1").all()
    assert "3 trials: 3 failed" in out
    assert "has no completed trial yet" in cli.refused("export", "digits")


@pytest.mark.campaign
@pytest.mark.slow
@pytest.mark.shared
def test_a_sweep_on_photographs(cli: CommandLine, shared: Path, tmp_path: Path) -> None:
    with tarfile.open(shared / "data" / "cifar10-images.tar.xz") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 and before have none
        for member in archive:  # one pass: to seek backwards, all would be unpacked again
            if member.isfile() and int(Path(member.name).stem) < 150:
                archive.extract(member, tmp_path)
    values = (
        f"dataset={{name: imagefolder, root: '{tmp_path}', num_train: 1200, val_fraction: 0.2}}",
        "training={epochs: 2, batch_size: 64, lr: 0.1}",
        "search.trials=3",
        "baselines=[]",
        "name=photographs",
    )
    cli.run("launch", "digits", *settings(*values))
    trials = pd.read_parquet(cli.results / "photographs" / "trials.parquet")
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert (trials["val_acc"] > 0.1).any()
    assert trials["test_acc"].notna().sum() == 1
