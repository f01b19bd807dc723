"""Methods at equal epochs, at equal gradient evaluations, and at equal time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rts_search.analysis.confirmation.statistics import interval
from rts_search.analysis.costs.reaching import LEVEL, paired
from rts_search.analysis.courses.course import Course, Courses, Method, Values
from rts_search.sweep.sections import ObjectiveConfig

AXES = {"epochs": "epochs", "gradient_evaluations": "gradient evaluations", "seconds": "seconds"}
"""What methods are compared at, and its words."""
SHARES = (0.25, 0.5, 0.75, 1.0)
"""Tables show the values at these shares of what every run has."""


@dataclass(frozen=True)
class Level:
    """The value of a method at one place, over its seeds."""

    count: int
    """Runs that have a value there."""
    diverged: int
    """Runs that had diverged before."""
    mean: float | None
    """Mean over the runs that have a value; None without any."""
    low: float | None
    """Lower end of the interval of the mean by Student's t; None for one run, and where one has diverged."""
    high: float | None

    @property
    def established(self) -> bool:
        """Whether its interval excludes 0, where it is one of a difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def spent(course: Course, axis: str) -> Values:
    """What a run has spent at the end of each of its epochs."""
    if axis == "epochs":
        return np.arange(1.0, course.epochs + 1)
    found: Values = getattr(course, axis)
    return found


def value_at(course: Course, axis: str, place: float, objective: ObjectiveConfig) -> float | None:
    """The value after the last epoch that had ended by then; None before the first, and for a run that had diverged."""
    ended = int(np.searchsorted(spent(course, axis), place * (1 + 1e-9), side="right"))
    if not ended or (course.diverged and ended == course.epochs):
        return None
    found = float(course.counted(objective)[ended - 1])
    return found if math.isfinite(found) else None


def common(courses: Courses, axis: str) -> float:
    """What every run has spent at its end, except for those that diverged: the smallest of them."""
    return min(float(spent(one, axis)[-1]) for method in courses.shown for one in method.completed)


def places(courses: Courses, axis: str, shares: Sequence[float] = SHARES) -> list[float]:
    """The places at these shares of what every run has; whole numbers but for seconds."""
    most = common(courses, axis)
    found = [most * share if axis == "seconds" else math.ceil(most * share - 1e-9) for share in shares]
    return list(dict.fromkeys(float(one) for one in found))


def level_at(method: Method, axis: str, place: float, courses: Courses) -> Level:
    """The mean of a method at a place, over its seeds, with its interval of 95 %."""
    found = [value_at(course, axis, place, courses.objective) for course in method.courses]
    known = np.array([one for one in found if one is not None])
    diverged = sum(_gone(course, axis, place) for course in method.courses)
    if not len(known):
        return Level(0, diverged, None, None, None)
    whole = len(known) == len(found) > 1
    low, high = interval(known, LEVEL, courses.image) if whole else (None, None)
    return Level(len(known), diverged, float(known.mean()), low, high)


def difference_at(first: Method, second: Method, axis: str, place: float, courses: Courses, level: float) -> Level:
    """The mean of first minus second over the seeds that both have, with its interval at a level.

    There is none where a run has no value: it had diverged, or had not ended its first epoch.
    """
    pairs = [[value_at(course, axis, place, courses.objective) for course in pair] for pair in paired(first, second)]
    gone = sum(_gone(course, axis, place) for pair in paired(first, second) for course in pair)
    told = [own - other for own, other in pairs if own is not None and other is not None]
    if len(told) < len(pairs) or not told:
        return Level(len(told), gone, None, None, None)
    differences = np.array(told)
    low, high = interval(differences, level, courses.image) if len(told) > 1 else (None, None)
    return Level(len(told), gone, float(differences.mean()), low, high)


def _gone(course: Course, axis: str, place: float) -> bool:
    return course.diverged and (not course.epochs or float(spent(course, axis)[-1]) <= place)
