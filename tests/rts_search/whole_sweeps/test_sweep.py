"""A sweep from end to end: launch, tables, export, train, extension."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import load_file

from rts_search.study.study import SweepStudy
from tests.rts_search.conftest import CommandLine, loaded_by
from trainables.core.models.small import small

SMALL = ("--set", "training.epochs=4", "--set", "dataset.num_train=256", "--set", "search.trials=6")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A finished small sweep of the digits."""
    line = CommandLine(tmp_path_factory.mktemp("finished") / "results")
    line.launched = line.run("launch", "digits", *SMALL)  # type: ignore[attr-defined]
    return line


def trials_of(line: CommandLine, sweep: str = "digits") -> pd.DataFrame:
    return pd.read_parquet(line.results / sweep / "trials.parquet")


@pytest.mark.slow
def test_a_launched_sweep_ends_with_every_trial_accounted_for(finished: CommandLine) -> None:
    trials = trials_of(finished)
    assert list(trials["number"]) == list(range(9))
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert list(trials["baseline"][:3]) == ["sgd", "ngd", "pugd"]
    assert (trials["state"][:3] == "COMPLETE").all(), "baselines are never stopped early"


@pytest.mark.slow
def test_weak_trials_are_stopped_early(cli: CommandLine) -> None:
    settings = (
        "space=radius",
        "baselines=[]",
        "search={sampler: random, trials: 6}",
        "resources.max_concurrent_trials=1",
    )
    cli.run("launch", "digits", *SMALL[:4], *[part for value in settings for part in ("--set", value)])
    trials = trials_of(cli)
    stopped = trials[trials["state"] == "PRUNED"]
    assert set(trials["state"]) == {"COMPLETE", "PRUNED"}
    assert stopped["reason"].str.startswith("stopped early by asha after ").all()
    assert (stopped["epochs"] < 4).all()
    study = SweepStudy.load(f"sqlite:///{cli.results / 'studies.sqlite3'}", "digits")
    turns = sorted(turn for some in study.turns().values() for turn in some)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(turns)), "one trial at a time has a worker"


@pytest.mark.slow
def test_the_results_folder_holds_what_the_readme_lists(finished: CommandLine) -> None:
    folder = finished.results / "digits"
    names = {path.name for path in folder.iterdir()} - {"driver.lock"}
    wanted = "sweep.yaml environment.json trials.csv trials.parquet epochs.parquet effort.csv table.md best.yaml"
    assert names == set(wanted.split())
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["versions"]["ray"]
    assert environment["seeds"] == {"search": 0, "training": 0}


def test_every_setting_has_its_own_column_under_its_own_name(finished: CommandLine) -> None:
    trials = trials_of(finished)
    wanted = {"radius.shape", "radius.beta_max", "scale.shape", "timing.switch_epoch", "training.lr", "model.name"}
    assert wanted <= set(trials.columns)
    assert not trials.columns.duplicated().any()


def test_the_epochs_table_agrees_with_the_trials_table(finished: CommandLine) -> None:
    trials, epochs = trials_of(finished), pd.read_parquet(finished.results / "digits" / "epochs.parquet")
    last = epochs.groupby("number").last()
    assert list(last["val_acc"]) == list(trials["val_acc"])
    assert list(last["gradient_evaluations"]) == list(trials["gradient_evaluations"])
    assert (epochs[epochs["phase"] == "pugd"]["radius"] >= 0).all()


@pytest.mark.slow
def test_the_test_part_is_read_for_the_best_trial_and_the_baselines_alone(finished: CommandLine) -> None:
    trials = trials_of(finished)
    searched = trials[(trials["baseline"] == "") & (trials["state"] == "COMPLETE")]
    best = searched.sort_values(["val_acc", "gradient_evaluations", "number"], ascending=[False, True, True]).iloc[0]
    assert set(trials["number"][trials["test_acc"].notna()]) == {0, 1, 2, best["number"]}
    exported = yaml.safe_load((finished.results / "digits" / "best.yaml").read_text())
    assert exported["provenance"]["trial"] == best["number"]
    assert exported["provenance"]["val_acc"] == best["val_acc"]


def test_charged_is_what_a_trial_costs_alone_and_spent_what_it_computed(finished: CommandLine) -> None:
    trials = trials_of(finished)
    steps = 8
    complete = trials[(trials["state"] == "COMPLETE") & (trials["baseline"] != "ngd")]
    for _, row in complete.iterrows():
        perturbed = 0 if pd.isna(row["switch_epoch"]) else 4 - row["switch_epoch"]
        if row["radius.shape"] == "constant":
            assert row["gradient_evaluations"] == steps * (4 + perturbed)
    assert (trials["gradient_evaluations_spent"] <= trials["gradient_evaluations"]).all()


def test_tables_are_rebuilt_from_study_and_store(finished: CommandLine) -> None:
    folder = finished.results / "digits"
    before = {name: (folder / name).read_bytes() for name in ("trials.csv", "table.md", "best.yaml")}
    for name in before:
        (folder / name).unlink()
    finished.run("table", "digits")
    assert {name: (folder / name).read_bytes() for name in before} == before


@pytest.mark.slow
def test_a_table_is_rebuilt_without_torch_and_ray(finished: CommandLine) -> None:
    assert not {"torch", "ray"} & loaded_by("table", "digits", "--results", str(finished.results))


def test_status_of_a_finished_sweep(finished: CommandLine) -> None:
    facts = json.loads(finished.run("status", "digits", "--json").stdout)
    assert facts["state"] == "finished"
    assert facts["completed"] + facts["stopped_early"] == facts["trials"] == 9
    assert "finished" in finished.run("status", "digits").stdout
    assert "was not running" in finished.run("stop", "digits").stdout


def test_a_name_cannot_be_launched_twice_and_nothing_is_lost(finished: CommandLine) -> None:
    before = (finished.results / "studies.sqlite3").read_bytes()
    assert "rts-search resume digits" in finished.refused("launch", "digits", *SMALL)
    assert (finished.results / "studies.sqlite3").read_bytes() == before


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_an_exported_config_trains_to_the_trials_own_accuracy(finished: CommandLine, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"best.{form}"
    finished.run("export", "digits", "-o", str(file))
    lines = finished.run("train", str(file), "--json").stdout.splitlines()
    exported = yaml.safe_load(file.read_text())
    assert exported["provenance"]["threads"] == 1
    assert json.loads(lines[-1])["val_acc"] == exported["provenance"]["val_acc"]


@pytest.mark.slow
def test_an_exported_script_trains_on_its_own(finished: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "best.py"
    finished.run("export", "digits", "-o", str(file))

    def run(*options: str) -> str:
        return subprocess.run(
            [sys.executable, str(file), *options],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},  # with as many threads as there are CPUs, if the script does not say it
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert "--weights" in run("--help")
    assert list(tmp_path.iterdir()) == [file], "--help trains nothing"
    *_, last, end = run("--weights", "mine.safetensors").splitlines()
    exported = yaml.safe_load((finished.results / "digits" / "best.yaml").read_text())
    assert last.endswith(f"val_acc {exported['provenance']['val_acc']:.4f}")
    assert end == f"weights in mine.safetensors; test_acc {exported['provenance']['test_acc']:.4f}"
    weights = load_file(tmp_path / "mine.safetensors")
    assert sum(tensor.numel() for tensor in weights.values()) > 0


def test_an_edited_export_is_refused(finished: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "best.yaml"
    finished.run("export", "digits", "-o", str(file))
    exported = yaml.safe_load(file.read_text())
    exported["training"]["lr"] = 0.5
    file.write_text(yaml.safe_dump(exported))
    assert "edited after its export" in finished.refused("train", str(file))
    del exported["provenance"]
    file.write_text(yaml.safe_dump(exported))
    finished.run("train", str(file), "--set", "training.epochs=1", "--set", "timing.switch_epoch=0")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table_and_an_extension_goes_on(finished: CommandLine, cli: CommandLine) -> None:
    cli.run("launch", "digits", *SMALL, "--set", "search.trials=4")
    assert len(trials_of(cli)) == 7
    cli.run("resume", "digits", "--trials", "6")
    assert cli.csv_without_times("digits") == finished.csv_without_times("digits")
    assert "must be >= 6" in cli.refused("resume", "digits", "--trials", "5")


VANISHING = """
from pathlib import Path
from trainables.core.models.small import small

def net(num_classes, in_channels, image_size, folder):
    builds = Path(folder, "builds")
    builds.write_text(builds.read_text() + "x" if builds.exists() else "x")
    if len(builds.read_text()) == 3:  # the launch has tried the model, trial 0 has trained it
        Path(folder, "weights.pt").unlink()
    return small(num_classes, in_channels, image_size)
"""


def test_a_sweep_whose_pretrained_weights_vanish_ends_and_names_the_file(cli: CommandLine, tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    torch.save(small(10, 1, 8).state_dict(), weights)
    (tmp_path / "vanishing.py").write_text(VANISHING)
    model = f"model={{name: 'vanishing:net', options: {{folder: '{tmp_path}'}}, pretrained: '{weights}'}}"
    cli.run(
        *("launch", "digits", "--set", model, "--set", "resources.max_concurrent_trials=1"),
        *("--set", "training.epochs=2", "--set", "dataset.num_train=256", "--set", "search.trials=1"),
        PYTHONPATH=os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""))),
    )
    trials = trials_of(cli)
    assert list(trials["state"]) == ["COMPLETE", "FAIL", "FAIL", "FAIL"]
    reason = "missing weights: model.pretrained: must be a file that can be read (No such file or directory), but got "
    assert set(trials["reason"][1:]) == {f"{reason}'{weights}'"}
    assert trials["test_acc"].isna().all(), "the state's address is not known without the weights"
