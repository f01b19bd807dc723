"""Small copies of ImageNet in the forms in which it is published, in which every image has another grey."""

from collections.abc import Callable
from pathlib import Path

from tests.trainables.core.data.archives import write_image
from tests.trainables.core.data.matfiles import structures, write_mat

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
