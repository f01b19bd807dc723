"""A process is known by its number, its namespaces and its start: only the right one gets a signal."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rts_search.basics.driver import Driver, identified, terminate_if, this_process


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any sweep."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_process_runs_until_it_is_killed(bystander: subprocess.Popen[bytes]) -> None:
    driver = identified(bystander.pid)
    assert (this_process().runs(), driver.runs()) == (True, True)
    bystander.kill()
    bystander.wait()
    assert driver.runs() is False


def test_a_killed_process_whose_parent_has_not_waited_for_it_has_ended(bystander: subprocess.Popen[bytes]) -> None:
    driver = identified(bystander.pid)
    assert driver.terminate()
    assert bystander.stdin is None
    while driver.runs():  # the signal is on its way
        pass
    assert bystander.returncode is None, "nobody has waited for it"


@pytest.mark.parametrize(
    "other",
    [{"started": 1}, {"boot": "another start"}, {"namespace": "pid:[1] time:[1]"}, {"boot": "", "namespace": ""}],
    ids=lambda other: "-".join(other),
)
def test_another_process_of_the_same_number_gets_no_signal(
    bystander: subprocess.Popen[bytes], other: dict[str, object]
) -> None:
    driver = replace(identified(bystander.pid), **other)  # type: ignore[arg-type]
    assert driver.runs() is (False if "started" in other else None)
    assert not driver.terminate()
    assert bystander.poll() is None


def test_a_process_that_is_not_proven_gets_no_signal(bystander: subprocess.Popen[bytes]) -> None:
    assert not terminate_if(bystander.pid, lambda: False)
    assert bystander.poll() is None


@pytest.mark.parametrize("pid", [-1, 0, 2**22 + 1, 2**100])
def test_a_number_that_no_process_can_have_gets_no_signal(pid: int) -> None:
    assert not replace(this_process(), pid=pid).terminate()
    assert not Driver(pid, "here").terminate()
