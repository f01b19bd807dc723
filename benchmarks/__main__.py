"""Measure speed and statistics: `python -m benchmarks NAME`. `NAME --help` describes one measurement.

Each one prints JSON lines with versions and device, and most print a table. What was measured on the authors' machines
is kept in results/reference.
"""

import argparse
import ast
import importlib
import sys
from pathlib import Path

from benchmarks.arguments import photographs

MEASUREMENTS = (
    *("step", "epoch", "before", "loader", "launch", "sweep", "learning", "turnover"),
    *("study", "resumes", "load", "pages", "verdict", "arms", "tasks", "advice", "courses", "gpu"),
)
"""Names of the modules, in the order in which the help lists them."""
FOLDERS = {"epoch": "?", "loader": "?", "sweep": None, "learning": None}
"""Measurements that use a folder of photographs, with argparse's nargs: `?` where it may be left out."""
NUMBERS = {"load": "clients"}
"""Measurements with an option that is a number, which may be left out."""
OWN_OPTIONS = ("before", "gpu", "pages")
"""Measurements that read their own options."""


def description(name: str) -> str:
    """Return the docstring of a measurement without importing it: some need Ray, which a GPU machine may not have."""
    module = Path(__file__).parent / name
    source = module.with_suffix(".py") if module.with_suffix(".py").exists() else module / "__init__.py"
    return ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line, with one subcommand per measurement."""
    raw = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser("python -m benchmarks", description=__doc__, formatter_class=raw)
    commands = found.add_subparsers(title="measurements", dest="name", metavar="NAME", required=True)
    for name in MEASUREMENTS:
        text = description(name)
        own = commands.add_parser(name, help=text.partition("\n")[0], description=text, formatter_class=raw)
        if name in FOLDERS:
            told = "folder of photographs: train/CLASS/*, test/CLASS/*"
            own.add_argument("folder", nargs=FOLDERS[name], type=photographs, help=told)
        if name in NUMBERS:
            own.add_argument(f"--{NUMBERS[name]}", type=_from_1_to_1000, metavar="N", help="a number from 1 to 1000")
    return found


def _from_1_to_1000(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 1000, but got {text!r}")
    return int(text)


def main() -> None:
    """Run the measurement that the command line names; only its module is imported."""
    name, *rest = sys.argv[1:] or [""]
    if name in OWN_OPTIONS:
        importlib.import_module(f"benchmarks.{name}").main(*rest)
        return
    chosen = vars(parser().parse_args())
    measurement = importlib.import_module(f"benchmarks.{chosen.pop('name')}")
    measurement.main(**chosen)


if __name__ == "__main__":
    main()
