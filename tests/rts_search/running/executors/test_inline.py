"""The inline executor trains in the driver's own process, without Ray. `test_executors` compares it with Ray."""

import contextlib
import inspect
import itertools
import signal
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, event

from rts_search.basics.cpus import usable_cpus
from tests.rts_search.conftest import CommandLine, Refused
from tests.rts_search.in_this_process import MEASURING_SECONDS

TINY = ("training.epochs=3", "dataset.num_train=128", "search.trials=5", "resources.cpus_per_trial=1")
INTERRUPTED_REQUEST = 5
"""Of those that write what a worker reports, counted from 0."""
ONE_AT_A_TIME = [part for setting in (*TINY, "resources.max_concurrent_trials=1") for part in ("--set", setting)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.campaign)])
def test_an_interrupt_ends_an_inline_sweep_at_once_and_says_how_to_go_on(cli: CommandLine, number: int) -> None:
    """Also where other signals were ignored when it began, as after `nohup`: they stay ignored."""
    ignored = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} - {number}
    before = {other: signal.signal(other, signal.SIG_IGN) for other in ignored}
    try:
        driver = cli.start("launch", "digits", "--set", "training.epochs=400", "--executor", "inline")
    finally:
        for other, handler in before.items():
            signal.signal(other, handler)
    assert driver.stdout is not None
    assert driver.stdout.readline() == "digits: starting inline, loading the data\n"
    assert "1 at a time" in driver.stdout.readline()
    for other in ignored:
        driver.send_signal(other)
    time.sleep(1.0)
    assert driver.poll() is None
    driver.send_signal(number)
    out, err = driver.communicate(timeout=30)
    assert driver.returncode == 130, err
    assert f"rts-search resume digits --results {cli.results} --executor inline" in out
    assert cli.run("status", "digits").stdout.startswith("digits: interrupted")


@pytest.mark.slow
def test_an_interrupt_lets_a_request_to_the_study_database_finish(cli: CommandLine) -> None:
    """Otherwise its transaction may stay open, and the database locked, until the process ends."""
    requests, finished = itertools.count(), []

    def interrupt(_: Connection) -> None:
        writes_a_report = any(frame.function == "hear" for frame in inspect.stack(0))
        if writes_a_report and next(requests) == INTERRUPTED_REQUEST:
            signal.raise_signal(signal.SIGINT)
            finished.append(True)

    event.listen(Engine, "commit", interrupt)
    try:
        told = cli.run("launch", "digits", *ONE_AT_A_TIME, code=130).stdout
    finally:
        event.remove(Engine, "commit", interrupt)
    assert finished
    assert "rts-search resume digits" in told
    with contextlib.closing(sqlite3.connect(cli.results / "studies.sqlite3", timeout=0.0)) as connection:
        connection.execute("BEGIN IMMEDIATE")


@pytest.mark.slow
def test_ray_is_not_even_imported(cli: CommandLine) -> None:
    small = [*ONE_AT_A_TIME, "--set", "search.trials=2", "--set", "baselines=[sgd]"]
    program = (
        "import sys\n"
        "sys.modules['ray'] = None\n"
        "from rts_search.cli import app\n"
        "from rts_search.running import measuring\n"
        f"measuring.MEASURING_SECONDS = {MEASURING_SECONDS}\n"
        f"app(['launch', 'digits', *{small!r}, '--executor', 'inline', '--results', {str(cli.results)!r}],\n"
        "    standalone_mode=False)\n"
        "app(['resume', 'digits', '--trials', '3', '--executor', 'inline',\n"
        f"     '--results', {str(cli.results)!r}], standalone_mode=False)\n"
        "app(['confirm', 'digits', '--seeds', '2', '--top-k', '1', '--executor', 'inline',\n"
        f"     '--results', {str(cli.results)!r}], standalone_mode=False)\n"
        f"app(['plan', 'digits', *{small!r}, '--executor', 'inline', '--results', {str(cli.results)!r}],\n"
        "    standalone_mode=False)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(cli.results / "digits" / "trials.csv")
    assert set(trials["state"]) <= {"COMPLETE", "PRUNED"}
    assert len(trials) == 4
    assert trials["test_acc"].notna().sum() in (2, 3), "the baseline, the best of two and the best of three"


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
    asked = ("--set", "resources.cpus_per_trial=10000")
    told = refused("launch", "digits", "--executor", "inline", *asked)
    assert told.startswith("resources: a trial needs 10000 CPUs and 0 GPUs on one node")
    assert told.endswith(f"; add --set resources.cpus_per_trial={usable_cpus()}")
