"""What is in a folder of images, and the sweep file that is written for it."""

from pathlib import Path

import pytest
import yaml
from PIL import ExifTags, Image

from rts_search.basics.errors import UserError
from rts_search.operations.begin import name_for, survey, sweep_file


def images(folder: Path, number: int, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> None:
    folder.mkdir(parents=True)
    for image in range(number):
        Image.new(mode, size, image).save(folder / f"{image}.png")


def written(root: Path) -> tuple[str, dict[str, object]]:
    """The text of the file for a folder, and its section `dataset`."""
    text = sweep_file(survey(root), "photos", Path("photos.yaml"))
    return text, yaml.safe_load(text)


def test_classes_sizes_and_balance_are_in_the_comments(tmp_path: Path) -> None:
    images(tmp_path / "ant", 6, (40, 30))
    images(tmp_path / "bee", 24, (50, 60))
    (tmp_path / "ant" / "notes.txt").write_text("no image")
    (tmp_path / ".hidden").mkdir()
    found = survey(tmp_path)
    assert (found.classes, found.images, found.parts) == ({"ant": 6, "bee": 24}, 30, [])
    assert found.widths == (30, 50, 50)
    assert (found.grey, found.square, found.one_size) == (False, False, False)
    text, values = written(tmp_path)
    assert "30 in 2 classes,\n# 6 to 24 of each, colour, 30 to 50 pixels on the shorter side." in text
    assert values["dataset"] == {
        "name": "imagefolder",
        "root": str(tmp_path),
        "test_fraction": 0.2,
        "val_fraction": 0.2,
        "image_size": 32,
        "resize": "short_side",
    }
    assert values["objective"] == {"metric": "balanced_accuracy"}
    assert "4.0 times the images of the smallest" in text


@pytest.mark.parametrize(
    ("parts", "settings"),
    [
        (("train",), {"test_fraction": 0.2, "val_fraction": 0.2}),
        (("train", "test"), {"val_fraction": 0.2}),
        (("train", "val"), {"val_fraction": 0.2}),
        (("train", "val", "test"), {"val": "val"}),
    ],
)
def test_parts_that_are_there_are_used(tmp_path: Path, parts: tuple[str, ...], settings: dict[str, object]) -> None:
    for part in parts:
        for name in ("ant", "bee"):
            images(tmp_path / part / name, 10)
    text, values = written(tmp_path)
    assert values["dataset"] == {"name": "imagefolder", "root": str(tmp_path), **settings}
    assert "objective" not in values, "the classes are of one size"
    assert "all images have 8 pixels" in text


def test_large_images_of_one_size_are_made_smaller_for_a_first_sweep(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        images(tmp_path / name, 5, (256, 256), "L")
    text, values = written(tmp_path)
    assert "grey, 256 pixels on the shorter side, square" in text
    dataset = values["dataset"]
    assert isinstance(dataset, dict)
    assert dataset["image_size"] == 64
    assert "resize" not in dataset


def test_photos_that_a_camera_has_turned_are_set_upright(tmp_path: Path) -> None:
    images(tmp_path / "ant", 5)
    images(tmp_path / "bee", 5)
    turned = Image.new("RGB", (8, 8))
    exif = turned.getexif()
    exif[ExifTags.Base.Orientation] = 6
    turned.save(tmp_path / "bee" / "turned.jpg", exif=exif)
    assert "  upright: true" in written(tmp_path)[0]


def test_a_try_on_fewer_images_is_proposed_for_a_large_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images(tmp_path / "ant", 10)
    images(tmp_path / "bee", 10)
    assert "num_train" not in written(tmp_path)[0]
    monkeypatch.setattr("rts_search.operations.begin.MANY", 19)
    assert "  # num_train: 4 " in written(tmp_path)[0]


def test_what_is_no_folder_of_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must be a folder with a folder of images for each class, but does not exist"):
        survey(tmp_path / "none")
    images(tmp_path / "ant", 5)
    with pytest.raises(UserError, match=r"for each class, but is a file$"):
        survey(tmp_path / "ant" / "0.png")
    told = f"ant: must hold 2 .* but 5 images lie directly in it; .* try: rts-search init {tmp_path}$"
    with pytest.raises(UserError, match=told):
        survey(tmp_path / "ant")
    with pytest.raises(UserError, match=r"must hold 2 or more folders of images, one for each class, not 1 \("):
        survey(tmp_path)
    images(tmp_path / "bee", 4)
    with pytest.raises(UserError, match=r"bee: must hold 5 or more images, so that .* but has 4"):
        survey(tmp_path)


def test_all_images_that_cannot_be_read_are_named_at_once(tmp_path: Path) -> None:
    images(tmp_path / "ant", 6)
    images(tmp_path / "bee", 6)
    Image.effect_noise((64, 64), 50).save(tmp_path / "ant" / "cut.jpg")
    content = (tmp_path / "ant" / "cut.jpg").read_bytes()
    (tmp_path / "ant" / "cut.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"but ant/cut.jpg \(image file is truncated.*\) cannot; .* remove it$"):
        survey(tmp_path)
    for file in (tmp_path / "bee").iterdir():
        file.write_bytes(b"no image")
    with pytest.raises(UserError, match=r"ant/cut.jpg .*bee/3.png \(no image\) and 2 more cannot; .* them$"):
        survey(tmp_path)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("photos", "photos"), ("my photos (2)", "my-photos-2"), ("Ångström", "ngstr-m"), ("_", "sweep")],
)
def test_the_name_of_the_sweep_is_that_of_the_folder(folder: str, name: str) -> None:
    assert name_for(Path("/data") / folder) == name
