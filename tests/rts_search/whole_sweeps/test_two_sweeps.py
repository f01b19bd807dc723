"""Two sweeps write one store at once: they train nothing twice, and one may be killed in a state's write."""

import functools
import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import psutil
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.server.sweep_drivers import SweepDrivers
from tests.rts_search.whole_sweeps.driver import KILLING, epochs_told, wait_for

pytestmark = pytest.mark.slow

SETTINGS = (
    *("--set", "training.epochs=4", "--set", "dataset.num_train=256", "--set", "search={sampler: random, trials: 3}"),
    *("--set", "space={radius: {value: {uniform: [0.5, 2.0]}}, timing: {switch_epoch: [1, 3]}}"),
    *("--set", "baselines=[sgd]", "--set", "scheduler=none", "--set", "resources.max_concurrent_trials=1"),
)
SEEDS = {"one": ("--set", "search.seed=1"), "two": ("--set", "search.seed=2")}
PATHS = os.pathsep.join((KILLING, os.environ.get("PYTHONPATH", "")))


def numbers(line: CommandLine, sweep: str) -> pd.DataFrame:
    """The trials without their times and without who trained what."""
    frame = pd.read_csv(line.results / sweep / "trials.csv", dtype=str, keep_default_na=False)
    return frame.drop(columns=["seconds", "gradient_evaluations_spent"])


def trained(log: Path) -> Counter[str]:
    """How often every epoch was trained: the processes that write `log` store the state of each."""
    return Counter(log.read_text().split())


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], pd.DataFrame]:
    """The numbers of a sweep that nobody disturbs, in a folder of its own."""

    @functools.cache
    def alone(name: str) -> pd.DataFrame:
        line = CommandLine(tmp_path_factory.mktemp(name) / "results")
        line.run("launch", "digits", "--name", name, *SETTINGS, *SEEDS[name])
        return numbers(line, name)

    return alone


@pytest.mark.timeout(900)
@pytest.mark.parametrize("executor", ["inline", pytest.param("ray", marks=[pytest.mark.ray, pytest.mark.campaign])])
def test_two_sweeps_that_begin_the_same_at_the_same_moment_train_it_once(
    cli: CommandLine, quiet: Callable[[str], pd.DataFrame], tmp_path: Path, executor: str
) -> None:
    """The same trials in both, on Ray two at a time: what one trains, the other waits for."""
    log = tmp_path / "trained.log"
    both = ("--set", "resources.max_concurrent_trials=2")
    started = [
        cli.start(
            *("launch", "digits", "--name", name, *SETTINGS, *SEEDS["one"], *both, "--executor", executor),
            PYTHONPATH=PATHS,
            RTS_TEST_LOG=str(log),
        )
        for name, executor in (("one", executor), ("again", "inline"))
    ]
    for process in started:
        _, err = process.communicate(timeout=400)
        assert process.returncode == 0, err
    assert max(trained(log).values()) == 1
    for name in ("one", "again"):
        pd.testing.assert_frame_equal(numbers(cli, name), quiet("one"))
    assert not list((cli.results / "store" / "claims").iterdir())


@pytest.mark.timeout(900)
def test_a_sweep_that_waits_for_another_can_be_stopped_and_goes_on_when_that_is_killed(cli: CommandLine) -> None:
    """Both have one trial, the same. The one that trains it is paused while the other starts, to save time."""
    only = [*SETTINGS, *SEEDS["one"]]
    for setting in ("baselines=[]", "search.trials=1", "training.epochs=1000", "dataset.num_train=1100"):
        only += ["--set", setting]
    busy = cli.start("launch", "digits", "--name", "busy", *only)
    wait_for(lambda: epochs_told(cli) >= 1, busy)
    SweepDrivers(cli.results).freeze(psutil.Process(busy.pid))
    waiting = cli.start("launch", "digits", "--name", "waiting", *only)
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "waiting: starting inline, loading the data\n"
    busy.send_signal(signal.SIGCONT)
    assert any("waiting for epochs that another sweep is training" in line for line in waiting.stdout)
    waiting.terminate()
    said = waiting.communicate(timeout=120)
    assert waiting.returncode == 130, said
    cli.kill(busy)
    cli.run("resume", "waiting", "--set", "budget.gradient_evaluations=100")
    (trial,) = json.loads(cli.run("table", "waiting", "--json").stdout)
    assert 100 <= trial["gradient_evaluations_spent"] < trial["gradient_evaluations"], "it took up what was stored"


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_a_sweep_killed_in_a_states_write_beside_another_over_the_same_store(
    cli: CommandLine, quiet: Callable[[str], pd.DataFrame], tmp_path: Path
) -> None:
    logs = {name: tmp_path / f"{name}.log" for name in SEEDS}
    killed = cli.start(
        *("launch", "digits", "--name", "one", *SETTINGS, *SEEDS["one"]),
        PYTHONPATH=PATHS,
        RTS_TEST_KILL_AT_STATE="6",
        RTS_TEST_LOCK=str(cli.results / "one" / "driver.lock"),
        RTS_TEST_LOG=str(logs["one"]),
    )
    wait_for(lambda: epochs_told(cli) >= 1, killed)
    other = cli.start(
        *("launch", "digits", "--name", "two", *SETTINGS, *SEEDS["two"]),
        PYTHONPATH=PATHS,
        RTS_TEST_LOG=str(logs["two"]),
    )
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    in_flight = logs["one"].read_text().split()[-1]
    cli.run_apart("resume", "one", PYTHONPATH=PATHS, RTS_TEST_LOG=str(logs["one"]))
    _, err = other.communicate(timeout=240)
    assert other.returncode == 0, err

    for name in SEEDS:
        pd.testing.assert_frame_equal(numbers(cli, name), quiet(name))
    twice = {key for key, times in (trained(logs["one"]) + trained(logs["two"])).items() if times > 1}
    assert twice <= {in_flight}, "no more than the epoch in flight is trained again, by whichever sweep"
    found = json.loads(cli.run("verify", "--json").stdout)
    assert (found["damaged"], len(found["partial_files"])) == ([], 1), "the half-written state is no state"

    (state, *_) = sorted((cli.results / "store").rglob("*.state"))
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    assert json.loads(cli.run("verify", "--json", code=1).stdout)["damaged"] == [str(state)]
