"""The best trial is told with its distance to the best baseline."""

from dataclasses import replace

import pytest

from rts_search.operations.notify import sentence
from rts_search.study.lead import best_baseline, distance, lead_told
from tests.rts_search.study.test_ranking import LAST, trial


def test_the_best_baseline_is_the_first_of_all_that_completed() -> None:
    others = [trial(2, 0.99), replace(trial(3, 0.98, baseline="ngd"), state="PRUNED")]
    tuned = [replace(trial(4, 0.8), arm="pugd"), replace(trial(5, 0.95), arm="pugd")]
    found = best_baseline([trial(1, 0.9, baseline="sgd"), *others, *tuned], LAST)
    assert found is not None
    assert (found.number, found.arm) == (5, "pugd")
    assert best_baseline(others, LAST) is None


@pytest.mark.parametrize(
    ("metric", "value", "baseline", "told"),
    [
        ("val_acc", 0.9142, 0.91, "0.42 points better than"),
        ("val_acc", 0.907, 0.91, "0.30 points worse than"),
        ("val_acc", 0.91, 0.91, "equal to"),
        ("val_loss", 0.25, 0.2513, "0.0013 nats better than"),
    ],
)
def test_a_distance_has_a_unit_and_a_direction(metric: str, value: float, baseline: float, told: str) -> None:
    assert distance(metric, value, baseline) == told


def test_one_line_about_a_sweep_names_the_baseline() -> None:
    best = {"trial": 7, "val_acc": 0.9142, "metric": "val_acc", "value": 0.9142}
    facts = {"best": best, "best_baseline": {**best, "arm": "sgd", "trial": 0, "value": 0.91}}
    counts = {"sweep": "mine", "state": "finished", "completed": 3, "trials": 3}
    assert lead_told(facts) == "0.42 points better than sgd (trial 0)"
    assert "(trial 7), 0.42 points better than sgd (trial 0)." in sentence({**facts, **counts}, "")
    assert lead_told({**facts, "best_baseline": None}) == ""
