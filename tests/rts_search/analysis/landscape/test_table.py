"""The table of a landscape: each run one line, and the mean over seeds."""

import math

import pytest

from rts_search.analysis.landscape.table import cells, explained, frame, head, markdown, means, to_dict
from tests.rts_search.landscapes import landscape


def test_each_run_is_one_row_with_its_address_and_cost() -> None:
    table = frame(landscape())
    assert table["method"].tolist() == ["rts", "rts", "sgd"]
    assert table["loss"].tolist() == [0.25, 0.35, 0.5]
    assert table["sam_0.05"].tolist() == pytest.approx([0.025, 0.035, 0.05])
    assert table["pugd_1"].isna().all(), "not finite"
    assert table["gradient_evaluations"].tolist() == [50, 40, 50]
    assert set(table["key"]) == {"k"}


def test_methods_with_several_seeds_have_mean_and_standard_deviation() -> None:
    (mean,) = means(landscape())
    assert (mean["method"], mean["n"]) == ("rts", 2)
    assert mean["loss"] == pytest.approx((0.3, 0.1 / math.sqrt(2)))
    assert mean["pugd_1"] is None


def test_the_cells_fit_the_head_and_say_what_is_not_finite() -> None:
    rows = cells(landscape())
    assert {len(row) for row in rows} == {len(head(landscape()))}
    assert [row[0] for row in rows] == ["rts (trial 1)", "rts (trial 2)", "rts, mean ± sd", "sgd (trial 1)"]
    assert rows[0][1:] == ["1", "0.25", "0.025 / 0.0125", "0.25 / not finite", "2 (12)", "10 ± 0.5"]
    assert rows[2][1:3] == ["n = 2", "0.3 ± 0.071"]


def test_what_a_reader_must_know_is_told() -> None:
    text = explained(landscape())
    assert "Cross-entropy of 128 train images in evaluation mode, without augmentation, in float32" in text
    assert "BatchNorm's statistics are kept as training left them" in text
    assert "cost 140 gradient evaluations and took 7.0 s" in text
    assert "did not converge" not in text
    unsure = landscape()
    unsure.runs[0].measured["eigenvalue"]["converged"] = False
    unsure.settings["statistics"] = "recomputed"
    assert "The power iteration did not converge for rts on seed 1." in explained(unsure)
    assert "recomputed on these images at all weights" in explained(unsure)
    assert "not converged" in markdown(unsure)


def test_a_landscape_that_is_not_complete_can_be_shown() -> None:
    begun = landscape()
    for run in begun.runs:
        run.measured = {}
    none, pair = "not measured", "not measured / not measured"
    assert cells(begun)[0][2:] == [none, pair, pair, none, none]


def test_plain_values_have_rows_means_and_the_whole_cost() -> None:
    plain = to_dict(landscape())
    assert (len(plain["runs"]), plain["gradient_evaluations"], plain["seconds"]) == (3, 140, 7.0)
    assert plain["settings"]["steps"] == 3
