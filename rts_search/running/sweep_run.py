"""Run a sweep from the recorded trials of its study to its end or an interruption."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from rts_search.basics.signals import Interrupted, interrupts_noted
from rts_search.running.capacity import Places
from rts_search.running.claims import Claims
from rts_search.running.executors.executor import Executor, WorkerError
from rts_search.running.final_test import FinalTest
from rts_search.running.trial_queue import TrialQueue
from rts_search.running.watcher import Watcher
from rts_search.study.arm_halving import halving_of
from rts_search.study.database.storage import STORAGE_ERRORS
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import judged_costs, rung_costs
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ResourcesConfig
from trainables.core.history.provenance import machine, machine_id
from trainables.core.history.store import Store
from trainables.order import TrialOrder
from trainables.worker import accuracy_on_test

MICRO_BATCHES = 4
"""Parts of a mini-batch, for a trial that ran out of memory and cannot get a larger share of a GPU."""

WAIT_SECONDS = 60.0
"""Longest wait for other sweeps before the sweep checks its budget again."""


def trial_order(study: SweepStudy, store_url: str, entry: TrialEntry, report_seconds: float = 0.0) -> TrialOrder:
    """The order with which a worker trains a trial."""
    assert entry.config is not None
    sweep = study.sweep
    # Epochs where another trial may branch off; after the own switch epoch, no other trial does.
    last = entry.settings.timing.switch_epoch
    branches = (epoch for epoch in sweep.space.branch_epochs() if last is None or epoch <= last)
    return TrialOrder(
        number=entry.number,
        name=trial_name(study, entry.number),
        config=entry.config,
        store=store_url,
        sharing=sweep.store.sharing,
        branch_epochs=tuple(sorted(branches)),
        stop_epochs=tuple(sorted(sweep.space.stop_epochs())),
        state_every_seconds=sweep.store.state_every_seconds,
        threads=_threads(sweep.resources),
        gpu=sweep.resources.gpus > 0,
        judged_costs=() if entry.baseline else tuple(judged_costs(sweep, study.data.steps_per_epoch)),
        adopted=tuple((epoch.key, epoch.provenance) for epoch in entry.epochs),
        micro_batches=MICRO_BATCHES if entry.short_of_memory and not _can_grow(sweep.resources) else 1,
        states_replaced=sweep.store.keep != "all",
        rule=sweep.objective.rule,
        metric=sweep.objective.metric,
        report_costs=() if entry.baseline else tuple(rung_costs(sweep, study.data.steps_per_epoch)),
        report_seconds=report_seconds,
        counted_steps=study.data.steps_per_epoch,
    )


def trial_name(study: SweepStudy, number: int) -> str:
    """The unique name of a trial, which the records of the epochs that it trains carry."""
    return f"{study.name}:{study.identity}/{number}"


def share_of(resources: ResourcesConfig, entry: TrialEntry | None = None) -> dict[str, float]:
    """The resources of a trial. After it ran out of memory, its share of a GPU is doubled."""
    gpus = resources.gpus
    if entry is not None and entry.short_of_memory and _can_grow(resources):
        gpus = min(1.0, 2.0 * gpus)
    return {"CPU": resources.cpus, **({"GPU": gpus} if gpus else {})}


def _can_grow(resources: ResourcesConfig) -> bool:
    return 0.0 < resources.gpus < 1.0


def run_sweep(
    study: SweepStudy,
    store_url: str,
    steps_per_epoch: int,
    watcher: Watcher,
    executor: Executor,
    tested: Callable[[], Sequence[TrialEntry]] | None = None,
) -> dict[int, str]:
    """Train every trial that has not ended. The executor must have been started.

    Args:
        study: the record of the sweep; its unfinished trials continue first.
        store_url: checkpoint store; the driver and all nodes must reach it.
        steps_per_epoch: mini-batches of one epoch.
        watcher: called with the progress.
        executor: trains the trials.
        tested: the trials whose test accuracy is read at the end (`FinalTest`); None: none is read.

    Returns:
        Trial number -> why its test accuracy could not be read.

    Raises:
        UserError: no node can hold a trial.
        Interrupted: a request to stop came; the study can be resumed.
    """
    sweep = study.sweep
    places = Places(executor, sweep.resources, study.name, watcher)
    room = places.capacity
    watcher.started(room.concurrent, room.cpus, room.gpus, sweep.resources)
    report_seconds = 0.0 if sweep.budget.gradient_evaluations is not None else executor.report_seconds

    def order(entry: TrialEntry) -> dict[str, Any]:
        return {
            "order": trial_order(study, store_url, entry, report_seconds).to_dict(),
            "share": share_of(sweep.resources, entry),
        }

    # A sampler that does not learn from results may draw all trials early.
    look_ahead = room.concurrent if sweep.search.learns else study.total
    halving = halving_of(sweep, steps_per_epoch, study.trials())
    where = _machine(sweep.resources, sweep.model.name)
    claims = Claims(Store(store_url), study.identity, where, sweep.store.sharing == "any")
    share = None if _can_grow(sweep.resources) else share_of(sweep.resources)
    final_test = FinalTest(study, order, tested) if tested else None
    queue = TrialQueue(study, order, watcher, look_ahead, halving, claims, final_test)
    waits = False
    with claims.renewed():
        while not queue.ended:
            interrupted = executor.train(study.name, queue, places.number, share)
            with contextlib.suppress(*(STORAGE_ERRORS if queue.broken else ())):  # the first error is the one to tell
                study.note_times(queue.meter)
            if queue.broken:
                raise queue.broken
            if not queue.ended and (interrupted or not queue.awaits_others):
                raise Interrupted
            if queue.awaits_others:
                _wait_for_others(claims, watcher, told=waits)
            waits = queue.awaits_others
    return final_test.failed if final_test else {}


def _wait_for_others(claims: Claims, watcher: Watcher, told: bool) -> None:
    """Wait for the epochs of other sweeps. `told`: the user already knows about it. Raises: Interrupted."""
    with interrupts_noted() as interrupt:
        if not told:
            watcher.note("waiting for epochs that another sweep is training")
        claims.wait(WAIT_SECONDS, interrupt)
    if interrupt.is_set():
        raise Interrupted


def _machine(resources: ResourcesConfig, model_name: str) -> str:
    """Id of the machine. Two sweeps with the same id should train bit-identical epochs."""
    device = torch.device("cuda" if resources.gpus and torch.cuda.is_available() else "cpu")
    threads = 0 if resources.gpus else _threads(resources)
    return machine_id({**machine(device, model_name=model_name), "threads": threads, "gpu": resources.gpus > 0})


def _threads(resources: ResourcesConfig) -> int:
    return max(1, int(resources.cpus))


def read_tests(study: SweepStudy, store_url: str, entries: Sequence[TrialEntry], executor: Executor) -> dict[int, str]:
    """Read the test accuracy of each of these trials that has none. The executor must have been started.

    Returns trial number -> the cause in one line, for each trial whose test failed. A trial whose pretrained weights
    are missing stays untested, without a cause.
    """
    objective, done = study.sweep.objective, study.test_accuracies()
    read = {number: test["epochs"] for number, test in done.items()}
    untested = [entry for entry in entries if read.get(entry.number) != entry.chosen_epochs(objective)]
    orders = [
        replace(trial_order(study, store_url, entry), tested_epochs=entry.chosen_epochs(objective)).to_dict()
        for entry in untested
    ]
    resources = study.sweep.resources
    reports = executor.run(accuracy_on_test, orders, {"CPU": resources.cpus, "GPU": resources.gpus})
    failed = {}
    for entry, report in zip(untested, reports, strict=True):
        if isinstance(report, WorkerError):
            failed[entry.number] = str(report)
        elif report["outcome"] != "test":
            failed[entry.number] = report["reason"]
        elif report["test"]:
            study.record_test(entry.number, entry.chosen_epochs(objective), report["test"])
    return failed
