"""All pairs of actions at all points: whatever the order, no acknowledged request is lost and no driver left alone.

The second action comes before each transaction of the first one, and around each driver that it starts or stops.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from rts_search.basics.exit_codes import INTERRUPTED
from rts_search.basics.results_folder import Results
from rts_search.server.database.connection import Database
from rts_search.server.database.job_queue import BusyError, Jobs
from rts_search.server.database.job_states import DELETE, DRIVEN, ENDED, FOLLOWING, ON_STOP
from rts_search.server.database.tables import JobRow
from rts_search.server.drivers.driver import RUNS, Drivers, Outcome
from rts_search.server.job_runner import JobRunner
from rts_search.server.settings import ServerSettings
from rts_search.server.snapshots import Snapshots
from rts_search.study.workspace import Workspace

NAME = "one"
NUMBERS = itertools.count()
LAUNCH = {"sweep": {"name": NAME}}


class Killed(BaseException):
    """The service is killed at this point."""


@dataclass
class Process:
    """A driver. It reports, works and ends when the test says so."""

    job: int | None = None
    """The job that it works on; None before it has reported."""
    signals: int = 0
    code: int | None = None
    known: bool = True
    """Whether the service that started it still runs: only this one learns its exit code."""


@dataclass
class Laboratory(Drivers):
    """A service, its queue and its drivers, which do one step after another."""

    database: "Interrupted"
    settings: ServerSettings
    processes: dict[str, Process] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)
    """Jobs of launches that were acknowledged."""
    stopped: set[int] = field(default_factory=set)
    """Jobs whose stop was acknowledged."""
    to_be_stopped: set[int] = field(default_factory=set)
    """Jobs whose stop was asked for, acknowledged or not."""
    services: int = 0
    deleted: set[int] = field(default_factory=set)
    worked: list[int] = field(default_factory=list)
    """Jobs on which a driver has begun to work."""

    def __post_init__(self) -> None:
        self.start_service()

    def start_service(self) -> None:
        self.services += 1
        self.jobs = Jobs(self.database)
        snapshots = Snapshots(self.database, self.settings.workspace)
        self.runner = JobRunner(self.settings, self.jobs, snapshots, self)
        for process in self.processes.values():
            process.known = False
        self.runner.stop_again()

    def new_name(self) -> str:
        return f"driver {next(NUMBERS)}"

    def start(self, name: str, arguments: Sequence[str], output: Path) -> None:
        del arguments, output
        self.database.point()
        self.processes[name] = Process()
        self.database.point()

    def outcome(self, name: str, output: Path) -> Outcome:
        del output
        process = self.processes.get(name)
        if process is not None and process.code is None:
            return RUNS
        return Outcome(True, process.code if process is not None and process.known else None)

    def terminate(self, name: str) -> None:
        self.database.point()
        if name in self.processes:
            self.processes[name].signals += 1

    # The actions.

    def post(self) -> None:
        with suppress(BusyError):
            self.accepted.append(self.jobs.add("launch", NAME, LAUNCH, "ada").id)

    def stop(self) -> None:
        job = next((job for job in self.jobs.of_sweep(NAME) if not job.over), None)
        if job is not None:
            self.to_be_stopped.add(job.id)
            self.runner.stop(job)
            self.stopped.add(job.id)

    def delete(self) -> None:
        try:
            deletion = self.jobs.begin_deletion(NAME, "ada")
        except BusyError:
            return
        self.deleted |= {job.id for job in self.jobs.of_sweep(NAME)}
        self.jobs.end_deletion(deletion, deleted=True)

    def look(self) -> None:
        self.runner.look()

    def report(self) -> None:
        """The drivers that have not yet, report; those that are too late, end."""
        for name, process in list(self.processes.items()):
            if process.job is None and process.code is None:
                if self.jobs.report(name):
                    with self.database.whole() as session:
                        process.job = session.scalars(select(JobRow.id).where(JobRow.process == name)).one()
                    at_work = [other for other in self.processes.values() if other.job and other.code is None]
                    assert at_work == [process], "two drivers of one sweep"
                    self.worked.append(process.job)
                else:
                    process.code = 2

    def end_work(self) -> None:
        for process in self.processes.values():
            if process.job is not None and process.code is None:
                process.code = INTERRUPTED if process.signals else 0

    def kill(self) -> None:
        raise Killed

    def settle(self) -> None:
        """Nobody acts any more: drivers report, heed their signals and end, and the service looks after them."""
        self.database.abandon_deletions()
        self.runner.look()
        self.report()
        self._heed()
        for process in self.processes.values():
            assert process.code is not None or process.job not in self.stopped, "a stop did not arrive"
        while self.jobs.waiting() or self.jobs.driven():
            self.end_work()
            self.runner.look()
            self.report()

    def _heed(self) -> None:
        for process in self.processes.values():
            if process.job is not None and process.code is None and process.signals:
                process.code = INTERRUPTED


class Interrupted(Database):
    """A database before each of whose transactions something may happen."""

    def __init__(self, storage_url: str) -> None:
        super().__init__(storage_url)
        self._left, self._happens = -1, lambda: None

    def at(self, number: int, happens: Callable[[], None]) -> None:
        """Let this happen at the point of this number, counted from 0."""
        self._left, self._happens = number, happens

    def point(self) -> None:
        self._left -= 1
        if self._left == -1:
            self._happens()

    @property
    def happened(self) -> bool:
        return self._left < 0

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.point()
        with super().session() as session:
            yield session

    def abandon_deletions(self) -> None:
        """Make the deletions that were begun look old."""
        with super().session() as session:
            session.execute(update(JobRow).where(JobRow.kind == DELETE).values(created=0.0))

    @contextmanager
    def whole(self) -> Iterator[Session]:
        """A transaction of the test's own."""
        with super().session() as session:
            yield session


FIRST = {
    "nothing": ("post",),
    "queued": ("stop", "look"),
    "starting": ("stop", "look"),
    "running": ("stop", "look"),
    "stopping": ("look",),
    "ended": ("look",),
    "finished": ("post", "delete"),
}
"""State -> the actions that do something in it."""
ACTIONS = ("post", "stop", "delete", "look", "report", "end_work", "kill")
BEFORE = {
    "nothing": (),
    "queued": ("post",),
    "starting": ("post", "look"),
    "running": ("post", "look", "report"),
    "stopping": ("post", "look", "report", "stop"),
    "ended": ("post", "look", "report", "end_work"),
    "finished": ("post", "look", "report", "end_work", "look"),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    results = Results(tmp_path_factory.mktemp("pairs") / "results")
    results.require_space()
    found = Interrupted(results.storage_url)
    event.listen(found.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = OFF"))
    found.engine.dispose()
    return found


@pytest.fixture
def laboratory(database: Interrupted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], Laboratory]:
    monkeypatch.setattr("rts_search.server.job_runner.STARTING_SECONDS", -1.0)
    settings = ServerSettings(Workspace(Results(tmp_path), database.url))

    def make() -> Laboratory:
        database.at(-1, lambda: None)
        with database.whole() as session:
            session.execute(delete(JobRow))
        return Laboratory(database, settings)

    return make


def require_nothing_lost(laboratory: Laboratory) -> None:
    with laboratory.database.whole() as session:
        rows = {row.id: row.state for row in session.scalars(select(JobRow).where(JobRow.kind == "launch"))}
        active = session.execute(select(JobRow.kind, JobRow.state).where(JobRow.active.is_not(None))).all()
    assert active == []
    assert set(rows.values()) <= set(ENDED)
    for job in laboratory.accepted:
        assert job in rows or job in laboratory.deleted, "an acknowledged launch is gone"
        assert laboratory.worked.count(job) == 1 or job in laboratory.to_be_stopped, "a launch was not done once"
    for job, state in rows.items():
        by_another = any(process.job == job and not process.known for process in laboratory.processes.values())
        assert state == "finished" or job in laboratory.to_be_stopped or (by_another and state == "lost")
    signals = [process.signals for process in laboratory.processes.values()]
    assert max(signals, default=0) <= laboratory.services, "a second signal"


@pytest.mark.slow
@pytest.mark.parametrize(("state", "first"), [(state, first) for state, some in FIRST.items() for first in some])
def test_two_actions_at_any_points_lose_nothing(laboratory: Callable[[], Laboratory], state: str, first: str) -> None:
    for second in ACTIONS:
        point, happened = 0, True
        while happened:
            world = laboratory()
            for action in BEFORE[state]:
                getattr(world, action)()
            world.database.at(point, getattr(world, second))
            try:
                getattr(world, first)()
                happened = world.database.happened
            except Killed:
                world.start_service()
            world.database.at(-1, lambda: None)
            if second != "kill" and not happened:
                getattr(world, second)()  # after the first action
            world.settle()
            require_nothing_lost(world)
            point += 1


def test_of_a_deletion_and_two_launches_at_once_one_launch_is_acknowledged_and_done(
    laboratory: Callable[[], Laboratory],
) -> None:
    for point in range(8):
        world = laboratory()
        for action in BEFORE["finished"]:
            getattr(world, action)()

        def both(world: Laboratory = world) -> None:
            world.post()
            world.post()

        world.database.at(point, both)
        world.delete()
        world.database.at(-1, lambda: None)
        world.settle()
        require_nothing_lost(world)


def test_every_state_can_be_left_but_for_those_in_which_a_job_has_ended() -> None:
    assert set(FOLLOWING) == {"queued", *DRIVEN}
    assert {state for states in FOLLOWING.values() for state in states} == {*DRIVEN, "queued", *ENDED}
    assert all(after in FOLLOWING[before] for before, after in ON_STOP.items())
