"""The figure of CPUs over time counts the trials that have a worker, and no others."""

from pathlib import Path

from rts_search.analysis.figures import FIGURES, SweepView
from rts_search.running.trial_queue import TrialQueue
from rts_search.study.study import SweepStudy
from tests.rts_search.running.test_shared_epochs import Workers, sweep_of
from tests.rts_search.running.test_trial_queue import Silent

SWITCH_AT_4 = "timing: {rule: epoch, switch_epoch: 4}"


def most_cpus_in_use(study: SweepStudy) -> float:
    figure = FIGURES["allocation"](SweepView.of(study))
    assert figure is not None
    return max(figure.data[0]["y"])


def queue_of(study: SweepStudy) -> TrialQueue:
    return TrialQueue(study, lambda entry: {"number": entry.number}, Silent(), look_ahead=study.total)


def test_a_trial_that_waits_for_the_epochs_of_another_uses_no_cpu(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, SWITCH_AT_4, "training.epochs=6")
    queue = queue_of(study)
    assert queue.next("a") == {"number": 0}
    assert queue.next("b") is None
    assert len(study.trials()) > 1, "the others are drawn, and wait"
    assert most_cpus_in_use(study) == 1


def test_a_trial_that_was_cut_off_uses_no_cpu_until_it_goes_on(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {switch_epoch: 0}", "training.epochs=6")
    queue = queue_of(study)
    assert [queue.next(name) for name in "abcd"] == [{"number": number} for number in range(4)]
    assert most_cpus_in_use(study) == 4
    again = SweepStudy.load(f"sqlite:///{tmp_path / 's.sqlite3'}", study.name)  # the driver was killed
    assert queue_of(again).next("a") == {"number": 0}
    assert most_cpus_in_use(again) == 1


def test_a_trial_that_lost_its_worker_uses_no_cpu_until_it_has_another(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, SWITCH_AT_4, "training.epochs=6")
    queue = queue_of(study)
    queue.next("a")
    queue.lost("a")
    ((_, ended),) = study.turns()[0]
    assert ended is not None
    queue.next("a")
    assert most_cpus_in_use(study) == 1


def test_of_an_ended_sweep_it_never_shows_more_than_its_workers(tmp_path: Path) -> None:
    study = sweep_of(tmp_path, "timing: {switch_epoch: [2, 4]}", "training.epochs=6")
    Workers(study, 2).run()
    assert most_cpus_in_use(study) == 2
