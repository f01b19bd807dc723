"""A trial that runs out of memory is tried once more with more room or smaller parts, and only then reported."""

from pathlib import Path

import pandas as pd
import pytest

from rts_search.running.sweep_run import share_of
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ResourcesConfig
from tests.rts_search.conftest import CommandLine

SMALL = ("training.epochs=2", "training.batch_size=32", "dataset.num_train=128", "search.trials=1", "baselines=[]")


def launched(cli: CommandLine, batch_norm: str) -> tuple[pd.Series, str]:
    """A sweep of one trial: how it ended, and what was told of it."""
    model = f"model={{name: 'tests.trainables.hungry_model:net', options: {{batch_norm: {batch_norm}}}}}"
    settings = [word for setting in (model, *SMALL) for word in ("--set", setting)]
    told = cli.run("launch", "digits", *settings, PYTHONPATH=str(Path(__file__).parents[3])).stdout
    trials = pd.read_csv(cli.results / "digits" / "trials.csv")
    assert len(trials) == 1
    return trials.iloc[0], told


def test_a_trial_completes_with_its_batches_in_parts(cli: CommandLine) -> None:
    trial, told = launched(cli, "false")
    assert "trial 0: out of memory: " in told
    assert trial["state"] == "COMPLETE"
    assert trial["epochs"] == 2
    assert trial["test_acc"] > 0.2


def test_a_trial_that_cannot_be_helped_is_reported_after_the_second_time(cli: CommandLine) -> None:
    trial, told = launched(cli, "true")
    assert told.count("trial 0: out of memory: ") == 1
    assert trial["state"] == "FAIL"
    assert trial["reason"].startswith("out of memory: ")
    assert "DefaultCPUAllocator" in trial["reason"]


@pytest.mark.parametrize(("gpus", "short", "share"), [(0.25, False, 0.25), (0.25, True, 0.5), (0.75, True, 1.0)])
def test_a_share_of_a_gpu_is_doubled_up_to_a_whole_one(gpus: float, short: bool, share: float) -> None:
    entry = TrialEntry(0, "RUNNING", {}, "", "", (), short)
    assert share_of(ResourcesConfig(gpus_per_trial=gpus), entry) == {"CPU": 1.0, "GPU": share}


@pytest.mark.parametrize("gpus", [0.0, 1.0, 2.0])
def test_no_gpu_and_whole_ones_stay(gpus: float) -> None:
    entry = TrialEntry(0, "RUNNING", {}, "", "", (), short_of_memory=True)
    assert share_of(ResourcesConfig(gpus_per_trial=gpus), entry).get("GPU", 0.0) == gpus
