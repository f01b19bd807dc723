"""Ray Tune gets the orders of a sweep's queue, but neither its study nor its database URL."""

from pathlib import Path
from typing import Any

import pytest
from ray import cloudpickle
from ray.tune.search import Searcher

from rts_search.basics.signals import Noted
from rts_search.running.executors.ray_tune import QueueSearcher, QueueStopRule
from rts_search.running.losses import MOST_LOSSES
from rts_search.study.data_facts import DataFacts
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.running.test_trial_queue import epoch, queue_of, report


@pytest.fixture
def study(tmp_path: Path) -> SweepStudy:
    """A study of two trials. Its URL contains a word that must not leave the driver."""
    sweep = load_sweep("digits", ["search.trials=2", "baselines=[]"])
    return SweepStudy.create(f"sqlite:///{tmp_path / 'hunter2'}.sqlite3", sweep, DataFacts("f", 8, 256, 64, 360))


def told(*epochs: dict[str, Any]) -> dict[str, Any]:
    """A report in the form in which Tune passes it on."""
    return report(*epochs)


def test_nothing_of_the_study_reaches_rays_folder(study: SweepStudy, tmp_path: Path) -> None:
    searcher = QueueSearcher(queue_of(study))
    searcher.suggest("a")
    assert b"hunter2" not in cloudpickle.dumps(searcher)
    assert b"hunter2" not in cloudpickle.dumps(QueueStopRule(searcher, Noted()))
    searcher.save(str(tmp_path / "checkpoint"))
    assert not (tmp_path / "checkpoint").exists()
    with pytest.raises(ValueError, match="resumed from its study"):
        searcher.restore(str(tmp_path / "checkpoint"))


def test_tune_waits_while_trials_run_and_is_finished_when_all_have_ended(study: SweepStudy) -> None:
    searcher = QueueSearcher(queue_of(study))
    assert [searcher.suggest(name) for name in "ab"] == [{"number": 0}, {"number": 1}]
    assert searcher.suggest("c") is None
    for number, name in enumerate("ab"):
        assert not searcher.stops(name, told(epoch(0, key=f"{number}")))
        assert searcher.stops(name, told(epoch(11, key=f"{number}")))
        searcher.on_trial_complete(name, told())
    assert searcher.suggest("c") == Searcher.FINISHED
    assert [entry.state for entry in study.trials()] == ["COMPLETE", "COMPLETE"]


def test_a_request_to_stop_ends_tune_in_its_next_turn(study: SweepStudy) -> None:
    interrupt = Noted()
    searcher = QueueSearcher(queue_of(study))
    rule = QueueStopRule(searcher, interrupt)
    assert searcher.suggest("a") == {"number": 0}
    assert not rule("a", told(epoch(0)))
    assert rule("a", told(epoch(11)))
    assert not rule.stop_all()
    interrupt.note()
    with pytest.raises(KeyboardInterrupt):
        rule.stop_all()


@pytest.mark.slow
def test_a_worker_that_is_lost_gives_its_trial_back_with_the_cause(study: SweepStudy) -> None:
    searcher = QueueSearcher(queue_of(study))
    assert searcher.suggest("a") == {"number": 0}
    searcher.stops("a", told(epoch(11)))
    for loss in range(MOST_LOSSES + 1):
        assert searcher.suggest(f"b{loss}") == {"number": 1}
        searcher.hear_cause(f"b{loss}", "ImportError: no such library")
        searcher.on_trial_complete(f"b{loss}", error=True)
    assert study.trials()[1].reason == f"lost: its worker died {MOST_LOSSES + 1} times: ImportError: no such library"
