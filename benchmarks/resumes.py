"""Whether a resumed sweep continues as the interrupted one would have: sweeps cut at random moments.

After each cut, the state of the early stopping is compared with that before. Queue, early stopping and study are the
real ones; workers and accuracies are simulated. Some trials reach two rungs in one epoch, have SGD epochs of different
numbers, diverge, or lose their workers.
"""

import contextlib
import math
import multiprocessing
import random
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report import line, table
from rts_search.running.trial_queue import TrialQueue
from rts_search.running.watcher import Watcher
from rts_search.study.arm_halving import ArmHalving, halving_of
from rts_search.study.data_facts import DataFacts
from rts_search.study.database.storage import open_storage
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep_file import load_sweep

SWEEPS, TRIALS, CUTS, PROCESSES = 200, 20, 5, 4
WORKERS, EPOCHS, STEPS = 8, 8, 8
DIVERGES, LOST = 0.05, 0.005
"""Fraction of the trials that diverge, and of the epochs in which a worker is lost."""


def settings(trials: int, promotion: bool = True) -> list[str]:
    """Return the settings of the sweep. Its first two rungs lie within one epoch of PUGD."""
    scheduler = "name: asha, grace_fraction: 0.05, reduction_factor: 2, smoothing_fraction: 0.125"
    return [
        f"training.epochs={EPOCHS}",
        f"search={{sampler: random, trials: {trials}}}",
        "baselines=[pugd]",
        "store.sharing='off'",
        f"scheduler={{{scheduler}, promotion: {str(promotion).lower()}}}",
        "space={radius: {value: {uniform: [0.1, 3.0]}}, timing: {rule: epoch, switch_epoch: [0, 1, 2, 4]}}",
    ]


class Cut(BaseException):
    """Raised where the sweep is interrupted."""


class Clock(Watcher):
    """A watcher that counts the events of a sweep and interrupts it after a given number."""

    def __init__(self, most: float = math.inf) -> None:
        """most: number of events before the interruption."""
        self.left = most

    def tick(self) -> None:
        """Count one event. Raises: Cut when it is the last."""
        if self.left <= 0:
            raise Cut
        self.left -= 1

    def epoch_done(self, *_: object) -> None:
        """Called when the epoch is written and the early stopping has not decided yet."""
        self.tick()


@dataclass
class Worker:
    """A simulated worker with its trial."""

    number: int
    baseline: str
    switch: int
    epoch: int = 0


class Curves:
    """The simulated accuracies of a sweep. They depend only on the sweep's seed and the trial's number."""

    def __init__(self, seed: int) -> None:
        """seed: of the sweep."""
        self._seed = seed

    def quality(self, number: int) -> float:
        """Return the accuracy of a trial after many epochs."""
        return random.Random(f"{self._seed}/{number}").random()

    def val_acc(self, number: int, epoch: int) -> float:
        """Return the accuracy of a trial after an epoch (0-based)."""
        noise = random.Random(f"{self._seed}/{number}/{epoch}").gauss(0.0, 0.03)
        return max(0.0, self.quality(number) * (1.0 - 0.6 * math.exp(-epoch / 3)) + noise)

    def speed(self, number: int) -> float:
        """Return how often a trial reports compared with others, so that a trial that starts late may be fast."""
        return math.exp(random.Random(f"{self._seed}/{number}/speed").gauss(0.0, 1.0))

    def diverges(self, number: int) -> int | None:
        """Return the epoch in which a trial diverges; None if it does not."""
        chance = random.Random(f"{self._seed}/{number}/diverges")
        return chance.randrange(EPOCHS) if chance.random() < DIVERGES else None


class Driver:
    """Takes trials from the sweep's queue, with simulated workers that report in random order."""

    def __init__(self, study: SweepStudy, curves: Curves, chance: random.Random, most: float = math.inf) -> None:
        """Start or resume a sweep. most: number of events after which it is interrupted."""
        self.study, self._curves, self._chance = study, curves, chance
        halving = halving_of(self.study.sweep, STEPS, self.study.trials())
        assert halving is not None
        self.halving, self._clock = halving, Clock(most)
        self._queue = TrialQueue(self.study, self._order, self._clock, WORKERS, halving)
        self._workers: dict[str, Worker] = {}
        self._begun = 0

    @staticmethod
    def _order(entry: TrialEntry) -> dict[str, Any]:
        assert entry.config is not None
        switch = entry.config["timing"]["switch_epoch"]
        return {"number": entry.number, "baseline": entry.baseline, "switch": switch}

    def run(self) -> None:
        """Run the sweep until it ends or is interrupted."""
        with contextlib.suppress(Cut):
            while True:
                while len(self._workers) < WORKERS and self._start():
                    self._clock.tick()
                if not self._workers:
                    return
                speeds = [self._curves.speed(worker.number) for worker in self._workers.values()]
                (name,) = self._chance.choices(list(self._workers), speeds)
                self._report(name, self._workers[name])
                self._clock.tick()

    def _start(self) -> bool:
        name = f"t{self._begun}"
        order = self._queue.next(name)
        if order is None:
            return False
        self._begun += 1
        self._workers[name] = Worker(**order)
        return True

    def _report(self, name: str, worker: Worker) -> None:
        if self._chance.random() < LOST:
            del self._workers[name]
            self._queue.lost(name)
        elif self._queue.hear(name, self._reported(worker)):
            worker.epoch += 1
        else:
            del self._workers[name]

    def _reported(self, worker: Worker) -> dict[str, Any]:
        number, epoch = worker.number, worker.epoch
        if not worker.baseline and self._curves.diverges(number) == epoch:
            return {"epochs": [], "outcome": "diverged", "reason": "", "computed": 0}
        told = {
            "epoch": epoch,
            "val_acc": self._curves.val_acc(number, epoch),
            "gradient_evaluations": STEPS * (min(epoch + 1, worker.switch) + 2 * max(0, epoch + 1 - worker.switch)),
            "key": f"{number}-{epoch}",
            "provenance": "simulated",
            "spent": True,
            "computed": 0,
            "notes": [],
        }
        return {"epochs": [told], "outcome": "epoch", "reason": "", "computed": 0}


@dataclass
class Found:
    """What the cuts changed, in one sweep or in many."""

    cuts: int = 0
    """Number of cuts."""
    unequal: int = 0
    """Cuts after which a rung had another ranking, other held or other passed trials than before."""
    held: int = 0
    """Trials that were held before the cuts."""
    lost: int = 0
    """Those of them that were not held after the cut."""

    def compare(self, before: Halving | ArmHalving, after: Halving | ArmHalving) -> None:
        """Compare the early stopping of an interrupted driver with that of the driver that resumes."""
        assert isinstance(before, Halving)
        assert isinstance(after, Halving)
        self.cuts += 1
        self.unequal += before.rungs != after.rungs
        for one, other in zip(before.rungs, after.rungs, strict=True):
            self.held += len(one.held)
            self.lost += len(one.held - other.held)


def run(folder: Path, seed: int, cuts: int, trials: int = TRIALS, promotion: bool = True) -> tuple[Found, SweepStudy]:
    """Run one sweep, interrupted and resumed `cuts` times."""
    url, found, chance = f"sqlite:///{folder / 'studies.sqlite3'}", Found(), random.Random(f"{seed}/{cuts}")
    SweepStudy.create(url, load_sweep("digits", settings(trials, promotion)), DataFacts("f", STEPS, 256, 64, 360))
    storage = open_storage(url)

    def driver(most: float = math.inf) -> Driver:
        return Driver(SweepStudy.kept_in(storage, "digits"), Curves(seed), chance, most)

    while found.cuts < cuts:
        cut = driver(chance.randrange(1, 10 * trials // cuts))
        cut.run()
        found.compare(cut.halving, driver().halving)
    last = driver()
    last.run()
    return found, last.study


def completed_best(study: SweepStudy, seed: int) -> bool:
    """Whether the best of the trials that do not diverge was trained to its end."""
    curves = Curves(seed)
    sound = [entry for entry in study.trials() if not entry.baseline and curves.diverges(entry.number) is None]
    return max(sound, key=lambda entry: curves.quality(entry.number)).state == "COMPLETE"


def pair(seed: int) -> dict[str, int]:
    """Run one sweep without and with cuts. Returns the counts for the printed line."""
    facts: dict[str, int] = {}
    for cuts, name in ((0, "whole"), (CUTS, "cut")):
        with tempfile.TemporaryDirectory(prefix="resumes-") as folder:
            found, study = run(Path(folder), seed, cuts)
        assert study.ended
        completed = sum(entry.completed for entry in study.trials())
        facts |= {f"completed_best_{name}": completed_best(study, seed), f"completed_{name}": completed, **vars(found)}
    return {**facts, "sweeps_with_losses": found.lost > 0}


def main() -> None:
    """Run every sweep without and with cuts, and print one JSON line and a table."""
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(pair, range(SWEEPS)):
            total.update(found)
    line({"benchmark": "resumes", "sweeps": SWEEPS, "trials": TRIALS, "at_a_time": WORKERS, **total})
    whole, cut = (f"{total[f'completed_best_{name}']} of {SWEEPS}" for name in ("whole", "cut"))
    table(
        ("", "not interrupted", f"interrupted {CUTS} times"),
        [
            ("sweeps that completed their best trial", whole, cut),
            ("trials completed", f"{total['completed_whole']}", f"{total['completed_cut']}"),
            ("interruptions that changed a rung", "-", f"{total['unequal']} of {total['cuts']}"),
            ("held trials lost", "-", f"{total['lost']} of {total['held']}"),
        ],
    )
