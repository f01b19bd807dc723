"""Run all parts of the GPU measurement one after the other, and print JSON lines and a summary of pass and fail."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.arguments import existing
from benchmarks.gpu.facts import machine_facts
from benchmarks.gpu.parts import MINUTES, PARTS, Part
from benchmarks.gpu.summary import as_text, summary
from benchmarks.gpu.watch import Outcome, watched

RESULTS = Path("results/reference/gpu.jsonl")
MOST_MINUTES = 24 * 60
LAST_SECONDS = 4.0
"""Time that is reserved for the summary."""
LEAST_SECONDS = 8.0
"""A part is not started with less time than this: starting torch and the GPU takes about as long."""


def main(*given: str) -> None:
    """Read the arguments of the command line and run the chosen parts."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu",
        description=__doc__,
        epilog="parts: " + "; ".join(f"{part.name} ({part.what})" for part in PARTS),
    )
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="time for all parts together (default: %(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, help=f"file for the JSON lines (default: {RESULTS} on a GPU, else standard output)"
    )
    parser.add_argument("--parts", help="parts to run, separated by commas (default: all)")
    parser.add_argument(
        "--images", type=existing, help="folder of photographs, train/CLASS/*, test/CLASS/*, for the part curve"
    )
    parser.add_argument("--curve", type=existing, help="file of recorded curves, .parquet or .csv, for the part curve")
    chosen = parser.parse_args(given)
    names = chosen.parts.split(",") if chosen.parts else [part.name for part in PARTS]
    unknown = set(names) - {part.name for part in PARTS}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not 0 < chosen.minutes <= MOST_MINUTES:
        parser.error(f"--minutes must be > 0 and <= {MOST_MINUTES}")
    if chosen.out is not None:
        try:
            chosen.out.parent.mkdir(parents=True, exist_ok=True)
            chosen.out.open("a").close()
        except OSError as error:
            parser.error(f"--out: {chosen.out} cannot be written: {error.strerror}")
    parts = [part for part in PARTS if part.name in names]
    files = {name: str(Path(path).resolve()) for name in ("images", "curve") if (path := getattr(chosen, name))}
    run(parts, chosen.minutes, files, chosen.out)


def run(parts: Sequence[Part], minutes: float, files: dict[str, str], out: Path | None) -> list[Outcome]:
    """Run the parts within the given minutes, write their lines, and print how each part ended and the summary."""
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
    """Return the time limit of the next part, parts[0]: its own seconds, or more when earlier parts left time over."""
    own, all_of_them = parts[0].seconds, sum(part.seconds for part in parts)
    return min(left, max(own * minutes / MINUTES, left * own / all_of_them))


def _keep(outcome: Outcome, facts: dict[str, Any], out: Path | None) -> None:
    """Write all lines of a part, and a last one that says how it ended."""
    end = {"state": outcome.state, "seconds": round(outcome.seconds, 1)}
    for line in (*outcome.lines, end):
        text = json.dumps({"benchmark": "gpu", "part": outcome.part.name, **line, **facts})
        if out is None:
            print(text, flush=True)
            continue
        with out.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
