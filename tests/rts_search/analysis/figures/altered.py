"""Trials that have other values than those of the view of the tests."""

from collections.abc import Callable
from dataclasses import replace

from rts_search.analysis.figures import SweepView
from rts_search.study.trials import TrialEntry


def altered(view: SweepView, value: Callable[[TrialEntry], float], metric: str = "val_acc") -> SweepView:
    """The same sweep where each trial has this value after every epoch."""
    entries = [
        replace(entry, epochs=tuple(replace(epoch, **{metric: value(entry)}) for epoch in entry.epochs))
        for entry in view.entries
    ]
    return replace(view, entries=entries)
