"""Every executor lists its nodes, calls functions, and keeps objects in workers."""

import os
from collections.abc import Iterator

import pytest

from rts_search.basics.results_folder import Results
from rts_search.running.executors import EXECUTORS, Executor, make_executor
from rts_search.running.executors.executor import WorkerError
from rts_search.study.workspace import Workspace

ONE_CPU = {"CPU": 1.0}


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


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.ray] * (name == "ray")) for name in EXECUTORS]
)
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """Each executor, started once."""
    made = make_executor(Workspace(Results(tmp_path_factory.mktemp("results")), executor=request.param))
    with made.started():
        yield made


def test_it_tells_the_cpus_and_the_memory_of_its_nodes(executor: Executor) -> None:
    (node,) = executor.nodes()
    assert node["CPU"] == len(os.sched_getaffinity(0))
    assert node["memory"] > 10**8


def test_results_come_in_the_order_of_the_arguments_and_an_error_in_its_place(executor: Executor) -> None:
    first, failed, last = executor.run(inverse, [2.0, 0.0, 4.0], ONE_CPU)
    assert (first, last) == (0.5, 0.25)
    assert isinstance(failed, WorkerError)
    assert str(failed) == "ZeroDivisionError: float division by zero"
    assert executor.run(inverse, [], ONE_CPU) == []


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
