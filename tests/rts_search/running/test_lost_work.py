"""The budget counts all computed epochs: also those that diverged, were lost or were trained again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rts_search.running.trial_queue import TrialQueue
from rts_search.study.budget import Meter
from rts_search.study.study import SweepStudy
from rts_search.sweep.sections import BudgetConfig
from tests.rts_search.running.test_trial_queue import Silent, epoch, queue_of, report
from tests.rts_search.study.test_budget import study_of
from tests.trainables.test_worker import EPOCHS, order, reports, worker


def told(number: int, computed: int) -> dict[str, Any]:
    """The report of an epoch. `computed`: gradient evaluations of the worker for its trial so far."""
    return report(epoch(number, computed=computed))


def again(folder: Path) -> Meter:
    """The meter with which a resumed sweep starts."""
    return SweepStudy.load(f"sqlite:///{folder / 's.sqlite3'}", "digits").meter()


def test_the_epoch_that_diverged_is_in_the_budget(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    queue = queue_of(study)
    queue.next("a")
    queue.hear("a", told(0, 8))
    queue.hear("a", report(outcome="diverged", computed=16))
    assert queue.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 16
    (entry,) = study.trials()
    assert (entry.state, entry.spent, entry.in_vain, len(entry.epochs)) == ("FAIL", 16, 8, 1)
    assert entry.cost == 8, "the cost of the recorded epoch alone"


@pytest.mark.slow
def test_epochs_that_are_trained_again_are_in_the_budget_again(tmp_path: Path) -> None:
    queue = queue_of(study_of(tmp_path))
    queue.next("a")
    for number in (0, 1, 2):
        assert queue.hear("a", told(number, 8 * (number + 1)))
    queue.lost("a")
    assert queue.meter.gradient_evaluations == 24
    queue.next("b")
    for number, computed in ((0, 0), (1, 8), (2, 16), (3, 24)):  # only epoch 0 has a state
        queue.hear("b", told(number, computed))
    assert queue.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 32 + 16


def test_an_epoch_that_was_stored_and_not_told_is_counted_when_it_is_replayed(tmp_path: Path) -> None:
    queue = queue_of(study_of(tmp_path))
    queue.next("a")
    queue.hear("a", told(0, 0))
    assert queue.meter.gradient_evaluations == again(tmp_path).gradient_evaluations == 8


def test_a_worker_counts_what_it_computes(tmp_path: Path) -> None:
    first = order(tmp_path / "store", 0, "training.batch_size=64")
    trained = reports(worker(first))
    costs = [epoch["gradient_evaluations"] for one in trained for epoch in one["epochs"]]
    assert [one["computed"] for one in trained] == costs
    assert [one["computed"] for one in reports(worker(first))] == [0] * EPOCHS, "replayed"
    for state in (tmp_path / "store").rglob("*.state"):
        state.unlink()
    assert reports(worker(first))[-1]["computed"] == 0, "all epochs are on record"
    for record in sorted((tmp_path / "store").rglob("*.epoch"))[:1]:
        record.unlink()
    assert reports(worker(first))[-1]["computed"] > 0, "without states, a missing record must be trained again"


def test_a_worker_counts_the_epoch_that_diverged(tmp_path: Path) -> None:
    (end,) = reports(worker(order(tmp_path, 0, "training.lr=1e30")))
    (sound, *_) = reports(worker(order(tmp_path, 1)))
    assert end["outcome"] == "diverged"
    assert end["computed"] == sound["epochs"][0]["gradient_evaluations"] > 0


@pytest.mark.parametrize(("short", "gpus"), [(False, 0.25), (True, 0.5)])
def test_gpu_hours_are_those_of_the_share_that_a_trial_holds(tmp_path: Path, short: bool, gpus: float) -> None:
    from rts_search.running.sweep_run import share_of

    study = study_of(tmp_path, "resources.gpus_per_trial=0.25")
    resources = study.sweep.resources

    def ask(entry: Any) -> dict[str, Any]:
        return {"number": entry.number, "share": share_of(resources, replace(entry, short_of_memory=short))}

    queue = TrialQueue(study, ask, Silent())
    queue.meter = Meter(BudgetConfig())
    queue.next("a")
    before = queue.meter.seconds
    queue.hear("a", told(0, 8))
    assert queue.meter.gpu_seconds == pytest.approx(gpus * (queue.meter.seconds - before))
    queue.lost("a")
    held = queue.meter.gpu_seconds
    queue._tick()
    assert queue.meter.gpu_seconds == held, "no trial holds a GPU"
