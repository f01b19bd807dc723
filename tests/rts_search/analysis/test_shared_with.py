"""Which epochs trials have in common."""

from rts_search.analysis.shared_with import SharedEpochs, given, parent_of, taken
from rts_search.study.trials import EpochEntry, TrialEntry


def trial(number: int, *epochs: str) -> TrialEntry:
    """A trial of these epochs by their addresses; with `=` before it, an epoch was taken from the store."""
    found = [
        EpochEntry(place, key.removeprefix("="), "here", not key.startswith("="), 8, 0.5)
        for place, key in enumerate(epochs)
    ]
    return TrialEntry(number, "COMPLETE", None, "", "", tuple(found))


FIRST, SECOND, THIRD = trial(0, "a", "b", "c"), trial(1, "=a", "=b", "d"), trial(2, "=x", "=a", "=d", "e")
ALL = (FIRST, SECOND, THIRD)


def test_consecutive_epochs_of_one_trial_are_told_together() -> None:
    assert taken(SECOND, ALL) == [SharedEpochs(0, 1, 2)]
    assert [one.told for one in taken(SECOND, ALL)] == ["epochs 1 to 2"]
    assert taken(FIRST, ALL) == []


def test_an_epoch_of_another_sweep_has_no_trial() -> None:
    assert taken(THIRD, ALL) == [SharedEpochs(None, 1, 1), SharedEpochs(0, 2, 2), SharedEpochs(1, 3, 3)]
    assert taken(THIRD, ALL)[0].told == "epoch 1"


def test_what_others_took_is_the_other_side_of_it() -> None:
    assert given(FIRST, ALL) == [SharedEpochs(1, 1, 2), SharedEpochs(2, 2, 2)]
    assert given(THIRD, ALL) == []


def test_the_parent_trained_the_last_epoch_that_was_taken() -> None:
    assert [parent_of(entry, ALL) for entry in ALL] == [None, 0, 1]
