"""Judges what the commands make of a damaged sweep: equal, refused, restored, or wrong."""

import io
import os
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from damages.commands import Told, told
from trainables.core.regular_files import read_regular

SWEEP = "mine"
TIMES = ("seconds",)
SPENT = ("seconds", "spent", "gradient_evaluations_spent")
"""Columns that differ where epochs were trained again."""
AWAY = re.compile(r"(/[^:\s]*): [^:;]*; (?:move it away|remove it)|in (/[^:\s]*) .it is no folder")
NOT_WRITTEN = "were left as they are"
ADVICE = re.compile(r"`(rts-search [^`]+)`|continue with: (rts-search .*)")
MOST_TABLE_BYTES = 2**28
AGAIN = "launch the sweep again under another --name"
TRAINED = "writing the results"
"""What a resume says when it has trained to the end, also where the rows of lost epochs are missing then."""


@dataclass(frozen=True)
class Expected:
    """What the commands say and write of the sound sweep."""

    tables: dict[str, str]
    after_resume: dict[str, str]
    printed: str
    status: str
    resume: tuple[str, ...]
    """The further arguments with which it is resumed."""


@dataclass
class Judgement:
    """The verdict on one damage, and what the commands said."""

    verdict: str = "EQUAL"
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def blame(self, cause: str, one: Told) -> None:
        """Note that a command is wrong."""
        self.verdict = "WRONG"
        manner = f"exit code {one.code}, {one.seconds:.1f} s"
        self.wrong.append(f"{cause}: {one.command}: {manner}\n{one.out[-1500:]}\n{one.err[-2500:]}")


def tables(results: Path, sweep: str = SWEEP) -> dict[str, str]:
    """The tables of a sweep without its times, by name; "" for one that cannot be read."""
    found = {}
    for name in ("trials.csv", "epochs.parquet", "trials.parquet"):
        try:
            content = io.BytesIO(read_regular(results / sweep / name, MOST_TABLE_BYTES))
            frame = pd.read_csv(content, dtype=str) if name.endswith("csv") else pd.read_parquet(content)
            found[name] = frame.drop(columns=[column for column in TIMES if column in frame]).to_csv(index=False)
        except Exception:
            found[name] = ""
    return found


def without_spent(kept: dict[str, str]) -> dict[str, str]:
    """Tables without what was computed again."""
    frames = {name: pd.read_csv(io.StringIO(text), dtype=str) if text else None for name, text in kept.items()}
    return {
        name: "" if frame is None else frame.drop(columns=[one for one in SPENT if one in frame]).to_csv(index=False)
        for name, frame in frames.items()
    }


def judge(results: Path, expected: Expected, folder: Path, goes_on: bool, relaunched: bool) -> Judgement:
    """Run the commands on a damaged sweep and judge them.

    Args:
        results: the damaged results folder.
        expected: of the sound sweep.
        folder: of this script's own, for what commands print.
        goes_on: whether the sweep is resumed at first, before anything else has seen the damage.
        relaunched: whether a sweep is launched again where a message advises it.
    """
    found, place = Judgement(), ("--results", str(results))
    inline = (*place, "--executor", "inline")
    lines = [
        ("table", SWEEP, *place),
        ("verify", *place),
        ("status", SWEEP, *place),
        ("resume", SWEEP, *inline, *expected.resume),
    ]
    resumed = False
    advice: list[str] = []
    for line in [lines[3], *lines[:3]] if goes_on else lines:
        before = tables(results)
        one = told(line, folder)
        check_manner(one, found)
        resumed = resumed or (line[0] == "resume" and (one.code == 0 or TRAINED in one.out))
        _check_outcome(line[0], one, found, results, before, expected, resumed)
        advice += [command for pair in ADVICE.findall(one.out + one.err) for command in pair if command]
    restoring = [command for command in dict.fromkeys(advice) if " restore " in command]
    if restoring and found.verdict != "WRONG":
        _follow(restoring[0], found, results, expected, folder, resumed)
    elif found.verdict == "REFUSED" and AGAIN in " ".join(found.said) and relaunched:
        _launch_again(found, results, expected, folder)
    return found


def check_manner(one: Told, found: Judgement, progress: bool = False) -> None:
    """Blame a command that crashed, hung, or said more than one line; with `progress`, notes may come before it."""
    found.said.append(f"{one.command.split()[1]} {one.code}: {(one.err or one.out).strip()[-330:]}")
    if one.crashed:
        found.blame("crashed or hung", one)
    elif one.code == 2 and not (one.refused or (progress and one.ended_in_one_line)):
        found.blame("refused in another way than one line", one)
    elif one.code == 1 and one.command.split()[1] != "verify":
        found.blame("ended with exit code 1", one)


def _check_outcome(
    verb: str, one: Told, found: Judgement, results: Path, before: dict[str, str], expected: Expected, resumed: bool
) -> None:
    """Blame a command that says or writes something else than for the sound sweep, without a refusal."""
    after = tables(results)
    if one.code == 2:
        if poorer(before, after):
            found.blame("refused, and made the tables poorer", one)
        elif found.verdict == "EQUAL":
            found.verdict = "REFUSED"
    elif verb == "table" and NOT_WRITTEN in one.err and one.out == expected.printed:
        found.verdict = "REFUSED" if found.verdict == "EQUAL" else found.verdict
    elif verb in ("table", "resume") and one.code == 0:
        due = without_spent(expected.after_resume) if resumed else expected.tables
        have = without_spent(after) if resumed else after
        if have != due:
            found.blame(f"other tables ({difference(due, have)})", one)
        elif verb == "table" and not resumed and one.out != expected.printed:
            found.blame("other ranking", one)
    elif verb == "status" and not resumed and one.out != expected.status:
        found.blame("other status", one)
    elif verb == "verify" and one.code == 1 and not one.out.strip():
        found.blame("names nothing", one)
    elif verb in ("verify", "status") and poorer(before, after):
        found.blame("changed the tables", one)


def _follow(command: str, found: Judgement, results: Path, expected: Expected, folder: Path, resumed: bool) -> None:
    """Do what a command has advised, and see whether everything is as it was."""
    for place in {place for pair in AWAY.findall(" ".join(found.said)) for place in pair if place}:
        if results in Path(place).parents and os.path.lexists(place):
            os.rename(place, folder / "away")  # noqa: PTH104
    one = told(shlex.split(command)[1:], folder)
    check_manner(one, found)
    if one.code != 0:
        found.blame("its advice does not work", one)
        return
    one = told(("table", SWEEP, "--results", str(results)), folder)
    due, have = (expected.after_resume, tables(results)) if resumed else (expected.tables, tables(results))
    if one.code != 0 or without_spent(have) != without_spent(due):
        found.blame(f"other tables after `{command}` ({difference(due, have)})", one)
    elif found.verdict != "WRONG":
        found.verdict = "RESTORED"


def _launch_again(found: Judgement, results: Path, expected: Expected, folder: Path) -> None:
    """Launch the sweep again under another name in another database, which must end with the same tables."""
    name = "again"
    more = ("--name", name, "--storage", f"sqlite:///{results / 'again.sqlite3'}", "--executor", "inline")
    line = ("launch", str(results / SWEEP / "sweep.yaml"), "--results", str(results), *more, *expected.resume)
    one = told(line, folder)
    check_manner(one, found, progress=True)
    due, have = without_spent(expected.after_resume), without_spent(tables(results, name))
    if one.code != 0 or have != due:
        found.blame(f"other tables of a launch under another name ({difference(due, have)})", one)


def poorer(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether a table has lost a row that it had.

    The row of a trial that was under way may have changed, and one that was cut off may be whole. So may the header.
    """
    return any(
        ",RUNNING," not in line
        and not line.startswith("number,")
        and not any(new.startswith(line.rstrip(",")) for new in after[name].splitlines())
        for name in before
        for line in set(before[name].splitlines()) - set(after[name].splitlines())
    )


def difference(due: dict[str, str], have: dict[str, str]) -> str:
    """The first line that differs."""
    for name in due:
        for ours, theirs in zip(due[name].splitlines(), have[name].splitlines(), strict=False):
            if ours != theirs:
                return f"{name}: {theirs[:220]!r} instead of {ours[:220]!r}"
        if due[name] != have[name]:
            return f"{name}: {len(have[name].splitlines())} instead of {len(due[name].splitlines())} lines"
    return "none"
