"""Launch or resume a sweep and run it to its end."""

import contextlib
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rts_search.analysis.forecast.forecast_error import record_real_costs
from rts_search.analysis.tables import Tables
from rts_search.basics.environment import environment
from rts_search.basics.errors import UserError
from rts_search.basics.files import require_regular, write_result
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.signals import Interrupted, asked, hurried, interrupts_noted, interrupts_raised
from rts_search.basics.sizes import counted
from rts_search.basics.yaml_text import yaml_text
from rts_search.operations.data_check import facts_of, load, notes_on, require_unchanged
from rts_search.operations.notify import notify
from rts_search.operations.results import write_results
from rts_search.operations.store_limit import StoreKeeper
from rts_search.running.tracking import Tracked, require_trackers
from rts_search.running.watcher import Watcher
from rts_search.study.agreement import require_agreement
from rts_search.study.database.storage import StorageUnusable, resumable, storage_errors
from rts_search.study.final_tests import entries_to_test, untested
from rts_search.study.home import STUDY, require_free, settle
from rts_search.study.lease import LeaseLost
from rts_search.study.status import status_of
from rts_search.study.study import SweepStudy
from rts_search.study.warm_start import earlier_results
from rts_search.study.workspace import Workspace
from rts_search.sweep.sections import BudgetConfig, ResourcesConfig
from rts_search.sweep.sweep import SweepFile
from trainables.core.history.store import Store
from trainables.core.settings.perturbation_config import FIRST_ORDER

if TYPE_CHECKING:
    from rts_search.running.executors import Executor


def launch(sweep: SweepFile, workspace: Workspace, watcher: Watcher) -> Tables:
    """Start a new sweep and run it to its end. Returns its tables, which are written; see `tell_gaps`.

    Raises:
        UserError: the sweep cannot start, or something ended it.
        Interrupted: it was stopped.
    """
    require_new(sweep, workspace)
    began = time.monotonic()
    with _started(workspace, watcher) as executor:
        from rts_search.operations.model_check import require_trainable

        data = load(sweep.dataset, sweep.name)
        with phase("trying the model"):
            model = require_trainable(sweep, data).told(sweep.model)
        if sweep.model.bsconv:
            watcher.note(f"{sweep.name}: {model}")
        facts = facts_of(data, sweep.training.batch_size)
        for note in notes_on(sweep.dataset, facts, sweep.name):
            watcher.note(f"{sweep.name}: {note}")
        earlier = earlier_results(workspace.storage_url, sweep, facts)
        paths = workspace.results.sweep(sweep.name)
        with paths.driving(workspace.command("watch", sweep.name)), storage_errors(workspace.storage_url):
            sweep = _ready(sweep, executor)
            with interrupts_noted():  # a study that was begun also gets its tables
                study = SweepStudy.create(workspace.storage_url, sweep, facts, workspace.elsewhere, earlier, model)
                study.options, study.watch = workspace.running_options(), workspace.command("watch", sweep.name)
                with study.driven(paths.lock, watcher.note):
                    return _drive(study, workspace, paths, watcher, executor, began)


def require_new(sweep: SweepFile, workspace: Workspace) -> None:
    """Refuse to launch a sweep whose name or place is taken, before anything starts. Raises: UserError."""
    workspace.results.require_space(sweep.name)
    workspace.require_new_name(sweep.name)
    workspace.require_place(sweep.name)
    require_free(sweep.name, workspace.results)
    require_regular(workspace.results.sweep(sweep.name).rewritten)
    require_trackers(sweep.track, sweep.name)


@contextlib.contextmanager
def _started(workspace: Workspace, watcher: Watcher) -> Iterator["Executor"]:
    """Yield the executor. It may still be starting while the caller loads the data."""
    watcher.phase(f"starting {workspace.executor}, loading the data")
    from rts_search.running.executors import make_executor

    executor = make_executor(workspace)
    with executor.started():
        yield executor


def _ready(sweep: SweepFile, executor: "Executor") -> SweepFile:
    """The sweep with the resources that its trials get. Waits until the executor runs. Raises: UserError."""
    from rts_search.running.auto_resources import settled
    from rts_search.running.capacity import capacity

    sweep = settled(sweep, sweep.total_trials, executor)
    capacity(executor, sweep.resources)
    return sweep


def resume(
    study: SweepStudy,
    trials: int | None,
    changes: tuple[BudgetConfig, ResourcesConfig],
    workspace: Workspace,
    watcher: Watcher,
    arm: str | None = None,
) -> Tables:
    """Continue a sweep and run it to its end. Returns its tables, which are written; see `tell_gaps`.

    Args:
        study: the record of the sweep; trials without an end are continued first.
        trials: the new number of trials, of every arm or of `arm`; None: as before.
        changes: limits and resources that replace those of the study (`read_changes`).
        workspace: its executor trains, its results folder holds the store.
        watcher: called with the progress.
        arm: the only arm that gets another number of trials; None: all of them.

    Raises:
        UserError: the sweep cannot continue, its budget is used up, or its store is not there.
        Interrupted: it was stopped.
    """
    workspace.results.require_space(study.name)
    workspace.require_drivable(study)
    _require_store(study, workspace)
    require_trackers(study.sweep.track, study.name)
    paths = workspace.results.sweep(study.name)
    require_regular(paths.rewritten)
    if arm in FIRST_ORDER:
        from rts_search.operations.model_check import require_arm

        require_arm(study.sweep, arm)
    began = time.monotonic()
    with paths.driving(study.watch), storage_errors(workspace.storage_url):
        _require_sound(study, workspace)
        with (
            study.driven(paths.lock, watcher.note),
            _tables_left(study, workspace, paths, watcher),
            _started(workspace, watcher) as executor,
        ):
            settle(study, workspace.results)
            require_unchanged(study)
            if trials is not None:
                study.extend(trials, arm)
            _change(study, *changes, watcher)
            _require_budget(study)
            return _drive(study, workspace, paths, watcher, executor, began)


@contextlib.contextmanager
def _tables_left(study: SweepStudy, workspace: Workspace, paths: SweepPaths, watcher: Watcher) -> Iterator[None]:
    """Write the tables if the user stops the sweep inside the `with` block and there are none, as after a crash."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        if study.lost is None and not hurried() and not paths.table_md.exists():
            with interrupts_noted(), _noted(watcher, "the tables were not written", workspace.storage_url):
                write_results(study, workspace, paths)
        raise


def _change(study: SweepStudy, budget: BudgetConfig, resources: ResourcesConfig, watcher: Watcher) -> None:
    """Change limits and resources of a sweep, and say when that may change its numbers. Raises: UserError."""
    study.allow(budget)
    before = study.sweep.resources.cpus
    study.allot(resources)
    if study.sweep.resources.cpus != before:
        watcher.note(
            f"{study.name}: a trial now has {counted(study.sweep.resources.cpus, 'CPU')} instead of {before:g}; "
            "another number of threads can change the last digits of its numbers"
        )


def _require_sound(study: SweepStudy, workspace: Workspace) -> None:
    """Check the database of a sweep before anything starts: all of it, and its unfinished trials by their records.

    Raises: UserError.
    """
    study.require_sound()
    store = Store(workspace.results.store_url)
    for entry in study.trials():
        if entry.state == "RUNNING":
            stored = [store.epoch(epoch.key, epoch.provenance) for epoch in entry.epochs]
            require_agreement(study.name, entry, stored, study.data.steps_per_epoch)


def _require_budget(study: SweepStudy) -> None:
    """Refuse to continue when trials are left but the budget is used up. Raises: UserError.

    The test accuracies of its best trials cost nothing: a sweep that was killed before they were read reads them.
    """
    entries = study.trials()
    used_up = study.meter(entries).exhausted()
    if used_up is not None and not study.ended_by(entries) and not untested(study, entries):
        judge = f"; or confirm the trials it has: `{study.judge}`" if study.sweep.baselines else ""
        raise UserError(
            f"{study.name}: budget: must be more than what is used up, {used_up}; raise it: "
            f"`{study.go_on} --set budget.hours=10`, or .gradient_evaluations or .gpu_hours{judge}"
        )


def _require_store(study: SweepStudy, workspace: Workspace) -> None:
    """Refuse to train everything again when the store is gone, such as a disk without a mount. Raises: UserError."""
    store = Path(workspace.results.store_url)
    if not store.exists() and any(entry.epochs for entry in study.trials()):
        raise UserError(
            f"{store}: must be the store of {study.name}, but is not there; mount it or copy it back, or make an empty "
            "folder there, to train again what is needed"
        )


def _drive(
    study: SweepStudy, workspace: Workspace, paths: SweepPaths, watcher: Watcher, executor: "Executor", began: float
) -> Tables:
    """Train, read the test part and write the result files, and send the notifications.

    The files are written even if an error ends the sweep, unless another process has taken it over.
    """
    url = workspace.storage_url
    with _ending_told(study, watcher, url), resumable(study.go_on), storage_errors(url):
        study.note_executor(workspace.executor)
        return _run(study, workspace, paths, watcher, executor, began)


def _run(
    study: SweepStudy, workspace: Workspace, paths: SweepPaths, watcher: Watcher, executor: "Executor", began: float
) -> Tables:
    from rts_search.running.capacity import total_resources
    from rts_search.running.sweep_run import run_sweep

    try:
        with interrupts_raised():
            afresh, store_url = not study.trials(), workspace.results.store_url
            write_result(paths.sweep_file, yaml_text(study.sweep.to_dict()))
            facts = _environment(study, total_resources(executor))
            write_result(paths.environment, json.dumps(facts, indent=2) + "\n")
            study.wait_for_database(workspace.patience_seconds, watcher.note)
            store = Store(store_url)
            tracked = Tracked(watcher, store)
            keeper = StoreKeeper(tracked, study, workspace.storage_url, store)
            with tracked.telling(study, paths.tracking):
                tested = partial(entries_to_test, study)
                failed = run_sweep(study, store_url, study.data.steps_per_epoch, keeper, executor, tested)
            executor.finish()
            for number, cause in failed.items():
                raise UserError(
                    f"{study.name}: trial {number} could not be tested: {cause}; "
                    f"remove the cause and continue with `{study.go_on}`"
                )
            watcher.phase("writing the results")
            keeper.sweep_ended()
            record_real_costs(study, paths, time.monotonic() - began if afresh else None)
    except BaseException:
        if study.lost is None and not hurried():
            watcher.phase("stopping: writing the tables" if asked() else "writing the tables")
            with interrupts_noted(), _noted(watcher, "the tables were not written", workspace.storage_url):
                write_results(study, workspace, paths)
        raise
    if study.lost is not None:
        raise study.lost
    with interrupts_noted() as late:  # a stop that comes now leaves whole tables, and is heeded after them
        tables = write_results(study, workspace, paths)
    if late.is_set():
        raise Interrupted
    return tables


@contextlib.contextmanager
def _noted(watcher: Watcher, what: str, storage_url: str) -> Iterator[None]:
    """Say an error inside the `with` block instead of raising it, since another error comes first."""
    try:
        with storage_errors(storage_url):
            yield
    except StorageUnusable:
        watcher.note(f"{what}: the study database cannot be used")
    except (UserError, OSError) as error:
        watcher.note(f"{what}: {error}")


@contextlib.contextmanager
def _ending_told(study: SweepStudy, watcher: Watcher, storage_url: str) -> Iterator[None]:
    """Send the sweep file's notifications when the sweep has ended or failed.

    None are sent when a user has stopped the sweep, or another process has taken it over.
    """
    try:
        yield
    except (Interrupted, LeaseLost):
        raise
    except Exception as error:
        if asked():
            raise
        with _noted(watcher, "nobody was notified", storage_url):
            _notify(study, watcher, str(error))
        raise
    _notify(study, watcher, "")


def _notify(study: SweepStudy, watcher: Watcher, failure: str) -> None:
    if study.sweep.notify is not None:
        facts = status_of(study, study.trials(), None)
        notify(study.sweep.notify, {**facts, **({"state": "failed"} if failure else {})}, failure, watcher.note)


def _environment(study: SweepStudy, resources: dict[str, float]) -> dict[str, Any]:
    seeds = {"training": study.sweep.training.seed, "search": study.sweep.search.seed}
    return {STUDY: study.identity, **environment(), "cluster": resources, "seeds": seeds, "data": study.data.to_dict()}
