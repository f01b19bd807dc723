"""The inline executor trains in the driver's own process and gives the same numbers as Ray."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine, Refused

TINY = ("training.epochs=3", "dataset.num_train=256", "search.trials=5", "resources.cpus_per_trial=1")
ONE_AT_A_TIME = [part for setting in (*TINY, "resources.max_concurrent_trials=1") for part in ("--set", setting)]


@pytest.mark.ray
@pytest.mark.parametrize("scheduler", ["promotion: true", "promotion: false"])
def test_both_executors_give_the_same_trials(command_line: Callable[..., CommandLine], scheduler: str) -> None:
    tables = {}
    for executor in ("ray", "inline"):
        cli = command_line(executor, executor)
        rungs = f"scheduler={{grace_fraction: 0.2, reduction_factor: 2, {scheduler}}}"
        cli.run("launch", "digits", *ONE_AT_A_TIME, "--set", rungs)
        tables[executor] = cli.csv_without_times("digits")
    assert tables["inline"] == tables["ray"]


@pytest.mark.slow
def test_a_sweep_that_is_killed_and_resumed_inline_is_the_one_that_is_not(
    command_line: Callable[..., CommandLine],
) -> None:
    whole, killed = command_line("whole"), command_line("killed")
    arguments = ("launch", "digits", *ONE_AT_A_TIME, "--executor", "inline")
    whole.run(*arguments)
    driver = killed.start(*arguments)
    assert driver.stdout is not None
    for line in driver.stdout:
        if line.startswith("[2/"):
            break
    killed.kill(driver)
    killed.run("resume", "digits", "--executor", "inline")
    assert killed.csv_without_times("digits") == whole.csv_without_times("digits")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_an_inline_sweep_at_once_and_says_how_to_go_on(cli: CommandLine, number: int) -> None:
    driver = cli.start("launch", "digits", "--set", "training.epochs=400", "--executor", "inline")
    assert driver.stdout is not None
    assert driver.stdout.readline() == "digits: starting inline, loading the data\n"
    assert "1 at a time" in driver.stdout.readline()
    time.sleep(1.0)
    driver.send_signal(number)
    out, err = driver.communicate(timeout=30)
    assert driver.returncode == 130, err
    assert f"rts-search resume digits --results {cli.results} --executor inline" in out
    assert cli.run("status", "digits").stdout.startswith("digits: interrupted")


@pytest.mark.slow
def test_ray_is_not_even_imported(cli: CommandLine) -> None:
    program = (
        "import sys\n"
        "sys.modules['ray'] = None\n"
        "from rts_search.cli import app\n"
        f"app(['launch', 'digits', *{ONE_AT_A_TIME!r}, '--executor', 'inline', '--results', {str(cli.results)!r}],\n"
        "    standalone_mode=False)\n"
        "app(['resume', 'digits', '--trials', '7', '--executor', 'inline',\n"
        f"     '--results', {str(cli.results)!r}], standalone_mode=False)\n"
        "app(['confirm', 'digits', '--seeds', '2', '--top-k', '1', '--executor', 'inline',\n"
        f"     '--results', {str(cli.results)!r}], standalone_mode=False)\n"
        f"app(['plan', 'digits', '--executor', 'inline', '--results', {str(cli.results)!r}], standalone_mode=False)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(cli.results / "digits" / "trials.csv")
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert len(trials) == 10
    assert trials["test_acc"].notna().sum() in (4, 5), "three baselines, the best of five and the best of seven"


def test_what_an_executor_would_ignore_is_refused(refused: Refused) -> None:
    launch = ("launch", "digits", "--executor")
    assert refused(*launch, "slurm") == "--executor: must be one of ray, inline, but got 'slurm'"
    assert refused(*launch, "inline", "--address", "10.0.0.1:6379") == (
        "--address: must not be set with --executor inline, which joins no cluster; leave one out"
    )
    assert "--verbose" in refused(*launch, "inline", "--verbose")


def test_a_cluster_in_the_environment_does_not_disturb_an_inline_sweep(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    asked = ("--set", "resources.cpus_per_trial=1000000")
    told = refused("launch", "digits", "--executor", "inline", *asked)
    assert told.startswith("resources: a trial needs 1e+06 CPUs and 0 GPUs on one node")


@pytest.mark.ray
def test_a_config_is_trained_to_the_same_numbers_on_either_executor(command_line: Callable[..., CommandLine]) -> None:
    sweep = command_line("sweep")
    sweep.run("launch", "digits", *ONE_AT_A_TIME)
    best = sweep.results.parent / "best.yaml"
    sweep.run("export", "digits", "-o", str(best))
    told, weights = {}, {}
    for executor in ("ray", "inline"):
        cli, file = command_line(executor, executor), best.with_name(f"{executor}.safetensors")
        arguments = ("train", str(best), "--threads", "1", "--test", "--weights", str(file))
        told[executor] = cli.run(*arguments).stdout.splitlines()
        weights[executor] = file.read_bytes()
    assert told["inline"] == told["ray"]
    assert [line.split()[0] for line in told["inline"]] == ["epoch"] * 3 + ["test_acc"]
    assert weights["inline"] == weights["ray"]
