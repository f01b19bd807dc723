"""Stratified, seeded splits and subsets of labelled images."""

import numpy as np
from numpy.typing import NDArray

from trainables.core.seeding import derive_seed

Indices = NDArray[np.int64]


def shuffled_by_class(labels: NDArray[np.int64], num_classes: int, *seed: int | str) -> list[Indices]:
    """Return one array of indices for each class, in random order that depends on the seed."""
    # Not default_rng: NumPy guarantees the same numbers in all versions for RandomState only (NEP 19).
    random = np.random.RandomState(derive_seed(*seed) % 2**32)
    return [random.permutation(np.flatnonzero(labels == label)) for label in range(num_classes)]


def split(by_class: list[Indices], fraction: float) -> tuple[Indices, Indices]:
    """Return (rest, chosen), both sorted: from every class, a rounded `fraction` of its images is chosen.

    Every class must have two or more images, and has at least one in both results.
    """
    counts = [min(max(round(fraction * len(indices)), 1), len(indices) - 1) for indices in by_class]
    rest = [indices[count:] for indices, count in zip(by_class, counts, strict=True)]
    return _merge(rest), _merge(_heads(by_class, counts))


def subset(by_class: list[Indices], number: int) -> Indices:
    """Return exactly `number` indices, sorted, with every class in proportion to its size and at least once.

    `number` must be at least the number of classes and at most the number of all indices.
    """
    sizes = np.array([len(indices) for indices in by_class])
    shares = sizes * number / sizes.sum()
    counts = np.maximum(shares.astype(np.int64), 1)
    while counts.sum() < number:  # rounding down left some: give them to the largest remainders
        counts[np.argmax(shares - counts)] += 1
    while counts.sum() > number:  # classes raised to one image made too many: take from the class most above its share
        counts[np.argmax(np.where(counts > 1, counts - shares, -np.inf))] -= 1
    return _merge(_heads(by_class, counts.tolist()))


def _heads(by_class: list[Indices], counts: list[int]) -> list[Indices]:
    return [indices[:count] for indices, count in zip(by_class, counts, strict=True)]


def _merge(chosen: list[Indices]) -> Indices:
    return np.sort(np.concatenate(chosen))
