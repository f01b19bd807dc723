"""Calls to Ray in another thread: their result and error, and the end of the wait when Ray is lost."""

import threading

import pytest

from rts_search.running.executors import beside
from rts_search.running.executors.beside import RayLost, called_beside


def _running() -> str:
    return ""


def test_the_result_is_that_of_the_function_which_runs_in_another_thread() -> None:
    assert called_beside(threading.current_thread, _running) is not threading.current_thread()


def test_what_the_function_raises_is_raised_here_also_an_interrupt() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        called_beside(stopped, _running)


def test_a_call_that_does_not_return_is_left_when_ray_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "PATIENCE_SECONDS", 0.01)
    never = threading.Event()
    try:
        with pytest.raises(RayLost, match="its gcs_server was ended"):
            called_beside(never.wait, lambda: "its gcs_server was ended")
    finally:
        never.set()


def test_a_call_that_notices_the_loss_by_itself_ends_in_its_own_way() -> None:
    lost, done = threading.Event(), threading.Event()

    def notices() -> str:
        lost.wait()
        done.set()
        return "its own words"

    def cause() -> str:
        lost.set()
        return "lost"

    assert called_beside(notices, cause) == "its own words"
    assert done.is_set()
