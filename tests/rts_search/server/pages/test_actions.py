"""A sweep offers what applies in its state, and one obvious step at most."""

import pytest

from rts_search.server.pages.actions import Actions
from rts_search.server.responses import State, SweepSummary
from rts_search.server.summaries import _without_trials


def summary(state: State, **facts: object) -> SweepSummary:
    return _without_trials("mine", state, "", "ada").model_copy(update=facts)


@pytest.mark.parametrize("state", ["starting", "running", "confirming"])
def test_a_driven_sweep_can_only_be_stopped(state: State) -> None:
    assert Actions.of(summary(state, trials=9, can_confirm=True), mine=True) == Actions(stop="Stop")


def test_a_queued_sweep_leaves_the_queue_and_one_that_stops_offers_nothing() -> None:
    assert Actions.of(summary("queued"), mine=True) == Actions(stop="Take out of the queue")
    assert Actions.of(summary("stopping"), mine=True) == Actions()


def test_a_finished_sweep_is_confirmed_next_and_no_button_is_primary_after_that() -> None:
    finished = summary("finished", trials=9, can_confirm=True)
    assert Actions.of(finished, mine=True) == Actions(confirm=True, extend=True, delete=True, primary="confirm")
    confirmed = finished.model_copy(update={"confirmed": "Nothing is established."})
    assert Actions.of(confirmed, mine=True).primary == ""


def test_an_interrupted_sweep_is_resumed_next() -> None:
    found = Actions.of(summary("interrupted", trials=9, can_resume=True), mine=True)
    assert (found.resume, found.primary, found.stop) == (True, "resume", "")


@pytest.mark.parametrize("state", ["running", "finished", "failed"])
def test_the_sweep_of_another_user_offers_nothing(state: State) -> None:
    assert Actions.of(summary(state, trials=9, can_confirm=True, can_resume=True), mine=False) == Actions()
