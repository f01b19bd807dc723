"""The table of arms as text, the same in table.md, on the page of a sweep and in its report."""

from collections.abc import Sequence
from dataclasses import dataclass

from rts_search.analysis.arms.effort import unequal_effort
from rts_search.analysis.arms.rows import ArmRow, arm_rows
from rts_search.analysis.formats import markdown_table
from rts_search.analysis.tested import Tested, tested_of
from rts_search.study.study import SweepStudy
from rts_search.study.trials import TrialEntry
from trainables.core.settings.metrics import METRICS, Metric


@dataclass(frozen=True)
class ArmsTable:
    """The arms side by side, and what a reader must know of them."""

    head: tuple[str, ...]
    """Names of the columns. The first is the arm; all others but the settings are numbers."""
    rows: tuple[tuple[str, ...], ...]
    """The cells of every arm."""
    explained: str
    """Whether the effort was equal, and what the two costs count."""
    notes: tuple[str, ...]
    """`sgd: the best lies on the edge of the space: ...`, and what sets the effort of an arm apart."""

    def markdown(self) -> list[str]:
        """The lines in Markdown: the table, then what a reader must know."""
        notes = ["", *(f"- {note}" for note in self.notes)] if self.notes else []
        return [*markdown_table(self.head, self.rows), "", self.explained, *notes]


def arms_table(study: SweepStudy, entries: Sequence[TrialEntry], tested: Tested | None = None) -> ArmsTable | None:
    """The table of arms; None in a sweep whose baselines are not tuned.

    Args:
        study: the study of the sweep.
        entries: its trials.
        tested: the values on the test part; None: they are read from the study.
    """
    if not study.sweep.tuned:
        return None
    rows, unequal = arm_rows(study.sweep, entries, tested or tested_of(study)), unequal_effort(study.sweep, entries)
    metric = METRICS[rows[0].metric]
    equal = "Every arm gets the same number of trials."
    effort = f"The effort was not equal: {'; '.join(unequal)}." if unequal else equal
    explained = (
        f"{effort} charged: gradient evaluations of all trials of the arm, shared epochs included; spent: those that "
        "its trials computed."
    )
    best = (f"best {metric.name}", metric.test, SETTINGS)
    head = ("arm", "trials", "completed", "stopped early", "epochs", *best, "charged", "spent")
    cells = tuple(_cells(row, metric) for row in rows)
    return ArmsTable(head, cells, explained, tuple(f"{row.arm}: {note}" for row in rows for note in row.notes))


SETTINGS = "best settings"
"""Name of the column with words."""


def _cells(row: ArmRow, metric: Metric) -> tuple[str, ...]:
    return (
        row.arm,
        str(row.trials) if row.begun == row.trials else f"{row.begun} of {row.trials}",
        str(row.completed),
        str(row.stopped),
        str(row.epochs),
        metric.shown(row.value),
        metric.shown(row.test_value),
        row.settings + (f" (trial {row.best})" if row.best is not None else ""),
        f"{row.charged:,}",
        f"{row.spent:,}",
    )
