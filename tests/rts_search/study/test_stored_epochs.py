"""Lost records are told apart by their cause, and named in a few words."""

from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.study.stored_epochs import LostEpoch, lost_epochs, told
from rts_search.study.trials import EpochEntry
from tests.rts_search.store.swept import Swept


@pytest.fixture
def swept(tmp_path: Path) -> Swept:
    return Swept(Results(tmp_path / "results"))


def lost(number: int, *epochs: int, why: str = "missing") -> list[LostEpoch]:
    return [LostEpoch(number, EpochEntry(epoch, f"key{epoch}", "here", True, 8, 0.5), why) for epoch in epochs]


def test_epochs_that_follow_each_other_are_told_as_a_range() -> None:
    assert told(lost(3, 7)) == "1 epoch (trial 3: 8 missing)"
    assert told([*lost(0, 0, 1, 2, 5), *lost(4, 6, why="damaged")]) == (
        "5 epochs (trial 0: 1-3 missing, 6 missing; trial 4: 7 damaged)"
    )
    assert told([*lost(0, 0), *lost(0, 1, 2, why="damaged")]) == "3 epochs (trial 0: 1 missing, 2-3 damaged)"


def test_many_trials_are_counted() -> None:
    many = [one for number in range(1200) for one in lost(number, 0, 1)]
    assert told(many) == (
        "2,400 epochs (trial 0: 1-2 missing; trial 1: 1-2 missing; trial 2: 1-2 missing; 1,197 more trials)"
    )


def test_a_missing_record_and_a_damaged_one_have_their_own_words(swept: Swept) -> None:
    study = swept.sweep("mine")
    entry = swept.train(study, records=True)
    first, second = (Path(swept.results.store_url, one.key[:2], one.key, "here.epoch") for one in entry.epochs[:2])
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    assert [(one.number, one.entry.epoch, one.why) for one in lost_epochs(swept.store, study.trials())] == [
        (0, 0, "missing"),
        (0, 1, "damaged"),
    ]
