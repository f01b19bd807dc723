"""The values of trials on the test part, for the states that the objective chooses."""

from collections.abc import Callable

from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from trainables.core.settings.metrics import METRICS

Tested = Callable[[TrialEntry], dict[str, float | None]]
"""A trial to its values on the test part, by name such as test_acc; None unless the value has been read."""


def tested_of(study: SweepStudy) -> Tested:
    """The values of the trials of a study on the test part, as the study has them now.

    A trial that was tested in another state than the one that its objective chooses now counts as not read.
    """
    tests, objective = study.test_accuracies(), study.sweep.objective

    def tested(entry: TrialEntry) -> dict[str, float | None]:
        test = tests.get(entry.number)
        if test is None or test["epochs"] != entry.chosen_epochs(objective):
            test = {}
        return {metric.test: test.get(metric.test) for metric in METRICS.values()}

    return tested
