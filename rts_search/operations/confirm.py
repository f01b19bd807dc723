"""`rts-search confirm`: train the best trials and the baselines of a finished search again, and judge them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock

from rts_search.analysis.best_config import best_export, render
from rts_search.analysis.confirmation.confirmation import Confirmation
from rts_search.analysis.confirmation.page import markdown
from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.past_looks import PastLooks, model_of, same_test, told_readers
from rts_search.analysis.confirmation.stage import Test, Train
from rts_search.analysis.confirmation.tuning import Tuning, contenders_of_arms
from rts_search.analysis.confirmation.verdict import Verdict
from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.files import write_atomically
from rts_search.basics.phases import Phase, phase, phases
from rts_search.basics.signals import Interrupted, interrupts_noted
from rts_search.basics.sizes import counted
from rts_search.operations.data_check import require_unchanged
from rts_search.running.watcher import Watcher
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.database.storage import resumable, storage_errors
from rts_search.study.home import settle
from rts_search.study.lease import Say
from rts_search.study.seen_trials import seen_digest
from rts_search.study.status import may_be_confirmed
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS
from rts_search.sweep.confirm_section import ConfirmConfig, require_at
from rts_search.sweep.sections import ResourcesConfig

if TYPE_CHECKING:
    from rts_search.running.executors import Executor

Watch = Callable[[ConfirmationStudy], AbstractContextManager[Watcher]]
"""Makes the watcher of the runs that are trained next."""


def confirm(
    study: SweepStudy,
    settings: ConfirmConfig,
    workspace: Workspace,
    watch: Watch,
    resources: ResourcesConfig | None = None,
    say: Say | None = None,
) -> Verdict:
    """Confirm a sweep whose search is over. A second call continues the first and trains no run twice.

    Args:
        study: the sweep.
        settings: of the confirmation.
        workspace: its executor trains, its results folder holds the store.
        watch: makes the watcher of the runs.
        resources: changes of the resources of a run; None: as before.
        say: is told when it must be waited to see whether a driver on another machine is gone.

    Raises:
        UserError: the sweep cannot be confirmed, or there is too little to judge.
        Interrupted: the confirmation was stopped; a second call continues it.
    """
    workspace.results.require_space(study.name)
    workspace.require_drivable(study)
    name, paths, url = study.name, workspace.results.sweep(study.name), workspace.storage_url
    go_on = workspace.command("confirm", name)
    with (
        paths.driving(study.watch),
        resumable(go_on),
        storage_errors(url),
        study.driven(paths.lock, say) as lease,
        ExitStack() as stack,
    ):
        with phase("reading the trials"):
            study.require_sound()
            settle(study, workspace.results)
            require_unchanged(study)
            tables = Tables(study, workspace.results.store_url)
        require_at(study.sweep, settings)
        planning = stack.enter_context(phase("planning the runs"))
        contenders, tuned = _contenders(study, tables, settings.top_k), study.sweep.tuned
        planned = ConfirmationStudy.of(workspace.storage_url, study)
        planned.join(lease)
        if resources is not None and resources.model_fields_set:
            planned.allot(resources)

        def readers() -> list[PastLooks]:
            found = PastLooks.elsewhere(workspace.storage_url, name, workspace.results.deleted_looks)
            return [one for one in found if same_test(one.data, study.data)]

        def alike() -> list[PastLooks]:
            return [one for one in readers() if one.model == model_of(planned)]

        confirmation = Confirmation(
            planned,
            settings,
            contenders,
            selected_among=sum(entry.arm == RTS for entry in tables.entries),
            seen=seen_digest(tables.entries),
            used_seeds=_seeds(study, tables),
            same_question=alike,
            notes=lambda: told_readers(readers(), alike()),
            alone=lambda: FileLock(workspace.results.folder / ".confirm.lock"),
            tuning=Tuning.of(study.sweep, tables.entries, settings.at) if tuned else None,
        )
        with _workers(planned, workspace, watch, planning) as (train, test):
            verdict = confirmation.run(train, test)
        with interrupts_noted() as late:  # a stop that comes now leaves whole files, and is heeded after them
            write_atomically(paths.confirm_md, markdown(verdict, name))
            write_atomically(paths.confirm_csv, verdict.frame().to_csv(index=False, lineterminator="\n"))
            write_atomically(paths.best_yaml, render(best_export(study, tables, verdict.to_dict()), "yaml"))
    if late.is_set():
        raise Interrupted
    return verdict


@contextmanager
def _workers(
    study: ConfirmationStudy, workspace: Workspace, watch: Watch, planning: Phase
) -> Iterator[tuple[Train, Test]]:
    """Yield the functions that train and test runs. The first call of one of them starts the executor.

    planning: the phase around their calls, in which runs are planned, and then judged.
    """
    store, steps = workspace.results.store_url, study.data.steps_per_epoch
    with ExitStack() as stack:

        def executor() -> "Executor":
            from rts_search.running.executors import make_executor

            if not started:
                started.append(make_executor(workspace))
                stack.enter_context(started[0].started())
            return started[0]

        def train(planned: ConfirmationStudy, purpose: str) -> None:
            from rts_search.running.sweep_run import run_sweep

            planning.doing = "judging the runs"  # when these have ended
            with phases.aside(), watch(planned) as watcher:
                planned.wait_for_database(workspace.patience_seconds, watcher.note)
                watcher.note(f"confirm: {purpose}")
                run_sweep(planned, store, steps, watcher, executor(), lambda: _measured(planned))

        def test(planned: ConfirmationStudy, entries: Sequence[TrialEntry]) -> dict[int, str]:
            from rts_search.running.sweep_run import read_tests

            tested = planned.test_accuracies()
            # `entries` lists a contender's run once for every baseline that it is compared with.
            untested = {entry.number: entry for entry in entries if entry.number not in tested}
            if not untested:
                return {}
            with phase(f"reading the test part of {counted(len(untested), 'run')}"):
                return read_tests(planned, store, list(untested.values()), executor())

        started: list[Executor] = []
        yield train, test


def _measured(study: ConfirmationStudy) -> list[TrialEntry]:
    """The runs whose test accuracy will be wanted, so that the workers that trained them read it at once.

    None at the end of a budget: then it is decided later which seeds are judged.
    """
    if study.meter().exhausted() is not None:
        return []
    return [entry for entry in study.trials() if entry.completed and entry.settings.training.seed in study.measuring]


def _seeds(study: SweepStudy, tables: Tables) -> frozenset[int]:
    """The training seeds that the trials of the sweep used."""
    drawn = (entry.settings for entry in tables.entries if entry.config)
    return frozenset({study.sweep.training.seed, *(config.training.seed for config in drawn)})


def _contenders(study: SweepStudy, tables: Tables, top_k: int) -> list[Contender]:
    """The `top_k` best trials with different effects, where arms are tuned those of every arm.

    Raises: UserError when the search is not over or has none.
    """
    if not study.sweep.baselines:
        raise UserError(
            f"{study.name}: baselines: must not be empty, since confirm compares with them; "
            "launch a new sweep with baselines"
        )
    if not may_be_confirmed(study, tables.entries):
        raise UserError(
            f"{study.name}: must have ended before it is confirmed, but trials are left; finish it with `{study.go_on}`"
        )
    entries = tables.ranked()[:top_k]
    if entries and study.sweep.tuned:
        found = contenders_of_arms(study.sweep, tables.entries, top_k)
        if all(one.arm == RTS for one in found):
            raise UserError(
                f"{study.name}: must have a completed trial of an arm besides rts, but has none; "
                f"train more of one: `{study.go_on} --arm {study.sweep.baselines[0].name} --trials N`"
            )
        return found
    if not entries:
        raise UserError(f"{study.name}: must have a completed trial to confirm, but has none; launch another sweep")
    return [
        Contender(
            entry.number,
            entry.settings,
            entry.cost,
            tables.described(entry),
        )
        for entry in entries
    ]
