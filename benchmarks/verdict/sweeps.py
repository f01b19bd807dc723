"""Draw random sweeps: trials are ranked by the validation accuracy of one seed, the best are screened and measured."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import special

from benchmarks.verdict.noise import Noise, normal
from rts_search.analysis.confirmation.reach import in_reach, order_of
from rts_search.analysis.confirmation.statistics import Accuracies

TRIALS, SCREENING, MEASURED = 20, 3, 20
"""Number of trials searched, of seeds in the screening, and of seeds that a look may measure at most."""
LEVEL, UNIT = 0.9, 0.003
"""Mean accuracy, and the standard deviation of the difference of two methods on one seed (0.3 percentage points)."""


@dataclass(frozen=True)
class World:
    """A distribution of sweeps. Gains are in standard deviations of the paired difference."""

    contender: Noise = normal
    """Noise of the trials."""
    baseline: Noise = normal
    """Noise of the baselines."""
    gain: float = 0.0
    """Gain of every trial over the baselines."""
    one_better: float = 0.0
    """Additional gain of the first trial."""
    ranks: float = 0.0
    """Which side is better when gains are equal: 1 for the trials (fewer diverge), -1 for the baselines."""
    weak: int = 0
    """Number of baselines that are 3 below the others."""
    images: int = 10_000
    """Number of test images: accuracies are rounded to whole images."""
    correlation: float = 0.7
    """Correlation of the validation noise with the test noise of the same run."""
    own_seeds: bool = True
    """Whether the screening has its own seeds; else its seeds are the first of the measured ones."""


@dataclass(frozen=True)
class Sweep:
    """One sweep as a confirmation sees it, and the true gains."""

    staying: tuple[int, ...]
    """Contenders within reach of the best after the screening, the chosen one first; 0 is the sweep's best trial."""
    contenders: Accuracies
    """Test accuracies (top_k, seeds)."""
    baselines: Accuracies
    """Test accuracies (baselines, seeds)."""
    gains: Accuracies
    """True gains (top_k, baselines)."""
    image: float
    """Accuracy of one test image: 1 / number of images."""


def draw(world: World, num_sweeps: int, num_baselines: int, top_k: int, chance: Generator) -> list[Sweep]:
    """Draw this many sweeps at once."""
    gains = np.full((num_sweeps, TRIALS), world.gain)
    gains[:, 0] += world.one_better
    searched = gains + normal(chance, gains.shape) + np.nan_to_num(world.contender(chance, gains.shape), nan=-np.inf)
    top = np.argsort(-searched, axis=1, kind="stable")[:, :top_k]
    gains = np.take_along_axis(gains, top, axis=1)
    behind = np.where(np.arange(num_baselines) < world.weak, -3.0, 0.0)

    seeds = SCREENING + MEASURED
    common = normal(chance, (num_sweeps, 1, seeds))
    own = world.contender(chance, (num_sweeps, top_k, seeds))
    noise = np.sqrt(1 - world.correlation**2) * normal(chance, own[:, :, :SCREENING].shape)
    val_acc = gains[:, :, None] + (common + world.correlation * own)[:, :, :SCREENING] + noise
    tested = gains[:, :, None] + common + own
    faced = behind[:, None] + common + world.baseline(chance, (num_sweeps, num_baselines, seeds))
    measured = slice(SCREENING, None) if world.own_seeds else slice(None, MEASURED)
    return [
        Sweep(
            screened(val_acc[sweep]),
            _accuracies(tested[sweep, :, measured], world.images),
            _accuracies(faced[sweep, :, measured], world.images),
            gains[sweep][:, None] - behind + world.ranks,
            1 / world.images,
        )
        for sweep in range(num_sweeps)
    ]


def screened(val_acc: Accuracies) -> tuple[int, ...]:
    """Return the contenders within reach of the best, the chosen one first.

    If all of them diverged on some seed, it is only the one that diverged least often.
    """
    if len(val_acc) == 1:
        return (0,)
    complete = (~np.isnan(val_acc)).sum(axis=1)
    if complete.max() < val_acc.shape[1]:
        return (int(complete.argmax()),)
    alive = np.flatnonzero(complete == val_acc.shape[1])
    order = order_of(val_acc[alive])
    reach = in_reach(val_acc[alive], order[0])
    return tuple(int(alive[index]) for index in order if reach[index])


def least_p(sweeps: list[Sweep], seeds: int, lost_as_zero: bool = False) -> NDArray[np.float64]:
    """Return the smallest p that any comparison of a contender can have, (sweeps, top_k).

    No rule makes a claim while this is larger than the alpha for one comparison of the chosen contender. lost_as_zero:
    whether a diverged run counts as accuracy 0; otherwise a rank test is done, whose p is at least 0.5 ** seeds.
    """
    contenders = np.stack([sweep.contenders[:, None, :seeds] for sweep in sweeps])
    baselines = np.stack([sweep.baselines[None, :, :seeds] for sweep in sweeps])
    if lost_as_zero:
        contenders, baselines = np.nan_to_num(contenders), np.nan_to_num(baselines)
    differences = contenders - baselines
    error = np.maximum(differences.std(axis=-1, ddof=1), 1e-9) / np.sqrt(seeds)
    p = special.stdtr(seeds - 1, -np.abs(differences.mean(axis=-1)) / error)
    return np.asarray(np.nan_to_num(p, nan=0.5**seeds).min(axis=-1))


def _accuracies(lengths: Accuracies, images: int) -> Accuracies:
    return np.asarray(np.rint((LEVEL + UNIT * lengths) * images) / images)
