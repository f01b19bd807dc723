"""Which sweeps the list shows, and in which order."""

import pytest

from rts_search.server.database.notes import Note
from rts_search.server.pages.sweep_query import ListedSweep, ListQuery, found
from rts_search.server.responses import BestSoFar, State
from rts_search.server.summaries import _without_trials


def sweep(name: str, state: State, note: Note = Note(), **facts: object) -> ListedSweep:  # noqa: B008
    return ListedSweep(_without_trials(name, state, "", "ada").model_copy(update=facts), note)


def best(value: float) -> BestSoFar:
    return BestSoFar(trial=1, val_acc=value, metric="val_acc", value=value)


SWEEPS = (
    sweep("old", "finished", started=1.0, ended=2.0, dataset="digits", best=best(0.5)),
    sweep("new", "finished", started=3.0, ended=9.0, dataset="cifar10", best=best(0.75)),
    sweep("waits", "queued"),
    sweep("goes", "running", Note("the large one", ("paper",)), started=2.0, model="resnet18"),
    sweep("away", "finished", Note(archived=True), started=5.0),
)


def names(**query: str) -> list[str]:
    return [one.summary.sweep for one in found(SWEEPS, ListQuery.of(query)).rows]


def test_those_that_run_are_first_and_then_the_latest() -> None:
    assert names() == ["goes", "waits", "new", "old"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"words": "DIGITS"}, ["old"]),
        ({"words": "large resnet"}, ["goes"]),
        ({"words": "nothing"}, []),
        ({"state": "finished"}, ["new", "old"]),
        ({"tag": "paper"}, ["goes"]),
        ({"archived": "yes"}, ["away"]),
        ({"sort": "sweep"}, ["goes", "new", "old", "waits"]),
        ({"sort": "best", "falling": "yes"}, ["new", "old", "waits", "goes"]),
        ({"sort": "no such column"}, ["old", "new", "waits", "goes"]),
    ],
)
def test_sweeps_are_found_and_sorted(query: dict[str, str], expected: list[str]) -> None:
    assert names(**query) == expected
