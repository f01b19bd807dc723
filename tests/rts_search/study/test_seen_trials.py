"""The digest changes exactly when the trials that a verdict was computed from change."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rts_search.basics.results_folder import Results
from rts_search.study.seen_trials import seen_digest
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from tests.rts_search.store.swept import Swept

EPOCHS = (EpochEntry(0, "a", "here", True, 8, 0.5), EpochEntry(1, "b", "here", True, 24, 0.625))
CONFIG = {"radius": {"shape": "constant", "value": 1.0}, "training": {"seed": 0}}
TRIALS = [
    TrialEntry(0, "COMPLETE", {"training": {"seed": 0}}, "sgd", "", EPOCHS),
    TrialEntry(1, "RUNNING", CONFIG, "", "", EPOCHS, held=True),
]

CHANGED: dict[str, Callable[[TrialEntry], TrialEntry]] = {
    "number": lambda trial: replace(trial, number=2),
    "state": lambda trial: replace(trial, state="PRUNED"),
    "no longer held": lambda trial: replace(trial, held=False),
    "baseline": lambda trial: replace(trial, baseline="pugd"),
    "a setting": lambda trial: replace(trial, config={**CONFIG, "training": {"seed": 1}}),
    "what it repeats": lambda trial: replace(trial, repeats=0),
    "one more epoch": lambda trial: replace(trial, epochs=(*EPOCHS, EpochEntry(2, "c", "here", True, 40, 0.625))),
    "one epoch less": lambda trial: replace(trial, epochs=EPOCHS[:1]),
    "the address of an epoch": lambda trial: replace(trial, epochs=(EPOCHS[0], replace(EPOCHS[1], key="c"))),
    "a value": lambda trial: replace(trial, epochs=(EPOCHS[0], replace(EPOCHS[1], val_acc=0.6250000000000001))),
    "a cost": lambda trial: replace(trial, epochs=(EPOCHS[0], replace(EPOCHS[1], gradient_evaluations=16))),
}


@pytest.mark.parametrize("change", CHANGED)
def test_every_change_of_a_trial_is_seen(change: str) -> None:
    assert seen_digest([TRIALS[0], CHANGED[change](TRIALS[1])]) != seen_digest(TRIALS)


def test_one_trial_more_or_less_is_seen() -> None:
    assert len({seen_digest(TRIALS[:number]) for number in range(3)}) == 3


def test_the_same_trials_have_the_same_digest_however_they_are_told() -> None:
    turned = {"training": {"seed": 0}, "radius": {"value": 1.0, "shape": "constant"}}
    shared = tuple(replace(epoch, spent=False, provenance="there") for epoch in EPOCHS)
    told = [replace(TRIALS[1], config=turned, epochs=shared, short_of_memory=True, reason="words"), TRIALS[0]]
    assert seen_digest(told) == seen_digest(TRIALS)


def test_a_sweep_that_is_loaded_again_has_the_same_digest_until_it_goes_on(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    drawn = [swept.train(study) for _ in range(study.total - 1)]
    running = swept.train(study, 3, "RUNNING")
    before = seen_digest([*drawn, running])
    assert seen_digest(SweepStudy.load(swept.results.storage_url, "mine").trials()) == before
    study.extend(study.sweep.num_trials)
    assert seen_digest(study.trials()) == before
    study.open_trials.record_epoch(running.number, EpochEntry(3, "next", "here", True, 32, 0.5))
    assert seen_digest(study.trials()) != before
