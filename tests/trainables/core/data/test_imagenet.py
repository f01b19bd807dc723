from pathlib import Path

import numpy as np
import pytest

from tests.trainables.core.data.archives import write_image
from tests.trainables.core.data.imagenet_forms import (
    FORMS,
    NAMES,
    SHARK,
    TENCH,
    Write,
    as_kaggle,
    in_class_folders,
    with_the_kit,
)
from tests.trainables.core.data.matfiles import write_mat
from trainables.core.data import check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError


def config(root: Path) -> DatasetConfig:
    return DatasetConfig("imagenet", root=str(root), image_size=8)


def refusal(root: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        check_dataset(config(root))
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_published_form_is_the_same_data(tmp_path: Path, form: Write) -> None:
    form(tmp_path)
    check_dataset(config(tmp_path))
    data = load_dataset(config(tmp_path))
    assert data.classes == (TENCH, SHARK)
    greys = np.concatenate([data.train.images, data.val.images])[:, 0, 4, 4]
    assert sorted(greys.tolist()) == [10, 20, 30, 110, 120, 130]
    assert sorted(data.test.images[:, 0, 4, 4].tolist()) == [50, 150, 160]
    for part in (data.train, data.val, data.test):
        assert (part.images[:, 0, 4, 4] >= 100).tolist() == [label == 1 for label in part.labels]


def test_class_folders_are_read_as_an_imagefolder_reads_them(tmp_path: Path) -> None:
    in_class_folders(tmp_path)
    same = load_dataset(DatasetConfig("imagefolder", root=str(tmp_path), image_size=8))
    assert load_dataset(config(tmp_path)).fingerprint == same.fingerprint


def edited(path: str, old: str, new: str) -> Write:
    def edit(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return edit


def with_image(path: str) -> Write:
    return lambda root: write_image(root / path, 0)


KIT, TRUTH, SOLUTION = "ILSVRC2012_devkit_t12/data", "ILSVRC2012_validation_ground_truth.txt", "LOC_val_solution.csv"


def without(path: str) -> Write:
    return lambda root: (root / path).unlink()


def with_odd_meta(root: Path) -> None:
    write_mat(root / KIT / "meta.mat", {"synsets": 3})


FAULTS: dict[str, tuple[Write, Write, str]] = {
    "nothing there": (lambda _: None, lambda _: None, "must hold class folders such as n01440764 in"),
    "no list": (with_the_kit, without(f"{KIT}/{TRUTH}"), f"or {SOLUTION}, or {KIT}, which says"),
    "no meta": (with_the_kit, without(f"{KIT}/meta.mat"), f"must hold {KIT}/meta.mat: unpack"),
    "odd meta": (with_the_kit, with_odd_meta, "its synsets must be structures with ILSVRC2012_ID and WNID"),
    "class unknown": (with_the_kit, edited(f"{KIT}/{TRUTH}", "2\n", "7\n"), "line 2 is '7', which is no class of meta"),
    "not a number": (with_the_kit, edited(f"{KIT}/{TRUTH}", "2\n", "x\n"), "line 2 is 'x', which is no class of meta"),
    "too few lines": (with_the_kit, edited(f"{KIT}/{TRUTH}", "1\n2\n1\n", "1\n2\n"), f"none for {NAMES[2]}"),
    "no class": (as_kaggle, edited(SOLUTION, f"1,{SHARK} 85", "1,85"), "line 4 has no WordNet number"),
    "other class": (as_kaggle, edited(SOLUTION, f"1,{SHARK}", "1,n99999999"), "n99999999, which train does not have"),
    "a picture more": (as_kaggle, with_image("ILSVRC/Data/CLS-LOC/val/more.JPEG"), "has none for more.JPEG"),
    "class without images": (in_class_folders, lambda root: (root / "train/n00000001").mkdir(), "must hold images in"),
    "class in val alone": (in_class_folders, with_image("val/n00000001/a.JPEG"), "but only val has n00000001"),
}


@pytest.mark.parametrize(("form", "damage", "message"), FAULTS.values(), ids=list(FAULTS))
def test_what_is_wrong_is_named(tmp_path: Path, form: Write, damage: Write, message: str) -> None:
    form(tmp_path)
    damage(tmp_path)
    line = refusal(tmp_path)
    assert line.startswith("root: must hold ")
    assert message in line


def test_a_root_that_is_none_is_refused(tmp_path: Path) -> None:
    for root in (tmp_path / "elsewhere", Path("a\0b")):
        assert "must hold class folders such as n01440764 in" in refusal(root)
