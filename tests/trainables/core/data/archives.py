"""Small data sets in exactly the published form, in which every image has another grey."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.trainables.core.data.matfiles import cell, structures, write_mat

WNIDS = ("n02124075", "n01443537")
"""Classes in the order of a wnids.txt, which is not sorted, as the published one."""


def write_image(path: Path, grey: int, size: tuple[int, int] = (12, 9)) -> None:
    """A JPEG file of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (grey, grey, grey)).save(path, "JPEG", quality=100)


def write_tiny_imagenet(root: Path) -> Path:
    """Two classes, four training images each of greys 0.. and 100.., and a test image each of greys 50 and 150."""
    folder = root / "tiny-imagenet-200"
    for wnid, grey in zip(WNIDS, (100, 0), strict=True):
        names = [f"{wnid}_{index}.JPEG" for index in range(4)]
        for index, name in enumerate(names):
            write_image(folder / "train" / wnid / "images" / name, grey + 10 * index, (64, 64))
        boxes = "".join(f"{name}\t0\t10\t63\t58\n" for name in names)
        (folder / "train" / wnid / f"{wnid}_boxes.txt").write_text(boxes)
        write_image(folder / "val/images" / f"val_{grey}.JPEG", grey + 50, (64, 64))
        write_image(folder / "test/images" / f"test_{grey}.JPEG", 255, (64, 64))
    val = f"val_0.JPEG\t{WNIDS[1]}\t0\t32\t44\t62\nval_100.JPEG\t{WNIDS[0]}\t52\t55\t57\t59\n"
    (folder / "val" / "val_annotations.txt").write_text(val)
    (folder / "wnids.txt").write_text("\n".join(WNIDS))
    (folder / "words.txt").write_text(f"n00001740\tentity\n{WNIDS[1]}\tgoldfish, Carassius auratus\n")
    return folder


def write_flowers102(root: Path) -> Path:
    """Two classes in turn over ten images, whose grey is ten times their number; 9 and 10 are the test part."""
    folder = root / "flowers-102"
    for number in range(1, 11):
        write_image(folder / "jpg" / f"image_{number:05d}.jpg", 10 * number)
    write_mat(folder / "imagelabels.mat", {"labels": np.array([[1, 2] * 5], np.uint8)})
    parts = {"trnid": [[6, 5, 4, 3]], "valid": [[1, 2, 7, 8]], "tstid": [[10, 9]]}
    write_mat(folder / "setid.mat", {name: np.array(ids, np.uint16) for name, ids in parts.items()})
    return folder


def write_stanford_cars(root: Path) -> Path:
    """Two classes in turn over six training images of greys 10 to 60 and two test images of greys 110 and 120."""
    folder = root / "stanford_cars"
    names = ["AM General Hummer SUV 2000", "Ram C/V Cargo Van Minivan 2012"]
    write_mat(folder / "devkit/cars_meta.mat", {"class_names": names})
    lists = {
        "cars_train": ("devkit/cars_train_annos.mat", 6, 0),
        "cars_test": ("cars_test_annos_withlabels.mat", 2, 100),
    }
    for images, (path, count, grey) in lists.items():
        rows = []
        for number in range(1, count + 1):
            write_image(folder / images / f"{number:05d}.jpg", grey + 10 * number)
            box = {"bbox_x1": 39, "bbox_y1": 116, "bbox_x2": 569, "bbox_y2": 375}
            rows.append({**box, "class": 1 + (number - 1) % 2, "fname": f"{number:05d}.jpg"})
        write_mat(folder / path, {"annotations": structures(rows)})
    return folder


def write_stanford_dogs(root: Path) -> Path:
    """Two classes, three training images each of greys 10.. and 110.., and a test image each of greys 50 and 150."""
    rows: dict[str, list[tuple[str, int]]] = {"train_list.mat": [], "test_list.mat": []}
    for label, folder in enumerate(("n02085620-Chihuahua", "n02085782-Japanese_spaniel"), 1):
        for number in (1, 2, 3, 5):
            name = f"{folder}/{folder[:9]}_{number}.jpg"
            write_image(root / "Images" / name, 100 * (label - 1) + 10 * number)
            rows["test_list.mat" if number == 5 else "train_list.mat"].append((name, label))
    for path, images in rows.items():
        write_dogs_list(root / path, images)
    return root / "Images"


def write_dogs_list(path: Path, images: list[tuple[str, int]]) -> None:
    """A list in the form of the published train_list.mat: columns of file names, of annotations and of labels."""
    names = [name for name, _ in images]
    columns = {"file_list": cell(names).T, "annotation_list": cell([name[:-4] for name in names]).T}
    write_mat(path, {**columns, "labels": np.array([[float(label)] for _, label in images])})


ARCHIVES: dict[str, Callable[[Path], Path]] = {
    "tiny_imagenet": write_tiny_imagenet,
    "flowers102": write_flowers102,
    "stanford_cars": write_stanford_cars,
    "stanford_dogs": write_stanford_dogs,
}
"""Every data set of listed image files; each returns a folder of it that lies in the root."""
