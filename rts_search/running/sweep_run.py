"""The run of a sweep on Ray Tune, from wherever its study stands to its end or its interruption."""

import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
import torch
from ray import tune

from rts_search.basics.signals import Interrupted, interrupts_noted
from rts_search.running.claims import Claims
from rts_search.running.cluster import capacity
from rts_search.running.scheduler import make_scheduler
from rts_search.running.searcher import StudySearcher
from rts_search.running.watcher import Watcher
from rts_search.study.samplers import INDEPENDENT
from rts_search.study.study import SweepStudy
from rts_search.study.successive_halving import Halving, judged_costs
from rts_search.study.trials import TrialEntry
from rts_search.sweep.sections import ResourcesConfig
from trainables.core.history.lineage import full_cost
from trainables.core.history.provenance import machine, machine_id
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.ray_trainable import RTSTrainable, TrialOrder, accuracy_on_test

MICRO_BATCHES = 4
"""Parts of a mini-batch in a trial that has run out of memory and cannot be given more."""

WAIT_SECONDS = 60.0
"""How long a sweep waits for others, at most, before it looks at its budget again."""


def trial_order(study: SweepStudy, store_url: str, entry: TrialEntry) -> TrialOrder:
    """What a worker is told of a trial."""
    assert entry.config is not None
    sweep = study.sweep
    # Where another trial may branch off: behind its own switch epoch nobody does.
    last = TrialConfig.from_dict(entry.config).timing.switch_epoch
    branches = (epoch for epoch in sweep.space.branch_epochs() if last is None or epoch <= last)
    return TrialOrder(
        number=entry.number,
        name=f"{study.name}:{study.identity}/{entry.number}",
        config=entry.config,
        store=store_url,
        sharing=sweep.store.sharing,
        branch_epochs=tuple(sorted(branches)),
        state_every_seconds=sweep.store.state_every_seconds,
        threads=_threads(sweep.resources),
        gpu=sweep.resources.gpus > 0,
        judged_costs=() if entry.baseline else tuple(judged_costs(sweep, study.data.steps_per_epoch)),
        adopted=tuple((epoch.key, epoch.provenance) for epoch in entry.epochs),
        micro_batches=MICRO_BATCHES if entry.short_of_memory and not _can_grow(sweep.resources) else 1,
        states_replaced=sweep.store.keep != "all",
        rule=sweep.objective.rule,
    )


def share_of(resources: ResourcesConfig, entry: TrialEntry) -> dict[str, float]:
    """What a trial occupies: twice the share of a GPU once it has run out of memory there."""
    gpus = resources.gpus
    if entry.short_of_memory and _can_grow(resources):
        gpus = min(1.0, 2.0 * gpus)
    return {"CPU": resources.cpus, **({"GPU": gpus} if gpus else {})}


def _can_grow(resources: ResourcesConfig) -> bool:
    return 0.0 < resources.gpus < 1.0


def run_sweep(
    study: SweepStudy, store_url: str, steps_per_epoch: int, watcher: Watcher, reuse_actors: bool = True
) -> None:
    """Train every trial that has not ended. Ray must be running.

    Args:
        study: where the truth stands; unfinished trials in it are taken up first.
        store_url: checkpoint store that the driver and all nodes reach.
        steps_per_epoch: mini-batches of one epoch.
        watcher: hears of the progress.
        reuse_actors: whether a worker process serves one trial after another.

    Raises:
        UserError: no node can hold a trial.
        Interrupted: SIGINT or SIGTERM came; the study can be resumed.
    """
    sweep = study.sweep
    room = capacity(sweep.resources)
    watcher.started(room.concurrent, room.cpus, room.gpus, sweep.resources)

    def order(entry: TrialEntry) -> dict[str, Any]:
        return {
            "baseline": entry.baseline,
            "number": entry.number,
            "order": trial_order(study, store_url, entry).to_dict(),
            "share": share_of(sweep.resources, entry),
        }

    # Where points do not depend on results, nothing is lost by drawing early.
    look_ahead = study.total if sweep.search.sampler in INDEPENDENT else room.concurrent
    halving = Halving.of_sweep(sweep, full_cost(sweep.training.epochs, steps_per_epoch), study.trials())
    where = _machine(sweep.resources, sweep.model.name)
    claims = Claims(Store(store_url), study.identity, where, sweep.store.sharing == "any")
    searcher = StudySearcher(study, order, watcher, look_ahead, halving, claims)
    waits = False
    with claims.renewed():
        while not searcher.finished:
            scheduler = make_scheduler(halving, searcher.hear_cause)
            interrupted = _tune(study.name, searcher, scheduler, room.concurrent, reuse_actors)
            study.note_times(searcher.meter)
            if searcher.broken:
                raise searcher.broken
            if not searcher.finished and (interrupted or not searcher.awaits_others):
                raise Interrupted
            if searcher.awaits_others:
                _wait_for_others(claims, watcher, told=waits)
            waits = searcher.awaits_others


def _wait_for_others(claims: Claims, watcher: Watcher, told: bool) -> None:
    """Wait, and say so unless that has been told. Raises: Interrupted."""
    with interrupts_noted() as interrupt:
        if not told:
            watcher.note("waiting for epochs that another sweep is training")
        claims.wait(WAIT_SECONDS, interrupt)
    if interrupt.is_set():
        raise Interrupted


def _tune(name: str, searcher: StudySearcher, scheduler: Any, concurrent: int, reuse_actors: bool) -> bool:
    """Let Ray Tune train what the searcher suggests, until it suggests nothing any more; whether it was interrupted."""
    with _scratch() as folder:
        tuner = tune.Tuner(
            tune.with_resources(RTSTrainable, lambda config: tune.PlacementGroupFactory([config["share"]])),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=scheduler,
                num_samples=-1,
                max_concurrent_trials=concurrent,
                reuse_actors=reuse_actors,
                trial_dirname_creator=lambda trial: str(trial.trial_id),
                trial_name_creator=lambda trial: str(trial.trial_id),
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=str(folder),
                verbose=0,
                stop=searcher.uses_up,
                # States are the store's; Ray would ask every trial for one more at its end.
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        )
        before = last = signal.getsignal(signal.SIGINT)
        try:
            tuner.fit()
        finally:
            last = signal.signal(signal.SIGINT, before)
        # Tune takes SIGINT for itself: it gives it back when it is interrupted, and keeps it after its end else.
        return last is before


def _machine(resources: ResourcesConfig, model_name: str) -> str:
    """What decides, as far as this process knows, whether two sweeps train the same bits."""
    device = torch.device("cuda" if resources.gpus and torch.cuda.is_available() else "cpu")
    threads = 0 if resources.gpus else _threads(resources)
    return machine_id({**machine(device, model_name=model_name), "threads": threads, "gpu": resources.gpus > 0})


def _threads(resources: ResourcesConfig) -> int:
    return max(1, int(resources.cpus))


def look_at_test(study: SweepStudy, store_url: str, entries: Sequence[TrialEntry]) -> dict[int, str]:
    """Look at the test part once for each of these trials, on the cluster, unless it has been done.

    Returns the numbers of those for which it failed, each with the cause in one line. A trial whose pretrained weights
    are gone is left untested without a cause: its sweep ends all the same.
    """
    rule = study.sweep.objective.rule
    done = study.test_accuracies()
    share = study.sweep.resources
    remote = ray.remote(num_cpus=share.cpus, num_gpus=share.gpus)(accuracy_on_test)
    waiting = []
    for entry in entries:
        epochs = entry.chosen_epochs(rule)
        if done.get(entry.number, {}).get("epochs") != epochs:
            waiting.append((entry.number, epochs, remote.remote(trial_order(study, store_url, entry), epochs)))
    failed = {}
    for number, epochs, accuracy in waiting:
        try:
            test_acc = ray.get(accuracy)
            if test_acc is not None:
                study.record_test(number, epochs, test_acc)
        except ray.exceptions.RayError as error:
            failed[number] = str(error).strip().splitlines()[-1]
    return failed


@contextmanager
def _scratch() -> Iterator[Path]:
    """Ray's experiment folder: never read again, so it lives as long as the run."""
    folder = Path(tempfile.mkdtemp(prefix="rts-search-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
