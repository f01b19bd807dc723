"""What a command is doing right now: a phase, such as decoding images, which whoever shows it can ask for.

An operation wraps what may take more than a second in `phase`. It does not print. Who shows it listens (`heard_by`):
the command line on its terminal, or the display of a sweep. Without a listener, as in a notebook or a service, it
costs nothing.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

TICK_SECONDS = 0.2
"""Pause between two calls of a listener."""


@dataclass
class Phase:
    """One phase and its progress."""

    doing: str
    """In words: `decoding images`."""
    lines: bool = True
    """Whether it is told in a line where there is no terminal."""
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    total: int = 0

    def progress(self, done: int, total: int, doing: str = "") -> None:
        """Note how far it is: how many of how many images, files or trials. `doing`: other words for the phase."""
        self.done, self.total, self.doing = done, total, doing or self.doing

    @property
    def seconds(self) -> float:
        """How long it has lasted, or how long ago it was taken up again."""
        return time.monotonic() - self.began

    def __str__(self) -> str:
        """`decoding images 12,000 of 60,000`."""
        return f"{self.doing} {self.done:,} of {self.total:,}" if self.total else self.doing


class Listener(Protocol):
    """Shows phases."""

    def heard(self, phase: Phase) -> None:
        """Called every TICK_SECONDS with the innermost phase, from a thread of its own (`ticking`)."""

    def silent(self) -> None:
        """Called when no phase is left, and when another listener takes over: nothing may stay on the screen."""


class Phases:
    """The phases in which this process is, and who listens. The innermost of each counts."""

    def __init__(self) -> None:
        self._phases: list[Phase] = []
        self._listeners: list[Listener] = []
        self._lock = threading.RLock()

    @property
    def now(self) -> Phase | None:
        """The innermost phase; None between phases."""
        phases = self._phases
        return phases[-1] if phases else None

    @contextmanager
    def within(self, phase: Phase) -> Iterator[Phase]:
        """Inside the `with` block, this is the innermost phase."""
        self._phases.append(phase)
        try:
            yield phase
        finally:
            self._phases.remove(phase)
            if not self._phases:
                self._quiet()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Inside the `with` block, the phases around it are not told, as while a display shows trials in them.

        Their seconds are counted anew after it.
        """
        around, self._phases = self._phases, []
        self._quiet()
        try:
            yield
        finally:
            self._phases = around
            for phase in around:
                phase.began = time.monotonic()

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Inside the `with` block, this listener shows the phases instead of the one before."""
        self._quiet()
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._quiet()
            self._listeners.remove(listener)

    def tick(self) -> None:
        """Let the listener show the phase."""
        with self._lock:
            if (phase := self.now) is not None and self._listeners:
                self._listeners[-1].heard(phase)

    def _quiet(self) -> None:
        from rts_search.basics.signals import InterruptsHeldBack

        with InterruptsHeldBack(), self._lock:  # a half removed line would stay on the terminal
            if self._listeners:
                self._listeners[-1].silent()


phases = Phases()


@contextmanager
def phase(doing: str, lines: bool = True) -> Iterator[Phase]:
    """Inside the `with` block, this process is doing this. Yields the phase, which is told the progress.

    Args:
        doing: in words, such as `decoding images`.
        lines: whether it is told in a line where there is no terminal.
    """
    with phases.within(Phase(doing, lines)) as begun:
        yield begun


@contextmanager
def ticking() -> Iterator[None]:
    """Inside the `with` block, a thread lets the listeners show the phases, whatever the main thread does."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(TICK_SECONDS):
            phases.tick()

    thread = threading.Thread(target=tick, name="phases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
