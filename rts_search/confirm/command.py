"""What `rts-search confirm` does: from a finished sweep to its verdict, on Ray. Nothing here prints."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from rts_search.confirm.confirmation import Confirmation, Contender
from rts_search.confirm.planned_study import PlannedStudy
from rts_search.confirm.settings import ConfirmConfig
from rts_search.confirm.verdict import Verdict
from rts_search.database.storage import storage_errors
from rts_search.errors import UserError
from rts_search.export import best_export, render
from rts_search.paths import write_atomically
from rts_search.progress import Watcher
from rts_search.service.data import require_unchanged
from rts_search.service.place import Place
from rts_search.study import SweepStudy
from rts_search.tables import Tables
from rts_search.trial_entry import TrialEntry
from trainables.core.config import TrialConfig

Watch = Callable[[PlannedStudy], AbstractContextManager[Watcher]]
"""Makes somebody who watches the next runs."""


def confirm(name: str, settings: ConfirmConfig, place: Place, watch: Watch) -> Verdict:
    """Confirm a finished sweep; called again, it goes on, and trains nothing twice. Raises: UserError; Interrupted."""
    place.results.require_space()
    study = place.load(name)
    paths = place.results.sweep(name)
    with paths.driving(), storage_errors(place.storage_url):
        require_unchanged(study)
        tables = Tables(study, place.results.store_url)
        contenders = _contenders(study, tables, settings.top_k)
        planned = PlannedStudy.of(place.storage_url, study)
        searched = len(tables.entries) - len(study.sweep.baselines)
        confirmation = Confirmation(planned, settings, contenders, searched, _first_seed(study, tables))
        verdict = _on_ray(confirmation, place, watch)
        planned.record_verdict(verdict.to_dict())
        write_atomically(paths.confirm_md, verdict.markdown(name))
        write_atomically(paths.confirm_csv, verdict.frame().to_csv(index=False, lineterminator="\n"))
        write_atomically(paths.best_yaml, render(best_export(study, tables, verdict.to_dict()), "yaml"))
    return verdict


def _on_ray(confirmation: Confirmation, place: Place, watch: Watch) -> Verdict:
    from rts_search.tuning.cluster import ray_running
    from rts_search.tuning.run import look_at_test, run_sweep

    store, steps = place.results.store_url, confirmation.study.data.steps_per_epoch

    def train(planned: PlannedStudy, purpose: str) -> None:
        with watch(planned) as watcher:
            planned.wait_for_database(place.patience_seconds, watcher.note)
            watcher.note(f"confirm: {purpose}")
            run_sweep(planned, store, steps, watcher)

    def test(planned: PlannedStudy, entries: Sequence[TrialEntry]) -> None:
        look_at_test(planned, store, entries)

    with ray_running(place.address, place.verbose):
        return confirmation.run(train, test)


def _first_seed(study: SweepStudy, tables: Tables) -> int:
    """The lowest seed above those of the sweep's trials."""
    drawn = [TrialConfig.from_dict(entry.config) for entry in tables.entries if entry.config]
    return 1 + max(study.sweep.training.seed, *(config.training.seed for config in drawn))


def _contenders(study: SweepStudy, tables: Tables, top_k: int) -> list[Contender]:
    """The best trials with different effects. Raises: UserError when the sweep has not ended or has none."""
    if not study.sweep.baselines:
        raise UserError(
            f"{study.name}: baselines: must not be empty, since confirm compares with them; launch with some"
        )
    if not study.ended:
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
