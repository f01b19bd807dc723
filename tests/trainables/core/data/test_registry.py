import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainables.core.data import Dataset, check_dataset, load_dataset
from trainables.core.data.registry import DATASETS
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


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


@pytest.mark.parametrize("setting", [{"root": "somewhere"}, {"download": True}, {"image_size": 8}])
def test_settings_that_digits_do_not_use_are_refused(setting: dict[str, Any]) -> None:
    check_dataset(DatasetConfig("digits"))
    with pytest.raises(ConfigError, match=f"{next(iter(setting))}: is not used by digits: leave it out"):
        check_dataset(DatasetConfig("digits", **setting))


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - {"digits"}))
def test_a_data_set_in_files_needs_its_folder(name: str) -> None:
    with pytest.raises(ConfigError, match=f"root: is needed by {name}: name its folder, but got None"):
        check_dataset(DatasetConfig(name))


@pytest.mark.parametrize(
    ("name", "setting"),
    [("cifar10", {"image_size": 8}), ("imagefolder", {"download": True}), ("flowers102", {"download": True})],
)
def test_no_data_set_takes_another_ones_settings(name: str, setting: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"is not used by {name}"):
        check_dataset(DatasetConfig(name, root=str(tmp_path), **setting))


def test_an_unknown_name_is_refused_with_the_list() -> None:
    for use in (check_dataset, load_dataset):
        with pytest.raises(ConfigError, match="name: must be one of digits, cifar10, cifar100, imagefolder, tiny_imag"):
            use(DatasetConfig("mnist"))


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        DATASETS["mine"] = DATASETS["digits"]  # type: ignore[index]


def test_loading_images_loads_no_torch() -> None:
    code = (
        "import sys\n"
        "from trainables.core.settings.config import DatasetConfig\n"
        "from trainables.core.data import load_dataset\n"
        "load_dataset(DatasetConfig('digits'))\n"
        "assert not {'torch', 'torchvision'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
