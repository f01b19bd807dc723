"""One row for each method: how steadily it trains."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rts_search.analysis.courses.course import Course, Courses, Method, Values
from rts_search.analysis.stability.shares import share_interval
from rts_search.analysis.stability.spikes import spikes
from rts_search.analysis.stability.spread import epoch_spread, pooled, seed_spread

Interval = tuple[float, float]


@dataclass(frozen=True)
class Norms:
    """Global L2 norms of the unperturbed gradient over the steps of all runs."""

    median: float
    high: float
    """95 % of the steps have a smaller one."""
    largest: float


@dataclass(frozen=True)
class StabilityRow:
    """One method. Spreads are in the unit of the objective's metric."""

    method: str
    label: str
    """What its runs train."""
    runs: int
    diverged: int
    """Runs of them that diverged."""
    diverged_interval: Interval | None
    seed_spread: float | None
    """Standard deviation over the seeds, of the value that counts on the validation part; None for one seed."""
    seed_interval: Interval | None
    test_spread: float | None
    """The same on the test part, where it has been read for every run."""
    test_interval: Interval | None
    epoch_spread: float | None
    """From epoch to epoch in the last third, over all seeds; None for fewer than 3 epochs."""
    spike_epochs: int | None
    """Epochs whose training loss is a spike; None where all runs are too short to tell."""
    epochs: int
    """Epochs that were looked at for spikes."""
    spiked_runs: int
    norms: Norms | None
    trials: int
    """Trials of the search with any settings that completed, diverged or were stopped early."""
    diverged_trials: int
    trials_interval: Interval | None
    """The share of trials that diverged, with 95 %, as if they were independent."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the ends of an interval are `..._low` and `..._high`."""
        plain = {name: value for name, value in asdict(self).items() if "interval" not in name and name != "norms"}
        for name in ("diverged", "seed", "test", "trials"):
            low, high = getattr(self, f"{name}_interval") or (None, None)
            plain |= {f"{name}_low": low, f"{name}_high": high}
        for name in ("median", "high", "largest"):
            plain[f"gradient_norm_{name}"] = None if self.norms is None else _finite(getattr(self.norms, name))
        return plain


def stability_rows(courses: Courses) -> list[StabilityRow]:
    """The row of every method, in their order."""
    return [row_of(one, courses) for one in courses.methods]


def row_of(method: Method, courses: Courses) -> StabilityRow:
    """The row of one method. A run that diverged counts for spikes and norms, and not for the spreads."""
    whole, runs = method.completed, method.courses
    ends = seed_spread([float(one.counted(courses.objective)[-1]) for one in whole])
    tests = [one.test for one in whole if one.test is not None]
    tested = seed_spread(tests) if len(tests) == len(whole) else None
    found = [(one, spikes(one.train_loss)) for one in runs]
    looked = [(one, places) for one, places in found if places is not None]
    diverged = sum(one.diverged for one in runs)
    return StabilityRow(
        method=method.name,
        label=method.label,
        runs=len(runs),
        diverged=diverged,
        diverged_interval=share_interval(diverged, len(runs)),
        seed_spread=None if ends is None else ends[0],
        seed_interval=None if ends is None else ends[1:],
        test_spread=None if tested is None else tested[0],
        test_interval=None if tested is None else tested[1:],
        epoch_spread=pooled([epoch_spread(one.value) for one in whole]),
        spike_epochs=sum(len(places) for _, places in looked) if looked else None,
        epochs=sum(one.epochs for one, _ in looked),
        spiked_runs=sum(bool(places) for _, places in looked),
        norms=norms_of(runs),
        trials=method.ended,
        diverged_trials=method.diverged,
        trials_interval=share_interval(method.diverged, method.ended),
    )


def norms_of(runs: Sequence[Course]) -> Norms | None:
    """The norms of all steps of these runs; None without any. A norm that is not finite counts as infinite.

    Quantiles are norms that occurred: of two neighbours the larger one.
    """
    steps: list[Values] = [one for run in runs for one in run.norms if len(one)]
    if not steps:
        return None
    every = np.nan_to_num(np.concatenate(steps), nan=np.inf, posinf=np.inf)
    median, high = (float(one) for one in np.quantile(every, (0.5, 0.95), method="higher"))
    return Norms(median, high, float(every.max()))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
