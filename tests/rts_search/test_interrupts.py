"""A signal that is to be noted is never lost, raised or waited for."""

import os
import signal
import time

import pytest

from rts_search.interrupts import interrupts_noted, terminated_as_interrupted


def sent(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(1.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_wait_and_the_next_one_raises(number: signal.Signals) -> None:
    with terminated_as_interrupted(), interrupts_noted() as noted:
        assert not noted.wait(0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        before = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
        began = time.monotonic()
        assert noted.wait(30.0)
        signal.signal(signal.SIGALRM, before)
        assert noted.is_set()
        assert time.monotonic() - began < 15.0
        with pytest.raises(KeyboardInterrupt):
            sent(number)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_wait_can_be_interrupted_at_any_moment() -> None:
    for _ in range(300):
        with interrupts_noted() as noted:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            before = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
            assert noted.wait(30.0)
            signal.signal(signal.SIGALRM, before)
