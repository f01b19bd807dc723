"""A local Ray is private, hears no signals, and its workers are reused for later trials."""

import os
import re
import signal
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
from ray._private import services

from rts_search.operations.data_check import look_at_data
from rts_search.running.executors.ray import RayExecutor
from rts_search.running.executors.ray_internals.processes import ended_processes
from rts_search.running.sweep_run import run_sweep
from rts_search.running.trial_queue import TrialQueue
from rts_search.study.final_tests import entries_to_test
from rts_search.study.study import SweepStudy
from rts_search.sweep.sweep_file import load_sweep
from tests.rts_search.one_ray import wait_for_the_end_of_ray
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
        executor.nodes()  # waits until Ray runs
        processes = psutil.Process().children(recursive=True)
        programs = " ".join(word for process in processes for word in process.cmdline())
        assert "raylet" in programs
        assert not re.search(r"monitor\.py|dashboard\.py", programs)
        _require_a_private_ray()
        started = {process.pid for process in processes}
        for process in processes:  # what stops the driver does not end Ray under it
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                process.send_signal(number)
        assert os.getsid(0) not in {os.getsid(pid) for pid in started}
        failed = run_sweep(
            study,
            f"{tmp_path / 'store'}",
            facts.steps_per_epoch,
            Silent(),
            executor,
            partial(entries_to_test, study),
        )
    wait_for_the_end_of_ray()
    with pytest.raises(ray.exceptions.RaySystemError, match="Ray has not been started yet"):
        ray.put("a second Ray")
    assert "RAY_AUTH_TOKEN_PATH" not in os.environ
    assert failed == {}
    assert {entry.state for entry in study.trials()} == {"COMPLETE"}
    assert {pid for _, pid in seen} <= started, "the processes that Ray starts by itself are those that train"
    assert len({pid for _, pid in seen}) <= 2, "the others wait for the first epoch, and their workers with them"
    assert [outcome for outcome, _ in seen].count("test") == 1


def _require_a_private_ray() -> None:
    """Others do not find the Ray of this process, whose token is in a folder of its own."""
    services.find_gcs_addresses.cache_clear()
    assert ray.get_runtime_context().gcs_address not in services.find_gcs_addresses()
    token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    assert token.parent.name.startswith("rts-ray-")
    assert Path(ray.get_runtime_context().get_temp_dir()).parent == token.parent
    assert ended_processes() == {}
