"""Builds the tables of a sweep from its study and the checkpoint store."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, get_origin, get_type_hints

import pandas as pd

from rts_search.analysis.arms.rows import ArmRow, arm_rows, with_effort
from rts_search.analysis.arms.table import arms_table
from rts_search.analysis.arms.untuned import untuned
from rts_search.analysis.effort.curves import effort_curves
from rts_search.analysis.effort.table import effort_rows
from rts_search.analysis.effort.wording import sentences
from rts_search.analysis.epoch_rows import EpochRows
from rts_search.analysis.formats import markdown_table, parquet
from rts_search.analysis.pareto import search_front
from rts_search.analysis.short_settings import OWN_COLUMNS, other_settings, short, short_settings
from rts_search.analysis.tested import tested_of
from rts_search.analysis.trained_with import threads_of
from rts_search.basics.files import write_atomically
from rts_search.basics.gc_pause import garbage_collection_paused
from rts_search.basics.results_folder import SweepPaths
from rts_search.basics.sizes import counted
from rts_search.study.ranking import best_of_arms, best_trials, leaderboard, repeated
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from rts_search.sweep.baselines import RTS
from rts_search.sweep.overrides import flatten
from trainables.core.history.store import Store
from trainables.core.settings.config import TrialConfig
from trainables.core.settings.metrics import METRICS
from trainables.core.settings.perturbation_config import FIRST_ORDER
from trainables.core.settings.section import Section

SHOWN = 15
"""Number of rows in the ranking of table.md."""


class Tables:
    """The tables of one sweep."""

    def __init__(
        self,
        study: SweepStudy,
        store_url: str,
        entries: Sequence[TrialEntry] | None = None,
        earlier: SweepPaths | None = None,
    ) -> None:
        """
        Args:
            study: the sweep.
            store_url: its checkpoint store, which is read when a table needs the records of the epochs.
            entries: the trials of the study, where they have just been read.
            earlier: the sweep's files; rows of epochs whose records are lost are taken from the tables there.
        """
        self.study, self._store_url, self._earlier = study, store_url, earlier
        self._objective = study.sweep.objective
        self.entries = study.trials() if entries is None else entries
        self.tested = tested_of(study)
        """Trial -> its values on the test part, by name."""
        self._repeats = self._repeated()
        self._front = search_front(self.entries, self._objective)

    @cached_property
    def rows(self) -> EpochRows:
        """The records of all epochs, and which of them are lost.

        Raises:
            DamagedStudy: the database contradicts a record.
        """
        steps = self.study.data.steps_per_epoch
        return EpochRows(Store(self._store_url), self.study.name, steps, self.entries, self._earlier)

    def trials(self) -> pd.DataFrame:
        """One row per trial: number, state, one column per setting, values of all metrics, costs, reason of its end."""
        settings = dict.fromkeys(setting_names())
        return pd.DataFrame([self._row(entry, settings) for entry in self.entries])

    def arms(self) -> list[ArmRow]:
        """One row per arm; none in a sweep whose baselines are not tuned."""
        sweep = self.study.sweep
        return with_effort(arm_rows(sweep, self.entries, self.tested), sweep, self.entries) if sweep.tuned else []

    def effort(self) -> pd.DataFrame:
        """What tuning effort buys: one row per arm and number of trials; no rows before there is a curve."""
        return pd.DataFrame(effort_rows(self.study.sweep, self.entries))

    def epochs(self) -> pd.DataFrame:
        """One row per epoch of every trial, with the address of its record; none for those in `rows.lost`."""
        rows = []
        for entry in self.entries:
            for kept, record in zip(entry.epochs, self.rows.of(entry), strict=True):
                if record is not None:
                    cost = {"gradient_evaluations": kept.gradient_evaluations}  # as the sweep counts it
                    address = {"key": kept.key, "provenance": kept.provenance, "spent": kept.spent}
                    rows.append({"number": entry.number, **vars(record), **cost, **address})
        return pd.DataFrame(rows)

    def best(self) -> TrialEntry | None:
        """The best completed trial of the search."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[TrialEntry]:
        """The completed trials of the search, best first, without those that repeat an earlier one."""
        return best_trials(self.entries, self._objective)

    def threads_of(self, entry: TrialEntry) -> int | None:
        """CPU threads with which a trial was trained; None on a GPU."""
        return threads_of(entry, Store(self._store_url), self.study.sweep.resources)

    def best_of(self, arm: str) -> TrialEntry | None:
        """The best completed trial of an arm, or the baseline of this name."""
        return best_of_arms(self.entries, self._objective).get(arm)

    def _repeated(self) -> dict[int, int]:
        """The trials that repeat an earlier one; where arms are tuned, an earlier one of their own arm."""
        if not self.study.sweep.tuned:
            return repeated(self.entries)
        arms = dict.fromkeys(entry.arm for entry in self.entries)
        found = (repeated(entry for entry in self.entries if entry.arm == arm) for arm in arms)
        return {number: earlier for of_arm in found for number, earlier in of_arm.items()}

    def described(self, entry: TrialEntry) -> str:
        """The searched settings of a trial in a few words."""
        return short_settings(entry.settings, self.study.sweep.space)

    def baselines(self) -> list[TrialEntry]:
        """The completed baselines that are not tuned."""
        return [entry for entry in self.entries if entry.baseline and entry.completed]

    def markdown(self) -> str:
        """The content of table.md: the numbers of trials and costs, then the ranking."""
        counts = {state: sum(entry.state == state for entry in self.entries) for state in _STATES}
        ended = ", ".join(f"{count} {_STATES[state]}" for state, count in counts.items() if count)
        metric = self._objective.measure
        rows = leaderboard(self.entries, self._objective)
        left_out = counts["COMPLETE"] - len(rows)
        others = ["other settings"] if self._draws_others() else []
        note = f" {left_out} completed trials that repeat an earlier one are not shown." if left_out else ""
        on_front = any(entry.number in self._front for entry in rows[:SHOWN])
        front = " pareto: no other trial of the search and no baseline reaches as much for less." if on_front else ""
        tested = "best trial of every arm" if self.study.sweep.tuned else "best trial and the baselines"
        words = untuned(self.study.sweep)
        untuned_note = f" The baselines are {words}." if words else ""
        lines = [
            f"# {self.study.name}",
            "",
            f"{counted(len(self.entries), 'trial')}: {ended}. {self.costs()}",
            "",
            f"Ranked by {metric.name} of the {self._objective.rule} epoch on the validation part, one seed"
            f"{', the smallest first' if metric.falls else ''}. {metric.test} is read for the "
            f"{tested} alone, after the choice.{front}{untuned_note}{note}",
            "",
            *markdown_table(
                [
                    "trial",
                    "radius",
                    "switch",
                    "scale",
                    *others,
                    metric.name,
                    metric.test,
                    "gradient evaluations",
                    "epochs",
                ],
                [self._cells(entry) for entry in rows[:SHOWN]],
            ),
        ]
        if arms := arms_table(self.study, self.entries, self.tested):
            lines += ["", "## Arms", "", *arms.markdown()]
            curves = effort_curves(self.study.sweep, self.entries)
            lines += ["", " ".join(sentences(self.study.sweep, curves))] if curves else []
        return "\n".join(lines) + "\n"

    def costs(self) -> str:
        """The charged and the spent gradient evaluations, in one sentence."""
        charged = sum(entry.cost for entry in self.entries if entry.epochs)
        spent = sum(entry.spent for entry in self.entries)
        saved = 100 * (1 - spent / charged) if charged else 0.0
        return f"Gradient evaluations: {charged:,} charged, {spent:,} spent ({saved:.0f} % saved by shared epochs)."

    def write(self, paths: SweepPaths) -> None:
        """Write trials.csv, trials.parquet, epochs.parquet, table.md, effort.csv and arms.csv, each in one step.

        What an earlier table has of epochs whose records are lost is kept.
        """
        self._earlier = self._earlier or paths
        with garbage_collection_paused():
            trials, epochs = self.trials(), self.epochs()
        write_atomically(paths.trials_csv, trials.to_csv(index=False, lineterminator="\n"))
        write_atomically(paths.trials_parquet, parquet(trials))
        write_atomically(paths.epochs_parquet, parquet(epochs))
        write_atomically(paths.table_md, self.markdown())
        if len(effort := self.effort()):
            write_atomically(paths.effort_csv, effort.to_csv(index=False, lineterminator="\n"))
        if rows := self.arms():
            table = pd.DataFrame([row.to_dict() for row in rows])
            write_atomically(paths.arms_csv, table.to_csv(index=False, lineterminator="\n"))

    def _row(self, entry: TrialEntry, settings: Mapping[str, None]) -> dict[str, Any]:
        from_records = self.rows.cells(entry)
        return {
            "number": entry.number,
            "state": entry.state,
            "baseline": entry.baseline,
            **({"arm": entry.arm} if self.study.sweep.tuned else {}),
            **settings,
            **flatten(entry.config or {}),
            **{name: getattr(entry.chosen(self._objective), name, None) for name in METRICS},
            **self.tested(entry),
            "switch_epoch": from_records["switch_epoch"],
            "gradient_evaluations": entry.cost,
            "gradient_evaluations_spent": entry.spent,
            "seconds": from_records["seconds"],
            "epochs": len(entry.epochs),
            "pareto": entry.number in self._front,
            "repeats": self._repeats.get(entry.number),
            "mixed_machines": len({epoch.provenance for epoch in entry.epochs}) > 1,
            "reason": entry.reason,
        }

    def _draws_others(self) -> bool:
        """Whether the space draws more than radius, timing and scale."""
        return any(name not in OWN_COLUMNS for name, _ in self.study.sweep.space.parts())

    def _cells(self, entry: TrialEntry) -> list[str]:
        config = entry.settings
        metric = self._objective.measure
        notes = [] if entry.arm == RTS else [entry.arm]
        notes += [f"as {self._repeats[entry.number]}"] if entry.number in self._repeats else []
        notes += [f"seed {config.training.seed}"] if entry.repeats is not None else []
        notes += ["pareto"] if entry.number in self._front else []
        notes_text = ", ".join(notes)
        name = f"{entry.number} ({notes_text})" if notes_text else str(entry.number)
        return [
            name,
            "" if config.perturbation.kind in FIRST_ORDER else short(config.radius),
            short(config.timing, "rule"),
            short(config.scale) if config.perturbation.kind == "pugd" else "",
            *([other_settings(config, self.study.sweep.space)] if self._draws_others() else []),
            metric.shown(entry.value(self._objective)),
            metric.shown(self.tested(entry)[metric.test]),
            f"{entry.cost:,}",
            str(len(entry.epochs)),
        ]


_STATES = {"COMPLETE": "completed", "PRUNED": "stopped early", "FAIL": "failed", "RUNNING": "unfinished"}


def setting_names(section: type = TrialConfig, prefix: str = "") -> list[str]:
    """Dotted name of every setting in the order of the config's fields: columns do not depend on the draws."""
    found = []
    for name, hint in get_type_hints(section).items():
        if isinstance(hint, type) and issubclass(hint, Section):
            found += setting_names(hint, f"{prefix}{name}.")
        elif get_origin(hint) not in (dict, ClassVar):
            found.append(prefix + name)
    return found
