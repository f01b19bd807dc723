"""Shows how far something is: as a bar in a notebook and on a terminal, in plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from rts_search.basics.phases import Phase, phases, ticking
from rts_search.notebook.html import bar, told
from rts_search.notebook.progress import Progress

SHOWN_AFTER_SECONDS = 0.5
"""A phase is shown from then on, so that what is quick shows nothing."""


class Bar(Protocol):
    """Shows progress. It is closed in the end."""

    def show(self, progress: Progress) -> None:
        """Show this instead of what was shown before."""

    def close(self, last: str) -> None:
        """End with one line in the place of the bar; empty: with nothing."""


class NotebookBar:
    """One output of a cell, which changes in its place. The saved notebook has its last line."""

    def __init__(self) -> None:
        self._display: Any = import_module("IPython.display").display
        self._handle: Any = None

    def show(self, progress: Progress) -> None:
        """Show a bar of HTML."""
        self._put(_Output(str(progress), bar(progress.done, progress.total, str(progress))))

    def close(self, last: str) -> None:
        """Leave a line of text."""
        if self._handle is not None or last:
            self._put(_Output(last, told(last)))

    def _put(self, output: "_Output") -> None:
        if self._handle is None:
            self._handle = self._display(output, display_id=True)
        else:
            self._handle.update(output)


class _Output:
    """What a notebook shows: HTML, or text where it cannot."""

    def __init__(self, text: str, html: str) -> None:
        self._text, self._html = text, html

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


class TerminalBar:
    """The last line of a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._rich = RichProgress(BarColumn(24), TextColumn("{task.description}", markup=False), transient=True)
        self._task = self._rich.add_task("", total=None)

    def show(self, progress: Progress) -> None:
        """Show a bar and the text."""
        self._rich.start()
        total = progress.total or None
        self._rich.update(self._task, description=str(progress), completed=progress.done, total=total)

    def close(self, last: str) -> None:
        """Remove the bar and print the line."""
        self._rich.stop()
        if last:
            print(last)


class Lines:
    """A line whenever the words have changed."""

    def __init__(self) -> None:
        self._told = ""

    def show(self, progress: Progress) -> None:
        """Print the words, unless they are those of before."""
        if progress.doing != self._told:
            self._told = progress.doing
            print(progress, flush=True)

    def close(self, last: str) -> None:
        """Print the line, unless it was the last one."""
        if last and last != self._told:
            print(last, flush=True)


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def make_bar() -> Bar:
    """The bar that can be seen here."""
    return NotebookBar() if in_notebook() else TerminalBar() if sys.stdout.isatty() else Lines()


class _PhaseBar:
    """Shows what this process waits for."""

    def __init__(self, shown: Bar) -> None:
        self._shown = shown

    def heard(self, phase: Phase) -> None:
        """Show a phase that has lasted long enough."""
        if phase.seconds >= SHOWN_AFTER_SECONDS:
            self._shown.show(Progress(str(phase), phase.done, phase.total))

    def silent(self) -> None:
        """Nothing to do: `phases_shown` closes the bar."""


@contextmanager
def phases_shown() -> Iterator[None]:
    """Inside the `with` block, show what this process waits for; nothing of it is left at the end."""
    shown = make_bar()
    try:
        with phases.heard_by(_PhaseBar(shown)), ticking():
            yield
    finally:
        shown.close("")
