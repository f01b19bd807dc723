"""`rts-search restore`: train the epochs of a sweep anew whose records are lost, bit for bit, and write the tables."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.phases import phase
from rts_search.basics.results_folder import Results
from rts_search.operations.data_check import require_unchanged
from rts_search.operations.results import write_results
from rts_search.running.executors import make_executor
from rts_search.running.executors.executor import Crew, WorkerError
from rts_search.running.sweep_run import MICRO_BATCHES, share_of, trial_name, trial_order
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.database.storage import storage_errors
from rts_search.study.stored_epochs import lost_epochs, told
from rts_search.study.study import SweepStudy
from rts_search.study.trials import EpochEntry, TrialEntry
from rts_search.study.workspace import Workspace
from trainables.core.history.store import Store
from trainables.restoration import Restorer, RestoreTask


@dataclass(frozen=True)
class Restored:
    """What a restoration has done."""

    tables: Tables
    epochs: int
    """Number of epochs whose records are in the store again."""


def restore(name: str, workspace: Workspace, say: Callable[[str], None]) -> Restored:
    """Train the lost epochs of all trials of a sweep and of its confirmation, and write the tables.

    Epochs of a trial are stored only if they have the numbers that the study has of them. An interrupted restoration
    is continued by the next one.

    Args:
        name: of the sweep.
        workspace: its executor trains, one trial at a time.
        say: called with one line after every trial.

    Raises:
        UserError: the sweep runs, its data have changed, or some of its epochs cannot be trained as they were.
    """
    workspace.results.require_space()
    study = workspace.load(name)
    workspace.require_drivable(study)
    paths = workspace.results.sweep(name)
    with paths.driving(study.watch), storage_errors(workspace.storage_url):
        confirmed = ConfirmationStudy.exists(workspace.storage_url, name)
        studies = [study, ConfirmationStudy.load(workspace.storage_url, name)] if confirmed else [study]
        store = Store(workspace.results.store_url)
        with phase("looking for lost epochs"):
            lost = [one for part in studies for one in lost_epochs(store, part.trials())]
        found, failed = (0, []) if not lost else _restored(studies, workspace, say)
        with phase("writing the tables"):
            tables = write_results(study, workspace, paths)
    if failed:
        more = f"; and {len(failed) - 1} more trials" if len(failed) > 1 else ""
        raise UserError(f"{name}: {found:,} of {len(lost):,} lost epochs are restored; {failed[0]}{more}")
    return Restored(tables, found)


def _restored(studies: Sequence[SweepStudy], workspace: Workspace, say: Callable[[str], None]) -> tuple[int, list[str]]:
    """Restore the lost epochs. Returns their number, and for each trial that could not be restored the cause."""
    study = studies[0]
    require_unchanged(study)
    executor, results = make_executor(workspace), workspace.results
    arguments = results.store_url, str(results.restoring(study.name))
    number, failed = 0, []
    try:
        with executor.started(), executor.crew(Restorer, arguments, 1, share_of(study.sweep.resources)) as crew:
            for part in studies:
                for line, restored, cause in _of_study(part, results, crew):
                    number += restored
                    failed += [f"{line}: {cause}"] if cause else []
                    say(f"{study.name}: {line}: {cause or f'{restored} trained anew'}")
    except WorkerError as error:
        raise UserError(f"{study.name}: {error}; the same command goes on where it stopped") from error
    shutil.rmtree(results.restoring(study.name), ignore_errors=True)
    return number, failed


def _of_study(study: SweepStudy, results: Results, crew: Crew) -> Iterator[tuple[str, int, str]]:
    """Restore one trial after another. Yields its lost epochs in words, the number restored, and why others are not."""
    entries, store = study.trials(), Store(results.store_url)
    owners = {(epoch.key, epoch.provenance): entry for entry in entries for epoch in entry.epochs if epoch.spent}
    run = "confirmation, " if study.PART else ""
    for entry in entries:
        lost = list(lost_epochs(store, [entry]))  # an earlier trial may have restored an epoch that they share
        if lost:
            task = _task(study, results.store_url, entry, [one.entry for one in lost], owners)
            with phase(f"training again {told(lost)}"):
                ((restored, cause),) = crew.call("restore", task)
            yield f"{run}{told(lost)}", restored, cause


def _task(
    study: SweepStudy,
    store_url: str,
    entry: TrialEntry,
    lost: Sequence[EpochEntry],
    owners: dict[tuple[str, str], TrialEntry],
) -> RestoreTask:
    order = trial_order(study, store_url, entry)
    sharing = "same_device" if order.sharing == "any" else order.sharing  # epochs of other machines have other numbers

    def told_epoch(epoch: EpochEntry) -> dict[str, Any]:
        owner = owners.get((epoch.key, epoch.provenance))
        by = trial_name(study, owner.number) if owner else f"{study.name}:{study.identity}/restored"
        return {**epoch.kept(), "trained_by": by}

    return RestoreTask(
        order=replace(order, sharing=sharing).to_dict(),
        epochs=tuple(map(told_epoch, entry.epochs)),
        lost=tuple(epoch.epoch for epoch in lost),
        micro_batches=(1, MICRO_BATCHES),
    )
