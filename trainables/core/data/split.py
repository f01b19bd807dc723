"""Stratified, seeded choices among labelled images."""

import numpy as np
from numpy.typing import NDArray

from trainables.core.seeding import derive_seed

Indices = NDArray[np.int64]


def shuffled_by_class(labels: NDArray[np.int64], num_classes: int, *seed: int | str) -> list[Indices]:
    """The indices of every class, each in random order."""
    # RandomState and not default_rng: its stream is frozen for all NumPy versions (NEP 19), and so are the splits.
    random = np.random.RandomState(derive_seed(*seed) % 2**32)
    return [random.permutation(np.flatnonzero(labels == label)) for label in range(num_classes)]


def split(by_class: list[Indices], fraction: float) -> tuple[Indices, Indices]:
    """Split every class into (rest, chosen), `fraction` of it chosen, rounded, and at least one image on each side.

    Every class needs two images or more. Both results are sorted.
    """
    counts = [min(max(round(fraction * len(indices)), 1), len(indices) - 1) for indices in by_class]
    rest = [indices[count:] for indices, count in zip(by_class, counts, strict=True)]
    return _merge(rest), _merge(_heads(by_class, counts))


def subset(by_class: list[Indices], number: int) -> Indices:
    """Choose exactly `number` indices, every class by its share and at least once; sorted.

    `number` lies between the number of classes and that of all indices.
    """
    sizes = np.array([len(indices) for indices in by_class])
    shares = sizes * number / sizes.sum()
    counts = np.maximum(shares.astype(np.int64), 1)
    while counts.sum() < number:  # largest remainders first
        counts[np.argmax(shares - counts)] += 1
    while counts.sum() > number:  # a class raised to its one image takes it from the best served
        counts[np.argmax(np.where(counts > 1, counts - shares, -np.inf))] -= 1
    return _merge(_heads(by_class, counts.tolist()))


def _heads(by_class: list[Indices], counts: list[int]) -> list[Indices]:
    return [indices[:count] for indices, count in zip(by_class, counts, strict=True)]


def _merge(chosen: list[Indices]) -> Indices:
    return np.sort(np.concatenate(chosen))
