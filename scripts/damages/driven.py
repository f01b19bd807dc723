"""A sweep that a driver trains, and what is done beside it and judged."""

import random
import re
import shlex
from pathlib import Path

from damages.commands import Running, told
from damages.judge import ADVICE, Judgement, check_manner, difference, tables, without_spent

KILLED = -9
LOCKS = ("as it is", "removed", "emptied", "a folder", "another file")
ON = ("--executor", "inline")


class Case:
    """A sweep that runs, and what is done beside it."""

    def __init__(self, folder: Path, due: dict[str, str], chance: random.Random) -> None:
        """
        Args:
            folder: of this script's own, empty.
            due: the tables that the sweep must have in the end.
            chance: draws what is done.
        """
        self.folder, self.due, self.chance = folder, due, chance
        self.results, self.said = folder / "results", folder / "said"
        self.said.mkdir()
        self.database = folder / "elsewhere.sqlite3" if chance.random() < 0.4 else self.results / "studies.sqlite3"
        self.found = Judgement()

    @property
    def storage(self) -> tuple[str, ...]:
        """The options that name the database from any folder."""
        return ("--storage", f"sqlite:///{self.database}")

    def place(self, results: Path | None = None) -> tuple[str, ...]:
        """The options that name the place of the sweep."""
        own = self.storage if self.database.parent == self.folder else ()
        return ("--results", str(results or self.results), *own)

    def launch(self) -> Running:
        """Start the sweep."""
        return Running(("launch", str(self.folder.parent / "driven.yaml"), *ON, *self.place()), self.said)

    def launched(self) -> Running:
        """Start the sweep, and wait until it trains."""
        running = self.launch()
        running.reaches(f"[{self.chance.randrange(1, 4)}/")
        return running

    def refused(self, *line: str, of: str = "", beside: Running | None = None) -> None:
        """Run a command that must refuse in one line that holds `of`, at least while a driver runs `beside` it."""
        one = told(line, self.said)
        check_manner(one, self.found, progress=beside is not None)
        if one.refused and of in one.err:
            self.found.verdict = "REFUSED" if self.found.verdict == "EQUAL" else self.found.verdict
        elif beside is None or beside.runs:
            self.found.blame("must refuse", one)

    def works(self, *line: str, of: str = "", beside: Running | None = None) -> None:
        """Run a command that must work, and say `of`, at least while a driver runs `beside` it."""
        one = told(line, self.said)
        check_manner(one, self.found)
        over = beside is not None and (not beside.runs or "mine: finished" in one.out)
        if (one.code != 0 or of not in one.out) and not over:
            self.found.blame(f"must work{f' and say {of}' if of else ''}", one)

    def ended(self, running: Running, codes: tuple[int, ...] = (0,)) -> int:
        """Wait for a driver; it must end with one of these exit codes, and with 2 only in one line."""
        one = running.told()
        if one.code != KILLED or KILLED not in codes:
            check_manner(one, self.found, progress=True)
        if one.code not in codes:
            self.found.blame(f"must end with exit code {codes}", one)
        return one.code

    def finished(self, results: Path | None = None, options: tuple[str, ...] | None = None, torn: bool = False) -> None:
        """Resume the sweep to its end. Its tables must be those of a sweep that ran undisturbed.

        torn: whether SQLite's file was moved while it was written. SQLite may then lose it; that must be told.
        """
        one = told(("resume", "mine", *ON, *(self.place(results) if options is None else options)), self.said)
        check_manner(one, self.found, progress=True)
        have = without_spent(tables(results or self.results))
        if torn and one.ended_in_one_line and re.search("malformed|damaged|lacks its table", one.err):
            self.found.verdict = "REFUSED"
            return
        advice = [command for command, _ in ADVICE.findall(one.err) if " restore " in command]
        if one.code == 2 and advice:  # records went to a folder that is not there any more
            one = told(shlex.split(advice[0])[1:], self.said)
            check_manner(one, self.found, progress=True)
            self.found.verdict, have = "RESTORED", without_spent(tables(results or self.results))
        if one.code != 0 or have != without_spent(self.due):
            self.found.blame(f"other tables ({difference(without_spent(self.due), have)})", one)

    def change_lock(self) -> str:
        """Do something to the lock file. Returns what."""
        lock, how = self.results / "mine" / "driver.lock", self.chance.choice(LOCKS)
        if how != "as it is":
            lock.unlink(missing_ok=True)
        if how == "a folder":
            lock.mkdir()
        elif how in ("emptied", "another file"):
            lock.write_text("" if how == "emptied" else '{"pid": 1, "host": "another"}')
        return f"driver.lock {how}"
