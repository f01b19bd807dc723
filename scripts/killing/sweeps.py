"""The sweeps of a campaign, what is stored of them, and their tables."""

import contextlib
import csv
import io
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rts_search.basics.errors import UserError
from rts_search.basics.results_folder import Results
from rts_search.study.status import status
from rts_search.study.workspace import Workspace

SWEEP = """
name: {name}
dataset: {{name: digits, num_train: 512}}
model: small
training: {{epochs: 4, batch_size: {batch_size}, lr: 0.05, lr_schedule: constant}}
space: {{radius: {{shape: constant, value: {{uniform: [0.1, 1.0]}}}}, timing: {{rule: epoch, switch_epoch: [0, 1, 2]}}}}
baselines: [sgd]
"""
SERIAL = "search: {sampler: tpe, trials: 3}\nresources: {max_concurrent_trials: 1}\n"
WIDE = "search: {sampler: random, trials: 4}\nscheduler: none\nresources: {max_concurrent_trials: 2}\n"
STORED = "store: {state_every_seconds: 0}\n"
CONFIRM = "confirm: {seeds: 2, top_k: 2, screening_seeds: 2}\n"
STEPS = 32
"""Mini-batches of an epoch."""
CONFIRM_OPTIONS = ("--top-k", "1", "--seeds", "2")
"""Options of `confirm` for sweeps whose file does not say how they are confirmed."""

TIMES = ("seconds",)
SPENT = ("gradient_evaluations_spent", "spent")
"""Columns that count what was trained again, where not every epoch has a state."""


@dataclass(frozen=True)
class Kind:
    """A kind of sweep."""

    name: str
    text: str
    spent: bool
    """Whether the tables must agree also in what was spent: every epoch has a state, and one trial trains at a time."""
    confirms: bool = False
    """Whether `launch` confirms it."""
    changes: tuple[str, ...] = ()
    """Words of --set for its launch."""

    def file(self, folder: Path) -> Path:
        """Write its sweep file into a folder."""
        path = folder / f"{self.name}.yaml"
        path.write_text(self.text)
        return path


def _kind(name: str, *parts: str, spent: bool = False) -> Kind:
    text = SWEEP.format(name=name, batch_size=512 // STEPS) + "".join(parts)
    return Kind(name, text, spent, confirms=CONFIRM in parts)


SERIAL_KIND = _kind("serial", SERIAL, STORED, spent=True)
KINDS = (
    SERIAL_KIND,
    _kind("sparse", SERIAL),
    _kind("wide", WIDE, STORED),
    _kind("confirmed", SERIAL, STORED, CONFIRM, spent=True),
)
"""One trial at a time with a state after every epoch; with few states; two trials at a time; confirmed by launch."""


def epochs_told(results: Path) -> int:
    """Number of epochs that the studies of a results folder hold, also while they are driven."""
    file = results / "studies.sqlite3"
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM trial_intermediate_values").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # the tables are being made


def records(results: Path) -> dict[str, int]:
    """The stored records of epochs, each with the time at which it was written."""
    found = {}
    for path in (results / "store").rglob("*.epoch"):
        with contextlib.suppress(FileNotFoundError):
            found[str(path)] = path.stat().st_mtime_ns
    return found


def state_of(results: Path, name: str) -> str:
    """The state of a sweep, as `status` tells it; empty when there is none."""
    try:
        return str(status(name, Workspace(Results(results)))["state"])
    except UserError:
        return ""


def tables(kind: Kind, results: Path) -> dict[str, str]:
    """The tables of a sweep and of its confirmation, without the times that a resume measures anew."""
    import pandas as pd

    folder, hidden = results / kind.name, TIMES if kind.spent else TIMES + SPENT
    readers: dict[str, Callable[[Path], str]] = {
        ".csv": lambda path: _without(path.read_text(), hidden),
        ".parquet": lambda path: pd.read_parquet(path).drop(columns=list(hidden), errors="ignore").to_csv(),
        ".md": lambda path: path.read_text() if kind.spent else _without_totals(path.read_text()),
        ".yaml": lambda path: path.read_text(),
    }
    # environment.json tells which machine trained, and when; submitted.yaml is what the service was sent.
    files = [path for path in sorted(folder.iterdir()) if path.suffix in readers and path.name != "submitted.yaml"]
    return {path.name: readers[path.suffix](path) for path in files}


def differing(ours: dict[str, str], reference: dict[str, str]) -> list[str]:
    """The names of the tables that differ or are missing."""
    return [name for name in sorted(ours.keys() | reference.keys()) if ours.get(name) != reference.get(name)]


def _without(text: str, hidden: tuple[str, ...]) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    kept = [place for place, name in enumerate(rows[0]) if name not in hidden]
    return "\n".join("|".join(row[place] for place in kept) for row in rows)


def _without_totals(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if " spent (" not in line)
