"""A state stays while a resume, an extension, the final test or another sweep needs it."""

from pathlib import Path

import pytest

from rts_search.basics.errors import UserError
from rts_search.sweep.sections import ObjectiveConfig
from tests.rts_search.store.swept import EPOCHS, Swept, all_of, keys


def test_branch_leaves_the_starts_of_pugd_and_every_trials_last_state(swept: Swept) -> None:
    study = swept.sweep("mine")
    sgd, *searched = all_of(swept, study)
    cleaning = swept.gc(study)
    assert swept.left(sgd) == [4, 6, 8]
    assert [swept.left(entry) for entry in searched] == [[4, 8], [4, 6, 8], [4, 8], [4, 6, 8]]
    assert cleaning.num_states - len(cleaning.states) == len(list(swept.store.files())) == 7
    assert cleaning.freed == 1000 * len(cleaning.states)


def test_by_the_rule_best_the_chosen_epochs_state_stays_too(swept: Swept) -> None:
    study = swept.sweep("mine", "objective={rule: best}", "baselines=[pugd]")
    (pugd, *_) = all_of(swept, study)
    assert pugd.chosen_epochs(ObjectiveConfig(rule="best")) == 4
    swept.gc(study)
    assert swept.left(pugd) == [4, 8]


def test_best_leaves_what_the_final_test_reads(swept: Swept) -> None:
    study = swept.sweep("mine")
    sgd, *searched = all_of(swept, study)
    swept.gc(study, "best")
    assert [swept.left(entry) for entry in (sgd, *searched)] == [[8], [], [], [], [8]]


def test_all_leaves_everything(swept: Swept) -> None:
    study = swept.sweep("mine")
    all_of(swept, study)
    assert swept.gc(study, "all").states == ()


def test_of_an_unfinished_trial_every_state_stays_whatever_is_kept(swept: Swept) -> None:
    study = swept.sweep("mine")
    ended = [swept.train(study), swept.train(study, 7, "PRUNED")]
    running = swept.train(study, 5, "RUNNING")
    swept.gc(study, "best")
    assert swept.left(running) == [1, 2, 3, 4, 5]
    assert swept.left(ended[1]) == [1, 2, 3, 4, 7], "shared with the unfinished one up to 4, then its last"


@pytest.mark.slow
def test_what_an_extension_branches_off_from_stays(swept: Swept) -> None:
    study = swept.sweep("mine", "search={sampler: random, trials: 1}")
    all_of(swept, study)
    swept.gc(study)
    study.extend(9)
    later = [study.open_trials.begin() for _ in range(8)]
    for entry in later:
        switch = (entry.config or {})["timing"]["switch_epoch"]
        assert swept.store.has_state(keys(entry)[switch - 1], "here")
    assert {(entry.config or {})["timing"]["switch_epoch"] for entry in later} == {4, 6}


@pytest.mark.slow
def test_what_another_sweep_needs_stays(swept: Swept) -> None:
    mine, other = swept.sweep("mine"), swept.sweep("other")
    entries = all_of(swept, mine)
    running = swept.train(other, 3, "RUNNING")
    swept.gc(mine, "best")
    assert swept.left(running) == [1, 2, 3], "on record of an unfinished trial"
    assert swept.left(entries[0]) == [1, 2, 3, 4, 6, 8], "4 and 6 are where trials of the other sweep will start PUGD"


def test_a_sweep_that_keeps_all_keeps_what_it_shares(swept: Swept) -> None:
    mine, other = swept.sweep("mine"), swept.sweep("other", "store.keep=all")
    entries = all_of(swept, mine)
    all_of(swept, other)
    assert swept.gc(mine, "best").states == ()
    assert swept.left(entries[0]) == list(range(1, EPOCHS + 1))


def test_a_python_without_the_sweeps_own_model_removes_nothing(
    swept: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "own_model_of_gc.py"
    model.write_text("def small(): ...\n")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        study = swept.sweep("mine", "model.name=own_model_of_gc:small", "search={sampler: random, trials: 3}")
        swept.train(study)
        swept.train(study, 5, "RUNNING")
        needed = swept.gc(study, dry_run=True)
    before = list(swept.store.files())
    other = swept.sweep("other", "training.seed=7")
    all_of(swept, other)
    line = (
        "mine: model.name: own_model_of_gc:small must be the model that .* to PYTHONPATH, or keep all states with --k"
    )
    for limit in (None, 1):
        with pytest.raises(UserError, match=line):
            swept.gc(study, "best", limit)
    assert swept.gc(study, "all").states == ()
    swept.gc(other, "best", limit=1)
    assert set(before) <= set(swept.store.files()), "another sweep's cleaning keeps what this one may need"
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        model.write_text("def small(): return None\n")
        with pytest.raises(UserError, match=line):
            swept.gc(study)
        model.write_text("def small(): ...\n")
        assert {file.address for file in swept.gc(study).states} == {file.address for file in needed.states}
