"""The three parts: which images each of them gets, by seed, fraction and number."""

from typing import Any

import numpy as np
import pytest

from trainables.core.data import Dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


def digits(**settings: Any) -> Dataset:
    return load_dataset(DatasetConfig("digits", **settings))


def rows(images: Any) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_the_split_follows_its_seed_and_never_moves_the_test_part() -> None:
    first, again, other = digits(), digits(), digits(split_seed=1)
    assert first.fingerprint == again.fingerprint
    assert np.array_equal(first.train.images, again.train.images)
    assert first.fingerprint != other.fingerprint
    assert rows(first.val.images) != rows(other.val.images)
    assert np.array_equal(first.test.images, other.test.images)


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_the_validation_part_is_its_fraction_of_every_class(fraction: float) -> None:
    data = digits(val_fraction=fraction)
    train, val = np.bincount(data.train.labels), np.bincount(data.val.labels)
    assert np.abs(val - (train + val) * fraction).max() <= 0.5
    assert data.fingerprint != digits().fingerprint


@pytest.mark.parametrize("number", [10, 128, 1151])
def test_num_train_keeps_that_many_training_images_and_leaves_the_other_parts(number: int) -> None:
    whole, data = digits(), digits(num_train=number)
    assert len(data.train.labels) == number
    assert np.ptp(np.bincount(data.train.labels, minlength=10)) <= 6
    assert rows(data.train.images) <= rows(whole.train.images)
    assert np.array_equal(data.val.images, whole.val.images)
    assert (data.fingerprint == whole.fingerprint) == (number == 1151)


@pytest.mark.parametrize("number", [9, 1152])
def test_num_train_beyond_its_bounds_is_refused(number: int) -> None:
    with pytest.raises(ConfigError, match=r"num_train: must be between 10 .* and 1151 .*, but got"):
        digits(num_train=number)
