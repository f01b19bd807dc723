"""A function runs in a thread of its own, while the main thread goes on."""

import threading

import pytest

from rts_search.running.executors.apart import Apart


def test_the_caller_goes_on_until_the_call_has_ended() -> None:
    may_end = threading.Event()
    call = Apart(lambda: may_end.wait(30.0) and "ended")
    assert not call.wait(0.0)
    may_end.set()
    assert call.wait(30.0)
    assert call.result() == "ended"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_of_the_function_is_raised_where_its_result_is_asked_for(kind: type[BaseException]) -> None:
    def fails() -> None:
        raise kind("broken")

    call = Apart(fails)
    assert call.wait(30.0)
    with pytest.raises(kind, match="broken"):
        call.result()
