"""A signal that is recorded is never lost, raises nothing and ends every wait."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from rts_search.basics import signals, stop_requests
from rts_search.basics.signals import (
    InterruptsHeldBack,
    asked,
    commands_stopped,
    hurried,
    interrupts_noted,
    interrupts_raised,
    terminated_as_interrupted,
)


@pytest.fixture
def _each_signal_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_requests, "AGAIN_SECONDS", 0.0)


def sent(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(1.0)


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["a foreground job", "a background job"])
def _started_as(request: pytest.FixtureRequest) -> Iterator[None]:
    """A process to which Ctrl-C is passed on, or one that ignores it."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_started_as")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_sweep_however_it_was_started(number: signal.Signals) -> None:
    with terminated_as_interrupted(), pytest.raises(KeyboardInterrupt):
        sent(number)
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.usefixtures("_started_as", "_each_signal_counts")
def test_a_signal_ends_a_wait_and_the_next_one_raises() -> None:
    with terminated_as_interrupted(), interrupts_noted() as noted:
        assert not noted.wait(0.0)
        threading.Timer(0.2, sent, [signal.SIGTERM]).start()
        began = time.monotonic()
        assert noted.wait(30.0)
        assert noted.is_set()
        assert time.monotonic() - began < 15.0
        with pytest.raises(KeyboardInterrupt):
            sent(signal.SIGTERM)


def test_a_wait_can_be_interrupted_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "LOOK_SECONDS", 0.001)  # the signal comes before, within or between its short sleeps
    for _ in range(300):
        with interrupts_noted() as noted:
            threading.Timer(0.0005, os.kill, [os.getpid(), signal.SIGINT]).start()
            assert noted.wait(30.0)


def test_a_signal_raises_in_work_that_may_be_left_at_any_moment() -> None:
    with interrupts_noted() as noted:
        with pytest.raises(KeyboardInterrupt), noted.raised():
            signal.raise_signal(signal.SIGINT)
        assert noted.is_set()


def test_a_signal_that_came_before_such_work_keeps_it_from_beginning() -> None:
    begun = False
    with interrupts_noted() as noted:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), noted.raised():
            begun = True
    assert not begun


@pytest.mark.usefixtures("_each_signal_counts")
def test_an_interrupt_whose_exception_python_drops_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    dropped: list[sys.UnraisableHookArgs] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    before = signal.getsignal(signal.SIGINT)
    with interrupts_noted() as interrupt:
        with interrupt.raised():
            Interrupted()
        assert interrupt.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert [told.exc_type for told in dropped] == [KeyboardInterrupt]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_request_to_stop_is_known_until_the_command_ends() -> None:
    with terminated_as_interrupted():
        assert not asked()
        with interrupts_noted():
            signal.raise_signal(signal.SIGTERM)
        with interrupts_noted() as later:
            assert later.is_set()
            with pytest.raises(KeyboardInterrupt), interrupts_raised():
                pass
        assert asked()
        assert not hurried()
    with terminated_as_interrupted(), interrupts_noted() as of_the_next_command:
        assert not of_the_next_command.is_set()


def test_a_part_of_recorded_work_may_be_left_at_any_moment() -> None:
    def work() -> None:
        with interrupts_raised():
            with interrupts_raised():
                pass
            sent(signal.SIGTERM)

    with terminated_as_interrupted(), interrupts_noted():
        with pytest.raises(KeyboardInterrupt):
            work()
        assert asked()
    with interrupts_raised(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_command_takes_up_an_interrupt_whose_exception_python_drops() -> None:
    class Interrupting:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def work() -> None:
        with interrupts_raised():
            Interrupting()
            time.sleep(30.0)

    hook = sys.unraisablehook
    with commands_stopped():
        with pytest.raises(KeyboardInterrupt):
            work()
        assert not hurried()
    assert sys.unraisablehook is hook


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_waits_until_a_request_has_ended_and_then_raises(number: signal.Signals) -> None:
    done = []

    def request() -> None:
        with InterruptsHeldBack():
            with InterruptsHeldBack():
                assert not InterruptsHeldBack.came()
                signal.raise_signal(number)
                done.append("inner")
            assert InterruptsHeldBack.came()
            done.append("outer")

    with terminated_as_interrupted() if number != signal.SIGINT else nullcontext(), pytest.raises(KeyboardInterrupt):
        request()
    assert done == ["inner", "outer"]
    assert not InterruptsHeldBack.came()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_is_held_back_is_noted_by_whoever_notes_interrupts() -> None:
    with interrupts_noted() as noted:
        with InterruptsHeldBack():
            signal.raise_signal(signal.SIGINT)
            assert not noted.is_set()
        assert noted.is_set()


def test_another_thread_holds_nothing_back() -> None:
    def request() -> None:
        with InterruptsHeldBack():
            began.set()
            assert over.wait(30.0)

    began, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=request)
    thread.start()
    assert began.wait(30.0)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    over.set()
    thread.join()
