"""The order of the columns in a table of trials: what differs comes first, and what does not is left out on demand."""

from typing import TYPE_CHECKING

from trainables.core.settings.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd

ALWAYS = ("number", "state", "gradient_evaluations", "seconds", "epochs")
"""Columns that are shown even where all trials have the same value."""
NAMES = ("number", "state", "arm", "baseline")
"""The columns that say which trial it is; they stand before the settings."""


def arranged(trials: "pd.DataFrame", metric: Metric, all_columns: bool) -> "pd.DataFrame":
    """The table of trials with number and state first, then the settings that differ, accuracies, costs and the rest.

    Args:
        trials: one row per trial, each setting in a column with a dotted name.
        metric: of the sweep's objective; its value, and that on the test part, come before all other values.
        all_columns: whether the columns that are the same in all trials follow; otherwise they are left out.
    """
    settings = [name for name in trials if "." in str(name)]
    named = [name for name in NAMES if name in trials]
    values = [name for name in trials if name not in (*settings, *named)]
    values.sort(key=lambda name: [metric.name, metric.test].index(name) if name in (metric.name, metric.test) else 2)
    shown = {*ALWAYS, metric.name, metric.test}
    wanted = [name for name in (*named, *settings, *values) if name in shown or _differs(trials[name])]
    rest = [name for name in trials if name not in wanted]
    return trials[[*wanted, *rest] if all_columns else wanted]


def _differs(column: "pd.Series") -> bool:
    return len({repr(value) for value in column}) > 1
