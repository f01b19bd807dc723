"""`rts-search plan`: measure, forecast the sweep, and save the forecast in the sweep's results folder."""

import json
import time
from collections.abc import Callable

from rts_search.analysis.forecast.costs import Costs
from rts_search.analysis.forecast.estimate import forecast
from rts_search.analysis.forecast.forecast import Forecast
from rts_search.analysis.forecast.upcoming_trials import planned_configs, stored_keys
from rts_search.basics.files import write_atomically
from rts_search.basics.phases import phase
from rts_search.basics.sizes import counted
from rts_search.operations.data_check import facts_of, load
from rts_search.study.arm_halving import halving_of
from rts_search.study.study import SweepStudy
from rts_search.study.workspace import Workspace
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.store import Store


def plan(sweep: SweepFile, workspace: Workspace, say: Callable[[str], None]) -> Forecast:
    """Measure the costs of the sweep on this machine or cluster, and forecast the whole sweep. Raises: UserError."""
    from rts_search.operations.model_check import require_trainable
    from rts_search.running.auto_resources import settled
    from rts_search.running.capacity import capacity, total_resources
    from rts_search.running.executors import make_executor
    from rts_search.running.measuring import probe, rehearse

    workspace.results.require_space(sweep.name)
    if not _launched(sweep.name, workspace):
        workspace.require_place(sweep.name)
    loaded = load(sweep.dataset, sweep.name)
    data = facts_of(loaded, sweep.training.batch_size)
    with phase("trying the model"):
        require_trainable(sweep, loaded)
    began = time.perf_counter()
    executor = make_executor(workspace)
    with executor.started():
        executor_seconds = time.perf_counter() - began
        number = sweep.total_trials
        sweep = settled(sweep, number, executor)
        concurrent = min(capacity(executor, sweep.resources).concurrent, number)
        say(f"{sweep.name}: training a few steps in {counted(concurrent, 'process')} at a time")
        with phase("training a few steps"):
            probed = probe(sweep, concurrent, workspace.results, executor)
        say(f"{sweep.name}: running tiny trials to measure the time between epochs and trials")
        with phase("running tiny trials"):
            overheads = rehearse(sweep, concurrent, workspace.results, executor)
        memory = int(total_resources(executor).get("memory", 0))
    measured = probed.measured
    costs = Costs(
        sgd_step=measured.sgd_step_seconds,
        pugd_step=measured.pugd_step_seconds,
        validation=measured.validation_seconds,
        test=measured.test_seconds,
        state=measured.state_seconds,
        epoch=overheads.epoch_seconds,
        trial=overheads.trial_seconds,
        start=executor_seconds + overheads.start_seconds,
        worker=probed.start_seconds,
        state_bytes=measured.state_bytes,
        memory_bytes=measured.memory_bytes,
        gpu_memory_bytes=measured.gpu_memory_bytes,
        cluster_bytes=memory,
        sgd_recording=measured.sgd_recording_seconds,
        pugd_recording=measured.pugd_recording_seconds,
    )
    store = Store(workspace.results.store_url)
    with phase("playing the sweep through"):
        stored = stored_keys(planned_configs(sweep), data.fingerprint, store, probed.machine, sweep.store.sharing)
        found = forecast(sweep, data, concurrent, costs, lambda: halving_of(sweep, data.steps_per_epoch), stored)
    if not _launched(sweep.name, workspace):  # a launched sweep keeps the forecast from before its launch
        write_atomically(workspace.results.sweep(sweep.name).plan_json, json.dumps(found.to_dict(), indent=2) + "\n")
    return found


def _launched(name: str, workspace: Workspace) -> bool:
    if workspace.storage is None and not workspace.results.database.exists():
        return False
    return SweepStudy.exists(workspace.storage_url, name)
