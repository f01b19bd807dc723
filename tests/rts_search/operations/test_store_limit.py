"""The store stays below its limit while a sweep runs, is cleaned at the end, and its errors never stop the sweep."""

from dataclasses import dataclass, field
from pathlib import Path

import optuna
import pytest

from rts_search.basics.results_folder import Results
from rts_search.operations import store_limit
from rts_search.operations.store_limit import StoreKeeper
from rts_search.running.watcher import Watcher
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from tests.rts_search.store.swept import Swept, all_of


@dataclass
class Listening(Watcher):
    """Records the calls that it gets."""

    lines: list[str] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def trial_ended(self, entry: TrialEntry, state: str, reason: str) -> None:
        del state, reason
        self.ended.append(entry.number)

    def note(self, line: str) -> None:
        self.lines.append(line)


def keeper_of(swept: Swept, study: SweepStudy) -> tuple[StoreKeeper, Listening]:
    listening = Listening()
    return StoreKeeper(listening, study, swept.results.storage_url, swept.store), listening


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Swept:
    """A results folder whose sweeps measure the store after every trial."""
    monkeypatch.setattr(store_limit, "LOOK_SECONDS", 0.0)
    return Swept(Results(tmp_path / "results"))


def test_at_the_end_what_is_not_kept_goes_and_is_told(swept: Swept) -> None:
    study = swept.sweep("mine", "store.keep=best")
    entries = all_of(swept, study)
    keeper, listening = keeper_of(swept, study)
    keeper.sweep_ended()
    assert [swept.left(entry) for entry in entries] == [[8], [], [], [], [8]]
    assert len(listening.lines) == 1
    assert listening.lines[0].startswith("store: ")
    keeper.sweep_ended()
    assert len(listening.lines) == 1, "no more states are removed, and no second note is written"


def test_above_its_limit_a_running_sweep_lets_old_results_go_and_keeps_its_own(swept: Swept) -> None:
    older = all_of(swept, swept.sweep("older"))
    study = swept.sweep("mine", "training.lr=0.1", "store.max_size=10KB")
    keeper, listening = keeper_of(swept, study)
    running = swept.train(study, state="RUNNING")
    keeper.trial_ended(older[0], "COMPLETE", "")
    assert listening.ended == [0]
    assert swept.left(running) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sum(file.size for file in swept.store.files()) == 10_000
    assert [swept.left(entry) for entry in older] == [[8], [], [], [], [8]]


def test_when_nothing_may_go_it_is_told_once(swept: Swept) -> None:
    study = swept.sweep("mine", "store.max_size=1KB")
    running = swept.train(study, state="RUNNING")
    keeper, listening = keeper_of(swept, study)
    for _ in range(3):
        keeper.trial_ended(running, "COMPLETE", "")
    assert listening.lines == [
        "store: 0 of 8 states were removed: 0 B of the store's 8.0 KB. "
        "That is still more than 1.0 KB: all other states are needed."
    ]


def test_without_a_limit_a_running_sweep_lets_nothing_go(swept: Swept) -> None:
    entries = all_of(swept, swept.sweep("older", "store.keep=all"))
    keeper, listening = keeper_of(swept, swept.sweep("mine"))
    keeper.trial_ended(entries[0], "COMPLETE", "")
    assert listening.lines == []
    assert swept.left(entries[0]) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_beside_a_sweep_that_cannot_be_read_nothing_goes(swept: Swept) -> None:
    study = swept.sweep("mine", "store.keep=best")
    entries = all_of(swept, study)
    broken = swept.sweep("broken")
    optuna.load_study(study_name=broken.name, storage=swept.results.storage_url).set_user_attr("sweep", {"later": 1})
    keeper, listening = keeper_of(swept, study)
    keeper.sweep_ended()
    assert swept.left(entries[0]) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert listening.lines[0].startswith("store: no state is removed: study broken: ")
