import numpy as np
import pytest
from numpy.typing import NDArray

from trainables.core.data.split import shuffled_by_class, split, subset


def labels(*counts: int) -> NDArray[np.int64]:
    """Return labels of classes with the given counts, shuffled."""
    return np.random.RandomState(0).permutation(np.repeat(np.arange(len(counts)), counts))


def test_the_order_of_a_seed_never_changes() -> None:
    (order,) = shuffled_by_class(labels(8), 1, "validation part", 0)
    assert order.tolist() == [1, 2, 7, 0, 4, 6, 3, 5]


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_a_split_takes_its_fraction_of_every_class_and_shares_no_image(fraction: float) -> None:
    source = labels(40, 100, 20)
    rest, chosen = split(shuffled_by_class(source, 3, 0), fraction)
    assert sorted([*rest, *chosen]) == list(range(160))
    assert np.bincount(source[chosen]).tolist() == [40 * fraction, 100 * fraction, 20 * fraction]


@pytest.mark.parametrize(("fraction", "count"), [(0.001, 1), (0.999, 1)])
def test_a_split_leaves_every_class_one_image_on_each_side(fraction: float, count: int) -> None:
    source = labels(2, 3)
    rest, chosen = split(shuffled_by_class(source, 2, 0), fraction)
    assert min(np.bincount(source[rest], minlength=2)) == count
    assert min(np.bincount(source[chosen], minlength=2)) == count


def test_a_split_changes_with_the_seed_alone() -> None:
    source = labels(40, 40)
    first, again, other = (split(shuffled_by_class(source, 2, seed), 0.5)[1].tolist() for seed in (0, 0, 1))
    assert first == again == sorted(first)
    assert first != other


@pytest.mark.parametrize("number", [3, 4, 17, 50, 110, 111])
def test_a_subset_has_exactly_its_number_and_every_class_its_share(number: int) -> None:
    source = labels(100, 10, 1)
    chosen = subset(shuffled_by_class(source, 3, 0), number)
    assert len(set(chosen.tolist())) == number
    counts = np.bincount(source[chosen], minlength=3)
    assert counts.min() >= 1
    assert abs(counts - np.array([100, 10, 1]) * number / 111).max() <= 2


def test_subsets_of_one_seed_lie_in_each_other() -> None:
    by_class = shuffled_by_class(labels(50, 50), 2, 0)
    assert set(subset(by_class, 10)) < set(subset(by_class, 40))
