"""Damage the database of a sweep at random places.

Each damage flips a bit of the file or of a value, loses a row or a table, or cuts the file short; every second one is
of a sweep that is half done. `table` must then print and write what it does for the sound sweep, or refuse in one line
and exit code 2; so must `resume`, which every fourth damage is followed by. Prints one line for each damage, and ends
with exit code 1 where this does not hold. Each command runs in a fork of this process, which has loaded everything.
"""

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

import torch

from rts_search.cli import main as command_line

SWEEP = """
dataset: {name: digits, num_train: 256}
model: small
training: {epochs: 4, batch_size: 32, lr: 0.1}
space: {radius: {shape: constant, value: {uniform: [0.1, 1.0]}}, timing: {switch_epoch: [0, 1, 2]}}
search: {sampler: tpe, trials: 8}
baselines: [sgd, pugd]
"""
HALF = "budget.gradient_evaluations=150"


def told(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command, in a fork of this process; 1 for a traceback."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "told"
        child = os.fork()
        if child == 0:
            file.write_text(json.dumps(_run(arguments)))
            os._exit(0)
        os.waitpid(child, 0)
        code, out, err = json.loads(file.read_text())
    return code, out, err


def _run(arguments: tuple[str, ...]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = 1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            sys.argv = ["rts-search", *arguments]
            command_line()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
    return code, out.getvalue(), err.getvalue()


def tables(results: Path) -> dict[str, object]:
    """The tables of the sweep without its times, which a resume measures again."""
    import pandas as pd

    folder = results / "mine"
    trials = pd.read_csv(folder / "trials.csv", dtype=str).drop(columns=["seconds", "gradient_evaluations_spent"])
    epochs = pd.read_parquet(folder / "epochs.parquet").drop(columns=["seconds", "spent"])
    return {"trials": trials.to_csv(), "epochs": epochs.to_csv()}


def damage(database: Path, chance: random.Random) -> str:
    """Damage a database; what was done, in words."""
    kind = chance.choice(("bit", "bit", "value", "value", "value", "row", "row", "table", "short"))
    content = bytearray(database.read_bytes())
    if kind == "bit":
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        content[place] ^= 1 << bit
        database.write_bytes(content)
        return f"bit {bit} of byte {place} flipped"
    if kind == "short":
        length = chance.randrange(len(content))
        database.write_bytes(content[:length])
        return f"cut to {length} bytes"
    with closing(sqlite3.connect(database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = chance.choice(sorted(names))
        if kind == "table":
            connection.execute(f"DROP TABLE {table}")
            connection.commit()
            return f"table {table} lost"
        rows = connection.execute(f"SELECT rowid, * FROM {table}").fetchall()
        if not rows:
            return f"nothing: {table} is empty"
        row = chance.choice(rows)
        if kind == "row":
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", row[:1])
            connection.commit()
            return f"row {row[0]} of {table} lost: {str(row)[:100]}"
        columns = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
        column = chance.choice(columns)
        old = row[1 + columns.index(column)]
        new = flipped(old, chance)
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?", (new, row[0]))
        connection.commit()
        return f"{column} of row {row[0]} of {table}: {str(old)[:60]!r} is {str(new)[:60]!r}"


def flipped(value: object, chance: random.Random) -> object:
    """A value of the database with one bit flipped."""
    if isinstance(value, str) and value:
        content = bytearray(value.encode())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(7)
        return content.decode(errors="replace")
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(4))
    return -value if isinstance(value, float) else value


def main(damages: int = 200, seed: int = 0) -> None:
    """Damage, run, and compare."""
    torch.set_num_threads(1)
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="rts-search-damage-"))
    (folder / "mine.yaml").write_text(SWEEP)
    launch = ("launch", str(folder / "mine.yaml"), "--executor", "inline", "--results")
    resume = ("resume", "mine", "--set", "budget.gradient_evaluations=1000000", "--executor", "inline", "--results")
    for name, more in (("whole", ()), ("half", ("--set", HALF))):
        code, _, err = told(*launch, str(folder / name), *more)
        if code != 0:
            sys.exit(err)
    shown = {name: told("table", "mine", "--results", str(folder / name)) for name in ("whole", "half")}
    shutil.copytree(folder / "half", folder / "resumed")
    told(*resume, str(folder / "resumed"))
    reference = {name: tables(folder / name) for name in ("whole", "half", "resumed")}
    counts = {"as it was": 0, "one line": 0}
    for turn in range(damages):
        name, results = ("whole", "half")[turn % 2], folder / "damaged"
        shutil.rmtree(results, ignore_errors=True)
        shutil.copytree(folder / name, results)
        what = damage(results / "studies.sqlite3", chance)
        goes_on = turn % 4 == 1
        code, out, err = told(*(resume if goes_on else ("table", "mine", "--results")), str(results))
        expected = reference["resumed" if goes_on else name]
        same = code == 0 and tables(results) == expected and (goes_on or out == shown[name][1])
        refused = code == 2 and len(err.strip().splitlines()) == 1 and "Traceback" not in err + out
        kept = tables(results) == reference[name] or same
        outcome = "as it was" if same else "one line" if refused and kept else "WRONG"
        print(f"{turn} {name}{' resumed' if goes_on else ''}: {what}: {outcome}: {err.strip()[-300:]}", flush=True)
        if outcome == "WRONG":
            sys.exit(f"seed {seed}, damage {turn}: exit code {code}\n{out[-2000:]}\n{err[-3000:]}")
        counts[outcome] += 1
    print(f"{damages} damages of seed {seed}: {counts}")


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("damages", nargs="?", type=int, default=200, help="number of damages (default: %(default)s)")
    found.add_argument("seed", nargs="?", type=int, default=0, help="of the damages (default: %(default)s)")
    return found


if __name__ == "__main__":
    main(**vars(parser().parse_args()))
