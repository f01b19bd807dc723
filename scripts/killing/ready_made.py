"""Cases of the ready-made sweeps: a small version of each is killed in the middle of its training, and goes on.

The sweep files are those that are shipped. `--set` makes them small, and their images are in the published forms. The
weights of the vision transformer are random ones in a file, so that nothing is downloaded. The sweeps of digits keep
all their arms, and are confirmed where their file says so. The commands run in forks of this process, as in `points`.
"""

import os
import random
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml

from rts_search.sweep.sweep_file import shipped_sweeps
from scripts.killing import figures
from scripts.killing.cases import Outcome
from scripts.killing.points import Place, load_everything, strike
from scripts.killing.sweeps import Kind, epochs_told, tables
from tests.rts_search.whole_sweeps.small_versions import WITHOUT_FILES, lists_of, small_version
from tests.trainables.core.data.published import count_as_published

VICTIM = "SIGKILL at a write"
CHANGES = {"store__state_every_seconds": "0"}
"""A state after each epoch, as where an epoch takes 15 minutes."""
OF_IMAGES = {"baselines": "[sgd]"}
"""Their networks are large for a test: a state takes up to 90 MB."""
OF_DIGITS = {"search__trials": "2", "confirm": "{seeds: 2, top_k: 1}"}
HEAD = (
    "| sweep | kill | epochs | killed before write | after epochs | equal tables | epochs trained again | outcome |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True)
class Whole:
    """The small version of a sweep that nobody has killed."""

    kind: Kind
    tables: dict[str, str]
    epochs: int
    """Epochs that it has trained, its confirmation included."""
    writes: int
    table: str
    """What `table` prints."""
    check: str
    """The first line that `check` prints."""


def run(folder: Path, kills: int, seed: int, only: int | None) -> list[Outcome]:
    """Kill each ready-made sweep so many times, each time from its beginning. Prints each case, and a table."""
    load_everything()
    names = shipped_sweeps()
    if only is not None and only >= kills * len(names):
        raise SystemExit(f"--only: must be < {kills * len(names)} for {kills} kills of each sweep, but got {only}")
    folder.mkdir()
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # decoded images; those of the user stay as they are
    rows, found = [HEAD], list[Outcome]()
    for number in range(kills * len(names)) if only is None else (only,):
        if number % kills == 0 or only is not None:
            whole = trained(names[number // kills], folder / names[number // kills])
            print(whole.check, flush=True)
        at, outcome = killed(whole, folder / str(number), random.Random(f"ready-made {seed}/{number}"))
        found.append(outcome)
        case = f"{whole.kind.name} launch inline: {VICTIM} {at}, after {outcome.epochs} of {whole.epochs} epochs"
        print(figures.line(number, seed, case, outcome), flush=True)
        told = "as promised" if not outcome.wrong else "; ".join(outcome.wrong)
        equal = len(whole.tables) if not outcome.wrong else "-"
        kill = 1 + number % kills
        cells = (whole.kind.name, kill, whole.epochs, at, outcome.epochs, equal, outcome.again, told)
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    print("\n".join(rows))
    return found


def trained(name: str, folder: Path) -> Whole:
    """Train a small version of a sweep to its end."""
    images = folder / "images"
    images.mkdir(parents=True)
    text = resources.files("search_spaces").joinpath("sweeps", f"{name}.yaml").read_text()
    digits = name in WITHOUT_FILES
    confirms = digits and "confirm" in yaml.safe_load(text)
    changes = CHANGES | (OF_DIGITS if digits else OF_IMAGES) | ({} if confirms else {"confirm": "null"})
    kind = Kind(name, text, spent=True, confirms=confirms, changes=tuple(small_version(name, images, **changes)))
    count_as_published(lists_of(images))
    place = Place(kind, folder / "whole")
    check, launched, table = place.tell("check"), place.run("launch"), place.tell("table")
    for done in (check, launched, table):
        if done.code != 0:
            raise SystemExit(f"the small version of {name}: {done.out}")
    made, first = tables(kind, place.results), check.out.splitlines()[0]
    whole = Whole(kind, made, epochs_told(place.results), launched.writes, table.out, first)
    shutil.rmtree(folder / "whole")
    return whole


def killed(whole: Whole, folder: Path, chance: random.Random) -> tuple[int, Outcome]:
    """Kill the driver while it trains, and go on to the end. Returns before which write it was killed, and the outcome.

    A kill before the first epoch is followed by one at a later write, and one after the last epoch by one at an earlier
    write. The folder is removed when all was as promised.
    """
    first, last = 1, whole.writes
    while first <= last:
        at = chance.randint(first, last)
        outcome, place = Outcome(VICTIM), Place(whole.kind, folder / str(at))
        strike(place, "launch", at, 0, whole.tables, outcome)
        if place.tell("table").out != whole.table:
            outcome.wrong.append("`table` prints something else")
        page = folder / str(at) / "report.html"
        if place.tell("report", "-o", str(page)).code != 0 or f"<h1>{whole.kind.name}</h1>" not in page.read_text():
            outcome.wrong.append("no report")
        if outcome.wrong:
            return at, outcome
        if 0 < outcome.epochs < whole.epochs:
            shutil.rmtree(folder)
            return at, outcome
        first, last = (at + 1, last) if outcome.epochs == 0 else (first, at - 1)
    outcome.wrong.append("was never killed between its first and its last epoch")
    return at, outcome
