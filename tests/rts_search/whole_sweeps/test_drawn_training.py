"""Sweeps that draw settings of the training: shared beginnings, and costs where the batch size differs."""

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.rts_search.conftest import CommandLine

SMALL = ("training.epochs=8", "dataset.num_train=256", "baselines=[]", "scheduler=none", "confirm=null")
LR = "space={timing: {switch_epoch: [0, 4, 8]}, training: {lr: [0.05, 0.1]}}"
BATCH = "space={timing: {switch_epoch: [0, 4]}, training: {batch_size: [16, 48, 64]}}"
SAME = ["number", "epoch", "phase", "val_acc", "val_loss", "train_loss", "grad_norm", "key", "gradient_evaluations"]


def launch(cli: CommandLine, name: str, *settings: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of trials and epochs of a finished sweep."""
    given = [part for setting in (f"name={name}", *SMALL, *settings) for part in ("--set", setting)]
    cli.run("launch", "digits", *given)
    folder = cli.results / name
    return pd.read_parquet(folder / "trials.parquet"), pd.read_parquet(folder / "epochs.parquet")


@pytest.mark.slow
def test_sharing_with_drawn_rates_gives_the_numbers_of_every_trial_alone(cli: CommandLine, tmp_path: Path) -> None:
    settings = ("training.lr=null", LR, "search={sampler: grid}")
    shared, shared_epochs = launch(cli, "shared", *settings)
    alone, alone_epochs = launch(CommandLine(tmp_path / "alone"), "alone", *settings, "store.sharing='off'")
    columns = ["training.lr", "timing.switch_epoch", "val_acc", "gradient_evaluations"]
    pd.testing.assert_frame_equal(shared[columns], alone[columns])
    wanted = [name for name in SAME if name != "key"]  # without sharing, every trial has addresses of its own
    pd.testing.assert_frame_equal(shared_epochs[wanted], alone_epochs[wanted])
    steps = int(shared["gradient_evaluations"].min()) // 8
    assert alone["gradient_evaluations_spent"].sum() == alone["gradient_evaluations"].sum() == 2 * 36 * steps
    assert shared["gradient_evaluations_spent"].sum() == 2 * (36 - 4) * steps, "4 epochs of SGD for each rate"
    best = yaml.safe_load((cli.results / "shared" / "best.yaml").read_text())
    assert best["training"]["lr"] in (0.05, 0.1)
    assert "lr" in (cli.results / "shared" / "table.md").read_text()


@pytest.mark.slow
def test_costs_count_mini_batches_of_the_largest_size(cli: CommandLine) -> None:
    trials, epochs = launch(cli, "batches", "training.batch_size=null", BATCH, "search={sampler: grid}")
    images = 256 - round(0.2 * 256)
    steps = -(-images // 64)
    assert sorted(set(trials["gradient_evaluations"])) == [12 * steps, 16 * steps]
    for _, found in epochs.groupby("number"):
        costs = [0, *found["gradient_evaluations"]]
        assert {after - before for before, after in pairwise(costs)} <= {steps, 2 * steps}
    assert (trials["gradient_evaluations_spent"] == trials["gradient_evaluations"]).all()


@pytest.mark.slow
def test_rungs_budgets_and_resumes_count_alike_for_every_batch_size(cli: CommandLine) -> None:
    settings = ("training.batch_size=null", BATCH, "search={sampler: random, trials: 6}", "scheduler={name: asha}")
    whole, whole_epochs = launch(cli, "whole", *settings)
    assert set(whole["state"]) == {"COMPLETE", "PRUNED"}
    launch(cli, "parts", *settings, "budget.gradient_evaluations=60", "store.sharing='off'")
    cli.run("resume", "parts", "--set", "budget.gradient_evaluations=100000")
    folder = cli.results / "parts"
    epochs = pd.read_parquet(folder / "epochs.parquet")
    wanted = [name for name in SAME if name != "key"]
    pd.testing.assert_frame_equal(epochs[wanted], whole_epochs[wanted])
