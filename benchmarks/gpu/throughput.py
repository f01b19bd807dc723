"""Images per second of upanet16 and resnet18 against the plain script on the same card, and PUGD against SGD."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from benchmarks.gpu.ceiling import matmul_peak, operations
from benchmarks.gpu.task import Line, Task, claim
from benchmarks.gpu.trainings import METHODS, MODELS, engine, synchronize
from benchmarks.photographs import noise
from benchmarks.plain import Pictures, PlainTraining
from trainables.core.models.build import build_model

GOALS = {"upanet16": 10.0, "resnet18": 4.0}
"""Wanted ratio of images per second to the plain script."""
PUGD_GOAL = 2.05
"""Wanted ratio of the seconds of a PUGD epoch to those of an SGD epoch."""
COMPARED = 8
"""Number of runners whose comparisons have goals; they run first."""
WARM_UP = 12
"""Steps that are trained before anything is timed."""
PLAIN_STEPS = 16
"""Steps in the plain script's short epochs; four times as many with loader processes, which first fill their queues."""
RS, PLAIN = "rts-search", "plain script"


@dataclass(frozen=True)
class Runner:
    """One of the trainings to measure."""

    who: str
    model: str
    batch_size: int
    extra: str
    """For rts-search the precision; for the plain script the number of loader processes."""

    def __str__(self) -> str:
        return f"{self.who} {self.extra} {self.model} {self.batch_size}"


def runners(full: bool) -> list[Runner]:
    """Return all trainings: first both sides of the comparisons with goals, then the others."""
    places = [(model, size) for size in ((128, 512) if full else (16,)) for model in ("upanet16", "resnet18")]
    precision = "bf16" if full else "fp32"
    first = [Runner(who, *place, extra) for place in places for who, extra in ((RS, precision), (PLAIN, "0"))]
    more = [Runner(PLAIN, *place, "8") for place in places] + [Runner(RS, *place, "fp32") for place in places]
    return first + more if full else first


def run(task: Task) -> Iterator[Line]:
    """Yield the images per second of sgd and pugd for each runner, then the ratios."""
    speeds: dict[tuple[Runner, str], float] = {}
    found = runners(task.full)
    each = max(1.0, 0.6 * task.left / COMPARED / 2) if task.full else 0.5
    peak = matmul_peak() if task.full else None
    for runner in task.cases(found):
        train = ours(runner, task) if runner.who == RS else plain(runner, task)
        for phase in ("sgd", "pugd"):
            images, seconds, steps = timed(train, phase, runner.batch_size, each, task)
            speeds[runner, phase] = images / seconds
            line = {
                "who": runner.who,
                "model": runner.model,
                "batch_size": runner.batch_size,
                "precision": runner.extra if runner.who == RS else "fp32",
                "loader_processes": None if runner.who == RS else int(runner.extra),
                "phase": phase,
                "images_per_second": round(images / seconds, 1),
                "steps": steps,
                "seconds": round(seconds, 3),
                "n": 1,
            }
            if peak is not None and runner.extra == "bf16":
                share = images / seconds * operations(runner.model, phase) / peak
                line["share_of_matmul_peak"] = round(share, 3)
            yield line
    yield from claims(speeds, task)


def claims(speeds: dict[tuple[Runner, str], float], task: Task) -> Iterator[Line]:
    """Yield the measured ratios with their goals."""
    for runner in [one for one, phase in speeds if phase == "pugd" and one.who == RS]:
        where = f"{runner.model}, batch {runner.batch_size}, {runner.extra}"
        ratio = speeds[runner, "sgd"] / speeds[runner, "pugd"]
        holds = task.verdict(ratio <= PUGD_GOAL)
        yield claim(f"{where}: an epoch of PUGD against SGD", f"{ratio:.2f}", f"at most {PUGD_GOAL}", holds)
        for processes in ("0", "8"):
            for phase in ("sgd", "pugd"):
                other = speeds.get((Runner(PLAIN, runner.model, runner.batch_size, processes), phase))
                if other is not None:
                    times, goal = speeds[runner, phase] / other, GOALS[runner.model]
                    what = f"{where}, {phase}: times the plain script, {processes} loader processes"
                    yield claim(what, f"{times:.2f}", f"at least {goal:g}", task.verdict(times >= goal))


Train = Callable[[str, int], int]
"""Phase and number of steps, of which there may be fewer or more, to the number of steps."""


def ours(runner: Runner, task: Task) -> Train:
    """The engine on 50,000 images, whose whole epoch is 391 steps of 128."""
    batches = 50_000 // runner.batch_size + 1 if task.full else 4
    one = engine(runner.model, task.device, runner.batch_size, batches, precision=runner.extra)
    epochs = iter(range(1000))

    def train(phase: str, steps: int) -> int:
        steps = min(steps, batches)
        one.train_epoch(next(epochs), METHODS[phase], most_steps=steps)
        return steps

    return train


def plain(runner: Runner, task: Task) -> Train:
    """Prepare the plain script in short epochs. Its loader processes stay alive from one epoch to the next."""
    processes = int(runner.extra)
    each = (PLAIN_STEPS * (4 if processes else 1)) if task.full else 2
    pictures, net = Pictures(noise(each * runner.batch_size, 1)), build_model(MODELS[runner.model], 10, 3, 32)
    training = PlainTraining(net, pictures, runner.batch_size, processes, torch.device(task.device))

    def train(phase: str, steps: int) -> int:
        epochs = max(1, round(steps / each))
        for _ in range(epochs):
            training.epoch(phase)
        return epochs * each

    return train


def timed(train: Train, phase: str, batch_size: int, wanted: float, task: Task) -> tuple[int, float, int]:
    """Warm up, then train for about the wanted seconds. Returns images, seconds and steps."""
    warm_up = WARM_UP if task.full else 2
    if task.full:
        train(phase, warm_up)

    def measured(steps: int) -> tuple[int, float]:
        synchronize(task.device)
        began = time.perf_counter()
        done = train(phase, steps)
        synchronize(task.device)
        return done, time.perf_counter() - began

    done, seconds = measured(warm_up)
    steps = int(min(wanted, max(task.left, 0.0) / 2) * done / seconds)
    if steps > done:
        done, seconds = measured(steps)
    return done * batch_size, seconds, done
