from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.trainables.core.data.archives import write_image
from tests.trainables.core.data.matfiles import structures, write_mat
from trainables.core.data import check_dataset, load_dataset
from trainables.core.settings.config import DatasetConfig
from trainables.core.settings.section import ConfigError

TENCH, SHARK = "n01440764", "n01484850"
NAMES = ("ILSVRC2012_val_00000001", "ILSVRC2012_val_00000002", "ILSVRC2012_val_00000003")
"""The validation images: a shark of grey 150, a tench of grey 50 and a shark of grey 160."""
OF = (SHARK, TENCH, SHARK)


def write_train(images: Path) -> None:
    for wnid, grey in ((SHARK, 110), (TENCH, 10)):
        for number in range(3):
            write_image(images / "train" / wnid / f"{wnid}_{number}.JPEG", grey + 10 * number)


def in_class_folders(root: Path, images: Path | None = None) -> None:
    """As torchvision and the usual scripts unpack it."""
    write_train(images or root)
    for name, wnid, grey in zip(NAMES, OF, (150, 50, 160), strict=True):
        write_image((images or root) / "val" / wnid / f"{name}.JPEG", grey)


def in_one_folder(images: Path) -> None:
    write_train(images)
    for name, grey in zip(NAMES, (150, 50, 160), strict=True):
        write_image(images / "val" / f"{name}.JPEG", grey)


def with_the_kit(root: Path) -> None:
    """As the archives of the competition unpack, with the class numbers of its development kit."""
    in_one_folder(root)
    data = root / "ILSVRC2012_devkit_t12" / "data"
    rows = [{"ILSVRC2012_ID": number, "WNID": wnid, "words": "a fish"} for number, wnid in ((1, SHARK), (2, TENCH))]
    write_mat(data / "meta.mat", {"synsets": structures(rows)})
    (data / "ILSVRC2012_validation_ground_truth.txt").write_text("1\n2\n1\n")


def as_kaggle(root: Path) -> None:
    in_one_folder(root / "ILSVRC/Data/CLS-LOC")
    lines = [f"{name},{wnid} 85 1 499 272 {wnid} 1 1 9 9 " for name, wnid in zip(NAMES, OF, strict=True)]
    (root / "LOC_val_solution.csv").write_text("\n".join(["ImageId,PredictionString", *reversed(lines)]) + "\n")


def as_kaggle_in_class_folders(root: Path) -> None:
    in_class_folders(root, root / "ILSVRC/Data/CLS-LOC")


Write = Callable[[Path], None]
FORMS: dict[str, Write] = {
    form.__name__: form for form in (in_class_folders, with_the_kit, as_kaggle, as_kaggle_in_class_folders)
}


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
