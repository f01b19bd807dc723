"""Cases of the service: it is killed while sweeps are posted, queued and running.

No sweep that it has acknowledged may be lost or run twice, and each must end with the tables of one that nobody has
disturbed. A request whose answer was lost is sent again with its Idempotency-Key.
"""

import contextlib
import json
import random
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.killing import figures
from scripts.killing.cases import GONE_SECONDS, Outcome, Reference, reference_of
from scripts.killing.processes import COMMAND_SECONDS, Command, Hangs, command_line
from scripts.killing.sweeps import SERIAL, STORED, SWEEP, Kind, differing, epochs_told, records, tables

VICTIMS = ("service", "service", "service and a driver", "service and all drivers")
NAMES = ("one", "two", "three")
"""Sweeps of a case. They have batch sizes of their own, so that they share no epoch."""
BATCH_SIZES = (8, 16, 32)
ANSWER_SECONDS = 240.0
POSTING_SECONDS, RUNNING_SECONDS = 0.4, 12.0
"""Longest time from the first request to a kill, while the requests are sent and while the sweeps run."""
DRIVER = "rts_search.cli"
STARTING = ": starting "


def kinds() -> list[Kind]:
    """The sweeps of a case."""
    texts = [SWEEP.format(name=name, batch_size=size) for name, size in zip(NAMES, BATCH_SIZES, strict=True)]
    return [Kind(name, text + SERIAL + STORED, spent=True) for name, text in zip(NAMES, texts, strict=True)]


class Service:
    """`rts-search serve` on one results folder."""

    def __init__(self, folder: Path, executor: str) -> None:
        self.results, self._logs, self._executor = folder / "results", folder / "logs", executor
        self.results.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.started: list[Command] = []

    def start(self) -> None:
        """Start it and wait until it answers. Raises: Hangs."""
        limits = ("--max-sweeps", "2", "--max-per-user", "2", "--port", str(self.port))
        words = command_line("serve", "--without-tokens", *limits, "--results", str(self.results))
        self.started.append(Command(words, self._logs, {"RTS_SEARCH_EXECUTOR": self._executor}))
        if not self.started[-1].wait_until(lambda: self.ask("GET", "/healthz") is not None, ANSWER_SECONDS):
            raise Hangs(f"the service does not answer: {self.started[-1].last_line}")

    def ask(self, method: str, path: str, body: str = "", key: str = "") -> Any:
        """The answer to a request; None when the service does not answer, the code of a refusal."""
        headers = {"Content-Type": "application/yaml", **({"Idempotency-Key": key} if key else {})}
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, body.encode() or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                text = answer.read()
                return json.loads(text) if path.startswith("/api") else text
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, ValueError):  # the connection, or the answer, was cut off
            return None

    def launch(self, kind: Kind) -> bool:
        """Post a sweep. Returns whether it was acknowledged."""
        return isinstance(self.ask("POST", "/api/sweeps", kind.text, key=f"key-of-{kind.name}"), dict)

    def kill(self, victim: str, chance: random.Random) -> int:
        """Kill the service, and drivers where the case says so. Returns the number of drivers that were killed."""
        first = self.started[-1]
        first.process.kill()
        drivers = [process for command in self.started for process in command.others(DRIVER)]
        number = {"service": 0, "service and a driver": 1}.get(victim, len(drivers))
        chosen = chance.sample(drivers, min(number, len(drivers)))
        killed = sum(command.send(process, signal.SIGKILL) for process in chosen for command in self.started)
        first.wait()
        return killed

    def trains_on(self, before: int) -> bool:
        """Wait for an epoch more than `before`, for some seconds. Returns whether it came."""
        return self.started[-1].wait_until(lambda: epochs_told(self.results) > before, RUNNING_SECONDS)

    def driver_starts(self, name: str) -> int:
        """How many drivers of a sweep have begun to train, or were about to."""
        log = self.results / name / "driver.log"
        return log.read_text(errors="replace").count(f"{name}{STARTING}") if log.exists() else 0


def run(folder: Path, number: int, seed: int, only: int | None) -> list[Outcome]:
    """Run the cases, and print each."""
    references = {kind.name: reference_of(kind, folder / f"reference-{kind.name}", confirm=False) for kind in kinds()}
    found = []
    for case_number in range(number) if only is None else (only,):
        chance = random.Random(f"service {seed}/{case_number}")
        victim = VICTIMS[case_number % len(VICTIMS)]
        executor = "ray" if case_number % 4 == 3 else "inline"
        outcome, place = Outcome(victim), folder / str(case_number)
        told = _run(Service(place, executor), victim, chance, references, outcome)
        if not outcome.wrong:
            shutil.rmtree(place)
        found.append(outcome)
        print(figures.line(case_number, seed, f"service {executor}: {victim} {told}", outcome), flush=True)
    return found


def _run(
    service: Service, victim: str, chance: random.Random, references: Mapping[str, Reference], outcome: Outcome
) -> str:
    """Run a case. Returns the moments of its kills, in words."""
    kills = [
        chance.uniform(0.0, chance.choice((POSTING_SECONDS, RUNNING_SECONDS))) for _ in range(chance.randint(1, 2))
    ]
    try:
        service.start()
        known, drivers = _strike(service, victim, kills, chance, outcome)
        _finish(service, outcome, drivers)
        for kind in kinds():
            if different := differing(tables(kind, service.results), dict(references[kind.name].launched)):
                outcome.wrong.append(f"{kind.name} differs: {', '.join(different)}")
            starts = service.driver_starts(kind.name)
            if starts != 1 and not drivers:
                outcome.wrong.append(f"{starts} drivers of {kind.name}")
        now = records(service.results)
        outcome.again = sum(now.get(path, 0) != written for path, written in known.items())
        service.started[-1].process.terminate()
        service.started[-1].wait(30)
    except Hangs as error:
        outcome.wrong.append(str(error))
    for command in service.started:
        if left := command.close(GONE_SECONDS):
            outcome.wrong.append(f"{len(left)} processes were left: {left[0]}")
    return "at " + ", ".join(f"{moment:.2f} s" for moment in kills)


def _strike(
    service: Service, victim: str, kills: list[float], chance: random.Random, outcome: Outcome
) -> tuple[dict[str, int], int]:
    """Post the sweeps, and kill as the case says. Returns the records at the last kill, and the killed drivers."""
    waiting, acknowledged, drivers, known = kinds(), set[str](), 0, dict[str, int]()
    for moment in kills:
        began = time.monotonic()
        while (left := began + moment - time.monotonic()) > 0.0:
            if waiting and service.launch(waiting[0]):
                acknowledged.add(waiting.pop(0).name)
            elif not waiting:
                time.sleep(left)
        known, before = records(service.results), epochs_told(service.results)
        if waiting and chance.random() < 0.5:
            _cut_off(service, waiting[0])
        drivers += service.kill(victim, chance)
        outcome.code, began = service.started[-1].process.returncode, time.monotonic()
        service.start()
        outcome.end_seconds = time.monotonic() - began
        if service.trains_on(before):
            outcome.recovery_seconds = time.monotonic() - began
        there = {found["sweep"] for found in service.ask("GET", "/api/sweeps")}
        if lost := acknowledged - there:
            outcome.wrong.append(f"lost: {', '.join(sorted(lost))}")
    for kind in waiting:
        if not service.launch(kind):
            outcome.wrong.append(f"{kind.name} is refused: {service.ask('POST', '/api/sweeps', kind.text)}")
    return known, drivers


def _cut_off(service: Service, kind: Kind) -> None:
    """Send a request whose answer nobody reads, so that the service is killed while it works on it."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", service.port)) as connection:
        body = kind.text.encode()
        head = (
            f"POST /api/sweeps HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\nContent-Type: application/yaml\r\n"
            f"Idempotency-Key: key-of-{kind.name}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        time.sleep(random.Random(kind.name).uniform(0.0, 0.05))


def _finish(service: Service, outcome: Outcome, drivers: int) -> None:
    """Wait until all sweeps have finished; resume those whose driver was killed. Raises: Hangs."""
    deadline = time.monotonic() + COMMAND_SECONDS
    states: dict[str, str] = {}
    while time.monotonic() < deadline:
        found = service.ask("GET", "/api/sweeps")
        states = {one["sweep"]: one["state"] for one in found}
        if sorted(states) == sorted(NAMES) and set(states.values()) == {"finished"}:
            return
        for one in found:
            if one["state"] == "interrupted" and one["can_resume"] and drivers:
                service.ask("POST", f"/api/sweeps/{one['sweep']}/resume")
            elif one["state"] in ("interrupted", "failed") and not drivers:
                outcome.wrong.append(f"{one['sweep']} is {one['state']}: {one['message']}")
                return
        time.sleep(0.3)
    raise Hangs(f"the sweeps do not finish: {states}")
