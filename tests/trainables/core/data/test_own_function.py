"""Data by a user's own function: what it may return, and one line for everything else."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from trainables.core.data import Dataset, check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

WHOLE = """
import numpy as np

def load():
    images = np.arange(12 * 5 * 5, dtype=np.uint8).reshape(12, 5, 5)
    labels = np.arange(12) % 2
    data = {
        "train_images": images[:8], "train_labels": labels[:8], "test_images": images[8:], "test_labels": labels[8:],
    }
    CHANGE
    return data
"""

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """A function that writes the module `arrays_of_mine` with a change to the data; returns the data set's name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("RTS_SEARCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def module(change: str = "pass") -> str:
        sys.modules.pop("arrays_of_mine", None)
        (tmp_path / "arrays_of_mine.py").write_text(WHOLE.replace("CHANGE", change))
        importlib.invalidate_caches()
        return "arrays_of_mine:load"

    yield module
    sys.modules.pop("arrays_of_mine", None)


def load(name: str) -> Dataset:
    return load_dataset(DatasetConfig(name, val_fraction=0.25))


def test_the_arrays_become_parts_and_nothing_is_cached(write: Write, tmp_path: Path) -> None:
    data = load(write())
    assert [part.images.shape for part in (data.train, data.val, data.test)] == [
        (6, 1, 5, 5),
        (2, 1, 5, 5),
        (4, 1, 5, 5),
    ]
    assert data.classes == ("0", "1")
    assert data.test.labels.tolist() == [0, 1, 0, 1]
    whole = np.arange(300, dtype=np.uint8).reshape(12, 1, 5, 5)
    assert np.array_equal(data.test.images, whole[8:])
    assert not (tmp_path / "cache").exists()


def test_channels_come_last_and_classes_may_have_names(write: Write) -> None:
    grey = load(write())
    one = load(write("data.update({key: data[key][..., None] for key in data if 'images' in key})"))
    assert one.fingerprint == grey.fingerprint
    colour = load(
        write(
            "data.update({key: np.stack([data[key], data[key], 0 * data[key]], -1) for key in data if 'images' in key},"
            " classes=['ant', 'bee'], test_labels=[1, 0, 1, 0])"
        )
    )
    assert colour.test.images.shape == (4, 3, 5, 5)
    assert np.array_equal(colour.test.images[:, 1], grey.test.images[:, 0])
    assert not colour.test.images[:, 2].any()
    assert colour.classes == ("ant", "bee")
    assert colour.test.labels.dtype == np.int64


def test_the_fingerprint_follows_the_content_and_not_the_code(write: Write) -> None:
    before = load(write()).fingerprint
    assert load(write("data = dict(data)")).fingerprint == before
    assert load(write("data['test_images'][0, 0, 0] = 77")).fingerprint != before
    assert load(write("data['test_labels'] = 1 - data['test_labels']")).fingerprint != before


def test_a_file_that_the_function_reads_counts_by_its_content(write: Write, tmp_path: Path) -> None:
    file = tmp_path / "pixels.bin"
    file.write_bytes(bytes(200))
    name = write(f"data['train_images'] = np.fromfile({str(file)!r}, np.uint8).reshape(8, 5, 5)")
    before = load(name).fingerprint
    assert load(name).fingerprint == before
    file.write_bytes(bytes([1] * 200))
    assert load(name).fingerprint != before


TRAIN = "data['train_images']"
WRONG = {
    "data = [1]": "result is a mapping with train_images, train_labels, test_images, test_labels, not a list",
    "data = None": "result is a mapping with train_images, .*, not a NoneType",
    "del data['test_labels']": "result has train_images, .*; test_labels is missing",
    "data['val_images'] = 1": "result has the keys train_images, .*, classes alone, not 'val_images'",
    f"{TRAIN} = {TRAIN} / 255": r"train_images are uint8, not float64: with values in \[0, 1\], convert them by "
    r"\(images \* 255\).round\(\).astype\('uint8'\),",
    f"{TRAIN} = {TRAIN} / np.float32(0) * 0": "train_images are uint8, not float32 with NaN: .* after replacing what "
    "is NaN",
    f"{TRAIN} = {TRAIN}.astype(int)": "train_images are uint8, not int64: bring them to 0..255 and convert them by "
    r"images.astype\('uint8'\)",
    f"{TRAIN} = [[1], [2, 3]]": "train_images are an array .*inhomogeneous",
    f"{TRAIN} = {TRAIN}.reshape(8, 25)": r"train_images are \(n, h, w\) or \(n, h, w, 1 or 3\), not \(8, 25\)",
    f"{TRAIN} = np.repeat({TRAIN}[:, None], 3, 1)": r"train_images are .*, not \(8, 3, 5, 5\): transpose them by "
    r"\(0, 2, 3, 1\)",
    f"{TRAIN} = {TRAIN}[:, :4]": "train_images are square and not empty, not 4 x 5 pixels: crop or resize them",
    f"{TRAIN} = {TRAIN}[:, :0, :0]": "train_images are square and not empty, not 0 x 0 pixels",
    f"{TRAIN} = {TRAIN}[:7]": "train_images and train_labels have the same length, not 7 and 8",
    "data['test_images'], data['test_labels'] = data['test_images'][:0], data['test_labels'][:0]": "test_images have "
    "at least one image",
    "data['test_images'] = data['test_images'][:, :4, :4]": r"test_images have the shape of train_images \(5, 5, 1\), "
    r"not \(4, 4, 1\)",
    "data['test_labels'] = data['test_labels'] * 1.0": "test_labels are integers, not float64: convert them by "
    r"labels.astype\('int64'\)",
    "data['test_labels'] = data['test_labels'] * np.nan": "test_labels are integers, not float64 with NaN",
    "data['test_labels'] = data['test_labels'] == 1": "test_labels are integers, not bool",
    "data['test_labels'] = ['a', 'b', 'a', 'b']": "test_labels are integers, not <U1",
    "data['test_labels'] = data['test_labels'][:, None]": r"test_labels are \(n,\), not \(4, 1\)",
    "data['train_labels'] = data['train_labels'] - 1": "train_labels are 0, 1 and so on without a gap, but the labels "
    "are -1, 0,",
    "data['train_labels'] = data['train_labels'] * 10**12": "train_labels are 0, 1 .*, but the labels are 0, 10000",
    "data['train_labels'] = np.zeros(8, int)": "train_labels have 2 or more classes, not 1",
    "data['test_labels'] = data['test_labels'] + 1": "test_labels are from 0 to 1, one number for each class, but one "
    "is 2",
    "data['classes'] = ['a', 'b', 'c']": "train_labels have every class, but none is 2",
    "data['classes'] = ['a', 'a']": r"classes are 2 or more texts, each once, not \['a', 'a'\]",
    "data['classes'] = 'ab'": "classes are 2 or more texts, each once, not 'ab'",
}


@pytest.mark.parametrize(("change", "rule"), WRONG.items(), ids=list(WRONG))
def test_anything_else_is_refused_in_one_line(write: Write, change: str, rule: str) -> None:
    change = f"with np.errstate(all='ignore'): {change}" if "/" in change else change
    name = write(change)
    check_dataset(DatasetConfig(name))  # which calls nothing
    with pytest.raises(ConfigError, match=f"^name: must name a function whose {rule}.*but got '{name}'$"):
        load(name)


def test_a_function_that_raises_is_refused_with_its_first_line(write: Write) -> None:
    called = "name: must name a function that returns arrays when it is called without arguments "
    for change, told in (
        ("raise OSError('no disk\\nat all')", "OSError: no disk"),
        ("raise SystemExit", "SystemExit: SystemExit"),
        ("assert not data", "AssertionError: AssertionError"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(write(change))
        assert str(caught.value) == f"{called}({told}), but got 'arrays_of_mine:load'"


def test_a_module_or_function_that_is_not_there_is_refused_before_anything_is_called(
    write: Write, tmp_path: Path
) -> None:
    write("raise OSError")
    (tmp_path / "broken_of_mine.py").write_text("1 / 0")
    for name, rule in (
        ("arrays_of_mine:laod", "name: must name a function that arrays_of_mine has"),
        ("arrays_of_mine:np.zeros", "name: must have the form package.module:function"),
        ("arrays of mine:load", "name: must have the form package.module:function"),
        (":load", "name: must have the form package.module:function"),
        (
            "nobody_has_this:load",
            "No module named 'nobody_has_this'.: put it beside the sweep file, install it, or add its folder",
        ),
        ("broken_of_mine:load", "can be imported .ZeroDivisionError: division by zero."),
    ):
        for use in (check_dataset, load_dataset):
            with pytest.raises(ConfigError, match=rule) as caught:
                use(DatasetConfig(name))
            assert caught.value.value == name


def test_settings_of_files_are_refused(write: Write) -> None:
    for setting in ({"root": "x"}, {"download": True}, {"image_size": 8}):
        with pytest.raises(ConfigError, match="is not used by arrays_of_mine:load: leave it out"):
            check_dataset(DatasetConfig(write(), **setting))  # type: ignore[arg-type]
