"""Which settings matter: a test of all of them together, by permuting the trials' scores within each sweep.

Of names, every class may have an effect of its own. Along numbers, an effect is a parabola over the classes, so that a
trend or a best value in the middle shows with few trials.

Step-down: the setting with the smallest p is claimed first, where the smallest p of all settings under permutation is
seldom as small (Westfall and Young 1993, min-p). Its effect is then taken out of the scores and of the other settings,
whose rest is permuted (Freedman and Lane 1983). It ends at the first setting that is not claimed. Where no setting
matters, at most a share LEVEL of all tables holds any claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rts_search.analysis.advice.features import Feature

LEVEL = 0.05
PERMUTATIONS = 1999
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """What the test found of one setting."""

    feature: Feature
    p: float
    """Probability of as small a p of any setting where none matters, after the settings claimed before."""
    claimed: bool


def find_effects(features: Sequence[Feature], scores: Matrix, blocks: NDArray[np.int64], seed: int = 0) -> list[Effect]:
    """Test all settings; the claimed ones come first, in the order of their claims, then the others by p.

    Args:
        features: the settings.
        scores: (n,), one for each trial.
        blocks: (n,), the sweep of each trial.
        seed: of the permutations.
    """
    generator = np.random.default_rng(seed)
    rest, y = list(features), centred(scores, blocks)[:, None]
    claimed: list[Effect] = []
    taken_out = np.empty((len(scores), 0))
    while rest:
        own = [contrasts(feature.member, len(feature.classes), blocks) for feature in rest]
        looked_for = [columns @ _forms(feature) for columns, feature in zip(own, rest, strict=True)]
        bases = [_orthonormal(_without(columns, taken_out)) for columns in looked_for]
        p = _adjusted(bases, _without(y, taken_out)[:, 0], taken_out, blocks, generator)
        first = int(np.argmin(p))
        if p[first] > LEVEL:
            others = [Effect(feature, float(value), False) for feature, value in zip(rest, p, strict=True)]
            return [*claimed, *sorted(others, key=lambda effect: effect.p)]
        claimed.append(Effect(rest.pop(first), float(max([p[first], *(effect.p for effect in claimed)])), True))
        taken_out = np.hstack([taken_out, _orthonormal(_without(own[first], taken_out))])
    return claimed


def _forms(feature: Feature) -> Matrix:
    """The effects that are looked for, (classes, forms): any, or trend and parabola along the classes of numbers."""
    classes = len(feature.classes)
    if feature.ends is None or classes <= 3:
        return np.eye(classes)
    place = np.linspace(-1, 1, classes)
    return np.stack([place, place**2], axis=1)


def contrasts(member: NDArray[np.int64], classes: int, blocks: NDArray[np.int64]) -> Matrix:
    """(n, classes): membership of a trial in each class, minus its mean over the trials of the sweep in any class.

    Trials in no class have zeros: whether a setting is used is another setting's effect, such as that of the shape.
    """
    found: Matrix = (member[:, None] == np.arange(classes)).astype(float)
    for block in np.unique(blocks):
        own = (blocks == block) & (member >= 0)
        found[own] -= found[own].mean(axis=0) if own.any() else 0.0
    return found


def centred(values: NDArray[np.float64], blocks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values (n,) without their mean in each sweep."""
    found = values.copy()
    for block in np.unique(blocks):
        found[blocks == block] -= values[blocks == block].mean()
    return found


def _without(columns: Matrix, basis: Matrix) -> Matrix:
    """Columns without their part along an orthonormal basis."""
    return columns - basis @ (basis.T @ columns)


def _orthonormal(columns: Matrix) -> Matrix:
    """An orthonormal basis of the columns' span."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    found: Matrix = left[:, sizes > 1e-8 * max(1.0, float(sizes.max(initial=0.0)))]
    return found


def _adjusted(
    bases: Sequence[Matrix],
    y: Matrix,
    taken_out: Matrix,
    blocks: NDArray[np.int64],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """The adjusted p of every setting: how often the smallest p of a permuted table is as small as its own p."""
    tables = np.stack([y, *(_permuted(y, blocks, generator) for _ in range(PERMUTATIONS))], axis=1)
    tables = _without(tables, taken_out)
    tables /= np.maximum(np.linalg.norm(tables, axis=0), 1e-12)  # so that shares of what is left are compared
    explained = np.stack([((basis.T @ tables) ** 2).sum(axis=0) for basis in bases])
    # Share of all tables in which the setting explains as much; the table itself is one of them.
    of_each = zip(np.sort(explained, axis=1), explained, strict=True)
    below = np.stack([np.searchsorted(order, own - 1e-12, side="left") for order, own in of_each])
    p = (explained.shape[1] - below) / explained.shape[1]
    smallest = p.min(axis=0)
    found: NDArray[np.float64] = np.array([(smallest <= own).mean() for own in p[:, 0]])
    return found


def _permuted(y: Matrix, blocks: NDArray[np.int64], generator: np.random.Generator) -> Matrix:
    found = y.copy()
    for block in np.unique(blocks):
        own = np.flatnonzero(blocks == block)
        found[own] = y[generator.permutation(own)]
    return found
