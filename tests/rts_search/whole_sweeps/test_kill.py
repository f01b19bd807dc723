"""A sweep that is killed comes back without a scratch."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest
import yaml

from rts_search.study.study import SweepStudy
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import KILLING, count, epochs_told, trials_ended, wait_for

pytestmark = pytest.mark.slow

SMALL = ("--set", "training.epochs=5", "--set", "dataset.num_train=512", "--set", "search.trials=5")
SERIAL = (*SMALL, "--set", "dataset.num_train=256", "--set", "resources.max_concurrent_trials=1")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """trials.csv of the sweep that nobody interrupts, one trial at a time."""
    line = CommandLine(tmp_path_factory.mktemp("uninterrupted") / "results")
    line.run("launch", "digits", *SERIAL)
    return line.csv_without_times("digits")


@pytest.mark.campaign
def test_killed_in_the_first_trial(cli: CommandLine, uninterrupted: str) -> None:
    process = cli.start("launch", "digits", *SERIAL)
    wait_for(lambda: epochs_told(cli) >= 2, process)
    cli.kill(process)
    cli.run("resume", "digits")
    assert cli.csv_without_times("digits") == uninterrupted


@pytest.mark.campaign
def test_killed_between_trials(cli: CommandLine, uninterrupted: str) -> None:
    process = cli.start("launch", "digits", *SERIAL)
    wait_for(lambda: trials_ended(cli) >= 5, process)
    cli.kill(process)
    cli.run("resume", "digits")
    assert cli.csv_without_times("digits") == uninterrupted


@pytest.mark.parametrize("state", [7, pytest.param(22, marks=pytest.mark.campaign)])
def test_killed_in_the_middle_of_a_states_write(cli: CommandLine, uninterrupted: str, state: int) -> None:
    lock = cli.results / "digits" / "driver.lock"
    process = cli.start(
        "launch",
        "digits",
        *SERIAL,
        PYTHONPATH=KILLING,
        RTS_TEST_KILL_AT_STATE=str(state),
        RTS_TEST_LOCK=str(lock),
    )
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    (half,) = (cli.results / "store").rglob("*.partial")
    assert half.stat().st_size > 0
    assert json.loads(cli.run("status", "digits", "--json").stdout)["state"] == "interrupted"
    cli.run("resume", "digits")
    assert cli.csv_without_times("digits") == uninterrupted


@pytest.mark.ray
@pytest.mark.parametrize(
    "signals",
    [
        pytest.param({3: signal.SIGKILL}, id="killed"),
        pytest.param(
            {3: signal.SIGTERM, 7: signal.SIGKILL, 12: signal.SIGINT}, marks=pytest.mark.campaign, id="again and again"
        ),
    ],
)
def test_two_at_a_time_lose_and_double_nothing(ray_cli: CommandLine, signals: dict[int, int]) -> None:
    """On Ray, killed or stopped by a signal to all processes, and finished without Ray.

    signals: number of epochs -> the signal that comes then.
    """
    ray_cli.session = True
    command: tuple[str, ...] = ("launch", "digits", *SMALL)
    for least, number in signals.items():
        process = ray_cli.start(*command)
        command = ("resume", "digits")
        wait_for(lambda least=least: epochs_told(ray_cli) >= least, process)  # type: ignore[misc]
        if number == signal.SIGKILL:
            ray_cli.kill(process)
        else:
            for one in {process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))}:
                os.kill(one, number)
            _require_clean_end(ray_cli, process)
    stored = {path: path.stat().st_mtime_ns for path in (ray_cli.results / "store").rglob("*.epoch")}
    CommandLine(ray_cli.results).run("resume", "digits")
    trials = pd.read_parquet(ray_cli.results / "digits" / "trials.parquet")
    assert list(trials["number"]) == list(range(8))
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert count(ray_cli, "SELECT COUNT(*) FROM trials WHERE state = 'RUNNING'") == 0
    untouched = {path: path.stat().st_mtime_ns for path in stored}
    assert untouched == stored, "an epoch that was stored is not trained again"
    _, left = psutil.wait_procs(ray_cli.orphans, timeout=10)
    assert left == [], "the processes of Ray end with a driver that is killed"


def test_a_single_training_that_was_killed_ends_in_the_same_weights(
    command_line: Callable[..., CommandLine], tmp_path: Path
) -> None:
    config, sweep = tmp_path / "mine.yaml", load_sweep("digits", ["dataset.num_train=1000"])
    config.write_text(yaml.safe_dump(baseline_config(sweep, BaselineConfig(name="pugd")).to_dict()))
    whole, killed = command_line("whole"), command_line("killed")
    train = ("train", str(config), "--threads", "1", "--state-every", "0", "--weights")
    whole.run(*train, str(tmp_path / "whole.safetensors"))
    process = killed.start(*train, str(tmp_path / "killed.safetensors"))
    wait_for(lambda: len(list((killed.results / "store").rglob("*.epoch"))) >= 3, process)
    killed.kill(process)
    assert not (tmp_path / "killed.safetensors").exists()
    killed.run(*train, str(tmp_path / "killed.safetensors"))
    weights = [(tmp_path / f"{name}.safetensors").read_bytes() for name in ("whole", "killed")]
    assert weights[0] == weights[1]


@pytest.mark.campaign
def test_a_sweep_that_is_told_to_stop_stops_and_names_resume(cli: CommandLine) -> None:
    process = cli.start("launch", "digits", *SMALL)
    wait_for(lambda: epochs_told(cli) >= 3, process)
    assert "stopped" in cli.run("stop", "digits").stdout
    _require_clean_end(cli, process)


def _require_clean_end(line: CommandLine, process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert err == ""
    assert "rts-search resume digits" in out
    assert trials_ended(line) < 8
    assert (line.results / "digits" / "trials.csv").exists()


def test_a_running_sweep_cannot_be_driven_twice_and_reads_that_it_is_asked_to_stop(cli: CommandLine) -> None:
    process = cli.start("launch", "digits", *SMALL)
    wait_for(lambda: epochs_told(cli) >= 1, process)
    assert f"is already running (process {process.pid}" in cli.refused("resume", "digits")
    (cli.results / "digits" / "driver.lock").unlink()
    assert f"is already running (process {process.pid}" in cli.refused("resume", "digits")
    elsewhere = CommandLine(cli.results.parent / "elsewhere")
    storage = ("--storage", f"sqlite:///{cli.results / 'studies.sqlite3'}")
    for line, options in ((cli, ()), (elsewhere, storage)):
        facts = json.loads(line.run("status", "digits", "--json", *options).stdout)
        assert (facts["state"], facts["driver_pid"]) == ("running", process.pid)
    assert f"is already running (process {process.pid}" in elsewhere.refused("resume", "digits", *storage)
    assert not elsewhere.results.joinpath("digits").exists()
    # As `stop` asks a driver on another machine, which it cannot send a signal to.
    assert SweepStudy.load(storage[1], "digits").ask_to_stop()
    _require_clean_end(cli, process)
