"""Whether a figure has something to show, told without drawing it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rts_search.analysis.effort.curves import effort_curves
from rts_search.analysis.effort.panels import panels_of
from rts_search.analysis.figures.importances import LEAST_TRIALS
from rts_search.analysis.figures.sweep_view import SweepView
from rts_search.sweep.baselines import RTS
from trainables.core.history.lineage import epoch_settings


def _any_completed(view: SweepView) -> bool:
    return bool(view.completed) or any(entry.completed for entry in view.baselines)


def _any_curve(view: SweepView) -> bool:
    drawn = [*(entry for entry in view.entries if entry.arm == RTS), *view.baselines]
    return any(getattr(epoch, view.metric.name) is not None for entry in drawn for epoch in entry.epochs)


def _any_schedule(view: SweepView) -> bool:
    """Whether one of the best trials is perturbed in an epoch."""
    for entry in view.top:
        switch = view.switch_epoch(entry)
        epochs = (epoch_settings(entry.settings, epoch, switch) for epoch in range(entry.settings.training.epochs))
        if any(one.radius is not None or one.scale is not None for one in epochs):
            return True
    return False


def _settings_of(least: int) -> Callable[[SweepView], bool]:
    """Whether so many completed trials differ in a setting."""
    return lambda view: len(view.settings) >= least and not view.settings.empty


def _any_course_completed(view: SweepView) -> bool:
    return view.courses is not None and any(method.completed for method in view.courses.shown)


def _any_course(view: SweepView) -> bool:
    shown = () if view.courses is None else view.courses.shown
    return any(course.epochs for method in shown for course in method.courses)


def _any_landscape(view: SweepView) -> bool:
    runs = () if view.landscape is None else view.landscape.runs
    return any("curve" in run.measured or "plane" in run.measured for run in runs)


def _any_interval(view: SweepView) -> bool:
    return view.verdict is not None and any(one["low"] is not None for one in view.verdict["comparisons"])


HAS_DATA: Mapping[str, Callable[[SweepView], bool]] = MappingProxyType(
    {
        "cost": _any_completed,
        "curves": _any_curve,
        "effort": lambda view: bool(effort_curves(view.sweep, view.entries)),
        "costs": _any_course_completed,
        "stability": _any_course,
        "sensitivity": lambda view: bool(panels_of(view.sweep, view.entries)),
        "schedules": _any_schedule,
        "tree": lambda view: any(entry.epochs for entry in view.entries),
        "parallel": _settings_of(2),
        "importances": _settings_of(LEAST_TRIALS),
        "allocation": lambda view: any(view.turns.values()),
        "landscape": _any_landscape,
        "verdict": _any_interval,
    }
)
"""Name of each figure -> whether it has something to show: exactly where its function in FIGURES draws one."""
