"""A long check shows its progress: a bar on a terminal, a line now and then elsewhere."""

import io

from rich.console import Console

from rts_search.cli.progress_bar import ProgressBar


def shown(terminal: bool, line_seconds: float) -> str:
    """What is printed for the first, second and third of 1,200 files."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80)
    with ProgressBar(console, line_seconds) as bar:
        for done in range(3):
            bar.show(done, 1200)
        if terminal:
            bar._bar.refresh()
    return file.getvalue()


def test_without_a_terminal_each_line_waits_for_its_time() -> None:
    assert shown(terminal=False, line_seconds=0.0).splitlines() == [f"{done} of 1,200 files read" for done in range(3)]
    assert shown(terminal=False, line_seconds=60.0) == ""


def test_on_a_terminal_a_bar_shows_the_share() -> None:
    assert "store" in shown(terminal=True, line_seconds=0.0)
    assert "files read" not in shown(terminal=True, line_seconds=0.0)
