"""Damages of the files of a checkpoint store, and of the tables that a sweep has written."""

import os
import random
import shutil
from pathlib import Path

KINDS = (
    "truncated",
    "flipped",
    "emptied",
    "swapped",
    "copied over",
    "moved",
    "removed",
    "of another store",
    "many removed",
    "many flipped",
    "folder removed",
    "whole store removed",
    "all records removed",
    "all states removed",
    "tables lost",
    "tables and records lost",
)
TABLES = ("epochs.parquet", "trials.csv", "trials.parquet")


def damage(results: Path, other: Path, chance: random.Random) -> tuple[str, str]:
    """Damage a results folder of the sweep `mine` at random. Returns the kind, and what was done.

    Args:
        results: of the sweep.
        other: the results folder of a sweep with other numbers.
        chance: draws the damage.
    """
    kind = chance.choice(KINDS)
    store = results / "store"
    if kind in ("tables lost", "tables and records lost"):
        said = _tables(results / "mine", chance)
        if kind == "tables and records lost":
            said += "; " + _many(_files(store, "epoch"), chance, _remove)
        return kind, said
    if kind == "whole store removed":
        shutil.rmtree(store)
        return kind, "store removed"
    if kind in ("all records removed", "all states removed"):
        files = _files(store, "epoch" if "records" in kind else "state")
        for file in files:
            file.unlink()
        return kind, f"{len(files)} files removed"
    if kind.startswith("many "):
        files = _files(store, "epoch") if chance.random() < 0.7 else _files(store, "state")
        return kind, _many(files, chance, _remove if kind == "many removed" else _flip)
    if kind == "folder removed":
        folder = chance.choice(sorted(path for path in store.iterdir() if path.name != "claims"))
        shutil.rmtree(folder)
        return kind, f"{folder.name} removed"
    return kind, _one(kind, store, other / "store", chance)


def _one(kind: str, store: Path, other: Path, chance: random.Random) -> str:
    ending = chance.choice(("epoch", "epoch", "state"))
    files = _files(store, ending)
    file = chance.choice(files)
    name = f"{ending} {file.parent.name[:6]}"
    content = file.read_bytes()
    if kind == "truncated":
        length = chance.randrange(len(content))
        file.write_bytes(content[:length])
        return f"{name} cut to {length} of {len(content)} bytes"
    if kind == "flipped":
        return f"{name}: {_flip(file, chance)}"
    if kind == "emptied":
        file.write_bytes(b"")
        return f"{name} emptied"
    if kind == "removed":
        file.unlink()
        return f"{name} removed"
    if kind == "of another store":
        file.write_bytes(chance.choice(_files(other, ending)).read_bytes())
        return f"{name} is one of another sweep's store"
    if kind == "moved":
        place = file.with_name("0000000000000000" + file.suffix)
        if chance.random() < 0.5:
            place = chance.choice(sorted(store.iterdir())) / file.name
        os.replace(file, place)  # noqa: PTH105
        return f"{name} moved to {place.relative_to(store)}"
    second = chance.choice([one for one in files if one != file])
    file.write_bytes(second.read_bytes())
    if kind == "swapped":
        second.write_bytes(content)
    return f"{name} {kind} {second.parent.name[:6]}"


def _files(store: Path, ending: str) -> list[Path]:
    return sorted(store.glob(f"*/*/*.{ending}"))


def _many(files: list[Path], chance: random.Random, how: object) -> str:
    chosen = chance.sample(files, min(len(files), chance.randrange(2, 6)))
    for file in chosen:
        how(file, chance)  # type: ignore[operator]
    return f"{len(chosen)} of {len(files)} {files[0].suffix} files"


def _remove(file: Path, _: random.Random) -> None:
    file.unlink()


def _flip(file: Path, chance: random.Random) -> str:
    content = bytearray(file.read_bytes())
    place, bit = chance.randrange(len(content)), chance.randrange(8)
    content[place] ^= 1 << bit
    file.write_bytes(content)
    return f"bit {bit} of byte {place} flipped"


def _tables(folder: Path, chance: random.Random) -> str:
    """Remove or damage some of the tables."""
    said = []
    for name in chance.sample(TABLES, chance.randrange(1, 4)):
        file = folder / name
        how = chance.choice(("removed", "flipped", "emptied", "cut"))
        if how == "removed":
            file.unlink()
        elif how == "flipped":
            _flip(file, chance)
        else:
            content = file.read_bytes()
            file.write_bytes(b"" if how == "emptied" else content[: chance.randrange(len(content))])
        said.append(f"{name} {how}")
    return ", ".join(said)
