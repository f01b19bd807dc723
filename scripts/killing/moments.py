"""The moment at which a case strikes, and at what."""

import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.killing.processes import Command
from scripts.killing.sweeps import epochs_told

FIRST_SECONDS = 0.5
"""Signals are promised to be heeded from this many seconds after the start on."""
READING = "reading the test part"
WRITING = "writing the results"
MOST_SECONDS = 10.0
"""A reference that took longer ran on a busy machine; the struck command may not."""
RAY_STARTS = 6.0
"""Seconds that a local Ray takes to start."""

INLINE_VICTIMS = ("driver", "session", "SIGTERM", "SIGINT", "SIGTERM to the group", "SIGINT to the group")
RAY_VICTIMS = (*INLINE_VICTIMS, "worker", "raylet", "gcs_server")
SIGNALS = {"SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
NAMES = {"worker": "Trainable", "raylet": "/rts-node --", "gcs_server": "ray/gcs/gcs_server --"}
"""Victim -> what its command line holds."""


@dataclass(frozen=True)
class Moment:
    """After some seconds, or some time after a number of epochs or after a word of the output."""

    seconds: float
    epochs: int = 0
    word: str = ""

    def __str__(self) -> str:
        """For the line of a case."""
        after = f" after {self.epochs} epochs" if self.epochs else f" after '{self.word}'" if self.word else ""
        return f"{self.seconds:.2f} s{after}"

    def wait(self, command: Command, results: Path) -> None:
        """Wait for it, or for the end of the command."""
        if self.epochs:
            before = epochs_told(results)
            command.wait_until(lambda: epochs_told(results) >= before + self.epochs)
        elif self.word:
            command.wait_until(lambda: self.word in command.out)
        began = time.monotonic() if self.epochs or self.word else command.started
        command.wait_until(lambda: time.monotonic() >= began + self.seconds)


def drawn(chance: random.Random, command: str, executor: str, victim: str, seconds: float) -> Moment:
    """Draw the moment of a case. `seconds`: how long the command takes inline."""
    seconds = min(seconds, MOST_SECONDS) + (RAY_STARTS if executor == "ray" else 0.0)
    kinds = ("epochs", "epochs", "word", "seconds", "seconds")
    kind = chance.choice(kinds) if victim not in NAMES or command == "confirm" else "epochs"
    if kind == "seconds":
        return Moment(chance.uniform(FIRST_SECONDS, seconds))
    if kind == "word":
        words = (READING,) if command == "confirm" else (READING, WRITING)
        return Moment(chance.uniform(0.0, 0.3), word=chance.choice(words))
    return Moment(chance.uniform(0.0, 0.4), epochs=chance.randint(1, 7))


def strike(command: Command, victim: str) -> bool:
    """Do to a command what the case is about. Returns whether something was there to be struck."""
    if command.process.poll() is not None:
        return False
    if victim in NAMES:
        return _kill_one(command, NAMES[victim])
    if victim == "session":
        return command.send_to_session(signal.SIGKILL)
    name, _, group = victim.partition(" to the ")
    number = SIGNALS.get(name, signal.SIGKILL)
    if group:
        return command.send_to_group(number)
    command.process.send_signal(number)  # our child, which nobody has waited for
    return True


def _kill_one(command: Command, words: str) -> bool:
    found = command.others(words)
    if not found:
        command.wait_until(lambda: bool(command.others(words)))
        found = command.others(words)
    return bool(found) and command.send(found[-1], signal.SIGKILL)
