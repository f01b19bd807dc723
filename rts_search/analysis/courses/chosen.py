"""Which runs are compared: of a confirmation all that it has measured, else the best trial of each method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rts_search.analysis.confirmation.pairs import Contender
from rts_search.analysis.confirmation.rivals import EqualCost, Finalists, Rivals
from rts_search.analysis.confirmation.runs import Runs
from rts_search.analysis.tested import tested_of
from rts_search.study.confirmation_study import ConfirmationStudy, counts_for_method, has_diverged
from rts_search.study.ranking import best_of_arms
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS


@dataclass(frozen=True)
class ChosenRun:
    """A run that completed or diverged."""

    entry: TrialEntry
    test: float | None
    """The metric on the test part, where it has been read."""


@dataclass(frozen=True)
class ChosenMethod:
    """A method with its runs, by seed."""

    name: str
    label: str
    runs: tuple[ChosenRun, ...]
    trials: tuple[TrialEntry, ...]
    """All trials of the search that count: those that completed, diverged or were stopped early."""


def chosen_methods(
    study: SweepStudy, entries: Sequence[TrialEntry], verdict: Mapping[str, Any] | None, storage_url: str
) -> list[ChosenMethod]:
    """The methods of a sweep, rts first, then the baselines in the order of the sweep file.

    Args:
        study: the sweep.
        entries: its trials.
        verdict: its current verdict as plain values; with it, the runs are those of the confirmation: the winner and
            its rivals, each as it was compared.
        storage_url: the database, where the confirmation is.
    """
    best = best_of_arms(entries, study.sweep.objective)
    names = [RTS, *(one.name for one in study.sweep.baselines)]
    if verdict is not None:
        measured, labels = _confirmed(verdict, entries, ConfirmationStudy.load(storage_url, study.name))
    else:
        tested, metric = tested_of(study), study.sweep.objective.measure
        measured = {name: [ChosenRun(one, tested(one).get(metric.test))] for name, one in best.items()}
        labels = {name: _label(one) for name, one in best.items()}
    return [
        ChosenMethod(
            name,
            labels.get(name, ""),
            tuple(measured.get(name, ())),
            tuple(one for one in entries if one.arm == name and counts_for_method(one)),
        )
        for name in names
    ]


def _label(entry: TrialEntry) -> str:
    return f"trial {entry.number}, untuned" if entry.baseline else f"trial {entry.number}"


def _confirmed(
    verdict: Mapping[str, Any], entries: Sequence[TrialEntry], confirmation: ConfirmationStudy
) -> tuple[dict[str, list[ChosenRun]], dict[str, str]]:
    """Method -> its runs on all seeds of the measurement; and what they train, in words."""
    own = [one for one in verdict["comparisons"] if one["trial"] == verdict["winner"]]
    winner = _contender(entries[verdict["winner"]])
    rivals = _rivals(own, entries, confirmation)
    seeds = sorted(confirmation.measuring)
    runs = Runs(confirmation, seeds, rivals)
    found, labels = {RTS: runs.of(winner, seeds)}, {RTS: f"trial {winner.number}"}
    for name, pair in runs.pairs(winner, seeds, {}).items():
        found[name] = list(pair.others)
        labels[name] = "untuned, at equal cost" if pair.rival is None else f"trial {pair.rival.number}"
    chosen = {
        name: [ChosenRun(one.entry, one.test_acc) for one in of_method if one.entry is not None and _tells(one.entry)]
        for name, of_method in found.items()
    }
    return chosen, labels


def _tells(entry: TrialEntry) -> bool:
    return entry.completed or has_diverged(entry)


def _rivals(own: Sequence[Mapping[str, Any]], entries: Sequence[TrialEntry], study: ConfirmationStudy) -> Rivals:
    tuned = {one["baseline"]: one for one in own if one.get("baseline_trial") is not None}
    if not tuned:
        return EqualCost(study)
    finalists = {name: _contender(entries[one["baseline_trial"]]) for name, one in tuned.items()}
    return Finalists(finalists, next(iter(tuned.values()))["at"])


def _contender(entry: TrialEntry) -> Contender:
    return Contender(entry.number, entry.settings, entry.cost, "", entry.arm)
