"""Measure contestants in turns, each in its own process, so that none changes the conditions of another."""

import multiprocessing as mp
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

Turn = Callable[[], dict[str, Any]]
"""A function that does the work once and returns facts, such as the memory that it took."""


@dataclass(frozen=True)
class Result:
    """The seconds of each turn of one contestant, and the facts of its last turn."""

    seconds: tuple[float, ...]
    facts: dict[str, Any]

    @property
    def median(self) -> float:
        """Median seconds of a turn."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Contestant:
    """One side of a comparison. In its process, `prepare(*arguments)` is called once and returns the turn."""

    prepare: Callable[..., Turn]
    arguments: tuple[Any, ...]


def take_turns(contestants: Mapping[str, Contestant], runs: int, warm_up: int = 1) -> dict[str, Result]:
    """Let every contestant do one turn per round, one after the other, never two at the same time."""
    with ExitStack() as stack:
        lines = {name: stack.enter_context(_process(one)) for name, one in contestants.items()}
        rounds = [{name: _turn(line) for name, line in lines.items()} for _ in range(warm_up + runs)]
    return {name: Result(tuple(one[name][0] for one in rounds[warm_up:]), rounds[-1][name][1]) for name in contestants}


def all_at_once(contestant: Contestant, number: int, runs: int, warm_up: int = 1) -> Result:
    """Run a contestant `number` times at the same time. The seconds are those until the last one is done."""
    with ExitStack() as stack:
        lines = [stack.enter_context(_process(contestant)) for _ in range(number)]
        seconds = []
        for _ in range(warm_up + runs):
            began = time.perf_counter()
            for line in lines:
                line.send(None)
            facts = [line.recv()[1] for line in lines]
            seconds.append(time.perf_counter() - began)
    return Result(tuple(seconds[warm_up:]), facts[0])


def _turn(line: Connection) -> tuple[float, dict[str, Any]]:
    line.send(None)
    seconds, facts = line.recv()
    return seconds, facts


@contextmanager
def _process(contestant: Contestant) -> Iterator[Connection]:
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, contestant))
    process.start()
    there.close()
    try:
        here.recv()  # waits until the process is ready
        yield here
    finally:
        here.close()
        process.join()


def _work(line: Connection, contestant: Contestant) -> None:
    turn = contestant.prepare(*contestant.arguments)
    line.send("ready")
    while True:
        try:
            line.recv()
        except EOFError:
            return
        began = time.perf_counter()
        facts = turn()
        line.send((time.perf_counter() - began, facts))
