"""Damages by something that is no regular file, in the place of any file or folder of the results."""

import os
import random
import shutil
from pathlib import Path

WHATS = (
    "folder",
    "full folder",
    "link to nowhere",
    "loop of links",
    "pipe",
    "empty file",
    "odd bytes",
    "link to zeros",
)


def places(results: Path, chance: random.Random) -> list[Path]:
    """A file or folder of each kind that the results have."""
    mine, store = results / "mine", results / "store"
    record, state = (chance.choice(sorted(store.glob(f"*/*/*.{ending}"))) for ending in ("epoch", "state"))
    found = [record, record, state, record.parent, record.parent.parent, store, store / "claims", mine]
    found += [results / "studies.sqlite3", results / "studies.sqlite3-journal", results / ".studies.sqlite3.lock"]
    found += [mine / name for name in ("driver.lock", "environment.json", "sweep.yaml", "best.yaml", "table.md")]
    return found + [mine / name for name in ("epochs.parquet", "trials.csv", "trials.parquet", "effort.csv")]


def damage(results: Path, chance: random.Random) -> tuple[str, str]:
    """Put something odd in the place of a file. Returns what it is, and what was done."""
    place, what = chance.choice(places(results, chance)), chance.choice(WHATS)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    elif place.exists():
        place.unlink()
    if what in ("folder", "full folder"):
        place.mkdir()
        if what == "full folder":
            (place / "inside").write_text("something")
    elif what == "link to nowhere":
        place.symlink_to("nowhere-at-all")
    elif what == "link to zeros":
        place.symlink_to("/dev/zero")
    elif what == "loop of links":
        place.symlink_to(place.name)
    elif what == "pipe":
        os.mkfifo(place)
    else:
        place.write_bytes(b"" if what == "empty file" else bytes(chance.randrange(256) for _ in range(200)))
    name = place.relative_to(results)
    return what, f"{what} in the place of {name if len(str(name)) < 40 else str(name)[:10] + '..' + place.suffix}"
