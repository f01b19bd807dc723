"""Which trials of a sweep are read on the test part at its end, and which of these still wait for it."""

from collections.abc import Sequence

from rts_search.study.ranking import best_of_arms
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry


def entries_to_test(study: SweepStudy, entries: Sequence[TrialEntry] | None = None) -> list[TrialEntry]:
    """The completed baselines that are not tuned, and the best completed trial of every arm.

    entries: the sweep's trials, where they have just been read.
    """
    entries = study.trials() if entries is None else entries
    baselines = [entry for entry in entries if entry.baseline and entry.completed]
    arms = best_of_arms([entry for entry in entries if not entry.baseline], study.sweep.objective)
    return [*baselines, *arms.values()]


def untested(study: SweepStudy, entries: Sequence[TrialEntry]) -> list[TrialEntry]:
    """Those of the trials to be tested whose test accuracy was not read, or only after another number of epochs."""
    objective, done = study.sweep.objective, study.test_accuracies()
    read = {number: test["epochs"] for number, test in done.items()}
    chosen = entries_to_test(study, entries)
    return [entry for entry in chosen if read.get(entry.number) != entry.chosen_epochs(objective)]
