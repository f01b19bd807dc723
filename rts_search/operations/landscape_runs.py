"""Which weights a landscape compares: those of the best trial and of its rivals, on one seed or on several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.confirmation.current import read_verdict
from rts_search.analysis.confirmation.equal_cost import with_seed
from rts_search.analysis.confirmation.rivals import EqualCost
from rts_search.analysis.tables import Tables
from rts_search.basics.errors import UserError
from rts_search.basics.sizes import counted
from rts_search.running.sweep_run import trial_order
from rts_search.study.confirmation_study import ConfirmationStudy
from rts_search.study.landscape_record import MeasuredRun
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.study.workspace import Workspace
from rts_search.sweep.baselines import RTS
from trainables.core.history.store import Store


@dataclass(frozen=True)
class ChosenRun:
    """A run whose weights are looked at."""

    run: MeasuredRun
    order: Mapping[str, Any]
    """The order that trains it, as plain values."""
    batch_size: int
    cost: int
    """Gradient evaluations of its training, up to the weights."""
    stored: bool
    """Whether its weights are in the store."""


def runs_of_sweep(
    study: SweepStudy, workspace: Workspace, against: Sequence[str] | None, seeds: int | None, best: int | None
) -> list[ChosenRun]:
    """The runs of a sweep's best trial and of its rivals; each method's on as many seeds.

    After a confirmation these are its runs: of the winner, and of the rivals as they were compared with it. They are on
    new seeds. Otherwise it is one trial of the sweep for each method.

    Args:
        study: the sweep.
        workspace: its place.
        against: names of the rivals; None: all baselines that have a completed trial.
        seeds: how many seeds of a confirmation at most; None: all; 0: the trials of the sweep itself.
        best: number of the trial to take as the best; None: the winner of a current verdict, else the best trial.

    Raises:
        UserError: there is no completed trial, or a rival is unknown or has none.
    """
    tables = Tables(study, workspace.results.store_url)
    verdict = read_verdict(study, tables.entries, workspace.storage_url).verdict
    if best is None and verdict is not None:
        best = verdict["winner"]
    winner = tables.best() if best is None else tables.entries[best]
    if winner is None:
        raise UserError(f"{study.name}: has no completed trial yet; wait for one, or `{study.go_on}`")
    rivals = {name: _rival(name, study, tables) for name in _names(against, study, tables)}
    found: list[ChosenRun] = []
    if seeds != 0 and verdict is not None and best == verdict["winner"]:
        found = _confirmed(study, workspace, winner, rivals, seeds)
    if not found:
        methods = {RTS: winner, **rivals}
        found = [_chosen(study, study, workspace, name, entry, True) for name, entry in methods.items()]
    return found


def _names(against: Sequence[str] | None, study: SweepStudy, tables: Tables) -> list[str]:
    known = [baseline.name for baseline in study.sweep.baselines]
    if against is None:
        return [name for name in known if tables.best_of(name) is not None]
    for name in against:
        if name not in known:
            raise UserError(
                f"{study.name}: --against: must be among the baselines of the sweep, {', '.join(known) or 'none'}, "
                f"but got {name!r}"
            )
    return list(dict.fromkeys(against))


def _rival(name: str, study: SweepStudy, tables: Tables) -> TrialEntry:
    entry = tables.best_of(name)
    if entry is None:
        raise UserError(
            f"{study.name}: --against: {name} has no completed trial yet; wait for one, `{study.go_on}`, or leave it "
            "out"
        )
    return entry


def _confirmed(
    study: SweepStudy, workspace: Workspace, winner: TrialEntry, rivals: Mapping[str, TrialEntry], seeds: int | None
) -> list[ChosenRun]:
    """The runs of the confirmation on the seeds that all methods have completed, method by method; none without any."""
    confirmation = ConfirmationStudy.load(workspace.storage_url, study.name)
    entries, equal = confirmation.trials(), EqualCost(confirmation)
    found: dict[str, list[TrialEntry]] = {name: [] for name in (RTS, *rivals)}
    for seed in sorted(confirmation.measuring):
        own = confirmation.entry(with_seed(winner.settings, seed), entries)
        if own is None or not own.completed:
            continue
        costed = {} if study.sweep.tuned else equal.configs(own.cost, seed)
        facing = {name: costed.get(name) or with_seed(rival.settings, seed) for name, rival in rivals.items()}
        others = {name: confirmation.entry(config, entries) for name, config in facing.items()}
        if all(other is not None and other.completed for other in others.values()) and len(found[RTS]) != seeds:
            found[RTS].append(own)
            for name, other in others.items():
                found[name] += [other] if other is not None else []
    methods = {RTS: winner, **rivals}
    return [
        _chosen(study, confirmation, workspace, name, entry, not place, _words(study, name, methods[name], entry))
        for name, runs in found.items()
        for place, entry in enumerate(runs)
    ]


def _words(study: SweepStudy, method: str, trial: TrialEntry, run: TrialEntry) -> str:
    """What a run of the confirmation trains: a trial of the sweep, or a baseline at the cost of the winner."""
    if method == RTS or study.sweep.tuned:
        return f"trial {trial.number}, confirmed"
    return f"{counted(len(run.epochs), 'epoch')}, confirmed"


def _chosen(
    study: SweepStudy,
    part: SweepStudy,
    workspace: Workspace,
    method: str,
    entry: TrialEntry,
    first: bool,
    label: str | None = None,
) -> ChosenRun:
    """A run of a sweep or of its confirmation (`part`), in the state by which the objective compares it."""
    epochs = entry.chosen_epochs(study.sweep.objective)
    chosen, url = entry.epochs[epochs - 1], workspace.results.store_url
    seed = entry.settings.training.seed
    return ChosenRun(
        run=MeasuredRun(method, label or f"trial {entry.number}", seed, epochs, chosen.key, chosen.provenance, first),
        order=trial_order(part, url, entry).to_dict(),
        batch_size=entry.settings.training.batch_size,
        cost=chosen.gradient_evaluations,
        stored=Store(url).has_state(chosen.key, chosen.provenance),
    )
