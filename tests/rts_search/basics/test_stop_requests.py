"""Signals become requests to stop: which ones are heard, how often they count, and when they wait."""

import importlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rts_search.basics.stop_requests import AGAIN_SECONDS, STOPPING, requests


@pytest.fixture
def _all_ignored() -> Iterator[None]:
    """A process that ignores every signal, as after `nohup` or `trap '' TERM INT HUP`."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_all_ignored")
def test_what_is_ignored_stays_ignored() -> None:
    with requests.heard(also_fatal=True):
        for number in STOPPING:
            signal.raise_signal(number)
            assert signal.getsignal(number) is signal.SIG_IGN
        assert requests.number == 0


def test_signals_that_come_at_once_are_one_request() -> None:
    with requests.heard(also_fatal=True):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
        assert requests.number == 1
        time.sleep(AGAIN_SECONDS - requests.seconds() + 0.01)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert requests.number == 2


def test_the_third_request_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rts_search.basics.stop_requests.AGAIN_SECONDS", 0.0)
    ended: list[int] = []
    monkeypatch.setattr(requests, "at_last", lambda: ended.append(requests.number))
    with requests.heard(also_fatal=True):
        for _ in range(3):
            assert not ended
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    assert ended == [3]


def test_a_request_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_meanwhile.py").write_text("import signal; signal.raise_signal(signal.SIGTERM); whole = True")
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> None:
        importlib.import_module("imported_meanwhile")
        time.sleep(30.0)

    with requests.heard(also_fatal=True), pytest.raises(KeyboardInterrupt):
        work()
    assert sys.modules.pop("imported_meanwhile").whole
