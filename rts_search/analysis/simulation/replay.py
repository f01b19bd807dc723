"""One simulated sweep on recorded curves, with the real rule for early stops; its clock counts gradient evaluations."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from rts_search.analysis.simulation.curves import Curves
from rts_search.analysis.simulation.draws import Draws
from rts_search.study.rungs import Arrival
from rts_search.study.successive_halving import Halving
from rts_search.sweep.sections import SchedulerConfig


@dataclass(frozen=True)
class Road:
    """A curve as a rule for early stops sees it."""

    stops: tuple[tuple[int, Arrival], ...]
    """Each arrival at a rung, with the number of epochs so far."""
    costs: tuple[int, ...]
    """Gradient evaluations up to each epoch."""

    def cost_at(self, index: int) -> int:
        """Gradient evaluations up to this stop; up to the last epoch for an index beyond the last stop."""
        return self.costs[self.stops[index][0] - 1] if index < len(self.stops) else self.costs[-1]


def roads(curves: Curves, asked: SchedulerConfig) -> list[Road]:
    """The road of every run under a scheduler; without stops for the scheduler `none`."""
    found = []
    for costs, values in zip(curves.costs.tolist(), curves.values.tolist(), strict=True):
        stops = []
        if asked.name != "none":
            course = Halving(asked, curves.full_cost, curves.epochs).course()
            heard = enumerate(zip(costs[:-1], values, strict=False), start=1)
            arrivals = ((epochs, course.hear(cost, value)) for epochs, (cost, value) in heard)
            stops = [(epochs, arrival) for epochs, arrival in arrivals if arrival is not None]
        found.append(Road(tuple(stops), tuple(costs)))
    return found


@dataclass
class Outcome:
    """The result of one simulated sweep."""

    spent: int = 0
    """Gradient evaluations of all runs."""
    completed: list[int] = field(default_factory=list)
    """Runs that were trained to their last epoch, in the order of their ends."""
    stopped: dict[int, int] = field(default_factory=dict)
    """Epochs of each stopped run."""


def replay(taken: Sequence[Road], halving: Halving, draws: Draws, workers: int) -> Outcome:
    """Simulate one sweep: start runs in the order of `draws` on `workers` workers, and stop them as `halving`
    decides."""
    return _Replay(taken, halving, draws).run(workers)


class _Replay:
    def __init__(self, taken: Sequence[Road], halving: Halving, draws: Draws) -> None:
        self._roads, self._halving, self._draws = taken, halving, draws
        self._busy: list[tuple[int, int, int, int]] = []  # time, turn, run, index of the next stop
        self._turn = 0
        self._next: dict[int, int] = {}  # index of the next stop of each stopped run
        self._outcome = Outcome()

    def run(self, workers: int) -> Outcome:
        now = 0
        while True:
            while len(self._busy) < workers and (run := self._pick()) is not None:
                self._outcome.stopped.pop(run, None)
                self._go_on(now, run, self._next.get(run, 0))
            if not self._busy:
                return self._outcome
            now, _, run, index = heapq.heappop(self._busy)
            self._arrives(now, run, index)

    def _pick(self) -> int | None:
        run = self._halving.promoted(self._outcome.stopped)
        if run is None:
            run = self._draws.next()
        if run is None and not self._busy:
            run = self._halving.promoted(self._outcome.stopped, at_least=1)
        return run

    def _go_on(self, now: int, run: int, index: int) -> None:
        road = self._roads[run]
        cost = road.cost_at(index) - (road.cost_at(index - 1) if index else 0)
        self._outcome.spent += cost
        heapq.heappush(self._busy, (now + cost, self._turn, run, index))
        self._turn += 1

    def _arrives(self, now: int, run: int, index: int) -> None:
        road = self._roads[run]
        if index == len(road.stops):
            self._outcome.completed.append(run)
            self._draws.told(run, len(road.costs), True)
            return
        epochs, arrival = road.stops[index]
        stops = self._halving.judges(run, arrival)
        self._draws.told(run, epochs, stops)
        if stops:
            self._outcome.stopped[run] = epochs
            self._next[run] = index + 1
        else:
            self._go_on(now, run, index + 1)
