"""Write into CONTRIBUTING.md what each folder of tests costs.

    pytest --junitxml=costs.xml
    python scripts/test_costs.py costs.xml

The seconds are those of one process, summed over all tests of a folder, with their fixtures.
"""

import argparse
import os
import subprocess
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- begin: scripts/test_costs.py -->\n", "<!-- end -->\n"
LEAST_SECONDS = 10.0
"""Folders with fewer seconds are summed up in one row."""


def main() -> None:
    """Read the file of pytest and write the table between the two marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="what `pytest --junitxml` has written")
    suite = next(ET.parse(parser.parse_args().file).getroot().iter("testsuite"))
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    text = "\n".join([_sentence(suite), "", *table(suite.iter("testcase"))]) + "\n"
    PAGE.write_text(before + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


def table(tests: Iterable[ET.Element]) -> list[str]:
    """The lines of the table, with the most expensive folder first."""
    numbers: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for test in tests:
        folder = _folder(test.get("classname", ""))
        numbers[folder] += 1
        seconds[folder] += float(test.get("time", 0))
    small = [folder for folder in numbers if seconds[folder] < LEAST_SECONDS]
    rows = [(seconds[folder], f"`{folder}`", numbers[folder]) for folder in numbers if folder not in small]
    others = (sum(seconds[one] for one in small), "the others", sum(numbers[one] for one in small))
    lines = ["| folder | tests | seconds |", "|---|---|---|"]
    return lines + [f"| {name} | {number:,} | {spent:.0f} |" for spent, name, number in [*sorted(rows)[::-1], others]]


def _folder(module: str) -> str:
    """`tests/rts_search/study` for a test of that folder or below; two folders deep elsewhere."""
    parts = [part for part in module.split(".") if not part.startswith("test_") and part.islower()]
    return "/".join(parts[: 3 if parts[1:2] == ["rts_search"] else 2])


def _sentence(suite: ET.Element) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    minutes, day = float(suite.get("time", 0)) / 60, suite.get("timestamp", "")[:10]
    tests, cores = int(suite.get("tests", 0)), len(os.sched_getaffinity(0))
    return f"All {tests:,} tests took {minutes:.1f} minutes at {commit} ({day}, one run on {cores} cores, no GPU):"


if __name__ == "__main__":
    main()
