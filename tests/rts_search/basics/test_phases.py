"""Whoever listens is told every fraction of a second what a command is doing, also while its main thread waits."""

import time

import pytest

from rts_search.basics.phases import TICK_SECONDS, Phase, phase, phases, ticking


class Heard:
    """A listener that keeps what it was told, and when."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.at: list[float] = []

    def heard(self, phase: Phase) -> None:
        self.told.append(str(phase))
        self.at.append(time.monotonic())

    def silent(self) -> None:
        self.told.append("silent")


def test_a_phase_says_how_far_it_is() -> None:
    with phase("decoding images") as decoding:
        assert str(decoding) == "decoding images"
        decoding.progress(12_000, 60_000)
        assert str(phases.now) == "decoding images 12,000 of 60,000"
        decoding.progress(1, 2, "reading files")
        assert str(decoding) == "reading files 1 of 2"
    assert phases.now is None


def test_the_innermost_phase_counts_and_ends_also_after_an_error() -> None:
    with phase("launching"):
        with phase("reading"):
            assert str(phases.now) == "reading"
        with pytest.raises(ZeroDivisionError), phase("reading"):
            _ = 1 / 0
        assert str(phases.now) == "launching"


def test_phases_around_are_put_aside() -> None:
    with phase("planning"):
        with phases.aside():
            assert phases.now is None
            with phase("starting ray"):
                assert str(phases.now) == "starting ray"
            assert phases.now is None
        assert str(phases.now) == "planning"
    assert phases.now is None


def test_a_listener_hears_it_several_times_a_second_while_the_main_thread_waits() -> None:
    heard = Heard()
    with phases.heard_by(heard), ticking(), phase("waiting"):
        began = time.monotonic()
        time.sleep(5 * TICK_SECONDS)
    assert heard.told.count("waiting") >= 2
    assert heard.at[0] - began < 4 * TICK_SECONDS


def test_the_screen_is_cleared_when_no_phase_is_left_and_when_another_listener_takes_over() -> None:
    first, second = Heard(), Heard()
    with phases.heard_by(first):
        with phase("outer"):
            phases.tick()
            with phase("inner"):
                phases.tick()
            assert first.told == ["outer", "inner"]
            with phases.heard_by(second):
                assert first.told[-1] == "silent"
                phases.tick()
            assert second.told == ["outer", "silent"]
        assert first.told[-1] == "silent"
    phases.tick()
    assert first.told == ["outer", "inner", "silent", "silent", "silent"]
