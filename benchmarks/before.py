"""Seconds of an epoch of SGD and of PUGD: this checkout against an earlier one, epoch by epoch in turns.

CHECKOUT is a folder with an earlier commit (`git worktree add`). Both train the small net as `epoch` does, on a folder
of photographs or, without one, on random images, which train as fast.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.photographs import source
from benchmarks.report import device_facts, line, table

RUNS, WARM_UP, THREADS = 5, 1, 2
EPOCHS_A_TURN = 3
HERE = Path(__file__).parents[1]
PHASES = ("sgd", "pugd")
WORK = f"""
import json, sys, time
from benchmarks.epoch import Case, ours
folder, phase = json.loads(sys.argv[1])
turn = ours(Case("small", 128, 10_000, "cpu", 1, folder, {THREADS}), phase)
print("ready", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    for _ in range({EPOCHS_A_TURN}):
        turn()
    print((time.perf_counter() - began) / {EPOCHS_A_TURN}, flush=True)
"""


class Trainer:
    """A process that trains with the code of one checkout, a turn at a time. A context manager."""

    def __init__(self, checkout: Path, folder: str | None, phase: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORK, json.dumps([folder, phase])],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def __enter__(self) -> "Trainer":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def turn(self) -> float:
        """Train one turn; return the seconds of an epoch."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the checkout cannot train: its own words are above")
        return answer


def commit(checkout: Path) -> str:
    """The commit of a checkout, with a plus sign where files have been changed since."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty=+"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main(*arguments: str) -> None:
    """Print a JSON line for each method, and a table of the medians."""
    parser = argparse.ArgumentParser("python -m benchmarks before", description=__doc__)
    parser.add_argument("checkout", type=Path, help="folder with an earlier commit")
    parser.add_argument("folder", nargs="?", help="folder of photographs: train/CLASS/*, test/CLASS/*")
    chosen = parser.parse_args(arguments)
    folder = None if chosen.folder is None else str(Path(chosen.folder).resolve())
    checkouts = {"now": HERE, "before": chosen.checkout.resolve()}
    rows = []
    for phase in PHASES:
        with ExitStack() as stack:
            trainers = {who: stack.enter_context(Trainer(at, folder, phase)) for who, at in checkouts.items()}
            rounds = [{who: one.turn() for who, one in trainers.items()} for _ in range(WARM_UP + RUNS)][WARM_UP:]
        seconds = {who: [round(one[who], 3) for one in rounds] for who in checkouts}
        medians = {who: statistics.median(one[who] for one in rounds) for who in checkouts}
        ratio = statistics.median(one["now"] / one["before"] for one in rounds)
        facts = {"benchmark": "before", "phase": phase, "source": source(folder), "n": RUNS, "seconds": seconds}
        commits = {who: commit(at) for who, at in checkouts.items()}
        line({**facts, "ratio": round(ratio, 3), **commits, **device_facts("cpu", THREADS)})
        rows.append((phase, *(f"{medians[who]:.3f}" for who in checkouts), f"{ratio:.3f}"))
    table(("median seconds of an epoch", *checkouts, "median ratio"), rows)
