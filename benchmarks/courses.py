"""How often the intervals of `rts-search costs` are right, and how often `stability` calls noise a spike.

400 simulated sweeps of each kind: 4 methods that are one and the same under 4 names, so that every difference that is
called established is false, on 7 or 10 seeds. Runs reach the asked accuracy always, or are cut off before (a third
and 60 % of them), or diverge before (10 %). Beside the exact interval of a median the one of Brookmeyer and Crowley
with its normal approximation, on the same runs. Then losses without any spike: 4,000 runs each.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from benchmarks.report import line, table
from rts_search.analysis.costs.censored import Bounds
from rts_search.analysis.costs.equal import difference_at, level_at
from rts_search.analysis.costs.reaching import cost_to_reach, usual_value
from rts_search.analysis.costs.table import CostsTable
from rts_search.analysis.courses.course import Course, Courses, Method
from rts_search.analysis.stability.spikes import spikes
from rts_search.sweep.sections import ObjectiveConfig

SWEEPS, METHODS, SEEDS, EPOCHS, LONG = 400, 4, (7, 10), 30, 300
IMAGES = 500
OBJECTIVE = ObjectiveConfig()
RUNS = 20_000
"""So many runs tell the true median and mean."""


@dataclass(frozen=True)
class Kind:
    """One kind of runs."""

    accuracy: float
    """To be reached."""
    diverging: float = 0.0
    """Share of runs that diverge at some epoch."""


KINDS = {"all reach it": Kind(0.86), "a third cut off": Kind(0.897), "60 % cut off": Kind(0.902)} | {
    "10 % diverge before": Kind(0.86, 0.2)
}
NOISES = (0.01, 0.05, 0.1, 0.2)


def run(seed: int, common: float, kind: Kind, drawn: np.random.Generator, epochs: int = EPOCHS) -> Course:
    """A run whose accuracy rises to its own limit at its own pace, with noise from epoch to epoch."""
    pace = 6.0 * math.exp(0.3 * (common + drawn.normal()) / math.sqrt(2))
    limit = 0.9 + 0.004 * (common + drawn.normal()) / math.sqrt(2)
    value = limit - 0.3 * np.exp(-np.arange(1, epochs + 1) / pace) + 0.003 * drawn.normal(size=epochs)
    end = int(drawn.integers(1, EPOCHS)) if drawn.random() < kind.diverging else epochs
    whole = np.rint(np.clip(value, 0.0, 1.0) * IMAGES)[:end] / IMAGES
    steps = np.arange(1.0, end + 1)
    return Course(seed, end < epochs, whole, whole, 40 * steps, 1.1 * steps, ())


def sweep(seeds: int, kind: Kind, drawn: np.random.Generator) -> Courses:
    """One sweep. The runs of a seed have half of their variance in common, as paired runs have."""
    common = drawn.normal(size=seeds)
    methods = [
        Method(f"method{number}", "", tuple(run(seed, float(common[seed]), kind, drawn) for seed in range(seeds)), 1, 0)
        for number in range(METHODS)
    ]
    return Courses(tuple(methods), OBJECTIVE, True, IMAGES)


def true_median(kind: Kind) -> float:
    """The true median cost of the accuracy, of runs that are not cut off."""
    drawn = np.random.default_rng(1)
    runs = (run(0, float(drawn.normal()), kind, drawn, LONG) for _ in range(RUNS))
    return float(np.median([cost_to_reach(one, kind.accuracy, OBJECTIVE.measure)[0] for one in runs]))


def true_mean(kind: Kind) -> float:
    """The true mean accuracy at the end."""
    drawn = np.random.default_rng(2)
    runs = (run(0, float(drawn.normal()), kind, drawn) for _ in range(RUNS))
    return float(np.mean([one.value[-1] for one in runs if not one.diverged]))


def brookmeyer_crowley(costs: Sequence[Bounds]) -> Bounds:
    """The interval of 95 %: all places at which the estimated share is within its normal interval around 1/2."""
    left, variance, found, z = 1.0, 0.0, list[float](), float(special.ndtri(0.975))
    for cost in sorted({low for low, high in costs if low == high < math.inf}):
        at_risk, events = sum(low >= cost for low, _ in costs), sum(low == high == cost for low, high in costs)
        left *= 1 - events / at_risk
        variance += events / (at_risk * max(1e-9, at_risk - events))
        if abs(left - 0.5) <= z * left * math.sqrt(variance) and left > 0:
            found.append(cost)
        elif left < 0.5:
            return (found[0] if found else cost), cost
    return (found[0] if found else 0.0), math.inf  # it never comes near 1/2: nothing is claimed


def measured(name: str, seeds: int, median: float, mean: float) -> dict[str, int]:
    """Of all sweeps of a kind, how often each interval of the first method covers, and how often a claim is false."""
    kind, drawn = KINDS[name], np.random.default_rng([seeds, len(name)])
    counts = dict.fromkeys(("exact", "brookmeyer_crowley", "difference", "false_cost", "false_usual", "mean"), 0)
    counts["false_value"] = 0
    for _ in range(SWEEPS):
        courses = sweep(seeds, kind, drawn)
        asked = CostsTable(courses, kind.accuracy)
        costs = [cost_to_reach(one, kind.accuracy, OBJECTIVE.measure) for one in courses.methods[0].courses]
        counts["exact"] += _covers(asked.needed[0].low, asked.needed[0].high, median)
        counts["brookmeyer_crowley"] += _covers(*brookmeyer_crowley(costs), median)
        counts["difference"] += _covers(asked.saved[0].low, asked.saved[0].high, 0.0)
        counts["false_cost"] += any(not _covers(one.low, one.high, 0.0) for one in asked.saved)
        usual = CostsTable(courses, usual_value(courses))
        counts["false_usual"] += any(not _covers(one.low, one.high, 0.0) for one in usual.saved)
        level = level_at(courses.methods[0], "epochs", EPOCHS, courses)
        counts["mean"] += _covers(level.low, level.high, mean)
        first, *others = courses.methods
        found = [difference_at(first, one, "epochs", EPOCHS, courses, asked.level) for one in others]
        counts["false_value"] += any(not _covers(one.low, one.high, 0.0) for one in found)
    return counts


def _covers(low: float | None, high: float | None, truth: float) -> bool:
    """Whether an interval covers; where there is none, nothing is claimed."""
    return low is None or high is None or low <= truth <= high


def false_spikes(epochs: int, falls: bool, noise: float) -> float:
    """The share of runs with a spike, of runs whose loss falls, or stays, with noise of one standard deviation."""
    drawn, trend = np.random.default_rng(epochs), np.exp(-4.0 * np.arange(epochs) / epochs) if falls else 1.0
    losses = (trend * np.exp(noise * drawn.normal(size=epochs)) for _ in range(10 * SWEEPS))
    return sum(bool(spikes(one)) for one in losses) / (10 * SWEEPS)


def main() -> None:
    """Print one JSON line for each kind, then summaries."""
    rows = []
    for name, kind in KINDS.items():
        median, mean = true_median(kind), true_mean(kind)
        for seeds in SEEDS:
            counts = measured(name, seeds, median, mean)
            line({"kind": name, "sweeps": SWEEPS, "methods": METHODS, "seeds": seeds, "median": median, **counts})
            rows.append([name, str(seeds), *(f"{100 * count / SWEEPS:.1f} %" for count in counts.values())])
    head = ["runs", "seeds", "median covered", "by Brookmeyer-Crowley", "difference covered", "false on cost"]
    table([*head, "false on default accuracy", "mean covered", "false on value"], rows)
    rows = []
    for falls in (True, False):
        for epochs in (8, 12, 30, 100):
            shares = [false_spikes(epochs, falls, noise) for noise in NOISES]
            facts = {"loss": "falls" if falls else "stays", "epochs": epochs, "runs": 10 * SWEEPS}
            line({**facts, **{f"noise_{noise:g}": share for noise, share in zip(NOISES, shares, strict=True)}})
            rows.append([str(facts["loss"]), str(epochs), *(f"{100 * share:.2f} %" for share in shares)])
    table(["loss", "epochs", *(f"noise of {100 * noise:g} %" for noise in NOISES)], rows)
