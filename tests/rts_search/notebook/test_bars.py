"""Progress is a bar in a notebook and on a terminal, and a line for each new word elsewhere."""

import time

import pytest

from rts_search.basics.phases import phase
from rts_search.notebook import bars
from rts_search.notebook.bars import Lines, NotebookBar, TerminalBar, in_notebook, make_bar, phases_shown
from rts_search.notebook.progress import Progress


def test_lines_are_printed_when_their_words_change(capsys: pytest.CaptureFixture[str]) -> None:
    shown = make_bar()
    assert isinstance(shown, Lines)
    shown.show(Progress("mine: training", 1, 3, "2 min"))
    shown.show(Progress("mine: training", 2, 3, "1 min"))
    shown.close("mine: finished")
    shown.close("")
    assert capsys.readouterr().out == "mine: training, about 2 min left\nmine: finished\n"


def test_a_terminal_has_one_line_that_changes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = TerminalBar()
    shown.show(Progress("mine: [training]", 1, 3))
    shown.close("mine: finished")
    assert capsys.readouterr().out.splitlines()[-1] == "mine: finished"


def test_a_notebook_has_one_output_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell(history_load_length=0)
    publisher = CapturingDisplayPublisher()
    monkeypatch.setattr(InteractiveShell, "_instance", shell)
    monkeypatch.setattr(shell, "display_pub", publisher)
    assert not in_notebook()
    shown = NotebookBar()
    shown.show(Progress("<mine>: training", 1, 3))
    shown.close("mine: finished")
    first, last = publisher.outputs
    assert first["data"]["text/plain"] == "<mine>: training"
    assert "&lt;mine&gt;: training" in first["data"]["text/html"]
    assert last["data"]["text/html"] == "mine: finished"
    assert first["transient"] == last["transient"]


def test_a_phase_is_shown_when_it_lasts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with phases_shown(), phase("looking"):
        pass
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(bars, "SHOWN_AFTER_SECONDS", 0.0)
    with phases_shown(), phase("loading the data"):
        time.sleep(0.5)
    assert capsys.readouterr().out == "loading the data\n"
