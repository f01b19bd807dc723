"""Shows what a command is doing while one waits for it: a line that moves on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from rts_search.basics.phases import Phase, phases, ticking

if TYPE_CHECKING:
    from rich.live import Live

SHOWN_AFTER_SECONDS = 0.1
"""A terminal shows a phase from then on, so that a quick command does not flicker."""
TOLD_AFTER_SECONDS = 0.5
"""A phase is told in a line when it has lasted as long, so that a quick command prints its result alone."""
AGAIN_SECONDS = 10.0
"""Time between two lines about one phase, where it has made progress."""


class PhaseLines:
    """Tells phases in lines: each once, and again where it has made progress."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: tuple[Phase | None, str] = (None, "")
        self._line, self._told_at = "", 0.0

    def heard(self, phase: Phase) -> None:
        """Tell a phase that has lasted long enough."""
        if not phase.lines or phase.seconds < TOLD_AFTER_SECONDS:
            return
        new = phase is not self._told[0] or phase.doing != self._told[1]
        if new or (str(phase) != self._line and phase.seconds - self._told_at >= AGAIN_SECONDS):
            self._told, self._line, self._told_at = (phase, phase.doing), str(phase), phase.seconds
            self._say(self._line)

    def silent(self) -> None:
        """Nothing to do: a line stays."""


class PhaseSpinner:
    """Shows the phase in the last line of a terminal, and removes the line when the phase is over."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._spinner: Any = None

    def heard(self, phase: Phase) -> None:
        """Show a phase that has lasted long enough."""
        if phase.seconds < SHOWN_AFTER_SECONDS and self._live is None:
            return
        from rich.text import Text

        text = Text(f"{phase}  {phase.seconds:.0f} s", overflow="ellipsis", no_wrap=True)
        if self._live is None:
            self._start(text)
        else:
            self._spinner.update(text=text)

    def _start(self, text: Any) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        self._spinner = Spinner("dots", text=text)
        # Lines that are printed meanwhile go above it, unless they go to a file.
        above = sys.stdout.isatty()
        self._live = Live(self._spinner, console=Console(stderr=True), transient=True, redirect_stdout=above)
        self._live.start()

    def silent(self) -> None:
        """Remove the line."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()


@contextmanager
def waits_shown(arguments: Sequence[str]) -> Iterator[None]:
    """Inside the `with` block, show the phases of a command on standard error. With --json, show nothing.

    arguments: of the command line.
    """
    if "--json" in arguments or not arguments:
        yield
        return
    listener = PhaseSpinner() if sys.stderr.isatty() else PhaseLines(lambda line: typer.echo(line, err=True))
    with phases.heard_by(listener), ticking():
        yield
