"""Train several trials at the same time on one card, each in its own process, with and without CUDA MPS."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.gpu.mps import mps
from benchmarks.gpu.task import Line, MissingError, Task, claim

GOAL = 4.0
"""Wanted ratio of images per second: 8 small trials together to one alone."""


def run(task: Task) -> Iterator[Line]:
    """Yield a line for each way to share and number of trials."""
    numbers = (1, 2, 4, 8) if task.full else (1, 2)
    settings = {"device": task.device, "model": "small", "batch_size": 128, "batches": 79, "precision": "bf16"}
    if not task.full:
        settings |= {"batch_size": 16, "batches": 8, "precision": "fp32"}
    seconds = max(0.5, min(5.0, task.left / 20))
    best = 0.0
    for way in task.cases(("time slices", "MPS") if task.on_gpu else ("time slices",)):
        alone = None
        try:
            for number, images_per_second in shared(way, numbers, settings, seconds, task):
                alone = alone or images_per_second
                best = max(best, images_per_second / alone if number == numbers[-1] else 0.0)
                yield {
                    "sharing": way,
                    "trials": number,
                    "images_per_second": round(images_per_second),
                    "times_one": round(images_per_second / alone, 2),
                    **settings,
                    "n": 1,
                }
        except MissingError as error:
            yield {"sharing": way, "not_measured": str(error)}
            yield claim(f"trials share by {way}", str(error)[:90], "measured", "not measured")
    what = f"{numbers[-1]} small trials at a time against one"
    if best:
        yield claim(what, f"{best:.2f}", f"at least {GOAL:g} times", task.verdict(best >= GOAL))


def shared(
    way: str, numbers: Sequence[int], settings: dict[str, Any], seconds: float, task: Task
) -> Iterator[tuple[int, float]]:
    """Yield each number of trials with the images per second of all together.

    All processes are started before the first measurement; those that do not take part in it are idle.
    """
    if way != "MPS":
        yield from _together({}, numbers, settings, seconds, task)
        return
    with mps() as environment:
        yield from _together(environment, numbers, settings, seconds, task)


def _together(
    environment: dict[str, str], numbers: Sequence[int], settings: dict[str, Any], seconds: float, task: Task
) -> Iterator[tuple[int, float]]:
    with _workers(max(numbers), settings, environment) as (workers, log):
        _answers(workers, log, task.left)
        for number in numbers:
            for worker in workers[:number]:
                assert worker.stdin is not None
                worker.stdin.write(f"{seconds}\n")
                worker.stdin.flush()
            answers = [json.loads(text) for text in _answers(workers[:number], log, task.left)]
            yield number, sum(images / took for images, took in answers)


@contextmanager
def _workers(
    number: int, settings: dict[str, Any], environment: dict[str, str]
) -> Iterator[tuple[list[subprocess.Popen[str]], Path]]:
    """Start the worker processes inside a `with` block; they are killed at its end."""
    command = [sys.executable, "-m", "benchmarks.gpu.worker", json.dumps(settings)]
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("w") as errors:
            workers = [
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    env=os.environ | environment,
                )
                for _ in range(number)
            ]
        try:
            yield workers, log
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


def _answers(workers: list[subprocess.Popen[str]], log: Path, seconds: float) -> list[str]:
    """Read one line from each worker. Raises: MissingError when one has ended or does not answer in time."""
    found: dict[int, str] = {}
    with DefaultSelector() as selector:
        for index, worker in enumerate(workers):
            assert worker.stdout is not None
            selector.register(worker.stdout, EVENT_READ, index)
        while len(found) < len(workers):
            events = selector.select(max(0.1, seconds))
            if not events:
                raise MissingError("there was no time for it")
            for key, _ in events:
                text = key.fileobj.readline()  # type: ignore[union-attr]
                if not text:
                    words = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
                    raise MissingError(f"a trial ended ({words[-1]:.200})")
                found[key.data] = text
                selector.unregister(key.fileobj)
    return [found[index] for index in range(len(workers))]
