"""A sweep and its confirmation use one executor, which starts once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.running.executors import EXECUTORS, make_executor, one_executor
from rts_search.running.executors.inline import InlineExecutor
from rts_search.study.workspace import Workspace


class Counting(InlineExecutor):
    """Records when it starts and ends."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    @contextmanager
    def started(self) -> Iterator[None]:
        self._told.append("starts")
        with super().started():
            yield
        self._told.append("ends")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setitem(EXECUTORS, "inline", lambda _: Counting(found))
    return found


def test_two_operations_start_it_once_and_the_context_ends_it(told: list[str], tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path), executor="inline")
    with one_executor(workspace):
        for _ in range(2):
            executor = make_executor(workspace)
            with executor.started():
                assert executor.run(len, ["abc"], {"CPU": 1.0}) == [3]
                executor.finish()
        assert told == ["starts"]
    assert told == ["starts", "ends"]


def test_outside_of_the_context_each_operation_has_its_own(told: list[str], tmp_path: Path) -> None:
    workspace = Workspace(Results(tmp_path), executor="inline")
    with one_executor(workspace):
        pass
    for _ in range(2):
        with make_executor(workspace).started():
            pass
    assert told == ["starts", "ends"] * 2
