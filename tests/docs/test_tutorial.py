"""A stranger who follows docs/tutorial.md with the digits as images gets what it says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rts_search.cli import app
from rts_search.running import measuring
from tests.docs.documents import blocks, commands
from tests.docs.test_python import piece
from tests.rts_search.in_this_process import MEASURING_SECONDS

TUTORIAL = "docs/tutorial.md"


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stranger's folder with the images and the sweep file."""
    monkeypatch.chdir(tmp_path)
    exec(piece("load_digits"), {})
    sweep, *_, fair = (block for block in blocks(TUTORIAL, "yaml") if block.startswith("dataset:"))
    Path("photos.yaml").write_text(sweep)
    Path("photos_fair.yaml").write_text(fair)
    return tmp_path


@pytest.mark.parametrize("file", ["photos.yaml", "photos_fair.yaml"])
def test_check_says_what_the_tutorial_shows(photos: Path, file: str) -> None:
    result = CliRunner().invoke(app, ["check", str(photos / file)])
    assert result.exit_code == 0
    assert result.output.splitlines()[0] in "".join(blocks(TUTORIAL, "text"))


def test_a_mistake_gives_the_line_that_the_tutorial_shows(photos: Path) -> None:
    file = photos / "photos.yaml"
    file.write_text(file.read_text().replace("epochs: 12", "epoch: 12"))
    result = CliRunner().invoke(app, ["check", "photos.yaml"])
    assert f"rts-search: {result.exception}\n" in blocks(TUTORIAL, "text")


@pytest.mark.slow
def test_every_command_of_the_tutorial_runs_in_its_order(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the real executor without Ray, with fewer and shorter trials on fewer and smaller images."""
    for image in Path("photos").rglob("*.png"):
        if int(image.stem) >= 300:
            image.unlink()
    monkeypatch.setenv("RTS_SEARCH_EXECUTOR", "inline")
    monkeypatch.setattr(measuring, "MEASURING_SECONDS", MEASURING_SECONDS)
    file = photos / "photos.yaml"
    small = (("image_size: 32", "image_size: 8"), ("epochs: 12", "epochs: 2"), ("trials: 12", "trials: 2"))
    for old, new in small:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
    for words in commands(TUTORIAL):
        if words[0] != "rts-search":
            continue
        result = CliRunner().invoke(app, [word.replace("24", "3") for word in words[1:]])
        assert result.exit_code == 0, (words, result.output, result.exception)
    made = ("results/photos/report.html", "results/photos/confirm.md", "best.yaml", "best.safetensors")
    assert not [name for name in made if not (photos / name).exists()]
