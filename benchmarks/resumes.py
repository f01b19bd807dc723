"""What a resume knows: sweeps with promotion, cut at random moments, each time against what the driver knew there.

The searcher, the early stopping and the study are the real ones; workers and accuracies are made up. Some trials share
rungs within one epoch, begin with SGD of different lengths, diverge, or lose their workers.
"""

import math
import multiprocessing
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from benchmarks.report import line, table
from rts_search.running.scheduler import make_scheduler
from rts_search.running.searcher import StudySearcher
from rts_search.running.watcher import Watcher
from rts_search.study.database.storage import open_storage
from rts_search.study.study import DataFacts, SweepStudy
from rts_search.study.successive_halving import Halving
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep_file import load_sweep

SWEEPS, TRIALS, CUTS, PROCESSES = 200, 20, 5, 4
WORKERS, EPOCHS, STEPS = 8, 8, 8
FULL = 2 * EPOCHS * STEPS
DIVERGES, LOST = 0.05, 0.005
"""Shares of the trials, and of the epochs."""


def settings(trials: int, promotion: bool = True) -> list[str]:
    """The sweep: its first two rungs lie within an epoch of PUGD."""
    scheduler = "name: asha, grace_fraction: 0.05, reduction_factor: 2, smoothing_fraction: 0.125"
    return [
        f"training.epochs={EPOCHS}",
        f"search={{sampler: random, trials: {trials}}}",
        "baselines=[pugd]",
        "store.sharing='off'",
        f"scheduler={{{scheduler}, promotion: {str(promotion).lower()}}}",
        "space={radius: {value: {uniform: [0.1, 3.0]}}, timing: {rule: epoch, switch_epoch: [0, 1, 2, 4]}}",
    ]


class Silent(Watcher):
    """Hears everything and says nothing."""


@dataclass
class Worker:
    """A trial at work."""

    trial: Any
    """As Tune has it."""
    switch: int
    epoch: int = 0


class Curves:
    """The accuracies of a sweep's trials: by the sweep's seed and the trial's number alone."""

    def __init__(self, seed: int) -> None:
        """`seed` tells one sweep from another."""
        self._seed = seed

    def quality(self, number: int) -> float:
        """What a trial comes to at last."""
        return random.Random(f"{self._seed}/{number}").random()

    def val_acc(self, number: int, epoch: int) -> float:
        """After an epoch (0-based)."""
        noise = random.Random(f"{self._seed}/{number}/{epoch}").gauss(0.0, 0.03)
        return max(0.0, self.quality(number) * (1.0 - 0.6 * math.exp(-epoch / 3)) + noise)

    def speed(self, number: int) -> float:
        """How often a trial reports, against others: who began late may come to a rung early."""
        return math.exp(random.Random(f"{self._seed}/{number}/speed").gauss(0.0, 1.0))

    def diverges(self, number: int) -> int | None:
        """The epoch in which a trial diverges, if it does."""
        chance = random.Random(f"{self._seed}/{number}/diverges")
        return chance.randrange(EPOCHS) if chance.random() < DIVERGES else None


class Driver:
    """Calls the searcher and the scheduler of a sweep as Tune does, with workers that report in random order."""

    def __init__(self, study: SweepStudy, curves: Curves, chance: random.Random) -> None:
        """Begin a sweep, or take it up."""
        self.study, self._curves, self._chance = study, curves, chance
        halving = Halving.of_sweep(self.study.sweep, FULL, self.study.trials())
        assert halving is not None
        self.halving = halving
        self._scheduler: Any = make_scheduler(halving)
        self._searcher = StudySearcher(self.study, self._order, Silent(), WORKERS, halving)
        self._workers: dict[str, Worker] = {}
        self._begun = 0

    @staticmethod
    def _order(entry: TrialEntry) -> dict[str, Any]:
        assert entry.config is not None
        switch = entry.config["timing"]["switch_epoch"]
        return {"number": entry.number, "baseline": entry.baseline, "switch": switch}

    def events(self) -> Iterator[None]:
        """Run the sweep; whoever stops to ask for the next event has cut it off there."""
        while True:
            while len(self._workers) < WORKERS and self._start():
                yield
            if not self._workers:
                return
            speeds = [self._curves.speed(worker.trial.config["number"]) for worker in self._workers.values()]
            (name,) = self._chance.choices(list(self._workers), speeds)
            yield from self._report(name, self._workers[name])

    def _start(self) -> bool:
        name = f"t{self._begun}"
        order = self._searcher.suggest(name)
        if order is None or order == Searcher.FINISHED:
            return False
        self._begun += 1
        self._workers[name] = Worker(SimpleNamespace(config=order, trial_id=name), order["switch"])
        return True

    def _report(self, name: str, worker: Worker) -> Iterator[None]:
        if self._chance.random() < LOST:
            del self._workers[name]
            self._searcher.on_trial_complete(name, error=True)
            return
        result = self._result(worker)
        ends = self._searcher.uses_up(name, result) or result["done"]
        if not ends:
            yield  # the epoch is written, and nothing is decided
            ends = self._scheduler.on_trial_result(None, worker.trial, result) == TrialScheduler.STOP
        if ends:
            del self._workers[name]
            self._scheduler.on_trial_complete(None, worker.trial, result)
            self._searcher.on_trial_complete(name, result)
        else:
            self._searcher.on_trial_result(name, result)
            worker.epoch += 1
        yield

    def _result(self, worker: Worker) -> dict[str, Any]:
        number, epoch = worker.trial.config["number"], worker.epoch
        diverges = not worker.trial.config["baseline"] and self._curves.diverges(number) == epoch
        return {
            "epoch": epoch,
            "val_acc": self._curves.val_acc(number, epoch),
            "gradient_evaluations": STEPS * (min(epoch + 1, worker.switch) + 2 * max(0, epoch + 1 - worker.switch)),
            "outcome": "diverged" if diverges else "epoch",
            "reason": "",
            "done": diverges or epoch + 1 == EPOCHS,
            "key": f"{number}-{epoch}",
            "provenance": "simulated",
            "spent": True,
            "notes": [],
        }


@dataclass
class Found:
    """What cuts have done to one sweep, or to many."""

    cuts: int = 0
    unequal: int = 0
    """After which a rung's ranking, its held or its passed trials were not those of the driver."""
    held: int = 0
    """Trials that were held at the cuts."""
    lost: int = 0
    """Those of them that were not after it."""

    def compare(self, before: Halving, after: Halving) -> None:
        """The rule of a driver at its cut, and of the next one before it goes on."""
        self.cuts += 1
        self.unequal += before.rungs != after.rungs
        for one, other in zip(before.rungs, after.rungs, strict=True):
            self.held += len(one.held)
            self.lost += len(one.held - other.held)


def run(folder: Path, seed: int, cuts: int, trials: int = TRIALS, promotion: bool = True) -> tuple[Found, SweepStudy]:
    """One sweep, cut so often, and what was found."""
    url, found, chance = f"sqlite:///{folder / 'studies.sqlite3'}", Found(), random.Random(f"{seed}/{cuts}")
    SweepStudy.create(url, load_sweep("digits", settings(trials, promotion)), DataFacts("f", STEPS, 256, 64, 360))
    storage = open_storage(url)
    driver = Driver(SweepStudy.kept_in(storage, "digits"), Curves(seed), chance)
    while found.cuts < cuts:
        events = driver.events()
        for _ in range(chance.randrange(1, 10 * trials // cuts)):
            next(events, None)
        cut, driver = driver, Driver(SweepStudy.kept_in(storage, "digits"), Curves(seed), chance)
        found.compare(cut.halving, driver.halving)
    for _ in driver.events():
        pass
    return found, driver.study


def completed_best(study: SweepStudy, seed: int) -> bool:
    """Whether the best of the trials that do not diverge came to its end."""
    curves = Curves(seed)
    sound = [entry for entry in study.trials() if not entry.baseline and curves.diverges(entry.number) is None]
    return max(sound, key=lambda entry: curves.quality(entry.number)).state == "COMPLETE"


def pair(seed: int) -> dict[str, int]:
    """One sweep as a whole and in pieces: what was found, by the names of the line that is printed."""
    facts: dict[str, int] = {}
    for cuts, name in ((0, "whole"), (CUTS, "cut")):
        with tempfile.TemporaryDirectory(prefix="resumes-") as folder:
            found, study = run(Path(folder), seed, cuts)
        assert study.ended
        completed = sum(entry.state == "COMPLETE" for entry in study.trials())
        facts |= {f"completed_best_{name}": completed_best(study, seed), f"completed_{name}": completed, **vars(found)}
    return {**facts, "sweeps_with_losses": found.lost > 0}


def main() -> None:
    """Run every sweep as a whole and in pieces, and print one JSON line and a table."""
    total: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(pair, range(SWEEPS)):
            total.update(found)
    line({"benchmark": "resumes", "sweeps": SWEEPS, "trials": TRIALS, "at_a_time": WORKERS, **total})
    whole, cut = (f"{total[f'completed_best_{name}']} of {SWEEPS}" for name in ("whole", "cut"))
    table(
        ("", "as a whole", f"cut {CUTS} times"),
        [
            ("sweeps that completed their best trial", whole, cut),
            ("trials completed", f"{total['completed_whole']}", f"{total['completed_cut']}"),
            ("cuts after which a rung was not the driver's", "-", f"{total['unequal']} of {total['cuts']}"),
            ("held trials lost", "-", f"{total['lost']} of {total['held']}"),
        ],
    )


if __name__ == "__main__":
    main()
