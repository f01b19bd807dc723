"""Two sweeps write one store at once: they train nothing twice, and one may be killed in a state's write."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from tests.rts_search.conftest import CommandLine
from tests.rts_search.whole_sweeps.driver import KILLING, count, epochs_told, wait_for

pytestmark = pytest.mark.slow

SETTINGS = (
    *("--set", "training.epochs=6", "--set", "dataset.num_train=512", "--set", "search={sampler: random, trials: 4}"),
    *("--set", "space={radius: {value: {uniform: [0.5, 2.0]}}, timing: {switch_epoch: [2, 4]}}"),
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
def quiet(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Both sweeps, one after the other, in a folder of their own."""
    line = CommandLine(tmp_path_factory.mktemp("quiet") / "results")
    for name, seed in SEEDS.items():
        line.run("launch", "digits", "--name", name, *SETTINGS, *seed)
    return line


@pytest.mark.ray
@pytest.mark.timeout(900)
def test_two_sweeps_that_begin_the_same_at_the_same_moment_train_it_once(
    cli: CommandLine, quiet: CommandLine, tmp_path: Path
) -> None:
    """The same trials in both, one of them on Ray with two at a time: what one trains, the other waits for."""
    log = tmp_path / "trained.log"
    both = ("--set", "resources.max_concurrent_trials=2")
    started = [
        cli.start(
            *("launch", "digits", "--name", name, *SETTINGS, *SEEDS["one"], *both, "--executor", executor),
            PYTHONPATH=PATHS,
            RTS_TEST_LOG=str(log),
        )
        for name, executor in (("one", "ray"), ("again", "inline"))
    ]
    for process in started:
        _, err = process.communicate(timeout=400)
        assert process.returncode == 0, err
    assert max(trained(log).values()) == 1
    for name in ("one", "again"):
        pd.testing.assert_frame_equal(numbers(cli, name), numbers(quiet, "one"))
    assert not list((cli.results / "store" / "claims").iterdir())


@pytest.mark.timeout(900)
def test_a_sweep_that_waits_for_another_can_be_stopped_and_goes_on_when_that_is_killed(cli: CommandLine) -> None:
    """Both have one trial, the same."""
    only = [*SETTINGS, *SEEDS["one"]]
    for setting in ("baselines=[]", "search.trials=1", "training.epochs=1000", "dataset.num_train=1100"):
        only += ["--set", setting]
    busy = cli.start("launch", "digits", "--name", "busy", *only)
    wait_for(lambda: epochs_told(cli) >= 1, busy)
    waiting = cli.start("launch", "digits", "--name", "waiting", *only)
    assert waiting.stdout is not None
    assert any("waiting for epochs that another sweep is training" in line for line in waiting.stdout)
    waiting.terminate()
    said = waiting.communicate(timeout=120)
    assert waiting.returncode == 130, said
    cli.kill(busy)
    resumed = cli.start("resume", "waiting")
    wait_for(lambda: count(cli, "SELECT COUNT(*) FROM trial_intermediate_values WHERE trial_id = 2") >= 1, resumed)
    resumed.terminate()
    said = resumed.communicate(timeout=120)
    assert resumed.returncode == 130, said
    (trial,) = json.loads(cli.run("table", "waiting", "--json").stdout)
    assert 0 <= trial["gradient_evaluations_spent"] < trial["gradient_evaluations"], "it took up what was stored"


@pytest.mark.timeout(900)
def test_a_sweep_killed_in_a_states_write_beside_another_over_the_same_store(
    cli: CommandLine, quiet: CommandLine, tmp_path: Path
) -> None:
    logs = {name: tmp_path / f"{name}.log" for name in SEEDS}
    killed = cli.start(
        *("launch", "digits", "--name", "one", *SETTINGS, *SEEDS["one"]),
        PYTHONPATH=PATHS,
        RTS_TEST_KILL_AT_STATE="9",
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
        pd.testing.assert_frame_equal(numbers(cli, name), numbers(quiet, name))
    twice = {key for key, times in (trained(logs["one"]) + trained(logs["two"])).items() if times > 1}
    assert twice <= {in_flight}, "no more than the epoch in flight is trained again, by whichever sweep"
    found = json.loads(cli.run("verify", "--json").stdout)
    assert (found["damaged"], len(found["partial_files"])) == ([], 1), "the half-written state is no state"

    (state, *_) = sorted((cli.results / "store").rglob("*.state"))
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(content)
    assert json.loads(cli.run("verify", "--json", code=1).stdout)["damaged"] == [str(state)]
