"""Every executor lists its nodes, calls functions, keeps objects in workers, and trains to the same numbers."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from rts_search.running.executors import EXECUTORS, Executor
from rts_search.running.executors.executor import WorkerError
from rts_search.running.executors.inline import InlineExecutor
from rts_search.sweep.baselines import BaselineConfig
from rts_search.sweep.sweep import baseline_config
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.conftest import CommandLine

ONE_CPU = {"CPU": 1.0}
TINY = ("training.epochs=3", "dataset.num_train=256", "search.trials=5", "resources.cpus_per_trial=1")
ONE_AT_A_TIME = [part for setting in (*TINY, "resources.max_concurrent_trials=1") for part in ("--set", setting)]


class Counter:
    """A counter that lives in a worker."""

    def __init__(self, first: int) -> None:
        if first < 0:
            raise ValueError(f"first: must be >= 0, but got {first}")
        self._count = first

    def add(self, number: int) -> int:
        self._count += number
        return self._count

    def process(self) -> int:
        return os.getpid()


def inverse(number: float) -> float:
    return 1.0 / number


def has_imported(module: str) -> bool:
    return module in sys.modules


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.ray] * (name == "ray")) for name in EXECUTORS]
)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Each executor, started once."""
    if request.param == "ray":
        yield request.getfixturevalue("ray_of_the_module")
        return
    inline = InlineExecutor()
    with inline.started():
        yield inline


def test_it_tells_the_cpus_and_the_memory_of_its_nodes(executor: Executor) -> None:
    (node,) = executor.nodes()
    assert node["CPU"] == len(os.sched_getaffinity(0))
    assert node["memory"] > 10**8


def test_results_come_in_the_order_of_the_arguments_and_an_error_in_its_place(executor: Executor) -> None:
    all_cpus = {"CPU": executor.nodes()[0]["CPU"]}  # on Ray, one worker after the other, which is the same one
    first, failed, last = executor.run(inverse, [2.0, 0.0, 4.0], all_cpus)
    assert (first, last) == (0.5, 0.25)
    assert isinstance(failed, WorkerError)
    assert str(failed) == "ZeroDivisionError: float division by zero"
    assert executor.run(inverse, [], ONE_CPU) == []
    if executor.most_at_a_time != 1:
        trained = "trainables.ray_worker"
        assert executor.run(has_imported, [trained], all_cpus) == [True], "a worker of Ray imports it before any task"


def test_objects_keep_their_state_between_two_calls(executor: Executor) -> None:
    with executor.crew(Counter, [10], 2, ONE_CPU) as crew:
        assert crew.call("add", 1) == [11, 11]
        assert crew.call("add", 5) == [16, 16]
        apart = set(crew.call("process")) - {os.getpid()}
    assert len(apart) == (0 if executor.most_at_a_time == 1 else 2), "on Ray, each is in a process of its own"


def test_an_object_that_cannot_be_made_is_told_in_one_line(executor: Executor) -> None:
    with (
        pytest.raises(WorkerError, match=r"^ValueError: first: must be >= 0, but got -1$"),
        executor.crew(Counter, [-1], 1, ONE_CPU) as crew,
    ):
        crew.call("process")


@pytest.mark.ray
@pytest.mark.parametrize("scheduler", ["promotion: true", pytest.param("promotion: false", marks=pytest.mark.campaign)])
def test_all_give_the_same_trials(on_one_ray: CommandLine, cli: CommandLine, scheduler: str) -> None:
    rungs = f"scheduler={{grace_fraction: 0.2, reduction_factor: 2, {scheduler}}}"
    for line in (on_one_ray, cli):
        line.run("launch", "digits", *ONE_AT_A_TIME, "--set", rungs)
    assert cli.csv_without_times("digits") == on_one_ray.csv_without_times("digits")


@pytest.mark.ray
def test_all_train_a_config_to_the_same_numbers(on_one_ray: CommandLine, cli: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    sweep = load_sweep("digits", TINY)
    config.write_text(yaml.safe_dump(baseline_config(sweep, BaselineConfig(name="pugd")).to_dict()))
    told, weights = [], []
    for line in (on_one_ray, cli):
        file = tmp_path / f"{line.executor}.safetensors"
        arguments = ("train", str(config), "--threads", "1", "--test", "--weights", str(file))
        told.append(line.run(*arguments).stdout.splitlines())
        weights.append(file.read_bytes())
    assert told[0] == told[1]
    assert [line.split()[0] for line in told[0]] == ["epoch"] * 3 + ["test_acc"]
    assert weights[0] == weights[1]
