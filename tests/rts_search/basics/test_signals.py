"""A signal that is recorded is never lost, raises nothing and ends every wait."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from rts_search.basics import signals
from rts_search.basics.signals import interrupts_noted, require_no_request, stoppable


def sent(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(1.0)


@pytest.fixture(autouse=True)
def _each_signal_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests send one signal right after the other, as no user does."""
    monkeypatch.setattr(signals, "SAME_SECONDS", 0.0)


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["a foreground job", "a background job"])
def _started_as(request: pytest.FixtureRequest) -> Iterator[None]:
    """A process to which Ctrl-C is passed on, or one that ignores it."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_started_as")
def test_sigterm_stops_a_sweep_however_it_was_started() -> None:
    with stoppable(), pytest.raises(KeyboardInterrupt):
        sent(signal.SIGTERM)


@pytest.mark.usefixtures("_started_as")
def test_a_signal_ends_a_wait_and_the_next_one_raises() -> None:
    with stoppable(), interrupts_noted() as noted:
        assert not noted.wait(0.0)
        threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGTERM]).start()
        began = time.monotonic()
        assert noted.wait(30.0)
        assert noted.is_set()
        assert time.monotonic() - began < 15.0
        with pytest.raises(KeyboardInterrupt):
            sent(signal.SIGTERM)


@pytest.mark.parametrize("number", signals.STOPPING)
def test_a_signal_that_was_ignored_before_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with stoppable(), interrupts_noted() as noted:
            signal.raise_signal(number)
            assert not noted.is_set()
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", signals.STOPPING)
def test_the_handlers_of_before_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stoppable(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_a_signal_that_timeout_sends_twice_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SAME_SECONDS", 3600.0)
    with interrupts_noted() as noted:
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        assert noted.is_set()


def test_a_request_stays_until_the_command_ends() -> None:
    with stoppable():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        with interrupts_noted() as noted:
            assert noted.is_set()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            require_no_request()
    require_no_request()


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


def test_an_interrupt_whose_exception_python_drops_is_recorded_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with interrupts_noted() as interrupt:
        with interrupt.raised():
            Interrupted()
        assert interrupt.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err == ""
    assert signal.getsignal(signal.SIGINT) is before
