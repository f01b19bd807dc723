import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainables.core.data.cifar_archives import python2_pickle, write_archive
from trainables.core.data import check_dataset, cifar, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


@pytest.mark.parametrize(("archive", "name", "files"), [(cifar.CIFAR10, "cifar10", 5), (cifar.CIFAR100, "cifar100", 1)])
def test_the_published_form_is_read(tmp_path: Path, archive: cifar.Archive, name: str, files: int) -> None:
    pixels = write_archive(tmp_path, archive, num_classes=10)
    config = DatasetConfig(name, root=str(tmp_path))
    check_dataset(config)
    source = cifar.load(config, archive, verify=False)
    assert source.train.images.shape == (files * 20, 3, 32, 32)
    assert source.test.images.shape == (20, 3, 32, 32)
    assert source.train.images.dtype == np.uint8
    first = pixels[next(iter(archive.train))]
    assert np.array_equal(source.train.images[:20].reshape(20, -1), first)  # channel by channel, row by row
    assert source.train.labels.tolist() == [index % 10 for index in range(20)] * files
    assert source.train.labels.dtype == np.int64
    assert source.classes == tuple(f"class {index}" for index in range(10))


@pytest.mark.parametrize(("archive", "name"), [(cifar.CIFAR10, "cifar10"), (cifar.CIFAR100, "cifar100")])
def test_other_files_than_the_published_ones_are_refused_by_name(
    tmp_path: Path, archive: cifar.Archive, name: str
) -> None:
    write_archive(tmp_path, archive, num_classes=10)
    with pytest.raises(ConfigError, match=rf"root: .*{archive.folder}/.* is another or damaged \(MD5 [0-9a-f]{{32}}\)"):
        load_dataset(DatasetConfig(name, root=str(tmp_path)))


def test_a_file_with_its_own_md5_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    path.write_bytes(python2_pickle({b"labels": [1, 2]}))
    right = "0" * 32
    with pytest.raises(ConfigError, match="MD5") as caught:
        cifar.read_file(path, right)
    right = str(caught.value).partition("MD5 ")[2][:32]
    assert cifar.read_file(path, right) == {"labels": [1, 2]}


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch", "batches.meta"])
def test_a_missing_file_is_named_with_the_way_out(tmp_path: Path, name: str) -> None:
    write_archive(tmp_path, cifar.CIFAR10, num_classes=10)
    (tmp_path / cifar.CIFAR10.folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"root: must hold cifar-10-batches-py/{name}: unpack .*download"):
        check_dataset(DatasetConfig("cifar10", root=str(tmp_path)))


def test_a_missing_archive_may_be_downloaded_and_a_failure_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = DatasetConfig("cifar100", root=str(tmp_path / "file" / "below"), download=True)
    check_dataset(config)
    with pytest.raises(ConfigError, match=r"download: failed \(.*\): put cifar-100-python into .* by hand") as caught:
        load_dataset(config)
    assert "\n" not in str(caught.value)


class Evil:
    def __reduce__(self) -> Any:
        return (eval, ("1 + 1",))


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (pickle.dumps({"data": Evil()}, protocol=2), "names __builtin__.eval, which no array needs"),
        (pickle.dumps(np.float64(1.0), protocol=2), "which no array needs"),
        (python2_pickle({b"labels": [1]})[:-3], "cannot be read"),
        (b"", "cannot be read"),
        (b"no pickle", "cannot be read"),
    ],
)
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(tmp_path: Path, payload: bytes, message: str) -> None:
    path = tmp_path / "batch"
    path.write_bytes(payload)
    with pytest.raises(ConfigError, match=message):
        cifar.read_file(path, None)
