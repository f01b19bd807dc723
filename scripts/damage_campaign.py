"""Damage a sweep at random and judge what becomes of it: python scripts/damage_campaign.py [DAMAGES [SEED]].

Each damage is of the database, of the store and the tables, by an odd kind of file, or by a second driver or a copy;
every second one is of a sweep that is half done. Then `table`, `verify`, `status`, `resume`, and `restore` where one of
them advises it, run one after another. The verdict is EQUAL (the tables are those of the sound sweep, but for the
seconds), REFUSED (one line, exit code 2, and no table has lost a row), RESTORED (what a command advised has made the
tables equal again) or WRONG. Ends with a table of the verdicts, and with exit code 1 where one is WRONG.
"""

import argparse
import sys

SHARES = {"database": 100, "store": 70, "odd files": 30, "drivers": 20}
"""Group of damages -> its share."""


def main(given: argparse.Namespace) -> int:
    """Do what the command line says. Returns the exit code."""
    from damages.campaign import run  # beside this file; imported here, since it loads torch

    groups = given.groups.split(",") if given.groups else SHARES
    return run(given.damages, given.seed, given.only, {group: SHARES[group] for group in groups})


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("damages", nargs="?", type=int, default=220, help="number of damages (default: %(default)s)")
    found.add_argument("seed", nargs="?", type=int, default=0, help="of the damages (default: %(default)s)")
    found.add_argument("--only", type=int, help="number of the only damage of this seed that is done again")
    found.add_argument("--groups", default="", help=f"groups of damages, of {', '.join(SHARES)} (default: all)")
    return found


if __name__ == "__main__":
    sys.exit(main(parser().parse_args()))
