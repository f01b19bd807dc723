"""The rows and columns of a leaderboard."""

from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.analysis import tested as values
from rts_search.analysis.report.board import Board, signed, written
from rts_search.basics.results_folder import Results
from rts_search.study.study import SweepStudy
from tests.rts_search.store.swept import Swept, all_of


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SweepStudy:
    swept = Swept(Results(tmp_path_factory.mktemp("board") / "results"))
    made = swept.sweep("plain")
    all_of(swept, made)
    return made


@pytest.fixture
def board(study: SweepStudy) -> Board:
    return Board(study.sweep, study.trials(), values.tested_of(study))


def test_each_setting_that_differs_has_a_column_and_no_other_has(board: Board) -> None:
    assert board.columns == ("radius.beta_min", "timing.switch_epoch")
    heads = [head.key or head.label for head in board.heads]
    assert heads == [
        *("place", "trial", "value", "points to sgd", "by epoch"),
        *("radius.beta_min", "timing.switch_epoch", "epochs", "cost"),
    ]
    (row,) = board.rows([board.entries[1]])
    assert row.settings == ("0.1", "4")


def test_a_setting_that_only_one_trial_has_has_a_column(study: SweepStudy) -> None:
    first, *others = study.trials()
    alone = next(entry for entry in others if entry.config)
    config = dict(alone.config or {})
    config["scale"] = {"shape": "cosine", "beta_min": 0.5, "beta_max": 2.0}
    changed = [replace(entry, config=config) if entry is alone else entry for entry in others]
    columns = Board(study.sweep, [first, *changed], values.tested_of(study)).columns
    assert {"scale.shape", "scale.beta_min", "scale.beta_max", "scale.value"} <= {*columns}


def test_a_row_tells_its_place_and_its_distance_to_the_best_baseline(board: Board) -> None:
    rows = board.rows(board.ranking)
    assert [(row.place, row.number, row.lead) for row in rows] == [
        *((1, 4, "+4.00"), (2, 3, "+3.00"), (3, 2, "+2.00"), (4, 1, "+1.00"), (5, 0, "0.00"))
    ]
    assert (rows[-1].arm, rows[0].arm, rows[0].value) == ("sgd", "", "3.00 %")
    assert 'aria-label="val_acc of trial 4 over 8 epochs, from 4.00 % to 3.00 %"' in rows[0].curve


def test_a_trial_without_a_place_says_how_it_ended(study: SweepStudy) -> None:
    entries = study.trials()
    entries[1], entries[2] = replace(entries[1], state="PRUNED"), replace(entries[2], state="RUNNING", held=True)
    board = Board(study.sweep, entries, values.tested_of(study))
    assert [(row.place, row.state) for row in board.rows(entries[1:3])] == [
        (None, "stopped early"),
        (None, "stopped early for now"),
    ]


def test_without_a_completed_baseline_there_is_no_distance(study: SweepStudy) -> None:
    board = Board(study.sweep, [entry for entry in study.trials() if not entry.baseline], values.tested_of(study))
    assert "points" not in " ".join(head.label for head in board.heads)
    assert board.rows(board.ranking)[0].lead == ""


def test_values_and_differences_are_written_short() -> None:
    assert [written(value) for value in (None, True, 0.123456, 12, "cosine")] == ["", "true", "0.123", "12", "cosine"]
    shown = [signed(amount) for amount in ("+0.00", "-0.00", "+1.20", "-0.30")]
    assert shown == ["0.00", "0.00", "+1.20", "\N{MINUS SIGN}0.30"]


def test_an_empty_sweep_has_an_empty_board(tmp_path: Path) -> None:
    made = Swept(Results(tmp_path / "results")).sweep("new")
    board = Board(made.sweep, [], values.tested_of(made))
    assert (board.ranking, board.columns, board.rows([])) == ([], (), [])
