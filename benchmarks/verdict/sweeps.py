"""Sweeps drawn at random: trials searched by one seed's validation accuracy, the best screened and measured."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import special

from benchmarks.verdict.noise import Noise, normal
from rts_search.analysis.confirmation.decisions import in_reach, order_of
from rts_search.analysis.confirmation.statistics import Accuracies

TRIALS, SCREENING, MEASURED = 20, 3, 20
"""Trials searched, seeds of the screening, and the most seeds that any look measures."""
LEVEL, UNIT = 0.9, 0.003
"""Mean accuracy, and the standard deviation of the difference of two methods on one seed: 0.3 points."""


@dataclass(frozen=True)
class World:
    """What sweeps are drawn from; gains in standard deviations of the paired difference."""

    contender: Noise = normal
    baseline: Noise = normal
    gain: float = 0.0
    """Of every trial over the baselines."""
    one_better: float = 0.0
    """By how much the first trial is better than the others."""
    ranks: float = 0.0
    """Who is better where gains are equal: 1 the trials, of which fewer diverge, -1 the baselines."""
    weak: int = 0
    """How many of the baselines lie 3 below the others."""
    images: int = 10_000
    """Of the test part: accuracies are rounded to whole ones."""
    correlation: float = 0.7
    """Between the validation and the test noise of the same run."""
    own_seeds: bool = True
    """Whether the screening has seeds of its own; else the measured ones begin with them."""


@dataclass(frozen=True)
class Sweep:
    """What a confirmation sees of one sweep, and the truth about it."""

    staying: tuple[int, ...]
    """Contenders in reach after the screening, the chosen one first; 0 is the sweep's best trial."""
    contenders: Accuracies
    """Test accuracies (top_k, seeds)."""
    baselines: Accuracies
    """Test accuracies (baselines, seeds)."""
    gains: Accuracies
    """True gains (top_k, baselines)."""
    image: float
    """What one image of the test part counts."""


def draw(world: World, num_sweeps: int, num_baselines: int, top_k: int, chance: Generator) -> list[Sweep]:
    """Many sweeps at once."""
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
    """Contenders in reach, the chosen one first; where all diverged on some seed, who did so least."""
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
    """For each sweep and contender the least p that any of its comparisons can have, (sweeps, top_k).

    No rule claims anything while this is above what it may spend on one of the chosen contender's comparisons.
    `lost_as_zero`: whether a diverged run is one of accuracy 0; else a test by ranks has at least p 0.5 ** seeds.
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
