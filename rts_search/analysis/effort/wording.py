"""What tuning effort buys, in sentences for captions and tables."""

from collections.abc import Sequence

from rts_search.analysis.effort.curves import TOLD, EffortCurve
from rts_search.basics.sizes import counted
from rts_search.sweep.sweep import SweepFile


def sentences(sweep: SweepFile, curves: Sequence[EffortCurve]) -> list[str]:
    """What the curves are, their values at some numbers of trials, and what else counts. At least one curve."""
    alike, in_order = [curve for curve in curves if curve.alike], [curve for curve in curves if not curve.alike]
    what, found = f"best validation {sweep.objective.measure.words}", []
    if alike:
        band = "the mean over all orders of the trials, with a 95 % band by the bootstrap"
        found.append(f"The {what} to expect of so many trials: {band}.")
    if in_order:
        learns = f"The sampler {sweep.search.sampler} learns from earlier trials, so that their order"
        given = f"{in_order[0].arm} tried given points first, so that the order of its trials"
        order = f"{learns if sweep.search.learns else given} counts: one search is seen, and has no band."
        found.append(f"For {in_order[0].arm} the best so far: {order}" if alike else f"The {what} so far. {order}")
    most = min(curve.points[-1].trials for curve in curves)
    found += [_told(sweep, number, curves) for number in (*(number for number in TOLD if number < most), most)]
    stopped, diverged = sum(curve.stopped for curve in alike), sum(curve.diverged for curve in alike)
    if stopped:
        early = f"{counted(stopped, 'trial')} stopped early"
        found.append(f"What {early} might have reached is drawn from what completed trials gained.")
    if diverged:
        found.append(f"Diverged: {counted(diverged, 'trial')}, counted with the worst value of the sweep.")
    return found


def _told(sweep: SweepFile, number: int, curves: Sequence[EffortCurve]) -> str:
    metric, parts = sweep.objective.measure, []
    for curve in curves:
        point = curve.after(number)
        if point is not None:
            band = "" if point.low is None else f" ({metric.shown(point.low)} to {metric.shown(point.high)})"
            parts.append(f"{curve.arm} {metric.shown(point.best)}{band}")
    return f"After {counted(number, 'trial')}: {', '.join(parts) or 'none completed'}."
