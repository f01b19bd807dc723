"""Cleaning removes only states that nobody needs, the oldest first, and counts what it frees."""

import json
import os
import time
from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.store.cleaning import planned
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.store.swept import STATE, CommandLine, Swept, all_of
from tests.trainables.core.history.test_store import EPOCH


def test_records_stay_and_old_partial_files_go(swept: Swept) -> None:
    study = swept.sweep("mine")
    entries = all_of(swept, study)
    swept.store.put_epoch(EPOCH)
    for name, age in ((".here.state.old.partial", 7200), (".here.state.new.partial", 60)):
        partial = Path(swept.results.store_url, "ab", "ab12", name)
        partial.write_bytes(b"half")
        os.utime(partial, (time.time() - age,) * 2)
    assert len(swept.gc(study, "best").partials) == 1
    assert sorted(file.path.rpartition("/")[2] for file in swept.store.files() if file.key == "ab12") == [
        ".here.state.new.partial",
        "machine.epoch",
    ]
    assert swept.left(entries[-1]) == [8]


def test_a_dry_run_says_what_goes_and_removes_nothing(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    before = list(swept.store.files())
    told = swept.gc(study, dry_run=True)
    assert list(swept.store.files()) == before
    assert swept.gc(study).to_dict() == told.to_dict()
    assert len(list(swept.store.files())) == len(before) - len(told.states)


def test_above_the_limit_the_oldest_unneeded_states_go_first(swept: Swept) -> None:
    first, second = swept.sweep("first"), swept.sweep("second", "training.lr=0.1")
    older, newer = all_of(swept, first), all_of(swept, second)
    for study in (first, second):
        swept.gc(study)
    assert [file.kind for file in swept.store.files()] == ["state"] * 14
    cleaning = swept.gc(second, limit=11_500)
    assert (len(cleaning.states), cleaning.too_large) == (3, False)
    assert [swept.left(entry) for entry in older] == [[8], [], [8], [8], [8]], "4, 6 and the first trial's last state"
    assert swept.left(newer[0]) == [4, 6, 8]


def test_above_the_limit_what_is_needed_stays_and_is_told(swept: Swept) -> None:
    study = swept.sweep("mine")
    entries = all_of(swept, study)
    cleaning = swept.gc(study, limit=1500)
    assert cleaning.too_large
    assert "still more than 1.5 KB: all other states are needed" in cleaning.sentence("were removed")
    assert [swept.left(entry) for entry in entries] == [[8], [], [], [], [8]]
    unfinished = swept.sweep("other", "training.lr=0.1")
    running = swept.train(unfinished, 5, "RUNNING")
    assert planned(unfinished, [study], swept.store, "all", 1).too_large
    swept.gc(unfinished, limit=1)
    assert swept.left(running) == [1, 2, 3, 4, 5]


def test_states_of_which_no_sweep_knows_stay_and_are_counted(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    swept.store.put_state("ab12", "machine", STATE)
    cleaning = swept.gc(study, "best", limit=1)
    assert swept.store.has_state("ab12", "machine")
    assert cleaning.num_unknown == 1
    assert "1 state stays, which no sweep of this database has recorded" in cleaning.sentence("were removed")


@pytest.mark.slow
def test_a_running_sweep_is_left_alone(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    with swept.results.sweep("mine").driving():
        with pytest.raises(UserError, match="mine: is already running"):
            swept.gc(study)
        assert swept.gc(study, dry_run=True).states


def test_gc_on_the_command_line(swept: Swept, told: CommandLine) -> None:
    study = swept.sweep("mine", "store.keep=all")
    all_of(swept, study)
    total = len(list(swept.store.files()))
    assert told("gc", "mine") == f"0: mine: 0 of {total} states were removed: 0 B of the store's {total}.0 KB."
    dry = told("gc", "mine", "--keep", "best", "--dry-run")
    assert (
        dry == f"0: mine: {total - 2} of {total} states would be removed: {total - 2}.0 KB of the store's {total}.0 KB."
    )
    facts = json.loads(told("gc", "mine", "--keep", "best", "--json").removeprefix("0: "))
    assert (facts["states"], facts["bytes_freed"], facts["dry_run"]) == (total - 2, 1000 * (total - 2), False)
    assert len(list(swept.store.files())) == 2
    assert told("gc", "mine", "--keep", "some") == "2: rts-search: --keep: must be best, branch or all, but got 'some'"
    assert told("gc", "mine", "--max-size", "0GB").startswith("2: rts-search: --max-size: must be a size above 0")
    assert told("gc", "yours") == "2: rts-search: yours: no sweep of this name has been launched; known are mine"


def test_a_sweep_file_says_what_is_kept() -> None:
    sweep = load_sweep("digits", ["store.keep=best", "store.max_size=20GB"])
    assert (sweep.store.keep, sweep.store.max_size) == ("best", "20GB")
    for setting, rule in (("keep=some", "must be one of best, branch, all"), ("max_size=20", "must be a ")):
        with pytest.raises(UserError, match=f"--set: store.{setting.partition('=')[0]}: {rule}"):
            load_sweep("digits", [f"store.{setting}"])
