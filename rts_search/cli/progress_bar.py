"""Shows how far a long check is."""

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, TaskID

LINE_SECONDS = 10.0
"""Time between two lines where there is no terminal."""


@dataclass
class ProgressBar:
    """A bar on a terminal; elsewhere a line every `line_seconds`."""

    console: Console
    line_seconds: float = LINE_SECONDS
    _bar: Progress = field(init=False)
    _task: TaskID | None = None
    _last_line: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._bar = Progress(console=self.console, transient=True)

    def __enter__(self) -> "ProgressBar":
        if self.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.console.is_terminal:
            self._bar.stop()

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` files are read."""
        if self.console.is_terminal:
            if self._task is None:
                self._task = self._bar.add_task("store", total=total)
            self._bar.update(self._task, completed=done)
        elif time.monotonic() - self._last_line >= self.line_seconds:
            self._last_line = time.monotonic()
            self.console.print(f"{done:,} of {total:,} files read", highlight=False)
