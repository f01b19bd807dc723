"""While a command waits it says for what: in a line that moves on a terminal, in plain lines elsewhere."""

import contextlib
import io
import time
from itertools import pairwise
from pathlib import Path

import pytest

from rts_search.basics.phases import Phase, phase, phases
from rts_search.cli.waiting import AGAIN_SECONDS, PhaseLines, waits_shown
from scripts.terminal_captures import captured
from tests.rts_search.environment import plain_environment

WAIT_SECONDS = 3.0
SILENCE_SECONDS = 2.0
"""Longest silence that is accepted here. A second is promised; beside other tests each step takes longer."""
SLOW_DATA = f"""
import time
import numpy
from pathlib import Path

def load():
    began = time.monotonic()
    time.sleep({WAIT_SECONDS})
    Path(__file__).with_suffix(".times").write_text(f"{{began}} {{time.monotonic()}}")
    images, labels = numpy.zeros((40, 8, 8), "uint8"), [0, 1] * 20
    return dict(train_images=images, train_labels=labels, test_images=images, test_labels=labels)
"""


@pytest.mark.slow
def test_a_terminal_is_never_silent_for_long_while_data_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "slow_data.py").write_text(SLOW_DATA)
    environment = {**plain_environment(), "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"}
    settings = ("--set", "dataset={name: 'slow_data:load'}", "--set", "training.batch_size=8")
    found = captured(("check", "digits", *settings), 60, environment=environment)
    assert found.code == 0, found.last
    began, ended = map(float, (tmp_path / "slow_data.times").read_text().split())
    heard = [began, *(at for at in found.heard if began < at < ended), ended]
    assert max(after - before for before, after in pairwise(heard)) < SILENCE_SECONDS
    assert any("loading the data" in frame for frame in found.frames), found.frames
    assert "loading the data" not in found.last, "the line is removed in the end"
    assert "valid" in found.last
    assert max(map(len, found.last.splitlines())) <= 60


def lasting(doing: str, seconds: float) -> Phase:
    return Phase(doing, began=time.monotonic() - seconds)


def test_plain_lines_tell_a_phase_once_and_again_only_when_it_has_made_progress() -> None:
    told: list[str] = []
    lines = PhaseLines(told.append)
    lines.heard(lasting("a quick one", 0.1))
    assert told == []
    decoding = lasting("decoding images", 1.0)
    lines.heard(decoding)
    lines.heard(decoding)
    assert told == ["decoding images"]
    decoding.progress(12_000, 60_000)
    lines.heard(decoding)
    assert told == ["decoding images"], "no flood of lines"
    decoding.began -= 2 * AGAIN_SECONDS
    lines.heard(decoding)
    lines.heard(decoding)
    assert told == ["decoding images", "decoding images 12,000 of 60,000"]


def test_a_phase_without_lines_is_not_told() -> None:
    told: list[str] = []
    quiet = lasting("reading digits", 5.0)
    quiet.lines = False
    PhaseLines(told.append).heard(quiet)
    assert told == []


def test_with_json_nothing_is_said() -> None:
    for arguments, said in ((["status", "mine", "--json"], ""), (["status", "mine"], "reading\n")):
        err = io.StringIO()
        with contextlib.redirect_stderr(err), waits_shown(arguments), phase("reading") as reading:
            reading.began -= 5.0
            phases.tick()
        assert err.getvalue() == said
