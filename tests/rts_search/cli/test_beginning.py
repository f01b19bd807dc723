"""`init` writes a sweep file that can be checked and launched as it is."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.rts_search.conftest import CommandLine, Refused

CLASSES = {"ant": 30, "bee": 15}


def photos(root: Path, parts: Sequence[str] = ()) -> Path:
    """A folder of images, in folders of parts if there are some."""
    for place in [root / part for part in parts] or [root]:
        for grey, (name, number) in enumerate(CLASSES.items()):
            (place / name).mkdir(parents=True)
            for image in range(number):
                Image.new("RGB", (16, 16), (90 * grey, 4 * image, 0)).save(place / name / f"{image}.png")
    return root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(cli: CommandLine, *arguments: str) -> str:
    return cli.run("init", *arguments).stdout


def test_a_folder_without_a_test_part_gets_one_in_which_each_class_has_its_share(cli: CommandLine, here: Path) -> None:
    photos(here / "photos")
    assert run(cli, "photos").splitlines() == [
        "photos.yaml: a sweep for 45 images in 2 classes; a fifth of each class becomes the test part",
        "  look at it, then: rts-search check photos.yaml",
    ]
    facts = json.loads(cli.run("check", "photos.yaml", "--json").stdout)
    assert (facts["train_images"], facts["val_images"], facts["test_images"]) == (29, 7, 9)
    few = ("--set", "dataset.num_train=15", "--set", "training.batch_size=8")
    fewer = json.loads(cli.run("check", "photos.yaml", *few, "--json").stdout)
    assert fewer["train_images"] == 15
    assert fewer["val_images"] / 7 == pytest.approx(15 / 29, abs=0.1), "in proportion"
    assert fewer["test_images"] / 9 == pytest.approx(15 / 29, abs=0.1)


def test_a_test_part_that_is_there_is_used(cli: CommandLine, here: Path) -> None:
    photos(here / "my photos", ("train", "test"))
    told = run(cli, "my photos", "-o", "a b.yaml").splitlines()
    assert told == [
        "a b.yaml: a sweep for 45 images in 2 classes",
        "  look at it, then: rts-search check 'a b.yaml'",
    ]
    facts = json.loads(cli.run("check", "a b.yaml", "--json").stdout)
    assert facts["sweep"] == "my-photos"
    assert (facts["train_images"] + facts["val_images"], facts["test_images"]) == (45, 45)


def test_the_file_works_from_another_folder(cli: CommandLine, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(here / "photos")
    run(cli, "photos")
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert "valid" in cli.run("check", "../photos.yaml").stdout


@pytest.mark.slow
def test_the_sweep_trains_and_is_confirmed(cli: CommandLine, here: Path) -> None:
    photos(here / "photos")
    run(cli, "photos")
    small = ("training.epochs=4", "search.trials=2", "baselines=[sgd]", "confirm={seeds: 3, top_k: 1}")
    told = cli.run("launch", "photos.yaml", *(word for one in small for word in ("--set", one))).stdout
    assert "photos: 3 trials" in told
    assert "difference" in told


def test_a_mistake_leaves_no_file(refused: Refused, tmp_path: Path) -> None:
    assert refused("init", "none").startswith("none: must be a folder with a folder of images for each class")
    photos(tmp_path / "photos")
    line = refused("init", "photos", "--name", "a/b", "-o", "mine.yaml")
    assert line.startswith("mine.yaml: name: must be 1 to 64 characters from A-Z a-z 0-9 . _ -")
    assert [file.name for file in tmp_path.iterdir()] == ["photos"]
    (tmp_path / "photos.yaml").write_text("mine")
    assert refused("init", "photos") == "photos.yaml: exists already; name another file with --output"
    assert (tmp_path / "photos.yaml").read_text() == "mine"
