"""The queue of a sweep: which orders it hands out, and what it records from the reports of workers."""

from pathlib import Path
from typing import Any

import pytest

from rts_search.basics.signals import Noted
from rts_search.running.claims import Claims
from rts_search.running.final_test import FinalTest
from rts_search.running.losses import MOST_LOSSES
from rts_search.running.sweep_run import trial_order
from rts_search.running.trial_queue import TrialQueue
from rts_search.running.watcher import Watcher
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sweep_file import load_sweep
from trainables.core.history.store import Store


class Silent(Watcher):
    """Ignores every call."""


@pytest.fixture
def study(tmp_path: Path) -> SweepStudy:
    """A study of two trials."""
    sweep = load_sweep("digits", ["search.trials=2", "baselines=[]"])
    return SweepStudy.create(f"sqlite:///{tmp_path / 'studies'}.sqlite3", sweep, DataFacts("f", 8, 256, 64, 360))


def queue_of(study: SweepStudy) -> TrialQueue:
    return TrialQueue(study, lambda entry: {"number": entry.number}, Silent())


def epoch(number: int, **figures: Any) -> dict[str, Any]:
    """One epoch (0-based) as a worker reports it."""
    cost = 8 * (number + 1)
    address = {"key": f"k{number}", "provenance": "here", "spent": True}
    return {"epoch": number, "gradient_evaluations": cost, "val_acc": 0.5, "computed": cost, "notes": [], **address} | (
        figures
    )


def report(*epochs: dict[str, Any], outcome: str = "epoch", reason: str = "why", computed: int = 0) -> dict[str, Any]:
    """A worker's report."""
    return {"epochs": list(epochs), "outcome": outcome, "reason": reason, "computed": computed}


def test_a_lost_trial_is_handed_out_again_under_its_number_and_given_up_at_last(study: SweepStudy) -> None:
    queue = queue_of(study)
    queue.next("b")
    assert not queue.hear("b", report(epoch(11)))
    for loss in range(MOST_LOSSES + 1):
        assert queue.next(f"a{loss}") == {"number": 1}
        assert queue.hear(f"a{loss}", report(epoch(0)))
        queue.lost(f"a{loss}")
    assert queue.next("c") is None
    assert queue.over
    done, lost = study.trials()
    assert (lost.state, lost.reason) == ("FAIL", f"lost: its worker died {MOST_LOSSES + 1} times")
    assert (done.state, len(lost.epochs)) == ("COMPLETE", 1)


def test_several_epochs_of_one_report_are_all_on_record(study: SweepStudy) -> None:
    queue = queue_of(study)
    queue.next("a")
    assert queue.hear("a", report(epoch(0), epoch(1), epoch(2)))
    assert [entry.epoch for entry in study.trials()[0].epochs] == [0, 1, 2]


def test_a_trial_that_ended_without_an_epoch_fails_with_its_reason(study: SweepStudy) -> None:
    queue = queue_of(study)
    queue.next("a")
    assert not queue.hear("a", report(epoch(0), outcome="diverged"))
    (entry,) = study.trials()
    assert (entry.state, entry.reason, len(entry.epochs)) == ("FAIL", "diverged: why", 1)


def test_a_full_disk_ends_the_sweep_and_fails_no_trial(study: SweepStudy) -> None:
    queue = queue_of(study)
    full = report(outcome="machine", reason="[Errno 28] No space left on device")
    for loss in range(MOST_LOSSES + 1):
        queue.next(f"a{loss}")
        assert not queue.hear(f"a{loss}", full)
    message = "trial 0 cannot continue: [Errno 28] No space left on device; remove the cause and continue with"
    assert message in str(queue.broken)
    assert queue.over
    assert queue.next("c") is None
    assert [entry.state for entry in study.trials()] == ["RUNNING"]


def test_a_study_that_cannot_be_written_ends_the_sweep(study: SweepStudy) -> None:
    queue = queue_of(study)
    queue.next("a")
    assert not queue.hear("a", report({"epoch": 0}))
    assert isinstance(queue.broken, KeyError)
    assert queue.next("b") is None


def test_a_test_accuracy_that_cannot_be_written_ends_the_sweep_and_is_not_raised_into_the_executor(
    study: SweepStudy,
) -> None:
    def order(entry: TrialEntry) -> dict[str, Any]:
        return {"number": entry.number, "order": trial_order(study, "store", entry).to_dict()}

    queue = TrialQueue(study, order, Silent(), final_test=FinalTest(study, order, lambda: study.trials()[:1]))
    for worker in ("a", "b"):
        queue.next(worker)
        queue.hear(worker, report(epoch(11)))
    assert queue.next("c") is not None
    study.delete()
    assert not queue.hear("c", {"outcome": "test", "test": {"test_acc": 0.5}})
    assert "was deleted meanwhile" in str(queue.broken)
    assert queue.over


def test_an_interrupt_is_not_taken_for_an_error_of_the_study(study: SweepStudy) -> None:
    def interrupted(_: object) -> dict[str, Any]:
        raise KeyboardInterrupt

    queue = TrialQueue(study, interrupted, Silent())
    with pytest.raises(KeyboardInterrupt):
        queue.next("a")
    assert queue.broken is None


@pytest.mark.slow
def test_a_sweep_that_waits_for_another_has_no_order_for_now_and_has_not_ended(tmp_path: Path) -> None:
    queues, claims = [], [Claims(Store(str(tmp_path / "store")), name, "here") for name in ("one", "two")]
    for name, claim in zip(("one", "two"), claims, strict=True):
        sweep = load_sweep("digits", ["search.trials=1", "baselines=[]"])
        study = SweepStudy.create(f"sqlite:///{tmp_path / name}.sqlite3", sweep, DataFacts("f", 8, 256, 64, 360))
        queues.append(TrialQueue(study, lambda entry: {"number": entry.number}, Silent(), claims=claim))
    first, second = queues
    assert first.next("a") == {"number": 0}
    assert second.next("b") is None
    assert (second.over, second.awaits_others, second.ended) == (True, True, False)
    first.hear("a", report(*(epoch(number) for number in range(12))))
    assert (first.over, first.ended) == (True, True)
    claims[1].wait(10.0, Noted())
    assert second.next("b") == {"number": 0}, "the first has trained it"
