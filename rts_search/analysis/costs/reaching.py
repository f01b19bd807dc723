"""When runs first reach a value of the objective's metric."""

import math
from itertools import accumulate

import numpy as np

from rts_search.analysis.costs.censored import Bounds, Median, median_of_costs, median_of_differences
from rts_search.analysis.courses.course import Course, Courses, Method
from trainables.core.settings.metrics import Metric

LEVEL = 0.95


def cost_to_reach(course: Course, value: float, metric: Metric) -> Bounds:
    """The gradient evaluations up to the end of the first epoch that reaches a value on the validation part.

    Bounds as in `censored`: (c, inf) where the run ended after c without it, (inf, inf) where it diverged before.
    """
    there = np.flatnonzero(metric.gain(1.0) * course.value >= metric.gain(value))
    if len(there):
        cost = float(course.gradient_evaluations[there[0]])
        return cost, cost
    if course.diverged or not course.epochs:
        return math.inf, math.inf
    return float(course.gradient_evaluations[-1]), math.inf


def method_to_reach(method: Method, value: float, metric: Metric) -> Median:
    """The median over the seeds of a method."""
    return median_of_costs(costs_to_reach(method, value, metric), LEVEL)


def costs_to_reach(method: Method, value: float, metric: Metric) -> list[Bounds]:
    """What each run of a method needs."""
    return [cost_to_reach(course, value, metric) for course in method.courses]


def difference_to_reach(first: Method, second: Method, value: float, metric: Metric, level: float) -> Median:
    """The median of first minus second over the seeds that both have."""
    pairs = paired(first, second)
    own, others = ([cost_to_reach(pair[place], value, metric) for pair in pairs] for place in (0, 1))
    return median_of_differences(own, others, level)


def paired(first: Method, second: Method) -> list[tuple[Course, Course]]:
    """The runs of two methods on the seeds that both have."""
    others = {course.seed: course for course in second.courses}
    return [(course, others[course.seed]) for course in first.courses if course.seed in others]


def usual_value(courses: Courses) -> float:
    """The value that half of the runs of every method have at their end, or more: the lowest of the methods' medians.

    Of an even number it is the lower of the two in the middle.
    """
    gain = courses.objective.measure.gain
    ends = [[gain(float(one.counted(courses.objective)[-1])) for one in method.completed] for method in courses.shown]
    return gain(min(sorted(own)[(len(own) - 1) // 2] for own in ends if own))


def values_reached(courses: Courses, from_epoch: int) -> list[float]:
    """The different values that completed runs had as their best so far, from an epoch on; in no order."""
    gain = courses.objective.measure.gain
    found = set[float]()
    for course in (one for method in courses.shown for one in method.completed):
        gains = [gain(value) if math.isfinite(value) else -math.inf for value in course.value.tolist()]
        found |= {gain(one) for one in list(accumulate(gains, max))[from_epoch - 1 :] if math.isfinite(one)}
    return list(found)
