"""The table of stability: every number of runs that were made so that it is known, and what there is without them."""

import json

import numpy as np
import pytest

from rts_search.analysis.courses.course import Course
from rts_search.analysis.stability.rows import norms_of, stability_rows
from rts_search.analysis.stability.table import StabilityTable
from scripts.pictures import NAME, courses_of
from tests.rts_search.analysis.courses.made_up import STEPS, course, courses

SPIKED = [1.0, 0.5, 0.4, 0.3, 5.0, 0.2]
"""Losses with one spike."""
FLAT = [0.5, 0.6, 0.7, 0.8]


def test_every_number_of_a_method() -> None:
    runs = [
        course(0, [*FLAT, 0.90, 0.90], test=0.80),
        course(1, [*FLAT, 0.90, 0.94], SPIKED, test=0.84),
        course(2, [0.5, 0.6, 0.7], [1.0, 2.0, 3.0], diverged=True),
    ]
    (row,) = stability_rows(courses({"rts": runs}))
    assert (row.runs, row.diverged, row.trials, row.diverged_trials) == (3, 1, 10, 2)
    assert row.seed_spread == pytest.approx(np.std([0.90, 0.94], ddof=1))
    assert row.test_spread == pytest.approx(np.std([0.80, 0.84], ddof=1))
    # Last thirds 0.8, 0.9, 0.9 and 0.8, 0.9, 0.94: half the mean squared steps are 0.0025 and 0.0029.
    assert row.epoch_spread == pytest.approx(np.sqrt((0.0025 + 0.0029) / 2))
    assert (row.spike_epochs, row.epochs, row.spiked_runs) == (1, 12, 1), "the diverged run is too short to tell"
    assert row.norms is not None
    assert (row.norms.median, row.norms.high, row.norms.largest) == (3.0, 6.0, 6.0)
    assert row.diverged_interval == pytest.approx((0.008404, 0.905701), abs=1e-6)


def test_a_norm_that_is_not_finite_is_the_largest() -> None:
    odd = course(0, [0.5])
    odd.norms[0][0] = np.nan
    found = norms_of([odd])
    assert found is not None
    assert (found.median, found.largest) == (1.0, np.inf)
    table = StabilityTable(courses({"rts": [odd]}))
    assert "1 / not finite / not finite" in table.markdown()
    assert table.to_dict()["methods"][0]["gradient_norm_largest"] is None
    assert STEPS == 4


def test_one_seed_has_no_spread_over_seeds_and_a_method_without_runs_only_its_trials() -> None:
    table = StabilityTable(courses({"rts": [course(0, FLAT)], "sgd": []}, confirmed=False))
    text = table.markdown().splitlines()
    assert text[2] == (
        "| rts (trial of rts) | 1 | 0 of 1 (0.0 to 97.5 %) | - | 7.07 | - | 3 / 4 / 4 | 2 of 10 (2.5 to 55.6 %) |"
    )
    assert text[3] == "| sgd (trial of sgd) | 0 | - | - | - | - | - | 2 of 10 (2.5 to 55.6 %) |"
    assert text[-1].startswith("Not confirmed: the best trial of each method, one seed each.")
    json.dumps(table.to_dict(), allow_nan=False)
    assert len(table.frame()) == 2


def test_a_method_whose_runs_all_diverged_has_no_spread() -> None:
    gone = [Course(0, True, *(np.array([]) for _ in range(4)), ()), course(1, FLAT, diverged=True)]
    (row,) = stability_rows(courses({"rts": gone}))
    assert (row.diverged, row.seed_spread, row.test_spread, row.epoch_spread) == (2, None, None, None)


def test_a_loss_has_its_spread_in_nats() -> None:
    table = StabilityTable(courses({"rts": [course(0, FLAT), course(1, FLAT)]}, metric="val_loss"))
    assert "sd over seeds, val_loss in nats" in table.markdown()


def test_the_kept_digits_have_one_spike() -> None:
    kept = courses_of(NAME)
    assert kept is not None
    assert [row.spike_epochs for row in stability_rows(kept)] == [0, 0, 1, 0]
