"""`python -m benchmarks gpu --minutes 8`: all parts one after the other, JSON lines, and a summary of what holds."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.gpu.facts import machine_facts
from benchmarks.gpu.parts import MINUTES, PARTS, Part
from benchmarks.gpu.summary import as_text, summary
from benchmarks.gpu.watch import Outcome, watched

RESULTS = Path("results/reference/gpu.jsonl")
LAST_SECONDS = 4.0
"""For the summary."""
LEAST_SECONDS = 8.0
"""A process that starts torch and a GPU can do nothing in less."""


def main(*given: str) -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="for all parts together")
    parser.add_argument("--out", type=Path, help=f"file of the JSON lines; on a GPU {RESULTS}, else standard output")
    parser.add_argument("--parts", help=f"some of {','.join(part.name for part in PARTS)}")
    parser.add_argument("--images", help="folder of photographs, train/CLASS/* and test/CLASS/*, for the curve")
    parser.add_argument("--curve", help="recorded curves, .parquet or .csv")
    chosen = parser.parse_args(given)
    names = chosen.parts.split(",") if chosen.parts else [part.name for part in PARTS]
    unknown = set(names) - {part.name for part in PARTS}
    if unknown or chosen.minutes <= 0:
        parser.error(f"no such part: {', '.join(sorted(unknown))}" if unknown else "--minutes must be > 0")
    parts = [part for part in PARTS if part.name in names]
    files = {name: str(Path(path).resolve()) for name in ("images", "curve") if (path := getattr(chosen, name))}
    run(parts, chosen.minutes, files, chosen.out)


def run(parts: Sequence[Part], minutes: float, files: dict[str, str], out: Path | None) -> list[Outcome]:
    """Run the parts within the minutes, keep their lines, print how they ended and what holds."""
    ends = time.monotonic() + 60.0 * minutes - LAST_SECONDS
    facts = machine_facts()
    device = "cpu" if facts["device"] is None else "cuda"
    out = out or (RESULTS if device == "cuda" else None)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("", encoding="utf-8")
    print(json.dumps(facts), flush=True)
    outcomes = []
    for number, part in enumerate(parts):
        left = ends - time.monotonic()
        if left < LEAST_SECONDS:
            outcome = Outcome(part, [], "cut by time: not begun", 0.0)
        else:
            task = {"device": device, "full": device == "cuda", **files}
            outcome = watched(part, task, bound(parts[number:], minutes, left))
        outcomes.append(outcome)
        _keep(outcome, facts, out)
        print(f"{part.name}: {outcome.state}, {len(outcome.lines)} lines in {outcome.seconds:.0f} s", flush=True)
    print(f"\n{as_text(summary(outcomes))}", flush=True)
    return outcomes


def bound(parts: Sequence[Part], minutes: float, left: float) -> float:
    """Most seconds for the first of the parts to come: its own of so many minutes, or its share of what is left."""
    own, all_of_them = parts[0].seconds, sum(part.seconds for part in parts)
    return min(left, max(own * minutes / MINUTES, left * own / all_of_them))


def _keep(outcome: Outcome, facts: dict[str, Any], out: Path | None) -> None:
    """All lines of a part, and one about its end."""
    end = {"state": outcome.state, "seconds": round(outcome.seconds, 1)}
    for line in (*outcome.lines, end):
        text = json.dumps({"benchmark": "gpu", "part": outcome.part.name, **line, **facts})
        if out is None:
            print(text, flush=True)
            continue
        with out.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
