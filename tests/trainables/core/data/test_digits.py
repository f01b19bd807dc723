"""The digits: all of scikit-learn's images, in three parts that share none."""

from typing import Any

import numpy as np
import pytest

from trainables.core.data import Dataset, load_dataset
from trainables.core.settings.config import DatasetConfig


def digits(**settings: Any) -> Dataset:
    return load_dataset(DatasetConfig("digits", **settings))


def rows(images: Any) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_digits_have_three_parts_of_all_classes() -> None:
    data = digits()
    sizes = [len(part.labels) for part in (data.train, data.val, data.test)]
    assert sizes == [1151, 287, 359]
    for part in (data.train, data.val, data.test):
        assert part.images.shape == (len(part.labels), 1, 8, 8)
        assert part.images.dtype == np.uint8
        assert part.labels.dtype == np.int64
        assert set(part.labels) == set(range(10))
    assert data.train.images.max() == 240
    assert data.classes == tuple("0123456789")
    assert (data.in_channels, data.image_size) == (1, 8)
    assert data.mean == pytest.approx((0.2876,), abs=1e-3)
    assert data.std == pytest.approx((0.3542,), abs=1e-3)


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    data, published = digits(), load_digits()
    found = rows(np.concatenate([data.train.images, data.val.images, data.test.images]))
    assert found == rows((published.images * 15).astype(np.uint8))


def test_the_parts_of_digits_share_no_image_and_are_all_of_them() -> None:
    data = digits()
    train, val, test = rows(data.train.images), rows(data.val.images), rows(data.test.images)
    assert not train & val
    assert not train & test
    assert not val & test
    assert len(train | val | test) == 1797
