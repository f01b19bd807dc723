"""What the commands do: launch, resume, rebuild, look up and stop sweeps. Nothing here prints."""

import contextlib
import json
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import yaml

from rts_search.confirm.planned_study import PlannedStudy
from rts_search.database.storage import shown_url, storage_errors
from rts_search.environment import environment
from rts_search.errors import UserError, refused
from rts_search.export import best_export, render
from rts_search.interrupts import Interrupted
from rts_search.notifying import notify
from rts_search.paths import DEFAULT_RESULTS, Driver, Results, SweepPaths, write_atomically
from rts_search.planning.reality import compare
from rts_search.progress import Watcher
from rts_search.retention import Keep, addresses
from rts_search.samplers.earlier import EarlierResult
from rts_search.sizes import bytes_of
from rts_search.store_keeper import StoreKeeper
from rts_search.study import DataFacts, SweepStudy, taken
from rts_search.sweep_file import SweepFile
from rts_search.sweep_sections import BudgetConfig
from rts_search.tables import Tables
from rts_search.tracking import Tracked
from rts_search.trial_entry import TrialEntry
from rts_search.upkeep import Cleaning, clean, others_of
from rts_search.warm_start import earlier_results
from trainables.core.config import DatasetConfig
from trainables.core.lineage import source_of, steps_per_epoch
from trainables.core.models.weights import weights_identity
from trainables.core.section import ConfigError
from trainables.core.store import Store

if TYPE_CHECKING:
    from trainables.core.data import Dataset

PATIENCE_SECONDS = 120.0
STOP_SECONDS = 120
"""How long `stop` waits for the driver to end."""


@dataclass(frozen=True)
class Place:
    """Where sweeps are kept and where they run."""

    results: Results
    storage: str | None = None
    """Database URL; the SQLite file of the results folder when absent."""
    address: str | None = None
    """Ray cluster to join; a local Ray when absent."""
    verbose: bool = False
    patience_seconds: float = PATIENCE_SECONDS
    """How long a sweep waits for a database server that is away."""

    @property
    def storage_url(self) -> str:
        """The database in use."""
        return self.storage or self.results.storage_url

    @property
    def elsewhere(self) -> str | None:
        """The results folder as a study in a database outside of it has to know it; None for the folder's own."""
        return str(self.results.folder) if self.storage is not None else None

    def load(self, name: str) -> SweepStudy:
        """A launched sweep by its name. Raises: UserError, also when its results are kept in another folder."""
        study = SweepStudy.load(self.storage_url, name)
        if study.results not in (None, self.elsewhere):
            raise UserError(
                f"--results: must be {study.results}, where {name} was launched, but got {self.results.folder}"
            )
        return study

    def options(self) -> str:
        """What a command has to be told to find this place again, passwords left out."""
        told = "" if self.results.folder == DEFAULT_RESULTS.resolve() else f" --results {self.results.folder}"
        return told if self.storage is None else f"{told} --storage {shown_url(self.storage)}"


def look_at_data(dataset: DatasetConfig, batch_size: int, place: str) -> DataFacts:
    """Decode the data once: its content's fingerprint and the steps of an epoch. Raises: UserError."""
    return _facts(_load(dataset, place), batch_size)


def _load(dataset: DatasetConfig, place: str) -> "Dataset":
    from trainables.core.data import CacheError, load_dataset

    try:
        return load_dataset(dataset)
    except ConfigError as error:
        raise refused(place, error.within("dataset")) from error
    except CacheError as error:
        raise UserError(str(error)) from error


def _facts(loaded: "Dataset", batch_size: int) -> DataFacts:
    return DataFacts(
        fingerprint=loaded.fingerprint,
        steps_per_epoch=steps_per_epoch(len(loaded.train.labels), batch_size),
        train_images=len(loaded.train.labels),
        val_images=len(loaded.val.labels),
        test_images=len(loaded.test.labels),
    )


def launch(sweep: SweepFile, place: Place, watcher: Watcher) -> SweepPaths:
    """Begin a sweep and drive it to its end. Raises: UserError before anything starts; Interrupted."""
    place.results.require_space()
    if SweepStudy.exists(place.storage_url, sweep.name):
        raise taken(sweep.name)
    from rts_search.trial_model import require_model

    data = _load(sweep.dataset, sweep.name)
    require_model(sweep.model, data, sweep.training.batch_size, sweep.name)
    facts = _facts(data, sweep.training.batch_size)
    earlier = earlier_results(place.storage_url, sweep, facts)
    paths = place.results.sweep(sweep.name)
    with paths.driving():
        _drive(lambda: _begin(sweep, facts, earlier, place), place, paths, watcher)
    return paths


def _begin(sweep: SweepFile, facts: DataFacts, earlier: Sequence[EarlierResult], place: Place) -> SweepStudy:
    from rts_search.tuning.cluster import capacity
    from rts_search.tuning.packing import settled

    sweep = settled(sweep, len(sweep.baselines) + sweep.num_trials)
    capacity(sweep.resources)
    return SweepStudy.create(place.storage_url, sweep, facts, place.elsewhere, earlier)


def resume(name: str, trials: int | None, budget: BudgetConfig, place: Place, watcher: Watcher) -> SweepPaths:
    """Go on with a sweep where its study stands, on `trials` trials and with the limits that are given.

    Raises:
        UserError: it cannot go on, or its budget is used up.
        Interrupted: it was stopped.
    """
    place.results.require_space()
    study = place.load(name)
    paths = place.results.sweep(name)
    with paths.driving():
        require_unchanged(study)
        if trials is not None:
            study.extend(trials)
        study.allow(budget)
        _require_budget(study)
        _drive(lambda: study, place, paths, watcher)
    return paths


def require_unchanged(study: SweepStudy) -> None:
    """Refuse to train on other data, or with another model, than the sweep was launched on. Raises: UserError."""
    facts = look_at_data(study.sweep.dataset, study.sweep.training.batch_size, study.name)
    if facts.fingerprint != study.data.fingerprint:
        raise UserError(
            f"{study.name}: dataset: must be the data that the sweep was launched on, but its content has changed; "
            "restore it, or launch a new sweep"
        )
    if source_of(study.sweep.model.name) != study.model_source:
        raise UserError(
            f"{study.name}: model.name: {study.sweep.model.name} must be what the sweep was launched on, "
            "but its file has changed; restore it, or launch a new sweep"
        )
    _require_same_weights(study)


def _require_budget(study: SweepStudy) -> None:
    """Refuse to go on when there is something left to do and nothing to do it with. Raises: UserError."""
    used_up = study.meter().exhausted()
    if used_up is not None and not study.ended:
        raise UserError(
            f"{study.name}: budget: must be more than what is used up, {used_up}; "
            f"raise it: rts-search resume {study.name} --set budget.hours=10, or .gradient_evaluations or .gpu_hours"
        )


def _require_same_weights(study: SweepStudy) -> None:
    """Refuse to go on from other pretrained weights than the sweep was launched with. Raises: UserError."""
    model = study.sweep.model
    try:
        same = weights_identity(model) == study.model_weights
    except ConfigError as error:
        raise refused(study.name, error.within("model")) from error
    if not same:
        raise UserError(
            f"{study.name}: model.pretrained: {model.pretrained} must be what the sweep was launched with, "
            "but its content has changed; restore it, or launch a new sweep"
        )


def rebuild_tables(name: str, place: Place) -> tuple[Tables, SweepPaths]:
    """Write the tables and best.yaml anew from the study and the store. Raises: UserError."""
    study = place.load(name)
    paths = place.results.sweep(name)
    return _write_results(study, place, paths), paths


def status(name: str, place: Place) -> dict[str, Any]:
    """How far a sweep is. Raises: UserError."""
    study = place.load(name)
    return status_of(study, study.trials(), place.results.sweep(name).driver())


def status_of(study: SweepStudy, entries: Sequence[TrialEntry], driver: Driver | None) -> dict[str, Any]:
    """How far a sweep is, by its trials and its driver, which have just been read."""
    rule, states = study.sweep.objective.rule, Counter(entry.state for entry in entries)
    done = [entry for entry in entries if entry.state == "COMPLETE" and not entry.baseline]
    best = max(done, key=lambda entry: entry.val_acc(rule) or 0.0, default=None)
    return {
        "sweep": study.name,
        "state": "running" if driver else "finished" if study.ended_by(entries) else _halted(study, entries),
        "driver_pid": driver.pid if driver else None,
        "driver_host": driver.host if driver else None,
        "trials": study.total,
        "completed": states["COMPLETE"],
        "stopped_early": states["PRUNED"],
        "failed": states["FAIL"],
        "held": [entry.number for entry in entries if entry.held],
        "unfinished": {e.number: len(e.epochs) for e in entries if e.state == "RUNNING" and not e.held},
        "epochs": study.sweep.training.epochs,
        "best": None if best is None else {"trial": best.number, "val_acc": best.val_acc(rule)},
        "gradient_evaluations": sum(entry.epochs[-1].gradient_evaluations for entry in entries if entry.epochs),
        "gradient_evaluations_spent": sum(entry.spent for entry in entries),
    }


def _halted(study: SweepStudy, entries: Sequence[TrialEntry]) -> str:
    return "interrupted" if study.meter(entries).exhausted() is None else "budget used up"


def stop(name: str, place: Place) -> bool:
    """Ask a running sweep to stop and wait for it; False when it was not running. Raises: UserError."""
    driver = ask_to_stop(name, place)
    if driver is None:
        return False
    paths = place.results.sweep(name)
    deadline = time.monotonic() + STOP_SECONDS
    while paths.driver() is not None:
        if time.monotonic() > deadline:
            raise UserError(
                f"{name}: process {driver.pid} has not stopped within {STOP_SECONDS} s; "
                f"end it with kill -9 {driver.pid}"
            )
        time.sleep(0.1)
    return True


def ask_to_stop(name: str, place: Place) -> Driver | None:
    """Ask a running sweep to stop; its driver, None when it was not running. Raises: UserError."""
    place.load(name)
    driver = place.results.sweep(name).driver()
    if driver is None:
        return None
    if driver.host != socket.gethostname():
        raise UserError(f"{name}: runs on host {driver.host}: stop it there")
    with contextlib.suppress(ProcessLookupError):
        os.kill(driver.pid, signal.SIGTERM)
    return driver


def delete(name: str, place: Place) -> None:
    """Remove a sweep: what only it has in the store, its studies, its results. Raises: UserError while it runs."""
    study = place.load(name)
    paths = place.results.sweep(name)
    with paths.driving(), storage_errors(place.storage_url):
        others = {address for other in others_of(study, place.storage_url) for address in addresses(other.trials())}
        own, store = addresses(study.trials()) - others, Store(place.results.store_url)
        for file in list(store.files()):
            if file.kind == "state" and file.address in own:
                store.remove(file)
        study.delete()
        paths.remove()


def _drive(begin: Callable[[], SweepStudy], place: Place, paths: SweepPaths, watcher: Watcher) -> None:
    """Run on Ray, then look at the test part and write the results; what is reached is written whatever happens."""
    from rts_search.tuning.cluster import ray_running

    began = time.monotonic()
    with storage_errors(place.storage_url), ray_running(place.address, place.verbose):
        study = begin()
        with _ending_told(study, watcher):
            _run(study, place, paths, watcher, began)


def _run(study: SweepStudy, place: Place, paths: SweepPaths, watcher: Watcher, began: float) -> None:
    from rts_search.tuning.run import look_at_test, run_sweep

    afresh = not study.trials()
    write_atomically(paths.sweep_file, yaml.safe_dump(study.sweep.to_dict(), sort_keys=False))
    write_atomically(paths.environment, json.dumps(_environment(study), indent=2) + "\n")
    study.wait_for_database(place.patience_seconds, watcher.note)
    store = Store(place.results.store_url)
    tracked = Tracked(watcher, store)
    keeper = StoreKeeper(tracked, study, place.storage_url, store)
    try:
        with tracked.telling(study.sweep.track, study.name, paths.tracking):
            run_sweep(study, place.results.store_url, study.data.steps_per_epoch, keeper)
        tables = Tables(study, place.results.store_url)
        best = tables.best()
        look_at_test(study, place.results.store_url, [*tables.baselines(), *([best] if best else [])])
        keeper.sweep_ended()
        compare(study, paths, time.monotonic() - began if afresh else None)
    finally:
        _write_results(study, place, paths)


@contextlib.contextmanager
def _ending_told(study: SweepStudy, watcher: Watcher) -> Iterator[None]:
    """Tell whom the sweep file names when the sweep has ended or failed; whoever stops it knows."""
    try:
        yield
    except Interrupted:
        raise
    except Exception as error:
        _notify(study, watcher, str(error))
        raise
    _notify(study, watcher, "")


def _notify(study: SweepStudy, watcher: Watcher, failure: str) -> None:
    if study.sweep.notify is not None:
        facts = status_of(study, study.trials(), None)
        notify(study.sweep.notify, {**facts, **({"state": "failed"} if failure else {})}, failure, watcher.note)


def _environment(study: SweepStudy) -> dict[str, Any]:
    from rts_search.tuning.cluster import cluster_resources

    seeds = {"training": study.sweep.training.seed, "search": study.sweep.search.seed}
    return {**environment(), "cluster": cluster_resources(), "seeds": seeds, "data": study.data.to_dict()}


def _write_results(study: SweepStudy, place: Place, paths: SweepPaths) -> Tables:
    tables = Tables(study, place.results.store_url)
    tables.write(paths)
    if tables.best() is not None:
        write_atomically(paths.best_yaml, render(best_export(study, tables, current_verdict(study, place)), "yaml"))
    return tables


def current_verdict(study: SweepStudy, place: Place) -> dict[str, Any] | None:
    """What `confirm` found, as long as no trial has come since."""
    if not PlannedStudy.exists(place.storage_url, study.name):
        return None
    verdict = PlannedStudy.load(place.storage_url, study.name).verdict
    searched = len(study.trials()) - len(study.sweep.baselines)
    return verdict if verdict is not None and verdict["selected_among"] == searched else None


def gc(name: str, keep: str | None, max_size: str | None, dry_run: bool, place: Place) -> Cleaning:
    """Remove the states that a sweep does not need, or say which. Raises: UserError, also while the sweep runs."""
    study = place.load(name)
    kept = study.sweep.store.keep if keep is None else keep
    if kept not in get_args(Keep):
        raise UserError(f"--keep: must be best, branch or all, but got {kept!r}")
    try:
        limit = None if max_size is None else bytes_of(max_size)
    except ConfigError as error:
        raise refused("--max-size", error) from error
    paths, store = place.results.sweep(name), Store(place.results.store_url)
    return clean(study, paths, place.storage_url, store, cast(Keep, kept), limit, dry_run)


def export(name: str, place: Place, form: Any) -> str:
    """The best config of a sweep as text. Raises: UserError."""
    study = place.load(name)
    tables = Tables(study, place.results.store_url)
    return render(best_export(study, tables, current_verdict(study, place)), form)
