"""What the searcher leaves in Ray's hands, and what becomes of a trial whose worker is lost."""

from pathlib import Path
from typing import Any

import pytest
from ray import cloudpickle
from ray.tune.search import Searcher

from rts_search.basics.errors import UserError
from rts_search.running.losses import MOST_LOSSES
from rts_search.running.searcher import StudySearcher
from rts_search.running.watcher import Watcher
from rts_search.study.study import DataFacts, SweepStudy
from rts_search.sweep.sweep_file import load_sweep


class Silent(Watcher):
    """Does not look."""


@pytest.fixture
def study(tmp_path: Path) -> SweepStudy:
    """A study of two trials whose URL holds a word that nobody may learn."""
    sweep = load_sweep("digits", ["search.trials=2", "baselines=[]"])
    return SweepStudy.create(f"sqlite:///{tmp_path / 'hunter2'}.sqlite3", sweep, DataFacts("f", 8, 256, 64, 360))


def searcher_of(study: SweepStudy) -> StudySearcher:
    return StudySearcher(study, lambda entry: {"number": entry.number}, Silent())


def result(epoch: int, outcome: str = "epoch") -> dict[str, Any]:
    figures = {"key": f"k{epoch}", "provenance": "here", "spent": True, "gradient_evaluations": 8 * (epoch + 1)}
    return {"epoch": epoch, "val_acc": 0.5, "outcome": outcome, "reason": "why", "notes": [], **figures}


def test_nothing_of_the_study_reaches_rays_folder(study: SweepStudy, tmp_path: Path) -> None:
    searcher = searcher_of(study)
    searcher.suggest("a")
    assert b"hunter2" not in cloudpickle.dumps(searcher)
    searcher.save(str(tmp_path / "checkpoint"))
    assert not (tmp_path / "checkpoint").exists()
    with pytest.raises(ValueError, match="resumed from its study"):
        searcher.restore(str(tmp_path / "checkpoint"))


def test_a_lost_trial_is_handed_out_again_under_its_number_and_given_up_at_last(study: SweepStudy) -> None:
    searcher = searcher_of(study)
    searcher.suggest("b")
    searcher.on_trial_complete("b", result(11))
    for loss in range(MOST_LOSSES + 1):
        assert searcher.suggest(f"a{loss}") == {"number": 1}
        searcher.on_trial_result(f"a{loss}", result(0))
        searcher.on_trial_complete(f"a{loss}", error=True)
    assert searcher.suggest("c") == Searcher.FINISHED
    done, lost = study.trials()
    assert (lost.state, lost.reason) == ("FAIL", f"lost: its worker died {MOST_LOSSES + 1} times")
    assert (done.state, len(lost.epochs)) == ("COMPLETE", 1)


def test_a_trial_that_ended_without_an_epoch_fails_with_its_reason(study: SweepStudy) -> None:
    searcher = searcher_of(study)
    searcher.suggest("a")
    searcher.on_trial_complete("a", result(3, "diverged"))
    assert (study.trials()[0].state, study.trials()[0].reason) == ("FAIL", "diverged: why")


def test_a_full_disk_ends_the_sweep_and_fails_no_trial(study: SweepStudy) -> None:
    searcher = searcher_of(study)
    full = {**result(0, "machine"), "reason": "[Errno 28] No space left on device"}
    for loss in range(MOST_LOSSES):
        searcher.suggest(f"a{loss}")
        searcher.on_trial_complete(f"a{loss}", full)
    searcher.suggest("b")
    with pytest.raises(UserError, match=r"trial 0 cannot go on: .*No space left on device; mend it and continue with"):
        searcher.on_trial_complete("b", full)
    assert searcher.suggest("c") == Searcher.FINISHED
    assert [entry.state for entry in study.trials()] == ["RUNNING"]


def test_a_study_that_cannot_be_written_ends_the_sweep(study: SweepStudy) -> None:
    searcher = searcher_of(study)
    searcher.suggest("a")
    with pytest.raises(KeyError):
        searcher.on_trial_result("a", {"epoch": 0})
    assert isinstance(searcher.broken, KeyError)
    assert searcher.suggest("b") == Searcher.FINISHED
