"""What is left follows from the seconds of workers, in the study and in the display of a driver alike."""

import io

import pytest
from rich.console import Console

from rts_search.cli import live_display
from rts_search.cli.live_display import SweepDisplay
from rts_search.study.pace import Pace
from rts_search.study.times import times_of
from rts_search.sweep.sections import ResourcesConfig
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.study.samplers.trials import in_memory


def test_what_is_left_is_the_time_of_one_worker_divided_by_the_workers() -> None:
    pace = Pace([10.0, 20.0], {2: 100.0, 3: 95.0})
    assert pace.left(6, 105.0) == (6 * 15 - 5 - 10) / 2
    assert pace.left(6, 500.0) == (6 * 15 - 2 * 15) / 2, "a long trial is not counted as several"
    assert Pace([10.0]).left(4, 0.0, freed=1) == 40.0
    assert pace.left(2, 105.0, freed=1) == 7.5, "a worker without a next trial is not counted"
    assert [Pace().left(4, 0.0, 1), Pace([10.0]).left(4, 0.0), pace.left(0, 105.0)] == [None, None, None]


def test_pauses_are_not_counted_and_a_turn_that_was_cut_off_neither() -> None:
    pace = Pace()
    pace.began(0, 100.0)
    pace.began(0, 103.0)
    pace.paused(0, 110.0)
    pace.began(0, 200.0)
    assert pace.ended(0, 205.0)
    assert not pace.ended(0, 206.0)
    assert (pace.took, pace.since) == ([15.0], {})
    turns = {0: [(100.0, 110.0), (200.0, 205.0)], 1: [(100.0, None)], 2: [(300.0, None)]}
    assert Pace.of(turns, {0}, 250.0) == Pace([15.0], {2: 300.0}, {1: 0.0, 2: 0.0})
    assert Pace.of(turns, {0}, None).since == {}


class Clock:
    """The time of the display and of the study, which passes only when a test says so."""

    now = 1_000_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("workers", [1, 2])
def test_a_driver_and_a_page_tell_the_same(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    study = in_memory(load_sweep("digits", ("search={sampler: random, trials: 6}", "baselines=[sgd]")))
    said, clock = io.StringIO(), Clock()
    monkeypatch.setattr(live_display, "time", clock)
    display = SweepDisplay(Console(file=said, width=200), study.sweep, study.total)
    display.started(workers, 2.0, 0.0, ResourcesConfig())
    turns: dict[int, list[tuple[float, float | None]]] = {}
    running = []
    for _ in range(workers):
        running.append(study.open_trials.begin())
        display.trial_began(running[-1])
        turns[running[-1].number] = [(clock.now, None)]
    clock.now += 60.0
    study.open_trials.finish(running[0].number, "PRUNED")
    display.trial_ended(running[0], "PRUNED", "")
    turns[running[0].number] = [(clock.now - 60.0, clock.now)]
    line = said.getvalue().splitlines()[-1]
    after = study.open_trials.begin()
    turns[after.number] = [(clock.now, None)]
    left = times_of(turns, study.trials(), study.total, 0.0, clock.now).left
    assert left == 60.0 * (study.total - workers) / workers
    assert f"about {int(left // 60)}:{int(left % 60):02d} left" in line
