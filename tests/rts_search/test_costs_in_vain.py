"""What a sweep's budget counts besides the epochs that it has: all that was computed, by all that is known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rts_search.running.searcher import StudySearcher
from rts_search.study.budget import Meter
from rts_search.study.study import SweepStudy
from rts_search.sweep.sections import BudgetConfig
from tests.rts_search.running.test_searcher import Silent, result, searcher_of
from tests.rts_search.study.test_budget import study_of
from tests.trainables.test_ray_trainable import EPOCHS, order, results
from trainables.ray_trainable import RTSTrainable


def told(epoch: int, computed: int, outcome: str = "epoch") -> dict[str, Any]:
    """What a worker says that has computed so much for its trial so far."""
    return {**result(epoch, outcome), "computed": computed}


def again(folder: Path) -> Meter:
    """The meter of a resume."""
    return SweepStudy.load(f"sqlite:///{folder / 's.sqlite3'}", "digits").meter()


def test_the_epoch_that_diverged_is_in_the_budget(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    searcher = searcher_of(study)
    searcher.suggest("a")
    searcher.on_trial_result("a", told(0, 8))
    searcher.on_trial_complete("a", told(0, 16, "diverged"))
    assert searcher.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 16
    (entry,) = study.trials()
    assert (entry.state, entry.spent, entry.in_vain, len(entry.epochs)) == ("FAIL", 16, 8, 1)
    assert entry.epochs[-1].gradient_evaluations == 8, "what the trial costs alone"


def test_epochs_that_are_trained_again_are_in_the_budget_again(tmp_path: Path) -> None:
    searcher = searcher_of(study_of(tmp_path))
    searcher.suggest("a")
    for epoch in (0, 1, 2):
        assert not searcher.uses_up("a", told(epoch, 8 * (epoch + 1)))
        searcher.on_trial_result("a", told(epoch, 8 * (epoch + 1)))
    searcher.on_trial_complete("a", error=True)
    assert searcher.meter.gradient_evaluations == 24
    searcher.suggest("b")
    for epoch, computed in ((0, 0), (1, 8), (2, 16), (3, 24)):  # epoch 0 has a state; those behind it were lost
        searcher.on_trial_result("b", told(epoch, computed))
    assert searcher.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 32 + 16


def test_an_epoch_that_was_stored_and_not_told_is_counted_when_it_is_replayed(tmp_path: Path) -> None:
    searcher = searcher_of(study_of(tmp_path))
    searcher.suggest("a")
    searcher.on_trial_result("a", told(0, 0))
    assert searcher.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 8


def test_a_worker_counts_what_it_computes(tmp_path: Path) -> None:
    first = order(tmp_path / "store", 0, "training.batch_size=64")
    trained = results(RTSTrainable(config=first))
    costs = [one["gradient_evaluations"] for one in trained]
    assert [one["computed"] for one in trained] == costs
    assert [one["computed"] for one in results(RTSTrainable(config=first))] == [0] * EPOCHS, "replayed"
    for state in (tmp_path / "store").rglob("*.state"):
        state.unlink()
    longer = {"order": {**first["order"], "config": {**first["order"]["config"]}}}
    assert results(RTSTrainable(config=longer))[-1]["computed"] == 0, "nothing is missing"
    for record in sorted((tmp_path / "store").rglob("*.epoch"))[:1]:
        record.unlink()
    assert results(RTSTrainable(config=first))[-1]["computed"] > 0, "states are gone and a record too"


def test_a_worker_counts_the_epoch_that_diverged(tmp_path: Path) -> None:
    (end,) = results(RTSTrainable(config=order(tmp_path, 0, "training.lr=1e30")))
    (sound, *_) = results(RTSTrainable(config=order(tmp_path, 1)))
    assert end["outcome"] == "diverged"
    assert end["computed"] == sound["gradient_evaluations"] > 0


@pytest.mark.parametrize(("short", "gpus"), [(False, 0.25), (True, 0.5)])
def test_gpu_hours_are_those_of_the_share_that_a_trial_holds(tmp_path: Path, short: bool, gpus: float) -> None:
    from rts_search.running.sweep_run import share_of

    study = study_of(tmp_path, "resources.gpus_per_trial=0.25")
    resources = study.sweep.resources

    def ask(entry: Any) -> dict[str, Any]:
        return {"number": entry.number, "share": share_of(resources, replace(entry, short_of_memory=short))}

    searcher = StudySearcher(study, ask, Silent())
    searcher.meter = Meter(BudgetConfig())
    searcher.suggest("a")
    before = searcher.meter.seconds
    searcher.uses_up("a", told(0, 8))
    assert searcher.meter.gpu_seconds == pytest.approx(gpus * (searcher.meter.seconds - before))
    searcher.on_trial_complete("a", error=True)
    held = searcher.meter.gpu_seconds
    searcher._tick()
    assert searcher.meter.gpu_seconds == held, "nobody holds one any more"
