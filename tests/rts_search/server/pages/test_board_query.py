"""Which trials a leaderboard shows."""

import pytest

from rts_search.analysis import tested as values
from rts_search.analysis.report.board import Board
from rts_search.basics.results_folder import Results
from rts_search.server.pages.board_query import BoardQuery, found, unknown_columns
from tests.rts_search.store.swept import Swept


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Five completed trials, of which 0 is sgd, and one that was stopped early."""
    swept = Swept(Results(tmp_path_factory.mktemp("board") / "results"))
    study = swept.sweep("plain", "space.radius.beta_min=[0.1, 0.2, 0.3, 0.4, 0.5]", "space.timing.switch_epoch=4")
    for _ in range(5):
        swept.train(study)
    swept.train(study, epochs=3, state="PRUNED")
    return Board(study.sweep, study.trials(), values.tested_of(study))


def numbers(board: Board, **query: str) -> list[int]:
    return [entry.number for entry in found(board, BoardQuery.of(query)).rows]


def test_the_ranking_is_that_of_the_sweep(board: Board) -> None:
    assert numbers(board) == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "PRUNED"}, [5]),
        ({"state": "ALL"}, [4, 3, 2, 1, 0, 5]),
        ({"arm": "sgd"}, [0]),
        ({"words": "3"}, [3]),
        ({"words": "sgd"}, [0]),
        ({"words": "val_acc>=0.02"}, [4, 3]),
        ({"words": "val_acc<0.02 val_acc>0"}, [2]),
        ({"words": "epochs=3", "state": "ALL"}, [5]),
        ({"words": "val_acc>=2%"}, [4, 3]),
        ({"words": "val_acc<1.9"}, [2, 1, 0]),
        ({"words": "beta_min>0.35"}, [4]),
        ({"words": "nothing.here=1"}, []),
        ({"words": "place=1"}, [4]),
        ({"sort": "trial"}, [0, 1, 2, 3, 4]),
        ({"sort": "value", "falling": "yes"}, [4, 3, 2, 1, 0]),
        ({"sort": "no such column"}, [4, 3, 2, 1, 0]),
    ],
)
def test_trials_are_found_and_sorted(board: Board, query: dict[str, str], expected: list[int]) -> None:
    assert numbers(board, **query) == expected


def test_a_condition_on_no_column_is_named(board: Board) -> None:
    query = BoardQuery.of({"words": "sgd foo>1 beta_min>0.1 val_acc>1 radius=2"})
    assert unknown_columns(board, query) == ["foo", "radius"]


def test_a_value_is_compared_as_it_is_shown(board: Board) -> None:
    column = board.columns[0]
    shown = board.rows([board.entries[1]])[0].settings[0]
    assert 1 in numbers(board, words=f"{column}={shown}")
