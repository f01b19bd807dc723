"""Second drivers of a sweep, copies and moves of its folder, and dead drivers."""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from damages.commands import Running, told
from damages.driven import KILLED, ON, Case
from damages.judge import Judgement, check_manner, difference, tables, without_spent


def second_resume(case: Case) -> str:
    """A second driver in the same folder, from another folder, or through a link."""
    first, lock = case.launched(), case.change_lock()
    alias = case.folder / "alias"
    alias.symlink_to(case.results)
    way = case.chance.choice(("same folder", "another folder", "link"))
    other = {"same folder": case.place(), "link": case.place(alias)}.get(
        way, ("--results", str(case.folder / "other"), *case.storage)
    )
    verb = case.chance.choice(("resume", "restore", "gc"))
    known = way != "another folder" or case.database.parent == case.results  # else it is told which folder is its own
    of = "already running" if known else f"must be {case.results}"
    case.refused(verb, "mine", *(ON if verb != "gc" else ()), *other, of=of, beside=first)
    if known:
        case.works("status", "mine", *other, of="mine: running", beside=first)
    case.ended(first)
    _unlock(case)
    case.finished()
    return f"{verb} from the {way}, {lock}"


def dead_driver(case: Case) -> str:
    """A driver that was killed, and the sweep taken up from anywhere."""
    first = case.launched()
    first.kill()
    case.ended(first, (KILLED,))
    lock = case.change_lock()
    way = case.chance.choice(("here", "moved", "link", "copy", "two at once", "by --storage"))
    if "folder" in lock:
        case.refused("resume", "mine", *ON, *case.place(), of="driver.lock")
        _unlock(case)
    if way == "two at once":
        both = [Running(("resume", "mine", *ON, *case.place()), case.said) for _ in range(2)]
        codes = sorted(case.ended(one, (0, 2)) for one in both)
        if codes[0] != 0:
            case.found.blame("one of both must go on", told(("status", "mine", *case.place()), case.said))
        case.finished()
    elif way == "by --storage":
        case.finished(options=("--results", str(case.results), *case.storage))
    elif way == "here":
        case.finished()
    else:
        case.finished(_placed(case, way))
    return f"killed, taken up {way}, {lock}"


def living_copy(case: Case) -> str:
    """A copy of the folder, taken up while the original runs. Both must end as one alone."""
    first = case.launched()
    copy = case.folder / "copy"
    _copied(case.results, copy)
    options: tuple[str, ...] = ("--results", str(copy))
    if case.database.parent == case.folder:
        shutil.copy(case.database, case.folder / "copy.sqlite3")
        options += ("--storage", f"sqlite:///{case.folder / 'copy.sqlite3'}")
    one = told(("resume", "mine", *ON, *options), case.said)
    check_manner(one, case.found, progress=True)
    if one.code == 2:
        case.found.verdict = "REFUSED"
    elif without_spent(tables(copy)) != without_spent(case.due):
        case.found.blame(f"other tables of the copy ({difference(case.due, tables(copy))})", one)
    case.ended(first)
    case.finished()
    return f"copy taken up, exit code {one.code}"


def two_launches(case: Case) -> str:
    """Two launches of one sweep at one moment: one of them runs."""
    both = [case.launch(), case.launch()]
    codes = sorted(case.ended(one, (0, 2)) for one in both)
    if codes != [0, 2]:
        case.found.blame("one of both must run", told(("status", "mine", *case.place()), case.said))
    case.finished()
    return "two launches"


def read_while_running(case: Case) -> str:
    """Commands that only read, while the sweep runs."""
    first = case.launched()
    for verb in ("status", "table", "export"):
        case.works(verb, "mine", *case.place())
    case.works("verify", *case.place())
    case.ended(first)
    case.finished()
    return "status, table, export and verify"


def stopped_elsewhere(case: Case) -> str:
    """A stop from another folder."""
    first, lock = case.launched(), case.change_lock()
    inside = case.database.parent == case.results
    case.works("stop", "mine", "--results", str(case.folder / "other" if inside else case.results), *case.storage)
    case.ended(first, (0, 130))
    _unlock(case)
    case.finished()
    return f"stop from another folder, {lock}"


def moved_while_running(case: Case) -> str:
    """The results folder is moved away from under the driver."""
    first, moved = case.launched(), case.folder / "moved"
    case.results.rename(moved)
    code = case.ended(first, (0, 2))
    if code == 0 or case.database.parent == case.folder:
        shutil.rmtree(case.results, ignore_errors=True)
    else:
        _emptied(case.results)
    if case.database.parent == case.results:
        case.database = moved / "studies.sqlite3"
    case.finished(moved, torn=True)
    return f"moved while it runs, exit code {code}"


def store_hurt_while_running(case: Case) -> str:
    """Records and states vanish while the driver runs."""
    first = case.launched()
    files = sorted((case.results / "store").glob("*/*/*.*"))
    chosen = case.chance.sample(files, min(len(files), 6))
    for file in chosen:
        with suppress(OSError):
            file.unlink() if case.chance.random() < 0.5 else file.write_bytes(b"x" * 50)
    code = case.ended(first, (0, 2))
    one = told(("restore", "mine", *ON, *case.place()), case.said)
    check_manner(one, case.found, progress=True)
    if one.code != 0:
        case.found.blame("must restore", one)
    case.finished()
    return f"{len(chosen)} files of the store lost, exit code {code}"


def database_gone_while_running(case: Case) -> str:
    """The database is removed, or another one takes its place, while the driver runs."""
    first, kept = case.launched(), case.folder / "kept.sqlite3"
    how = case.chance.choice(("removed", "replaced by an empty file"))
    os.replace(case.database, kept)  # noqa: PTH105
    if how != "removed":
        case.database.write_bytes(b"")
    code = case.ended(first, (0, 2))
    for file in (case.database, case.database.with_name(case.database.name + "-journal")):
        file.unlink(missing_ok=True)
    os.replace(kept, case.database)  # noqa: PTH105
    case.finished(torn=True)
    return f"database {how}, exit code {code}"


WAYS: tuple[Callable[[Case], str], ...] = (
    second_resume,
    second_resume,
    dead_driver,
    dead_driver,
    living_copy,
    two_launches,
    read_while_running,
    stopped_elsewhere,
    moved_while_running,
    store_hurt_while_running,
    database_gone_while_running,
)


def case(folder: Path, due: dict[str, str], number: int, chance: random.Random) -> tuple[str, str, Judgement]:
    """Do one of these in an empty folder. Returns its kind, what was done, and the verdict."""
    way = WAYS[number % len(WAYS)]
    one = Case(folder, due, chance)
    said = way(one)
    where = "elsewhere" if one.database.parent == folder else "in the folder"
    return way.__name__.replace("_", " "), f"{said}, database {where}", one.found


def _placed(case: Case, way: str) -> Path:
    """Move, link or copy the folder of a dead driver. Returns where the sweep is taken up."""
    new = case.folder / "new"
    inside = case.database.parent == case.results
    if way == "moved":
        case.results.rename(new)
        if inside:
            case.database = new / "studies.sqlite3"
    elif way == "link":
        new.symlink_to(case.results)
    else:
        shutil.copytree(case.results, new)
    return new


def _copied(results: Path, copy: Path) -> None:
    """Copy a folder in which files come and go."""
    with suppress(shutil.Error):
        shutil.copytree(results, copy)


def _unlock(case: Case) -> None:
    """Remove a folder in the place of the lock, as the message says."""
    lock = case.results / "mine" / "driver.lock"
    if lock.is_dir():
        lock.rmdir()


def _emptied(results: Path) -> None:
    """Remove what a driver may have left where its folder was."""
    shutil.rmtree(results, ignore_errors=True)
