"""What `rts-search confirm` does: from a sweep whose search is over to its verdict, on Ray. Nothing here prints."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from filelock import FileLock

from rts_search.confirm.confirmation import Confirmation, Test, Train
from rts_search.confirm.past_looks import PastLooks, model_of, same_test, told_readers
from rts_search.confirm.planned_study import PlannedStudy
from rts_search.confirm.runs import Contender
from rts_search.confirm.seen import seen_digest
from rts_search.confirm.settings import ConfirmConfig
from rts_search.confirm.verdict import Verdict
from rts_search.confirm.wording import markdown
from rts_search.database.storage import storage_errors
from rts_search.errors import UserError
from rts_search.export import best_export, render
from rts_search.paths import write_atomically
from rts_search.progress import Watcher
from rts_search.service.data import require_unchanged
from rts_search.service.place import Place
from rts_search.service.standing import may_be_confirmed
from rts_search.study import SweepStudy
from rts_search.tables import Tables
from rts_search.trial_entry import TrialEntry
from trainables.core.config import TrialConfig

Watch = Callable[[PlannedStudy], AbstractContextManager[Watcher]]
"""Makes somebody who watches the next runs."""


def confirm(name: str, settings: ConfirmConfig, place: Place, watch: Watch) -> Verdict:
    """Confirm a sweep whose search is over; called again, it goes on, and trains nothing twice.

    Raises: UserError, also where nothing can be judged yet; Interrupted.
    """
    place.results.require_space()
    study = place.load(name)
    paths = place.results.sweep(name)
    with paths.driving(), storage_errors(place.storage_url):
        require_unchanged(study)
        tables = Tables(study, place.results.store_url)
        contenders = _contenders(study, tables, settings.top_k)
        planned = PlannedStudy.of(place.storage_url, study)

        def readers() -> list[PastLooks]:
            found = PastLooks.elsewhere(place.storage_url, name, place.results.deleted_looks)
            return [one for one in found if same_test(one.data, study.data)]

        def alike() -> list[PastLooks]:
            return [one for one in readers() if one.model == model_of(planned)]

        confirmation = Confirmation(
            planned,
            settings,
            contenders,
            selected_among=len(tables.entries) - len(study.sweep.baselines),
            seen=seen_digest(tables.entries),
            used_seeds=_seeds(study, tables),
            same_question=alike,
            notes=lambda: told_readers(readers(), alike()),
            alone=lambda: FileLock(place.results.folder / ".confirm.lock"),
        )
        with _on_ray(planned, place, watch) as (train, test):
            verdict = confirmation.run(train, test)
        write_atomically(paths.confirm_md, markdown(verdict, name))
        write_atomically(paths.confirm_csv, verdict.frame().to_csv(index=False, lineterminator="\n"))
        write_atomically(paths.best_yaml, render(best_export(study, tables, verdict.to_dict()), "yaml"))
    return verdict


@contextmanager
def _on_ray(study: PlannedStudy, place: Place, watch: Watch) -> Iterator[tuple[Train, Test]]:
    """How runs are trained and tested on Ray, which is started when the first of them needs it."""
    store, steps = place.results.store_url, study.data.steps_per_epoch
    with ExitStack() as stack:

        def start() -> None:
            from rts_search.tuning.cluster import ray_running

            if not started:
                stack.enter_context(ray_running(place.address, place.verbose))
                started.append(True)

        def train(planned: PlannedStudy, purpose: str) -> None:
            from rts_search.tuning.run import run_sweep

            with watch(planned) as watcher:
                planned.wait_for_database(place.patience_seconds, watcher.note)
                watcher.note(f"confirm: {purpose}")
                start()
                run_sweep(planned, store, steps, watcher)

        def test(planned: PlannedStudy, entries: Sequence[TrialEntry]) -> dict[int, str]:
            from rts_search.tuning.run import look_at_test

            tested = planned.test_accuracies()
            # A contender's run is there once for every baseline that it faces.
            untested = {entry.number: entry for entry in entries if entry.number not in tested}
            if not untested:
                return {}
            start()
            return look_at_test(planned, store, list(untested.values()))

        started: list[bool] = []
        yield train, test


def _seeds(study: SweepStudy, tables: Tables) -> frozenset[int]:
    """Training seeds of the sweep's own trials."""
    drawn = (TrialConfig.from_dict(entry.config) for entry in tables.entries if entry.config)
    return frozenset({study.sweep.training.seed, *(config.training.seed for config in drawn)})


def _contenders(study: SweepStudy, tables: Tables, top_k: int) -> list[Contender]:
    """The best trials with different effects. Raises: UserError when the search is not over or has none."""
    if not study.sweep.baselines:
        raise UserError(
            f"{study.name}: baselines: must not be empty, since confirm compares with them; launch with some"
        )
    if not may_be_confirmed(study, tables.entries):
        raise UserError(
            f"{study.name}: must have ended before it is confirmed; finish it with `rts-search resume {study.name}`"
        )
    entries = tables.ranked()[:top_k]
    if not entries:
        raise UserError(f"{study.name}: has no completed trial to confirm; launch another sweep")
    return [
        Contender(
            entry.number,
            TrialConfig.from_dict(entry.config or {}),
            entry.epochs[-1].gradient_evaluations,
            tables.described(entry),
        )
        for entry in entries
    ]
