"""`rts-search landscape`: what it measures, what it takes from the record, and what it refuses."""

import json
import shutil
import signal
from pathlib import Path

import pandas as pd
import pytest

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.results_folder import Results
from rts_search.study.landscape_record import LandscapeRecord
from rts_search.study.study import SweepStudy
from tests.rts_search.conftest import CommandLine
from trainables.core.history.store import Store

pytestmark = pytest.mark.slow

TINY = ("training.epochs=2", "dataset.num_train=64", "search.trials=2", "baselines=[sgd, pugd]")
SPACE = "space={radius: {value: {uniform: [0.1, 1.0]}}, timing: {switch_epoch: [0, 1]}}"
LAUNCH = ("launch", "digits", *(part for setting in (*TINY, SPACE) for part in ("--set", setting)))
LITTLE = ("--images", "40", "--steps", "3", "--vectors", "2", "--iterations", "3")
"""Settings with which every measurement takes a moment."""


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A sweep that has ended: sgd, pugd and two trials."""
    line = CommandLine(tmp_path_factory.mktemp("launched") / "results")
    line.run(*LAUNCH)
    return line


def drop_states(line: CommandLine) -> None:
    store = Store(Results(line.results).store_url)
    for file in list(store.files()):
        if file.kind == "state":
            store.remove(file)


def methods(text: str) -> list[str]:
    return [cells.split(" ")[1] for cells in text.splitlines() if cells.startswith(("| rts", "| sgd", "| pugd"))]


def test_the_best_trial_and_its_rivals_are_measured_shown_and_taken_from_the_record(line: CommandLine) -> None:
    out = line.run("landscape", "digits", *LITTLE).stdout
    assert out.splitlines()[0] == "digits: measuring its landscape, loading the data"
    assert "digits: rts, sgd, pugd on 1 seed, 40 train images: costs at most " in out
    phases = ("loading the data", "reading the weights", "surface in one dimension", "surface in two dimensions")
    for phase in (*phases, "sharpness", "largest eigenvalue", "trace"):
        assert f"digits: sgd (trial 0, seed 0): {phase}" in out
    assert methods(out) == ["rts", "sgd", "pugd"]

    folder = line.results / "digits"
    measured = LandscapeRecord(folder / "landscape.json").read()
    assert measured is not None
    foretold = int(out.partition("costs at most ")[2].split()[0].replace(",", ""))
    assert 0 < measured.gradient_evaluations <= foretold
    table = pd.read_csv(folder / "landscape.csv")
    assert table["method"].tolist() == ["rts", "sgd", "pugd"]
    assert table["iterations"].tolist() == [3, 3, 3]
    assert (table["loss"] > 0).all()
    assert '"type":"contour"' in (folder / "landscape.html").read_text()
    report = folder / "report.html"
    line.run("report", "digits")
    assert "<h2>Landscape</h2>" in report.read_text()
    assert "Below: the same on a plane of two directions" in report.read_text()

    before = (folder / "landscape.json").read_bytes()
    again = line.run("landscape", "digits", *LITTLE, "--json")
    assert "15 of 15 measurements are on record, costs at most 0 gradient evaluations" in again.stderr
    assert [one["method"] for one in json.loads(again.stdout)["runs"]] == ["rts", "sgd", "pugd"]
    assert (folder / "landscape.json").read_bytes() == before
    assert not list(folder.glob(".*.progress"))

    other = line.run("landscape", "digits", *LITTLE, "--against", "sgd", "--part", "val").stdout
    assert "has other settings (part val, was train); everything is measured anew" in other
    assert methods(other) == ["rts", "sgd"]


def test_an_interrupted_command_goes_on_with_what_is_left(line: CommandLine) -> None:
    command = ("landscape", "digits", *LITTLE, "--steps", "31", "--against", "sgd")
    lines = []
    with line.start(*command) as process:
        assert process.stdout is not None
        for told in process.stdout:
            lines.append(told.rstrip("\n"))
            if told.endswith("surface in two dimensions\n"):
                process.send_signal(signal.SIGTERM)
    assert process.returncode == INTERRUPTED, lines
    assert lines[-1] == "digits: stopped; the same command goes on with what is not measured yet"
    out = line.run(*command).stdout
    done = int(out.partition(" of 10 measurements are on record, the others cost at most")[0].rpartition(" ")[2])
    assert 1 <= done < 10
    assert not list((line.results / "digits").glob(".*.progress"))


def test_weights_that_are_gone_are_named_and_trained_again_with_train(line: CommandLine) -> None:
    line.run("landscape", "digits", *LITTLE, "--against", "sgd")
    folder = line.results / "digits"
    wanted = pd.read_csv(folder / "landscape.csv").drop(columns="seconds")
    (folder / "landscape.json").unlink()
    drop_states(line)
    told = line.refused("landscape", "digits", *LITTLE, "--against", "sgd")
    assert "after epoch 2 and of 1 more are not in the store any more; add --train, which trains them again" in told
    out = line.run("landscape", "digits", *LITTLE, "--against", "sgd", "--train").stdout
    assert "gradient evaluations to train" not in out
    assert "to train missing weights again" in out
    assert "training the weights again" in out
    pd.testing.assert_frame_equal(pd.read_csv(folder / "landscape.csv").drop(columns="seconds"), wanted)


def test_a_damaged_state_is_named(line: CommandLine) -> None:
    states = [Path(file.path) for file in Store(Results(line.results).store_url).files() if file.kind == "state"]
    for file in states:
        file.write_bytes(file.read_bytes()[:-1])
    assert "add --train, which trains them again" in line.refused("landscape", "digits", *LITTLE, "--against", "sgd")


def test_an_exported_config_stands_for_its_trial_or_for_itself(line: CommandLine, tmp_path: Path) -> None:
    best = tmp_path / "best.yaml"
    line.run("export", "digits", "-o", str(best))
    out = line.run("landscape", str(best), *LITTLE, "--against", "sgd").stdout
    assert " of digits" in out
    assert (line.results / "digits" / "landscape.json").is_file()

    alone = CommandLine(tmp_path / "alone")
    told = alone.refused("landscape", str(best), *LITTLE)
    assert "the weights of rts are not in" in told
    assert f"`rts-search train {best} --results {tmp_path}/alone`, or add --train" in told
    out = alone.run("landscape", str(best), *LITTLE, "--against", "sgd", "--train").stdout
    assert methods(out) == ["rts", "sgd"]
    assert (tmp_path / "best.landscape.json").is_file()
    assert (tmp_path / "best.landscape.html").is_file()
    kept = pd.read_csv(line.results / "digits" / "landscape.csv"), pd.read_csv(tmp_path / "best.landscape.csv")
    assert kept[0]["key"][0] == kept[1]["key"][0]
    for name in ("loss", "trace"):  # two numbers of threads differ in the last digits
        assert kept[0][name][0] == pytest.approx(kept[1][name][0], rel=1e-3)
    assert "--against: must be among" in alone.refused("landscape", str(best), "--against", "adam")


def test_the_runs_of_a_confirmation_are_one_line_each_with_their_mean(line: CommandLine) -> None:
    line.run("confirm", "digits", "--seeds", "2", "--top-k", "1")
    out = line.run("landscape", "digits", *LITTLE, "--against", "sgd").stdout
    assert "digits: rts, sgd on 2 seeds, 40 train images" in out
    assert methods(out) == ["rts", "rts", "rts,", "sgd", "sgd", "sgd,"]
    record = LandscapeRecord(line.results / "digits" / "landscape.json").read()
    assert record is not None
    seeds = [run.seed for run in record.runs]
    assert seeds[:2] == seeds[2:]
    assert 0 not in seeds
    assert ["plane" in run.measured for run in record.runs] == [True, False, True, False]
    study = SweepStudy.load(Results(line.results).storage_url, "digits")
    assert not {run.key for run in record.runs} & {entry.epochs[-1].key for entry in study.trials()}
    alone = line.run("landscape", "digits", *LITTLE, "--against", "sgd", "--seeds", "0").stdout
    assert methods(alone) == ["rts", "sgd"]


@pytest.mark.ray
def test_each_run_is_one_task_on_ray_with_the_same_results(line: CommandLine, on_one_ray: CommandLine) -> None:
    shutil.copytree(line.results, on_one_ray.results)
    out = [one.run("landscape", "digits", *LITTLE, "--against", "sgd").stdout for one in (line, on_one_ray)]
    assert "digits: sgd (trial 0, seed 0): surface in two dimensions" in out[1]
    assert "digits: starting Ray" in out[1]
    assert "Ray" not in out[0]
    inline, on_ray = (pd.read_csv(one.results / "digits" / "landscape.csv") for one in (line, on_one_ray))
    pd.testing.assert_frame_equal(inline.drop(columns="seconds"), on_ray.drop(columns="seconds"))
    drop_states(on_one_ray)
    again = on_one_ray.run("landscape", "digits", *LITTLE, "--against", "sgd").stdout
    assert "10 of 10 measurements are on record" in again, "it needs no weights for what is on record"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--against", "sgdd"),
            "digits: --against: must be among the baselines of the sweep, sgd, pugd, but got 'sgdd'",
        ),
        (("--images", "65"), "digits: --images: must be <= 64, the images of the train part, but got 65"),
        (
            ("--images", "288", "--part", "val"),
            "digits: --images: must be <= 287, the images of the val part, but got 288",
        ),
        (("--images", "1"), "--images: must be >= 2, but got 1"),
        (("--part", "test"), "--part: must be train or val, but got 'test'"),
        (("--steps", "0"), "--steps: must be an odd number >= 3, so that the weights themselves are one of the points"),
        (("--steps", "24"), "one of the points, but got 24"),
        (("--range", "0"), "--range: must be > 0, but got 0.0"),
        (("--range", "inf"), "--range: must be > 0, but got inf"),
        (("--vectors", "1"), "--vectors: must be >= 2"),
        (("--iterations", "0"), "--iterations: must be >= 1"),
        (("--seed", "-1"), "--seed: must be >= 0"),
        (("--seeds", "-1"), "--seeds: must be >= 0"),
        (("--statistics", "none"), "--statistics: must be kept or recomputed"),
        (("--precision", "bf16"), "--precision: must be float32 or float64"),
    ],
)
def test_wrong_options_are_refused_in_one_line(launched: CommandLine, options: tuple[str, ...], told: str) -> None:
    assert told in launched.refused("landscape", "digits", *options)


def test_a_sweep_without_trials_and_an_unknown_one_are_refused(cli: CommandLine) -> None:
    assert "no study database here" in cli.refused("landscape", "digits")
    assert "no such file" in cli.refused("landscape", "nothing.yaml").lower()
    cli.run("launch", "digits", "--set", "training.epochs=2", "--set", "budget.gradient_evaluations=1")
    told = cli.refused("landscape", "digits")
    assert "digits: has no completed trial yet; wait for one, or `rts-search resume digits" in told
