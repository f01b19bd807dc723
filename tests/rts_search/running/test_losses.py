"""Lost workers: a trial that kills its own workers fails, and a cause that kills every worker ends the sweep."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rts_search.running.executors.ray_tune import QueueScheduler
from rts_search.running.losses import MOST_LOSSES, in_one_line
from rts_search.study.study import SweepStudy
from tests.rts_search.running.test_trial_queue import epoch, queue_of, report
from tests.rts_search.study.test_budget import study_of

AT_A_TIME = [2, *(pytest.param(number, marks=pytest.mark.campaign) for number in (1, 4))]


class Workers:
    """Hands out a sweep's trials, `at_a_time` at the same time, to workers that die or finish."""

    def __init__(self, study: SweepStudy, at_a_time: int) -> None:
        self.queue, self._at_a_time, self._running = queue_of(study), at_a_time, dict[str, int]()
        self.begun: list[int] = []

    def start(self) -> None:
        while len(self._running) < self._at_a_time:
            name = str(len(self.begun))
            order = self.queue.next(name)
            if order is None:
                return
            self._running[name] = order["number"]
            self.begun.append(order["number"])

    def run(self, dies: Callable[[int], bool]) -> None:
        """Run until no order is left. A worker that does not die reports the last epoch at once."""
        while True:
            self.start()
            if not self._running:
                return
            name, number = next(iter(self._running.items()))
            del self._running[name]
            if dies(number):
                self.queue.lost(name, "ImportError: no such library")
            else:
                self.epoch(name)
                self.queue.hear(name, report(epoch(11, key=f"{number}")))

    def epoch(self, name: str) -> None:
        self.queue.hear(name, report(epoch(0)))

    def lose_all(self) -> None:
        """Lose all workers at once, as when their node dies."""
        for name in list(self._running):
            del self._running[name]
            self.queue.lost(name)


@pytest.fixture
def study(tmp_path: Path) -> SweepStudy:
    return study_of(tmp_path, "search.trials=7", "store.sharing='off'", "scheduler=none")


@pytest.mark.slow
@pytest.mark.parametrize("at_a_time", AT_A_TIME)
def test_what_kills_every_worker_ends_the_sweep_and_fails_no_trial(
    study: SweepStudy, at_a_time: int, tmp_path: Path
) -> None:
    workers = Workers(study, at_a_time)
    workers.run(lambda _: True)
    assert len(workers.begun) <= 3 * at_a_time + 2
    assert re.fullmatch(
        r"digits: \d+ workers in a row died before a new epoch was stored: ImportError: no such library; "
        r"remove the cause and continue with `rts-search resume digits`",
        str(workers.queue.broken),
    )
    assert {entry.state for entry in study.trials()} == {"RUNNING"}
    mended = Workers(SweepStudy.load(f"sqlite:///{tmp_path / 's.sqlite3'}", "digits"), at_a_time)
    mended.run(lambda _: False)
    assert sorted(mended.begun) == list(range(7))
    assert {entry.state for entry in study.trials()} == {"COMPLETE"}


@pytest.mark.parametrize("at_a_time", AT_A_TIME)
def test_one_trial_that_kills_its_workers_fails_and_the_sweep_goes_on(study: SweepStudy, at_a_time: int) -> None:
    workers = Workers(study, at_a_time)
    workers.run(lambda number: number == 2)
    assert workers.queue.broken is None
    states = {entry.number: entry.state for entry in study.trials()}
    assert states == {number: "FAIL" if number == 2 else "COMPLETE" for number in range(7)}
    reason = f"lost: its worker died {MOST_LOSSES + 1} times: ImportError: no such library"
    assert study.trial(2).reason == reason


def test_the_only_trial_that_is_left_fails(study: SweepStudy) -> None:
    Workers(study, 1).run(lambda number: number == 6)
    assert study.trial(6).state == "FAIL"


def test_two_that_are_left_end_the_sweep(tmp_path: Path) -> None:
    workers = Workers(study_of(tmp_path, "search.trials=2", "store.sharing='off'", "scheduler=none"), 1)
    workers.run(lambda _: True)
    assert workers.begun == [0, 0, 1], "a trial that lost two workers without an epoch begins after the other one"
    assert "3 workers in a row died" in str(workers.queue.broken)


def test_a_node_that_dies_with_all_of_its_trials_is_one_loss(study: SweepStudy) -> None:
    workers = Workers(study, 7)
    for _ in range(2):
        workers.start()
        workers.lose_all()
        assert workers.queue.broken is None, "trials that are lost at the same moment have one cause"
    workers.start()
    workers.lose_all()
    assert workers.queue.broken is not None


def test_an_epoch_between_two_losses_shows_that_not_all_workers_die(study: SweepStudy) -> None:
    workers = Workers(study, 1)
    queue = workers.queue
    for loss in range(8):
        order = queue.next(f"a{loss}")
        assert order is not None
        queue.hear(f"a{loss}", report(epoch(loss)))
        queue.lost(f"a{loss}")
        if study.trial(order["number"]).state == "FAIL":
            break
    assert queue.broken is None


def test_trials_that_still_run_stop_when_the_sweep_is_to_end(study: SweepStudy) -> None:
    queue = queue_of(study)
    queue.next("healthy")
    for number in range(6):
        queue.next(f"a{number}")
        queue.lost(f"a{number}")
    assert queue.broken is not None
    assert not queue.hear("healthy", report(epoch(0)))
    assert study.trial(0).state == "RUNNING"


KILLED = "The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: "


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            KILLED + "Worker unexpectedly exits with a connection error code 2. End of file.",
            "its process was killed or",
        ),
        (KILLED + "Worker exits unexpectedly. Worker exits with an exit code 4.", "its process ended with exit code 4"),
        ("The actor died because its node has died. Node Id: 12", "its node was lost"),
        (
            "Task was killed due to the node running low on memory.\nMemory on the node",
            "its node ran out of memory and",
        ),
        (
            "The actor died because of an error raised in its creation task\n  File 'x'\n    ^^^\n"
            "RuntimeError: The actor with name C failed to import on the worker.\n\n"
            "ModuleNotFoundError: No module named 'mine'",
            "ModuleNotFoundError: No module named 'mine'",
        ),
        (
            "torch.AcceleratorError: CUDA error: an illegal access\nCUDA kernel errors might",
            "torch.AcceleratorError: CUDA",
        ),
        ("who knows", ""),
    ],
)
def test_what_ray_tells_becomes_one_line(text: str, line: str) -> None:
    told = in_one_line(f"Failure # 1 (occurred at 2026-01-01)\n{text}\n")
    assert told.startswith(line)
    assert bool(told) == bool(line)
    assert "\n" not in told


def test_the_searcher_hears_of_a_cause_before_the_loss(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    error = tmp_path / "error.txt"
    error.write_text("ValueError: of this trial\n")
    searcher: Any = SimpleNamespace(hear_cause=lambda name, cause: heard.append((name, cause)))
    scheduler = QueueScheduler(searcher, None, lambda: 1, lambda: "", local=False)
    scheduler.on_trial_error(None, SimpleNamespace(trial_id="a", error_file=str(error)))
    scheduler.on_trial_error(None, SimpleNamespace(trial_id="b", error_file=None))
    assert heard == [("a", "ValueError: of this trial"), ("b", "")]
