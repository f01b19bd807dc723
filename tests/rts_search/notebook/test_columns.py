"""The columns of a table of trials."""

import pandas as pd

from rts_search.notebook.columns import arranged
from trainables.core.settings.metrics import METRICS

TRIALS = pd.DataFrame(
    {
        "number": [0, 1],
        "state": ["COMPLETE", "COMPLETE"],
        "baseline": ["sgd", ""],
        "dataset.name": ["digits", "digits"],
        "training.optimizer.betas": [[0.9, 0.99], [0.9, 0.99]],
        "radius.shape": ["constant", "cosine"],
        "radius.value": [1.0, None],
        "val_acc": [0.9, 0.9],
        "val_loss": [0.3, 0.2],
        "test_acc": [None, None],
        "test_loss": [0.3, None],
        "gradient_evaluations": [10, 10],
        "seconds": [1.0, 1.0],
        "epochs": [2, 2],
        "reason": ["", ""],
    }
)


def test_what_differs_comes_first_and_the_rest_is_left_out() -> None:
    assert list(arranged(TRIALS, METRICS["val_acc"], False)) == [
        *("number", "state", "baseline", "radius.shape", "radius.value", "val_acc", "test_acc", "val_loss"),
        *("test_loss", "gradient_evaluations", "seconds", "epochs"),
    ]


def test_all_columns_are_there_on_demand_those_that_are_the_same_at_the_end() -> None:
    names = list(arranged(TRIALS, METRICS["val_acc"], True))
    assert names[-3:] == ["dataset.name", "training.optimizer.betas", "reason"]
    assert sorted(names) == sorted(TRIALS)


def test_the_metric_of_the_objective_is_the_first_value() -> None:
    names = list(arranged(TRIALS, METRICS["val_loss"], False))
    assert names[5:7] == ["val_loss", "test_loss"]


def test_a_table_without_trials_stays_empty() -> None:
    assert arranged(pd.DataFrame([]), METRICS["val_acc"], False).empty
