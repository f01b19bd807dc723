"""One row for each arm of a sweep: what it was allowed, what it has cost, and the best that it has found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rts_search.analysis.arms.edges import edges, searched_values
from rts_search.analysis.arms.effort import effort_notes
from rts_search.analysis.effort.curves import TOLD, EffortCurve, effort_curves
from rts_search.analysis.tested import Tested
from rts_search.study.ranking import best_of_arms
from rts_search.study.trials import TrialEntry
from rts_search.sweep.arms import Arm, arms_of
from rts_search.sweep.sweep import SweepFile
from trainables.core.settings.config import TrialConfig


@dataclass(frozen=True)
class ArmRow:
    """One arm. Costs are gradient evaluations."""

    arm: str
    trials: int
    """Number of trials that the arm was given."""
    begun: int
    completed: int
    stopped: int
    """Trials that were stopped early for good."""
    failed: int
    best: int | None
    """Number of its best completed trial."""
    val_acc: float | None
    """Validation accuracy of the best trial, in [0, 1]."""
    test_acc: float | None
    """Test accuracy of the best trial, in [0, 1], once it has been read."""
    metric: str
    """The metric by which it is the best."""
    value: float | None
    """Its value of this metric on the validation part."""
    test_value: float | None
    """Its value of this metric on the test part, once it has been read."""
    settings: str
    """The searched settings of the best trial."""
    gradient_evaluations_of_best: int | None
    """Cost of the best trial."""
    charged: int
    """Cost of tuning: of all trials of the arm, where each pays for the epochs that it shares with others."""
    spent: int
    """What the trials of the arm have computed themselves, lost work included."""
    epochs: int
    """Epochs of a trial that is not stopped early."""
    effort: EffortCurve | None
    """What its numbers of trials buy; None before there is a curve, and unless it was asked for: `with_effort`."""
    notes: tuple[str, ...]
    """Where the best lies on an edge of the space, and what sets the effort of the arm apart."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as in arms.csv: the best after 5 trials is `best_after_5`, with the ends of its band."""
        bought = {}
        for number in TOLD:
            point = self.effort.after(number) if self.effort is not None else None
            for name in ("", "_low", "_high"):
                bought[f"best_after_{number}{name}"] = getattr(point, name.lstrip("_") or "best", None)
        plain = asdict(self)
        del plain["effort"]
        return {**plain, **bought, "notes": "; ".join(self.notes)}


def arm_rows(sweep: SweepFile, entries: Sequence[TrialEntry], tested: Tested) -> list[ArmRow]:
    """The row of every arm, in their order.

    Args:
        sweep: the sweep.
        entries: its trials.
        tested: their values on the test part.
    """
    best, effort = best_of_arms(entries, sweep.objective), effort_notes(sweep, entries)
    return [_row(arm, sweep, entries, best.get(arm.name), effort[arm.name], tested) for arm in arms_of(sweep)]


def with_effort(rows: Sequence[ArmRow], sweep: SweepFile, entries: Sequence[TrialEntry]) -> list[ArmRow]:
    """The rows with what their numbers of trials buy. It takes longer than the rows themselves: bands are drawn."""
    curves = {curve.arm: curve for curve in effort_curves(sweep, entries)}
    return [replace(row, effort=curves.get(row.arm)) for row in rows]


def _row(
    arm: Arm,
    sweep: SweepFile,
    entries: Sequence[TrialEntry],
    best: TrialEntry | None,
    effort: list[str],
    tested: Tested,
) -> ArmRow:
    own, metric = [entry for entry in entries if entry.arm == arm.name], sweep.objective.measure
    chosen, read = (None, {}) if best is None else (best.chosen(sweep.objective), tested(best))
    at_edges = edges(arm, best.settings) if best is not None else []
    notes = [f"the best lies on the edge of the space: {', '.join(at_edges)}"] if at_edges else []
    return ArmRow(
        arm=arm.name,
        trials=arm.trials,
        begun=len(own),
        completed=sum(entry.completed for entry in own),
        stopped=sum(entry.state == "PRUNED" for entry in own),
        failed=sum(entry.state == "FAIL" for entry in own),
        best=None if best is None else best.number,
        val_acc=getattr(chosen, "val_acc", None),
        test_acc=read.get("test_acc"),
        metric=metric.name,
        value=getattr(chosen, metric.name, None),
        test_value=read.get(metric.test),
        settings="" if best is None else settings_of(arm, best.settings),
        gradient_evaluations_of_best=None if best is None else best.cost,
        charged=sum(entry.cost for entry in own),
        spent=sum(entry.spent for entry in own),
        epochs=arm.epochs,
        effort=None,
        notes=(*notes, *effort),
    )


def settings_of(arm: Arm, config: TrialConfig) -> str:
    """The searched settings of a trial in a few words: `lr 0.0731, radius.value 0.8`."""
    values = searched_values(arm, config).items()
    named = ((name.removeprefix("training."), value) for name, value in values)
    return ", ".join(f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in named)
