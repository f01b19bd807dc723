"""Builds the tables of a sweep from its study and the checkpoint store."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_origin, get_type_hints

import pandas as pd

from rts_search.analysis.formats import markdown_table, parquet
from rts_search.analysis.pareto import pareto_front
from rts_search.analysis.short_settings import short, short_settings
from rts_search.basics.files import write_atomically
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.basics.results_folder import SweepPaths
from rts_search.study.ranking import best_trials, leaderboard, repeated
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.overrides import flatten
from trainables.core.history.record import StoredEpoch
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.section import Section

SHOWN = 15
"""Number of rows in the ranking of table.md."""


class Tables:
    """The tables of one sweep."""

    def __init__(self, study: SweepStudy, store_url: str, entries: Sequence[TrialEntry] | None = None) -> None:
        """Read the records of all epochs from the store.

        entries: the trials of the study, where they have just been read.
        """
        self._study = study
        self._rule = study.sweep.objective.rule
        self.entries = study.trials() if entries is None else entries
        store = Store(store_url)
        with garbage_collection_paused():
            self._stored = {entry.number: _stored_epochs(store, entry) for entry in self.entries}
        self._tests = study.test_accuracies()
        self._repeats = repeated(self.entries)
        self._front = self._pareto_front()

    def trials(self) -> pd.DataFrame:
        """One row per trial: number, state, one column per setting, accuracies in [0, 1], costs, reason of its end."""
        settings = dict.fromkeys(_setting_names())
        return pd.DataFrame([self._row(entry, settings) for entry in self.entries])

    def epochs(self) -> pd.DataFrame:
        """One row per epoch of every trial, with the address of its record."""
        rows = []
        for entry in self.entries:
            for kept, stored in zip(entry.epochs, self._stored[entry.number], strict=True):
                if stored is not None:
                    address = {"key": kept.key, "provenance": kept.provenance, "spent": kept.spent}
                    rows.append({"number": entry.number, **vars(stored.record), **address})
        return pd.DataFrame(rows)

    def best(self) -> TrialEntry | None:
        """The best completed trial of the search."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[TrialEntry]:
        """The completed trials of the search, best first, without those that repeat an earlier one."""
        return best_trials(self.entries, self._rule)

    def _pareto_front(self) -> frozenset[int]:
        done = [entry for entry in self.entries if entry.completed and not entry.baseline]
        costs = {entry.number: entry.cost for entry in done}
        return pareto_front({entry.number: (entry.val_acc(self._rule) or 0.0, costs[entry.number]) for entry in done})

    def described(self, entry: TrialEntry) -> str:
        """The searched settings of a trial in a few words."""
        return short_settings(entry.settings)

    def baselines(self) -> list[TrialEntry]:
        """The completed baselines."""
        return [entry for entry in self.entries if entry.baseline and entry.completed]

    def markdown(self) -> str:
        """The content of table.md: the numbers of trials and costs, then the ranking."""
        counts = {state: sum(entry.state == state for entry in self.entries) for state in _STATES}
        ended = ", ".join(f"{count} {_STATES[state]}" for state, count in counts.items() if count)
        rows = leaderboard(self.entries, self._rule)
        left_out = counts["COMPLETE"] - len(rows)
        note = f" {left_out} completed trials that repeat an earlier one are not shown." if left_out else ""
        lines = [
            f"# {self._study.name}",
            "",
            f"{len(self.entries)} trials: {ended}. {self.costs()}",
            "",
            f"Ranked by val_acc of the {self._rule} epoch on the validation part, one seed. test_acc is read for the "
            "best trial and the baselines alone, after the choice. pareto: no other trial of the search "
            f"reaches as much for less.{note}",
            "",
            *markdown_table(
                ["trial", "radius", "switch", "scale", "val_acc", "test_acc", "gradient evaluations", "epochs"],
                [self._cells(entry) for entry in rows[:SHOWN]],
            ),
        ]
        return "\n".join(lines) + "\n"

    def costs(self) -> str:
        """The charged and the spent gradient evaluations, in one sentence."""
        charged = sum(entry.cost for entry in self.entries if entry.epochs)
        spent = sum(entry.spent for entry in self.entries)
        saved = 100 * (1 - spent / charged) if charged else 0.0
        return f"Gradient evaluations: {charged:,} charged, {spent:,} spent ({saved:.0f} % saved by shared epochs)."

    def write(self, paths: SweepPaths) -> None:
        """Write trials.csv, trials.parquet, epochs.parquet and table.md. Each file is replaced in one step."""
        with garbage_collection_paused():
            trials, epochs = self.trials(), self.epochs()
        write_atomically(paths.trials_csv, trials.to_csv(index=False, lineterminator="\n"))
        write_atomically(paths.trials_parquet, parquet(trials))
        write_atomically(paths.epochs_parquet, parquet(epochs))
        write_atomically(paths.table_md, self.markdown())

    def test_acc(self, entry: TrialEntry) -> float | None:
        """Test accuracy in [0, 1] of the state that the rule chooses; None unless it has been read."""
        test = self._tests.get(entry.number)
        if test is None or test["epochs"] != entry.chosen_epochs(self._rule):
            return None
        return float(test["test_acc"])

    def _row(self, entry: TrialEntry, settings: Mapping[str, None]) -> dict[str, Any]:
        stored = [epoch for epoch in self._stored[entry.number] if epoch is not None]
        perturbed = [epoch.record.epoch for epoch in stored if epoch.record.phase != "sgd"]
        return {
            "number": entry.number,
            "state": entry.state,
            "baseline": entry.baseline,
            **settings,
            **flatten(entry.config or {}),
            "val_acc": entry.val_acc(self._rule),
            "test_acc": self.test_acc(entry),
            "switch_epoch": perturbed[0] if perturbed else None,
            "gradient_evaluations": entry.cost,
            "gradient_evaluations_spent": entry.spent,
            "seconds": sum(epoch.record.seconds for epoch in stored),
            "epochs": len(entry.epochs),
            "pareto": entry.number in self._front,
            "repeats": self._repeats.get(entry.number),
            "mixed_machines": len({epoch.provenance for epoch in entry.epochs}) > 1,
            "reason": entry.reason,
        }

    def _cells(self, entry: TrialEntry) -> list[str]:
        config = entry.settings
        val_acc, test_acc = entry.val_acc(self._rule), self.test_acc(entry)
        notes = [entry.baseline, f"as {self._repeats[entry.number]}" if entry.number in self._repeats else ""]
        notes += [f"seed {config.training.seed}"] if entry.repeats is not None else []
        notes += ["pareto"] if entry.number in self._front else []
        notes_text = ", ".join(note for note in notes if note)
        name = f"{entry.number} ({notes_text})" if notes_text else str(entry.number)
        return [
            name,
            short(config.radius),
            short(config.timing, "rule"),
            short(config.scale) if config.perturbation.kind == "pugd" else "",
            f"{100 * (val_acc or 0.0):.2f} %",
            f"{100 * test_acc:.2f} %" if test_acc is not None else "",
            f"{entry.cost:,}",
            str(len(entry.epochs)),
        ]


_STATES = {"COMPLETE": "completed", "PRUNED": "stopped early", "FAIL": "failed", "RUNNING": "unfinished"}


def _stored_epochs(store: Store, entry: TrialEntry) -> list[StoredEpoch | None]:
    return [store.epoch(epoch.key, epoch.provenance) for epoch in entry.epochs]


def _setting_names(section: type = TrialConfig, prefix: str = "") -> list[str]:
    """Dotted name of every setting in the order of the config's fields: columns do not depend on the draws."""
    found = []
    for name, hint in get_type_hints(section).items():
        if isinstance(hint, type) and issubclass(hint, Section):
            found += _setting_names(hint, f"{prefix}{name}.")
        elif get_origin(hint) not in (dict, ClassVar):
            found.append(prefix + name)
    return found
