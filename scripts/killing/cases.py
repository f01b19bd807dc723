"""A case of the campaign: strike a command of a sweep at some moment, resume until the end, and compare the tables."""

import random
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.killing.moments import INLINE_VICTIMS, NAMES, RAY_VICTIMS, Moment, drawn, strike
from scripts.killing.processes import Command, Hangs, command_line
from scripts.killing.sweeps import CONFIRM_OPTIONS, KINDS, Kind, differing, epochs_told, records, state_of, tables
from scripts.waits import without_waits

COMMANDS = ("launch", "launch", "resume", "confirm")
INTERRUPTED, REFUSED = 130, 2
MOST_RESUMES = 3
END_SECONDS = 45.0
"""A command that is asked to stop ends within this time."""
GONE_SECONDS = 90.0
"""What a killed command has started has ended within this time."""

GOING_ON = tuple(f"{words}: rts-search " for words in ("Continue with", "Begin with", "begins again", "goes on"))
"""One of these is in the line of a command that was stopped, and the command that goes on follows."""


@dataclass(frozen=True)
class Reference:
    """A sweep that nobody disturbed."""

    launched: Mapping[str, str]
    """Its tables after its launch."""
    confirmed: Mapping[str, str]
    """The tables after its confirmation."""
    launch_seconds: float
    confirm_seconds: float


@dataclass
class Outcome:
    """What became of a case."""

    victim: str
    code: int | None = None
    last_line: str = ""
    end_seconds: float | None = None
    """From the strike to the end of the struck command."""
    recovery_seconds: float | None = None
    """From the start of the next command to its first new epoch; None when it had none to train."""
    epochs: int = 0
    """Epochs that were on record after the strike, where a case counts them."""
    again: int = 0
    """Epochs that were on record when it was struck, and were trained again."""
    wrong: list[str] = field(default_factory=list)
    struck: bool = True


@dataclass(frozen=True)
class Case:
    """One case; drawn from the seed and its number, so that it can be run again alone."""

    kind: Kind
    command: str
    executor: str
    victim: str
    moment: Moment
    then: str
    """The executor with which the sweep goes on."""

    def __str__(self) -> str:
        """For the line of the case."""
        return f"{self.kind.name} {self.command} {self.executor}: {self.victim} at {self.moment}, then {self.then}"


def draw(seed: int, number: int, references: Mapping[str, Reference]) -> Case:
    """Draw a case. At least every second one is on Ray."""
    chance = random.Random(f"{seed}/{number}")
    executor = ("ray", "inline")[number % 2]
    command = chance.choice(COMMANDS)
    kind = chance.choice([kind for kind in KINDS if command != "confirm" or not kind.confirms])
    victims = RAY_VICTIMS if executor == "ray" else INLINE_VICTIMS
    victim = victims[(number // 2) % len(victims)]
    reference = references[kind.name]
    seconds = reference.confirm_seconds if command == "confirm" else reference.launch_seconds
    moment = drawn(chance, command, executor, victim, seconds)
    return Case(kind, command, executor, victim, moment, chance.choice(("inline", "inline", "ray")))


class Sweep:
    """The commands of one sweep in one results folder."""

    def __init__(self, kind: Kind, folder: Path, on_ray: tuple[str, ...] = ()) -> None:
        """`on_ray`: more options for its commands on Ray, such as the address of a cluster."""
        self.kind, self.results, self.logs, self._on_ray = kind, folder / "results", folder / "logs", on_ray
        self._file = str(kind.file(folder))

    def start(self, command: str, executor: str) -> Command:
        """Start launch, resume or confirm."""
        target = self._file if command == "launch" else self.kind.name
        more = self._on_ray if executor == "ray" else ()
        if command == "confirm" and not self.kind.confirms:
            more += CONFIRM_OPTIONS
        if command == "launch":
            more += self.kind.changes
        words = command_line(command, target, "--executor", executor, "--results", str(self.results), *more)
        return Command(words, self.logs)


def next_command(kind: Kind, results: Path, struck: str, code: int | None) -> str:
    """The command with which a user goes on; empty when all is done.

    Args:
        kind: of the sweep.
        results: its results folder.
        struck: the command that was struck, launch, resume or confirm.
        code: the exit code of the command before.
    """
    state = state_of(results, kind.name)
    if state in ("", "interrupted"):
        return "resume" if state else "launch"
    return "" if code == 0 else "confirm" if struck == "confirm" else "resume"


def reference_of(kind: Kind, folder: Path, confirm: bool = True) -> Reference:
    """Run a sweep without a disturbance, inline, and confirm it unless told otherwise."""
    folder.mkdir(parents=True)
    sweep, seconds, found = Sweep(kind, folder), list[float](), list[dict[str, str]]()
    for command in ("launch", "confirm") if confirm and not kind.confirms else ("launch",):
        started = sweep.start(command, "inline")
        if started.wait() != 0:
            raise SystemExit(f"the reference of {kind.name}: {started.err or started.out}")
        seconds.append(time.monotonic() - started.started)
        found.append(tables(kind, sweep.results))
    return Reference(found[0], found[-1], seconds[0], seconds[-1])


def run(case: Case, reference: Reference, folder: Path) -> Outcome:
    """Run a case. The folder is removed when all was as promised."""
    outcome = Outcome(case.victim)
    folder.mkdir(parents=True)
    sweep, started = Sweep(case.kind, folder), list[Command]()
    try:
        _run(case, reference, sweep, outcome, started)
    except Hangs as error:
        outcome.wrong.append(str(error))
    finally:
        for command in started:
            left = command.close(GONE_SECONDS)
            if left:
                outcome.wrong.append(f"{len(left)} processes were left: {left[0]}")
    if not outcome.wrong:
        shutil.rmtree(folder)
    return outcome


def _run(case: Case, reference: Reference, sweep: Sweep, outcome: Outcome, started: list[Command]) -> None:
    if case.command == "resume":
        before = sweep.start("launch", "inline")
        started.append(before)
        Moment(0.1, epochs=3).wait(before, sweep.results)
        before.process.kill()
        before.wait()
    if case.command == "confirm":
        started.append(sweep.start("launch", "inline"))
        started[-1].wait()
    struck = sweep.start(case.command, case.executor)
    started.append(struck)
    case.moment.wait(struck, sweep.results)
    known, at = records(sweep.results), time.monotonic()
    outcome.struck = strike(struck, case.victim)
    outcome.code = struck.wait()
    outcome.end_seconds = time.monotonic() - at if outcome.struck else None
    outcome.last_line = struck.last_line
    outcome.wrong += complaints(case, sweep, struck, outcome)
    recover(case, sweep, outcome, started)
    expected = reference.confirmed if case.command == "confirm" else reference.launched
    if different := differing(tables(case.kind, sweep.results), dict(expected)):
        outcome.wrong.append(f"differ: {', '.join(different)}")
    now = records(sweep.results)
    outcome.again = sum(now.get(path, 0) != written for path, written in known.items())


def complaints(case: Case, sweep: Sweep, struck: Command, outcome: Outcome) -> list[str]:
    """What the struck command did otherwise than promised."""
    code, found = outcome.code, []
    if "Traceback" in struck.out + struck.err:
        found.append("traceback")
    if not outcome.struck:
        return found if code == 0 else [*found, f"exit code {code} before it was struck"]
    if case.victim in ("driver", "session"):
        return found if code in (0, -signal.SIGKILL) else [*found, f"exit code {code}"]
    allowed = (0,) if case.victim in ("worker", "node") else (0, REFUSED) if case.victim in NAMES else (0, INTERRUPTED)
    if code not in allowed:
        found.append(f"exit code {code}")
    lines = without_waits(struck.err)
    if len(lines) > 1 or (code == REFUSED and len(lines) != 1):
        found.append(f"{len(lines)} lines of errors")
    if code != INTERRUPTED:
        return found
    if outcome.end_seconds is not None and outcome.end_seconds > END_SECONDS:
        found.append(f"took {outcome.end_seconds:.0f} s to end")
    if not any(words in struck.out for words in GOING_ON):
        found.append("does not say how to go on")
    folder = sweep.results / case.kind.name
    if case.command == "launch" and (folder / "sweep.yaml").exists() and not (folder / "trials.csv").exists():
        found.append("no tables")
    return found


def recover(case: Case, sweep: Sweep, outcome: Outcome, started: list[Command]) -> None:
    """Go on as a user does until the sweep has ended."""
    code = outcome.code
    for _ in range(MOST_RESUMES):
        command = next_command(case.kind, sweep.results, case.command, code)
        if not command:
            break
        before, going = epochs_told(sweep.results), sweep.start(command, case.then)
        started.append(going)
        if _trains_on(going, sweep.results, before):
            outcome.recovery_seconds = outcome.recovery_seconds or time.monotonic() - going.started
        code = going.wait()
        if code != 0:
            outcome.wrong.append(f"{command} ends with {going.process.returncode}: {going.last_line}")
            return
    else:
        outcome.wrong.append(f"has not ended after {MOST_RESUMES} commands")


def _trains_on(command: Command, results: Path, before: int) -> bool:
    """Wait for an epoch more than `before`. Returns whether it came before the command ended."""
    return command.wait_until(lambda: epochs_told(results) > before)
