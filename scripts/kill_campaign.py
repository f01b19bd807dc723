"""Kill and stop sweeps, services and nodes at random moments, and insist that nothing is lost.

    python scripts/kill_campaign.py --sweeps 60 --points 100 --service 20 --cluster 8 --ready-made 1 --seed 1

Each case ends as promised, or refuses in one line. Resumed to its end, its tables are those of a sweep that nobody
disturbed. Prints one line for each case, and a table of figures at the end. The exit code is 1 where something else
happened. Signals go only to processes that the campaign itself has started, and to their descendants.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.killing import cases, fair, figures
from scripts.killing.cases import Outcome, reference_of
from scripts.killing.processes import Command
from scripts.killing.sweeps import KINDS


def main(
    sweeps: int,
    points: int,
    service: int,
    cluster: int,
    fair_kills: int,
    ready_made: int,
    seed: int,
    training: str,
    only: int | None,
) -> None:
    """Run the parts that were asked for."""
    folder = Path(tempfile.mkdtemp(prefix="rts-search-kills-"))
    print(f"seed {seed}, in {folder}", flush=True)
    outcomes: list[Outcome] = []
    if sweeps:
        outcomes += of_sweeps(folder / "sweeps", sweeps, seed, only)
    if points:
        from scripts.killing import points as writes

        outcomes += writes.run(folder / "points", points, seed, only)
    if fair_kills:
        fair.run(folder / "fair", fair_kills, seed, training)
    if ready_made:
        from scripts.killing import ready_made as shipped

        outcomes += shipped.run(folder / "ready-made", ready_made, seed, only)
    if service:
        from scripts.killing import service as part

        outcomes += part.run(folder / "service", service, seed, only)
    if cluster:
        from scripts.killing import cluster as nodes

        outcomes += nodes.run(folder / "cluster", cluster, seed, only)
    if outcomes:
        print(figures.table(outcomes))
    if wrong := sum(bool(one.wrong) for one in outcomes):
        sys.exit(f"{wrong} of {len(outcomes)} cases were not as promised; see {folder}")


def of_sweeps(folder: Path, number: int, seed: int, only: int | None) -> list[Outcome]:
    """Cases of launch, resume and confirm."""
    references = {kind.name: reference_of(kind, folder / f"reference-{kind.name}") for kind in KINDS}
    found = []
    for case_number in range(number) if only is None else (only,):
        case = cases.draw(seed, case_number, references)
        found.append(cases.run(case, references[case.kind.name], folder / str(case_number)))
        print(figures.line(case_number, seed, case, found[-1]), flush=True)
    return found


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number >= 0, but got {text!r}")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--sweeps", type=_count, default=0, metavar="N", help="cases of sweeps, half of them on Ray")
    found.add_argument("--points", type=_count, default=0, metavar="N", help="cases at a write, without Ray")
    found.add_argument("--service", type=_count, default=0, metavar="N", help="cases of a service that is killed")
    found.add_argument("--cluster", type=_count, default=0, metavar="N", help="cases on a cluster of three nodes")
    kills = "kills of one sweep with tuned baselines, after each of which its arms must be equal"
    found.add_argument("--fair", type=_count, default=0, metavar="N", dest="fair_kills", help=kills)
    shipped = "kills of a small version of each ready-made sweep"
    found.add_argument("--ready-made", type=_count, default=0, metavar="N", help=shipped)
    found.add_argument("--training", choices=fair.TRAININGS, default="small", help="of --fair (default: %(default)s)")
    found.add_argument("--seed", type=int, default=0, help="of the cases (default: %(default)s)")
    found.add_argument("--only", type=_count, metavar="CASE", help="run this one case of the part again")
    return found


if __name__ == "__main__":
    asked = parser().parse_args()
    if not (asked.sweeps or asked.points or asked.service or asked.cluster or asked.fair_kills or asked.ready_made):
        parser().error("ask for at least one of --sweeps, --points, --service, --cluster, --fair and --ready-made")
    with Command.all_ended():
        main(**vars(asked))
