"""Workers are reused for later trials: a sweep needs only as many processes as trials train at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rts_search.operations.data_check import look_at_data
from rts_search.running.executors.ray import RayExecutor
from rts_search.running.sweep_run import run_sweep
from rts_search.running.trial_queue import TrialQueue
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.running.test_trial_queue import Silent

SETTINGS = (
    "training.epochs=2",
    "dataset.num_train=64",
    "search={sampler: random, trials: 10}",
    "space={radius: {value: {uniform: [0.1, 2.0]}}, timing: {switch_epoch: 1}}",
    "scheduler=none",
    "baselines=[]",
    "resources={cpus_per_trial: 1, max_concurrent_trials: 2}",
)


@pytest.mark.ray
def test_two_workers_train_all_trials_and_read_the_test_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = load_sweep("digits", SETTINGS)
    sweep = sweep.model_copy(update={"training": sweep.training.settled()})
    facts = look_at_data(sweep.dataset, sweep.training.batch_size, sweep.name)
    study = SweepStudy.create(f"sqlite:///{tmp_path / 's.sqlite3'}", sweep, facts)
    seen: list[tuple[str, int]] = []
    hear = TrialQueue.hear

    def noted(queue: TrialQueue, worker: str, report: Mapping[str, Any]) -> bool:
        seen.append((report["outcome"], report["pid"]))
        return hear(queue, worker, report)

    monkeypatch.setattr(TrialQueue, "hear", noted)
    executor = RayExecutor(None, verbose=False)
    with executor.started():
        failed = run_sweep(study, f"{tmp_path / 'store'}", facts.steps_per_epoch, Silent(), executor, tests=True)
    assert failed == {}
    assert {entry.state for entry in study.trials()} == {"COMPLETE"}
    assert len({pid for _, pid in seen}) <= 2, "the others wait for the first epoch, and their workers with them"
    assert [outcome for outcome, _ in seen].count("test") == 1
