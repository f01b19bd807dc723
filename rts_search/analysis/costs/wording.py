"""The cells and sentences of the tables of costs."""

import math
from collections.abc import Sequence

from rts_search.analysis.costs.censored import Bounds, Median
from rts_search.analysis.costs.equal import Level
from rts_search.analysis.courses.course import Courses, Method
from rts_search.basics.sizes import counted
from trainables.core.settings.metrics import Metric

NONE = "-"
OPEN = "not established"


def level_cell(level: Level, metric: Metric) -> str:
    """A mean with its interval: `97.21 % (96.80 to 97.62)`."""
    if level.mean is None:
        return f"{level.diverged} diverged" if level.diverged else NONE
    gone = f", {level.diverged} diverged" if level.diverged else ""
    interval = "" if level.low is None or level.high is None else f" ({_ends(level.low, level.high, metric)})"
    return f"{metric.shown(level.mean)}{interval}{gone}"


def difference_cell(level: Level, metric: Metric) -> str:
    """A mean difference with its interval, and what it establishes."""
    if level.mean is None:
        return f"{OPEN}: {counted(level.diverged, 'run')} diverged" if level.diverged else NONE
    if level.low is None or level.high is None:
        return f"{metric.amount(level.mean, sign=True)}, {OPEN}: one seed"
    sure = "" if level.established else f", {OPEN}"
    low, high = (metric.amount(one, sign=True) for one in (level.low, level.high))
    return f"{metric.amount(level.mean, sign=True)} ({low} to {high}){sure}"


def costs_cell(method: Method, median: Median, costs: Sequence[Bounds]) -> list[str]:
    """The row of what a method needs."""
    name = f"{method.name} ({method.label})" if method.label else method.name
    middle = "more than half never" if median.middle is None else f"{median.middle:,.0f}"
    return [name, str(median.count), f"{median.known} of {median.count}", middle, _interval(median), _span(costs)]


def saved_cell(median: Median, first: str, other: str) -> str:
    """What the first method needs more or less than another one, with the interval, and what it establishes."""
    if median.low == math.inf or median.high == -math.inf:  # every run of the other one, or of the first, diverged
        return f"only {other if median.low == math.inf else first} reaches it"
    middle = "open" if median.middle is None else f"{median.middle:+,.0f}"
    if median.low is None or median.high is None:
        return f"{middle}, {OPEN}: needs {median.fewest} seeds"
    sure = "" if median.established else f", {OPEN}"
    return f"{middle} ({_bound(median.low, '+,.0f')} to {_bound(median.high, '+,.0f')}){sure}"


def explained(courses: Courses, level: float) -> str:
    """What the tables show, and what they do not."""
    metric, gone = courses.objective.measure, [one.name for one in courses.methods if not one.courses]
    best = ", the best so far" * (courses.objective.rule == "best")
    found = ["Runs of the confirmation."]
    if not courses.confirmed:
        found = [
            "Not confirmed: the best trial of each method, one seed each. So no difference is established, and the "
            "best of many trials is partly luck."
        ]
    if gone:
        found.append(f"No run to compare: {', '.join(gone)}.")
    found.append(
        f"{metric.name} on the validation part{best}, never on the test part; means with intervals of 95 % by "
        "Student's t, as far as every run got."
    )
    lengths = {method.name: max(one.epochs for one in method.completed) for method in courses.shown if method.completed}
    shorter = min(one.epochs for method in courses.shown for one in method.completed)
    cut = [f"{name} ({epochs} epochs)" for name, epochs in lengths.items() if epochs > shorter]
    if cut:
        found.append(
            f"At {counted(shorter, 'epoch')}, what trains longer is seen before its schedules have ended: "
            f"{', '.join(cut)}."
        )
    found += [
        "A run that had not reached the value when it ended counts as needing more (censored), one that diverged as "
        "never reaching it.",
        "Medians after Kaplan and Meier, with the exact interval of the sign test, which needs 6 seeds.",
        f"Differences are paired by seed, at {100 * level:.4g} %, so that those of a column hold together with 95 %.",
        "Seconds are those of training and validation of each run's epochs, shared ones included; a machine that other "
        "trials used at the same time distorts them.",
    ]
    return " ".join(found)


def _interval(median: Median) -> str:
    if median.low is None or median.high is None:
        return f"{OPEN}: needs {median.fewest} seeds"
    if math.isinf(median.low):
        return "never"
    return f"{_bound(median.low, ',.0f')} to {_bound(median.high, ',.0f')}"


def _span(costs: Sequence[Bounds]) -> str:
    if not costs:
        return NONE
    least, most = _cost(min(costs)), _cost(max(costs, key=lambda one: (one[1], one[0])))
    return least if least == most else f"{least} to {most}"


def _cost(bounds: Bounds) -> str:
    low, high = bounds
    if math.isinf(low):
        return "never"
    return f"{low:,.0f}" if low == high else f"> {low:,.0f}"


def _bound(value: float, form: str) -> str:
    if math.isinf(value):
        return "any more" if value > 0 else "any less"
    return f"{value:{form}}"


def _ends(low: float, high: float, metric: Metric) -> str:
    return f"{metric.amount(low)} to {metric.amount(high)}"
