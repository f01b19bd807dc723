"""A sweep ends with the first limit of its budget, keeps its results, and continues with a larger budget."""

import json
from pathlib import Path

import pandas as pd
import pytest

from rts_search.basics.errors import UserError
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.conftest import CommandLine
from tests.rts_search.running.test_trial_queue import epoch, queue_of, report
from tests.rts_search.sweep_files import refusal

DATA = DataFacts("f", 8, 256, 64, 360)


def study_of(folder: Path, *settings: str) -> SweepStudy:
    sweep = load_sweep("digits", ["search.trials=4", "baselines=[]", *settings])
    return SweepStudy.create(f"sqlite:///{folder / 's.sqlite3'}", sweep, DATA)


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("budget.hours=0", "budget.hours: must be > 0"),
        ("budget.gpu_hours=-1", "budget.gpu_hours: must be > 0"),
        ("budget.gradient_evaluations=0", "budget.gradient_evaluations: must be > 0"),
        ("budget.trials=0", "budget.trials: must be >= 1"),
        ("budget.epochs=3", "budget.epochs: is no setting here"),
    ],
)
def test_a_budget_of_nothing_is_refused(setting: str, line: str) -> None:
    assert line in refusal("digits", setting)


def test_the_smaller_number_of_trials_counts_and_one_is_enough() -> None:
    assert load_sweep("digits", ["budget.trials=3"]).num_trials == 3
    assert load_sweep("digits", ["budget.trials=30"]).num_trials == 24
    assert load_sweep("digits", ["search={sampler: tpe}", "budget.trials=7"]).num_trials == 7
    space = "space={radius: {value: [0.5, 1.0]}, timing: {switch_epoch: [0, 3]}}"
    assert load_sweep("digits", [space, "search={sampler: grid}", "budget.trials=9"]).num_trials == 4
    assert load_sweep("digits", ["budget.trials=3"]).with_trials(9).num_trials == 9


def test_gradient_evaluations_count_once_whoever_is_interrupted(tmp_path: Path) -> None:
    study = study_of(tmp_path, "budget.gradient_evaluations=32")
    queue = queue_of(study)
    queue.next("a")
    for number in (0, 1, 2):
        assert queue.hear("a", report(epoch(number)))
    queue.lost("a")
    assert queue.meter.gradient_evaluations == study.meter().gradient_evaluations == 24
    assert not queue.finished
    queue.next("b")
    queue.hear("b", report(epoch(2, computed=0)))
    assert queue.meter.gradient_evaluations == 24, "told again"
    assert not queue.hear("b", report(epoch(3, computed=8)))
    assert queue.meter.exhausted() == "32 gradient evaluations"
    assert queue.finished
    assert [(entry.state, len(entry.epochs)) for entry in study.trials()] == [("RUNNING", 4)], "to go on from"


def test_what_is_taken_from_others_costs_nothing(tmp_path: Path) -> None:
    queue = queue_of(study_of(tmp_path, "budget.gradient_evaluations=9"))
    queue.next("a")
    for number in (0, 1, 2):
        queue.hear("a", report(epoch(number, spent=number == 2, computed=8 * (number == 2))))
    assert queue.meter.gradient_evaluations == 8


@pytest.mark.parametrize(("limit", "told"), [("hours", "2 hours"), ("gpu_hours", "2 GPU hours")])
def test_time_counts_over_all_drives(tmp_path: Path, limit: str, told: str) -> None:
    study = study_of(tmp_path, f"budget.{limit}=2", "resources.gpus_per_trial=1")
    meter = study.meter()
    meter.seconds, meter.gpu_seconds = 7199.9, 7199.9
    study.note_times(meter)
    again = SweepStudy.load(f"sqlite:///{tmp_path / 's.sqlite3'}", "digits").meter()
    assert again.exhausted() is None
    again.seconds, again.gpu_seconds = again.seconds + 0.2, again.gpu_seconds + 0.2
    assert again.exhausted() == told
    study.allow(BudgetConfig.model_validate({limit: 3.0}))
    assert study.meter().budget == BudgetConfig.model_validate({limit: 3.0})


def test_gpus_count_while_trials_have_them(tmp_path: Path) -> None:
    meter = study_of(tmp_path).meter()
    meter.tick(0.0)
    assert meter.gpu_seconds == 0.0 < meter.seconds
    before = meter.seconds
    meter.tick(0.5)
    assert meter.gpu_seconds == pytest.approx(0.5 * (meter.seconds - before))


@pytest.mark.slow
def test_a_sweep_ends_with_its_budget_and_goes_on_with_a_larger_one(cli: CommandLine) -> None:
    values = ("training.epochs=4", "dataset.num_train=256", "search={sampler: random, trials: 3}", "baselines=[sgd]")
    settings = [part for value in (*values, "scheduler=none") for part in ("--set", value)]
    one_at_a_time = ("--set", "resources.max_concurrent_trials=1")
    limit = ("--set", "budget.gradient_evaluations=100")
    out = cli.run("launch", "digits", *settings, *one_at_a_time, *limit).stdout
    assert "the budget of 100 gradient evaluations is used up" in out
    facts = json.loads(cli.run("status", "digits", "--json").stdout)
    assert facts["state"] == "budget used up"
    assert 100 <= facts["gradient_evaluations_spent"] < 100 + 16, "to the epoch"
    assert "resume digits --set budget.LIMIT=VALUE" in cli.run("status", "digits").stdout
    line = "rts-search: digits: budget: must be more than what is used up, 100 gradient evaluations; raise it: "
    assert cli.refused("resume", "digits").startswith(line)
    assert "training.epochs: must be a setting of budget or resources" in cli.refused(
        "resume", "digits", "--set", "training.epochs=9"
    )
    cli.run("resume", "digits", "--set", "budget.gradient_evaluations=1000000")
    assert list(pd.read_csv(cli.results / "digits" / "trials.csv")["state"]) == ["COMPLETE"] * 4
    cli.run("launch", "digits", *settings, *one_at_a_time, "--name", "whole", "--set", "store.sharing='off'")
    resumed, whole = (pd.read_csv(cli.results / name / "trials.csv") for name in ("digits", "whole"))
    pd.testing.assert_series_equal(resumed["val_acc"], whole["val_acc"])


def test_a_larger_budget_cannot_be_asked_for_what_is_no_limit() -> None:
    from rts_search.sweep.sweep_file import read_changes

    with pytest.raises(UserError, match=r"--set: budget.hours: must be > 0"):
        read_changes(["budget.hours=0"])
    assert read_changes([]) == (BudgetConfig(), ResourcesConfig())
