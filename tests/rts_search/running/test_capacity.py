"""The number of trials at a time follows the nodes of a cluster."""

import pytest

from rts_search.basics.errors import UserError
from rts_search.running import capacity as module
from rts_search.running.capacity import Room, capacity
from rts_search.running.executors.inline import InlineExecutor
from rts_search.sweep.sections import ResourcesConfig
from tests.rts_search.running.test_trial_queue import Silent

TWO_CPUS = ResourcesConfig(cpus_per_trial=2)


class Nodes(InlineExecutor):
    """An executor of some nodes."""

    most_at_a_time = None

    def __init__(self, *cpus: float) -> None:
        super().__init__()
        self.cpus = cpus

    def nodes(self) -> list[dict[str, float]]:
        return [{"CPU": cpus} for cpus in self.cpus]


class Heard(Silent):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, line: str) -> None:
        self.notes.append(line)


def test_nodes_that_join_and_leave_are_told_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    executor, heard = Nodes(4.0), Heard()
    room = Room(executor, TWO_CPUS, heard)
    assert room.at_a_time() == 2
    executor.cpus = (4.0, 8.0)
    assert room.at_a_time() == 6
    executor.cpus = (8.0,)
    assert room.at_a_time() == 4
    executor.cpus = ()
    assert room.at_a_time() == 4, "nodes may come back"
    assert heard.notes == ["now 6 at a time on 12 CPUs and 0 GPUs", "now 4 at a time on 8 CPUs and 0 GPUs"]


def test_it_does_not_look_all_the_time() -> None:
    executor = Nodes(4.0)
    room = Room(executor, TWO_CPUS, Heard())
    executor.cpus = (8.0,)
    assert room.at_a_time() == 2


@pytest.mark.parametrize("cpus", [(), (1.0,)])
def test_no_room_for_a_trial_names_what_resume_accepts(cpus: tuple[float, ...]) -> None:
    with pytest.raises(UserError, match=r"such as --set resources.cpus_per_trial=1$"):
        capacity(Nodes(*cpus), TWO_CPUS)
