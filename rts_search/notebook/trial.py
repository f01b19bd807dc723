"""`Trial`: one trial of a sweep in a notebook."""

from typing import TYPE_CHECKING, Any

from rts_search.notebook.html import box, table, told

if TYPE_CHECKING:
    import pandas as pd

    from rts_search.study.study import SweepStudy
    from rts_search.study.trials import TrialEntry
    from rts_search.study.workspace import Workspace
    from trainables.core.settings.config import TrialConfig
    from trainables.core.training.trained_model import TrainedModel

LOG_LINES = 400
"""So many of the last lines of the log are looked through."""


class Trial:
    """One trial as it was when `Sweep.trial` was called.

    Attributes:
        sweep: name of its sweep.
        number: its number in the sweep.
        arm: rts, or the name of a baseline.
        state: completed, stopped early, failed or unfinished.
        reason: why it ended early; empty otherwise.
        config: all of its settings, as nested plain values.
        metric: name of the objective's metric, such as val_acc.
        value: value of that metric in the epoch that counts; None before its first epoch.
        val_acc: accuracy on the validation part in that epoch, in [0, 1]; None before its first epoch.
        gradient_evaluations: what the trial has cost so far, epochs shared with other trials included.
    """

    def __init__(self, study: "SweepStudy", entry: "TrialEntry", workspace: "Workspace") -> None:
        """Do not call this; use `Sweep.trial`."""
        from rts_search.analysis.report.board import STATES

        objective = study.sweep.objective
        chosen = entry.chosen(objective)
        self._study, self._entry, self._workspace = study, entry, workspace
        self.sweep, self.number, self.arm = study.name, entry.number, entry.arm
        self.state, self.reason = STATES[entry.state], entry.reason
        self.config: dict[str, Any] = entry.config or {}
        self.metric, self.value = objective.metric, entry.value(objective)
        self.val_acc: float | None = None if chosen is None else chosen.val_acc
        self.gradient_evaluations = entry.cost

    @property
    def settings(self) -> "TrialConfig":
        """The same as `config`, typed, as `load_dataset` and `build_model` take its parts."""
        return self._entry.settings

    def epochs(self) -> "pd.DataFrame":
        """One row per epoch: losses, accuracies, radius, scale, gradient evaluations so far, seconds."""
        from rts_search.analysis.tables import Tables

        results = self._workspace.results
        earlier = results.sweep(self.sweep)
        return Tables(self._study, results.store_url, [self._entry], earlier).epochs()

    def differences(self) -> "pd.DataFrame":
        """The settings by which it differs from the best trial of the search and from the best baseline.

        One row per setting; the columns are this trial, the best and the best baseline, as far as there are others.
        """
        import pandas as pd

        from rts_search.analysis.trial_facts import differences

        others = self._others()
        rows = [(name, own, *theirs) for name, own, theirs in differences(self._entry, others)]
        return pd.DataFrame(rows, columns=["setting", f"trial {self.number}", *others])

    def log(self) -> list[str]:
        """The lines about it in the output of the sweep's driver; none where the sweep ran in a terminal."""
        from rts_search.analysis.trial_facts import lines_about
        from rts_search.basics.log_tail import log_tail

        return lines_about(self.number, log_tail(self._workspace.results.sweep(self.sweep).log, LOG_LINES))

    def export(self) -> dict[str, Any]:
        """Its config with its provenance, the same as `rts-search export --trial` writes.

        Raises:
            UserError: it has not trained an epoch.
        """
        from rts_search.analysis.best_config import best_export
        from rts_search.analysis.tables import Tables

        tables = Tables(self._study, self._workspace.results.store_url)
        return best_export(self._study, tables, trial=self.number)

    def model(self) -> "TrainedModel":
        """Its trained model; see `Sweep.model`. Raises: UserError: it has not trained an epoch, or as there."""
        from rts_search.analysis.best_config import trained_trial
        from rts_search.notebook.bars import phases_shown

        trained_trial(self._study.trials(), self.number, self.sweep)
        with phases_shown():
            from rts_search.operations.trained_model import trained_model

            return trained_model(self._study, self._entry, self._workspace)

    def __repr__(self) -> str:
        return f"Trial({self._told()})"

    def _repr_html_(self) -> str:
        """How it ended, what it reached, and by what it differs from the best."""
        rows = self.differences()
        ended = (
            self.reason if self.reason.startswith(self.state) else ": ".join(filter(None, (self.state, self.reason)))
        )
        cost = f"{len(self._entry.epochs)} epochs, {self.gradient_evaluations:,} gradient evaluations"
        lines = [
            told(f"{self._reached()}{cost}"),
            table(list(rows.columns), rows.to_numpy().tolist()) if len(rows) else "",
        ]
        return box(f"{self.sweep}: trial {self.number} ({self.arm})", ended, lines)

    def _told(self) -> str:
        return f"{self.sweep!r}, {self.number}: {self.arm}, {self.state}, {self._reached()}".removesuffix(", ")

    def _reached(self) -> str:
        """`val_acc 96.17 %, `; empty before its first epoch."""
        shown = self._study.sweep.objective.measure.shown(self.value)
        return f"{self.metric} {shown}, " if shown else ""

    def _others(self) -> dict[str, "TrialEntry"]:
        from rts_search.study.lead import best_baseline
        from rts_search.study.ranking import best_trials

        entries, objective = self._study.trials(), self._study.sweep.objective
        best, baseline = next(iter(best_trials(entries, objective)), None), best_baseline(entries, objective)
        found = {f"best (trial {best.number})": best} if best else {}
        found |= {f"{baseline.arm} (trial {baseline.number})": baseline} if baseline else {}
        return {name: other for name, other in found.items() if other.number != self.number}
