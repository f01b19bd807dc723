"""The runs that are compared, read from real studies and a real store."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.courses.chosen import chosen_methods
from rts_search.analysis.courses.reading import LostRecords, courses_to_show, read_courses
from rts_search.basics.results_folder import Results
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.workspace import Workspace
from scripts.pictures import NAME, courses_of, kept_sweep
from tests.rts_search.analysis.confirmation.played import reaching
from tests.rts_search.analysis.confirmation.played_arms import PlayedArms
from tests.rts_search.store.swept import Swept
from tests.trainables.core.history.test_store import EPOCH, RECORD
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig


def test_the_runs_of_a_confirmation_are_those_of_the_winner_and_of_its_rivals_on_every_seed(tmp_path: Path) -> None:
    workspace, kept = kept_sweep(tmp_path), courses_of(NAME)
    study = workspace.load(NAME)
    entries = study.trials()
    verdict = read_verdict(study, entries, workspace.storage_url).verdict
    assert kept is not None
    with pytest.raises(LostRecords, match=r"those of 12 epochs .* `rts-search restore digits --results "):
        read_courses(study, entries, verdict, workspace)
    assert courses_to_show(study, entries, verdict, workspace) is None

    store, runs = Store(workspace.results.store_url), chosen_methods(study, entries, verdict, workspace.storage_url)
    written = {epoch.key: epoch for method in runs for run in method.runs for epoch in run.entry.epochs}
    for epoch in written.values():
        record = replace(RECORD, epoch=epoch.epoch, seconds=0.5, train_loss=0.25)
        store.put_epoch(replace(EPOCH, key=epoch.key, provenance=epoch.provenance, record=record))
    found = read_courses(study, entries, verdict, workspace)
    assert found.confirmed
    for one, known in zip(found.methods, kept.methods, strict=True):
        assert (one.name, one.label, one.ended, one.diverged) == (known.name, known.label, known.ended, known.diverged)
        assert len(one.courses) == 5
        for run, other in zip(one.courses, known.courses, strict=True):
            assert (run.seed, run.diverged, run.test) == (other.seed, other.diverged, other.test)
            assert run.value == pytest.approx(other.value, abs=1e-5)
            assert run.gradient_evaluations.tolist() == other.gradient_evaluations.tolist()
            assert run.seconds.tolist() == (0.5 * np.arange(1, run.epochs + 1)).tolist(), "shared epochs are charged"
            assert run.norms[0].tolist() == list(EPOCH.grad_norms)


def test_without_a_confirmation_it_is_the_best_trial_of_each_method(tmp_path: Path) -> None:
    swept = Swept(Results(tmp_path / "results"))
    study = swept.sweep("mine")
    for _ in range(study.total):
        swept.train(study, records=True)
    found = courses_to_show(study, study.trials(), None, Workspace(swept.results))
    assert found is not None
    assert not found.confirmed
    assert [(one.name, one.label, len(one.courses)) for one in found.methods] == [
        ("rts", "trial 4", 1),
        ("sgd", "trial 0, untuned", 1),
    ]
    assert [one.ended for one in found.methods] == [4, 1]


def diverging_sgd(label: str, config: TrialConfig) -> float | str:
    if label.startswith("sgd") and config.training.seed % 2:
        return "diverged in epoch 1: the loss is not finite"
    return reaching()(label, config)


def test_the_rivals_of_a_sweep_with_tuned_arms_are_its_finalists_as_they_were_compared(tmp_path: Path) -> None:
    played = PlayedArms.of(tmp_path)
    played.confirm(diverging_sgd, seeds=4, at="own_cost")
    verdict = ConfirmationStudy.load(played.url, played.name).verdict
    found = chosen_methods(played.sweep, played.sweep.trials(), verdict, played.url)
    assert [(one.name, one.label, len(one.trials)) for one in found] == [
        ("rts", "trial 0", 3),
        ("sgd", "trial 1", 3),
        ("pugd", "trial 2", 3),
    ]
    assert [[run.entry.completed for run in one.runs] for one in found] == [
        [True] * 4,
        [seed % 2 == 0 for seed in range(4)],
        [True] * 4,
    ]
    assert [one.runs[0].entry.settings.training.epochs for one in found] == [2, 3, 2]
