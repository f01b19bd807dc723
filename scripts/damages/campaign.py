"""The sound sweeps of a damage campaign, and the damages of copies of them."""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from damages import database, drivers, odd_files, store
from damages.commands import load_everything, told
from damages.judge import Expected, Judgement, judge, tables

SWEEP = """
name: mine
dataset: {name: digits, num_train: 128}
model: small
training: {epochs: 4, batch_size: 32, lr: 0.1}
space: {radius: {shape: constant, value: {uniform: [0.1, 1.0]}}, timing: {switch_epoch: [0, 1, 2]}}
search: {sampler: tpe, trials: 3}
baselines: [sgd, pugd]
"""
HALF = "budget.gradient_evaluations=40"
FREE = "budget.gradient_evaluations=1000000"


class Campaign:
    """The sound sweeps, and the damages of copies of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results, self.said = folder, folder / "results", folder / "said"
        self.said.mkdir()
        (folder / "mine.yaml").write_text(SWEEP)
        self.other = folder / "other"
        self.driven: dict[str, str] = {}
        self.expected: dict[str, Expected] = {}

    def prepare(self, groups: Collection[str]) -> None:
        """Train the sound sweeps that damages of these groups are compared with."""
        if "drivers" in groups:
            driven = SWEEP.replace("trials: 3", "trials: 8").replace("128", "256")
            (self.folder / "driven.yaml").write_text(driven)
            self._launch(self.folder / "driven", file="driven.yaml")
            self.driven = tables(self.folder / "driven")
        if set(groups) - {"drivers"}:
            self._launch(self.other, "--set", "training.seed=7")
            self.expected = {"whole": self._reference("whole"), "half": self._reference("half")}

    def _launch(self, results: Path, *more: str, file: str = "mine.yaml") -> None:
        line = ("launch", str(self.folder / file), "--executor", "inline", "--results", str(results), *more)
        one = told(line, self.said)
        if one.code != 0:
            sys.exit(one.out + one.err)

    def _reference(self, name: str) -> Expected:
        """Train a sweep, keep it under its name, and learn what the commands say of it."""
        shutil.rmtree(self.results, ignore_errors=True)
        self._launch(self.results, *(("--set", HALF) if name == "half" else ()))
        place = ("--results", str(self.results))
        printed, status = (told((verb, "mine", *place), self.said).out for verb in ("table", "status"))
        before = tables(self.results)
        shutil.copytree(self.results, self.folder / name)
        more = ("--set", FREE) if name == "half" else ()
        one = told(("resume", "mine", "--executor", "inline", *place, *more), self.said)
        if one.code != 0:
            sys.exit(one.out + one.err)
        return Expected(before, tables(self.results), printed, status, more)

    def case(self, group: str, number: int, chance: random.Random) -> tuple[str, str, Judgement]:
        """Damage a copy of a sweep. Returns the kind of the damage, what was done, and the verdict."""
        if group == "drivers":
            beside = self.folder / f"case{number}"
            beside.mkdir()
            try:
                return drivers.case(beside, self.driven, number, chance)
            finally:
                shutil.rmtree(beside)
        name = ("whole", "half")[number % 2]
        shutil.rmtree(self.results, ignore_errors=True)
        shutil.copytree(self.folder / name, self.results)
        shutil.rmtree(self.said)
        self.said.mkdir()
        expected, goes_on = self.expected[name], chance.random() < 0.4
        if group == "database":
            kind, said = database.damage(self.results / "studies.sqlite3", chance)
        elif group == "store":
            kind, said = store.damage(self.results, self.other, chance)
        else:
            kind, said = odd_files.damage(self.results, chance)
        said = f"{name}{', resumed first' if goes_on else ''}: {said}"
        return kind, said, judge(self.results, expected, self.said, goes_on, chance.random() < 0.4)


def run(damages: int, seed: int, only: int | None, shares: Mapping[str, int]) -> int:
    """Damage, run, and judge. Returns the exit code.

    Args:
        damages: their number.
        seed: of the damages.
        only: number of the only damage that is done; None for all.
        shares: group of damages -> its share.
    """
    load_everything()
    folder = Path(tempfile.mkdtemp(prefix="rts-search-damage-"))
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong: list[str] = []
    campaign = Campaign(folder)
    campaign.prepare(shares)
    order = [group for group, share in shares.items() for _ in range(round(damages * share / sum(shares.values())))]
    print(f"seed {seed}, {len(order)} damages", flush=True)
    for number, group in enumerate(order):
        chance = random.Random(f"{seed}-{number}-{group}")
        if only is not None and number != only:
            continue
        began = time.monotonic()
        kind, said, found = campaign.case(group, number, chance)
        counts[group, kind, found.verdict] += 1
        print(f"{number} {group}: {kind}: {said}: {found.verdict} ({time.monotonic() - began:.1f} s)", flush=True)
        for line in [*found.said, *found.wrong] if found.verdict != "EQUAL" or only is not None else ():
            print("    " + line.replace("\n", "\n      "), flush=True)
        wrong += [f"{number} {group}: {kind}: {said}"] if found.wrong else []
    shutil.rmtree(folder)
    print(figures(counts, seed))
    print(*wrong, sep="\n")
    return int(bool(wrong))


def figures(counts: Counter[tuple[str, str, str]], seed: int) -> str:
    """The table of the verdicts by group and kind."""
    verdicts = ("EQUAL", "REFUSED", "RESTORED", "WRONG")
    lines = [f"seed {seed}", f"{'group':10} {'kind':24}" + "".join(f"{verdict:>10}" for verdict in verdicts)]
    for group, kind in sorted({(group, kind) for group, kind, _ in counts}):
        numbers = "".join(f"{counts[group, kind, verdict]:>10}" for verdict in verdicts)
        lines.append(f"{group:10} {kind:24}{numbers}")
    sums = "".join(f"{sum(n for key, n in counts.items() if key[2] == verdict):>10}" for verdict in verdicts)
    return "\n".join([*lines, f"{'all':10} {sum(counts.values()):<24}{sums}"])
