"""`auto` in the resources becomes a number at the launch, and the sweep keeps it."""

from pathlib import Path

import optuna
import pandas as pd
import pytest
import yaml

from rts_search.running.auto_resources import cores_of, share_of_gpu
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep import baseline_config, trial_config
from rts_search.sweep.sweep_file import load_sweep, parse_sweep
from tests.rts_search.conftest import CommandLine
from tests.rts_search.sweep_files import refusal

GIGABYTE = 2**30


@pytest.mark.parametrize(
    ("taken", "share"),
    [(79, 1.0), (41, 1.0), (36, 0.5), (24, 0.3333), (2, 0.125), (0.1, 0.125)],
)
def test_as_many_trials_share_a_gpu_as_its_memory_holds_with_a_reserve(taken: float, share: float) -> None:
    assert share_of_gpu(int(taken * GIGABYTE), 80 * GIGABYTE) == share


@pytest.mark.parametrize(
    ("node", "gpus", "wanted", "cores"),
    [
        ({"CPU": 16.0}, 0.0, 40, 1.0),  # many trials: one core each
        ({"CPU": 16.0}, 0.0, 4, 4.0),  # few trials: they share all cores
        ({"CPU": 2.0}, 0.0, 27, 1.0),
        ({"CPU": 16.0, "GPU": 1.0}, 0.25, 40, 4.0),  # four on the GPU
        ({"CPU": 16.0, "GPU": 1.0}, 0.25, 2, 8.0),
        ({"CPU": 16.0, "GPU": 2.0}, 1.0, 40, 8.0),
        ({"CPU": 4.0, "GPU": 1.0}, 0.125, 40, 1.0),  # the cores hold fewer than the GPU
    ],
)
def test_the_cores_of_a_node_are_shared_among_the_trials_on_it(
    node: dict[str, float], gpus: float, wanted: float, cores: float
) -> None:
    assert cores_of(node, gpus, wanted) == cores


def test_a_launch_settles_auto_and_keeps_the_numbers(cli: CommandLine) -> None:
    resources = "resources={cpus_per_trial: auto, gpus_per_trial: auto}"
    small = ("training.epochs=1", "dataset.num_train=128", "search.trials=2", "baselines=[]")
    settings = [word for setting in (resources, *small) for word in ("--set", setting)]
    assert "2 trials, " in cli.run("launch", "digits", *settings).stdout
    kept = yaml.safe_load((cli.results / "digits" / "sweep.yaml").read_text())
    assert kept["resources"]["gpus_per_trial"] == 0.0
    assert kept["resources"]["cpus_per_trial"] >= 1.0
    assert kept["training"]["step"] == "fused"
    assert set(pd.read_csv(cli.results / "digits" / "trials.csv")["training.step"]) == {"fused"}


def test_the_hours_of_gpus_are_not_counted_where_auto_finds_none(cli: CommandLine) -> None:
    settings = ("--set", "resources.gpus_per_trial=auto", "--set", "budget.gpu_hours=1")
    assert "digits: budget.gpu_hours: is never used up with resources.gpus_per_trial 0" in cli.refused(
        "launch", "digits", *settings
    )


def test_a_file_without_a_step_is_auto_and_its_trials_are_fused() -> None:
    sweep = load_sweep("digits")
    assert sweep.training.step == "auto"
    assert parse_sweep(sweep.to_dict(), "a job") == sweep, "it is settled where it runs"
    assert {baseline_config(sweep, baseline).training.step for baseline in sweep.baselines} == {"fused"}


@pytest.mark.parametrize("step", ["reference", None])
def test_a_sweep_that_was_launched_before_keeps_its_step(step: str | None, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.sqlite3'}"
    SweepStudy.create(url, load_sweep("digits", ["training.step=reference"]), DataFacts("f", 8, 256, 64, 360))
    kept = optuna.load_study(storage=url, study_name="digits")
    recorded = kept.user_attrs["sweep"]
    assert recorded["training"]["step"] == "reference"
    if step is None:  # a sweep file from before this setting existed
        del recorded["training"]["step"]
        kept.set_user_attr("sweep", recorded)
        kept.set_user_attr("checksums", {})
    study = SweepStudy.load(url, "digits")
    study.extend(30)
    assert SweepStudy.load(url, "digits").sweep.training.step == "reference"
    drawn = trial_config(study.sweep, study.sweep.space.draw(lambda _name, domain: domain.highest))
    assert drawn.training.step == "reference"


def test_other_words_are_refused() -> None:
    line = refusal("digits", "resources.gpus_per_trial=most")
    assert line == "--set: resources.gpus_per_trial: must be a number or auto, but got 'most'"
